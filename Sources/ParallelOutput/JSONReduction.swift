package import ParallelJSON
import ParallelSystem

/// What is left of an answer for a reader who pays for each word of it: first one place of the document, then some
/// members, then the beginnings of long texts. Numbers, order and unknown members stay as they came.
package struct JSONReduction: Sendable {
    /// The place that is wanted; nil for the whole document.
    package var pointer: JSONPointer?
    /// The members that are wanted, of an object or of each object of a list; empty for all.
    package var members: [String] = []
    /// The most characters of a text; nil for any number.
    package var longestText: Int?
    /// Whether the answer goes to a file, and only its outline to standard output.
    package var makesDigest = false

    package init() {}

    /// Whether the answer is printed as it came.
    package var isEmpty: Bool { pointer == nil && members.isEmpty && longestText == nil && !makesDigest }

    /// - Parameter isPart: whether `value` is one of several documents, which may differ. Members that one of them has
    ///   not are left out then, as long as it has another one.
    func applied(to value: JSONValue, isPart: Bool) throws(ReductionFailure) -> JSONValue {
        var value = value
        if let pointer {
            switch pointer.resolve(in: value) {
            case .value(let found): value = found
            case .missing(let step, let place, let path):
                throw ReductionFailure(pointer: pointer.text, step: step, place: path, value: place)
            }
        }
        if !members.isEmpty { value = try picked(from: value, isPart: isPart) }
        return longestText.map { Self.cut(value, to: $0) } ?? value
    }

    private func picked(from value: JSONValue, isPart: Bool) throws(ReductionFailure) -> JSONValue {
        let rows = value.array ?? [value]
        guard let first = rows.first else { return value }
        let odd = rows.first { $0.object == nil }
        let missing = members.filter { name in !rows.contains { $0[name] != nil } }
        if let step = odd == nil ? missing.first : members[0], odd != nil || !isPart || missing.count == members.count {
            throw ReductionFailure(pointer: nil, step: step, place: pointer?.text ?? "", value: odd ?? first)
        }
        let picked = rows.map { row in
            JSONValue.object(JSONObject((row.object?.members ?? []).filter { members.contains(where: $0.hasKey) }))
        }
        return value.array == nil ? picked[0] : .array(picked)
    }

    /// Cuts every text of `value`, but no key, to `limit` characters, and says behind it how many are left out.
    private static func cut(_ value: JSONValue, to limit: Int) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map { cut($0, to: limit) })
        case .object(let object): return .object(object.mapValues { cut($0.value, to: limit) })
        case .null, .bool, .number: return value
        case .string, .unpairedSurrogates:
            guard let text = value.string,
                let end = text.index(text.startIndex, offsetBy: limit, limitedBy: text.endIndex),
                end < text.endIndex
            else { return value }
            return .string("\(text[..<end])…[+\(text[end...].count)]")
        }
    }
}

/// A place or a member that was asked for, and that the answer has not.
package struct ReductionFailure: Error, Sendable {
    /// The pointer that leads nowhere; nil for a member that was to be picked.
    package let pointer: String?
    /// The member or index that is missing.
    package let step: String
    /// The pointer to `value`.
    package let place: String
    /// What has no such member.
    package let value: JSONValue
}

/// What an answer is like, in ten lines for a reader who may not need the rest.
struct JSONDigest: Sendable {
    private var documents = 0
    private var first = JSONValue.null

    mutating func add(_ document: JSONValue) {
        if documents == 0 { first = document }
        documents += 1
    }

    /// Returns the lines below the name of the file; texts of the answer are quoted as in JSON, and thus harmless.
    func lines(bytes: Int) -> [String] {
        guard documents > 0 else { return [] }
        let size = "\(bytes.grouped) bytes"
        var head = Self.kind(of: first) + ", " + size
        if documents > 1 {
            head = "\(documents) documents, one to a line, \(size); the first is: \(Self.kind(of: first))"
        }
        var rows: [String] = []
        if let object = first.object {
            rows = object.map { "\(Self.quoted($0.key)): \(Self.outline(of: $0.value))" }
        } else if let elements = first.array {
            rows = elements.enumerated().map { "\($0): \(Self.outline(of: $1))" }
        } else {
            rows = [Self.outline(of: first)]
        }
        if rows.count > 8 { rows = rows.prefix(7) + ["… \(rows.count - 7) more"] }
        return [head] + rows.map { "  \($0)" }
    }

    private static func kind(of value: JSONValue) -> String {
        switch value {
        case .object(let object): "object of \(counted(object.count, "member"))"
        case .array(let elements): "array of \(counted(elements.count, "element"))"
        default: value.schemaType
        }
    }

    private static func outline(of value: JSONValue) -> String {
        if let text = value.string {
            return "string of \(text.count), \(quoted(text.shortened(to: 60)))"
        }
        let names = (value.object ?? value.array?.first?.object)?.keys ?? []
        if names.isEmpty, value.array == nil { return value.serialized() }
        let members = names.prefix(8).map { $0.shortened(to: 30) }.map(quoted).joined(separator: " ")
        let size = "\(value.bytes().count.grouped) bytes"
        return "\(kind(of: value)), \(size)"
            + (names.isEmpty ? "" : value.array == nil ? ": \(members)" : ", each: \(members)")
    }

    private static func quoted(_ text: String) -> String { JSONValue.string(text).serialized() }
}
