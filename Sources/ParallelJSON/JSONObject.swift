/// The members of a JSON object, in the order they were written, duplicates included.
package struct JSONObject: Sendable, Equatable {
    /// A key with its value.
    package struct Member: Sendable, Equatable {
        package var key: String
        package var value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }

        /// Whether the key is this one, byte for byte.
        package func hasKey(_ other: String) -> Bool { key.isSame(as: other) }

        package static func == (one: Member, other: Member) -> Bool {
            one.hasKey(other.key) && one.value == other.value
        }
    }

    /// The members in the order they were, or will be, written.
    package var members: [Member]

    package init(_ members: [Member] = []) { self.members = members }

    package init(_ pairs: some Sequence<(String, JSONValue)>) {
        members = pairs.map { Member(key: $0.0, value: $0.1) }
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }
    /// The keys in the order of the members, duplicates included.
    package var keys: [String] { members.map(\.key) }

    /// Returns the same keys with other values.
    package func mapValues(_ value: (Member) -> JSONValue) -> JSONObject {
        JSONObject(members.map { Member(key: $0.key, value: value($0)) })
    }

    /// Returns the values of many keys, each as from the subscript, without comparing every key with every member.
    package func values(of keys: [String]) -> [JSONValue?] {
        // For a few keys or members, searching is faster than building a dictionary.
        if keys.count <= 16 || members.count <= 16 { return keys.map { self[$0] } }
        // Keyed by bytes, as `hasKey` compares.
        let known = Dictionary(members.map { (Array($0.key.utf8), $0.value) }) { _, last in last }
        return keys.map { known[Array($0.utf8)] }
    }

    /// The value of `key`; of a duplicate key the last value, as in most parsers.
    ///
    /// Setting replaces that value in place or appends a member; setting nil removes every member of that name.
    package subscript(key: String) -> JSONValue? {
        get { members.last { $0.hasKey(key) }?.value }
        set {
            guard let newValue else {
                members.removeAll { $0.hasKey(key) }
                return
            }
            if let index = members.lastIndex(where: { $0.hasKey(key) }) {
                members[index].value = newValue
            } else {
                members.append(Member(key: key, value: newValue))
            }
        }
    }
}

extension JSONObject: Sequence, ExpressibleByDictionaryLiteral {
    package func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}

extension String {
    /// Whether both texts have the same bytes. For Swift's `==`, `é` as one scalar equals `é` as two; for JSON it
    /// doesn't.
    func isSame(as other: String) -> Bool {
        // `==` is much faster than comparing the bytes, and texts that it finds different have different bytes.
        self == other && utf8.elementsEqual(other.utf8)
    }
}
