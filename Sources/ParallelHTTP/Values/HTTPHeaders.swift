import ParallelSystem

/// Header fields in the order they were added; names are case-insensitive (RFC 9110 §5).
package struct HTTPHeaders: Sendable, Hashable, Sequence {
    /// One line of a header section.
    package struct Field: Sendable, Hashable {
        /// The name as written; compare it case-insensitively.
        package let name: String
        package fileprivate(set) var value: String
        /// Whether the value is never shown, whatever the name.
        package let isSecret: Bool
    }

    /// The fields in the order they are sent or were received.
    package private(set) var fields: [Field] = []

    package init() {}

    /// Makes fields of which none is secret.
    package init(_ pairs: [(String, String)]) {
        fields = pairs.map { Field(name: $0.0, value: $0.1, isSecret: false) }
    }

    package func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    /// The value of the first field of that name. Setting replaces all fields of the name; `nil` removes them.
    package subscript(name: String) -> String? {
        get { fields.first { Self.matches($0.name, name) }?.value }
        set {
            if let newValue {
                set(name, newValue)
            } else {
                fields.removeAll { Self.matches($0.name, name) }
            }
        }
    }

    /// Replaces all fields of that name by one, at the position of the first.
    package mutating func set(_ name: String, _ value: String, secret: Bool = false) {
        let place = fields.firstIndex { Self.matches($0.name, name) } ?? fields.endIndex
        fields.removeAll { Self.matches($0.name, name) }
        fields.insert(Field(name: name, value: value, isSecret: secret), at: place)
    }

    /// Appends a field, even if there is one of that name.
    package mutating func add(_ name: String, _ value: String, secret: Bool = false) {
        fields.append(Field(name: name, value: value, isSecret: secret))
    }

    /// Appends to the last field's value: the obsolete line folding of RFC 9112 §5.2.
    mutating func continueLast(_ text: String) {
        // Changed in place, because a field may be folded into very many lines.
        if !fields.isEmpty { fields[fields.count - 1].value += " \(text)" }
    }

    /// Whether `name` is a token (RFC 9110 §5.6.2).
    package static func isValidName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { $0.isASCIILetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    /// Whether `value` has no CR, LF or NUL, which could end the field early and begin another.
    package static func isValidValue(_ value: String) -> Bool {
        !value.utf8.contains { $0 == 0 || $0 == 0x0A || $0 == 0x0D }
    }

    static func matches(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8) { lowered($0) == lowered($1) }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
