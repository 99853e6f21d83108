import ParallelJSON
import ParallelSystem

/// The members of a request body and their JSON types, written as `input! string object, metadata object`; `!` marks
/// those that must be there. Others may be there, too, and nothing is said about what is inside a member.
struct BodyTypes: Sendable {
    private let members: [(name: String, isRequired: Bool, types: [String])]

    init(_ text: String) {
        members = text.parts(between: ",").map { part in
            let words = part.parts(between: " ").map(String.init).filter { !$0.isEmpty }
            let name = words.first ?? ""
            return (String(name.prefix { $0 != "!" }), name.ends(with: "!"), Array(words.dropFirst()))
        }
    }

    /// Whether a body may have this member.
    func has(_ name: String) -> Bool { members.contains { $0.name == name } }

    /// Whether `body` has all members that must be there, and those it has have their types or are null.
    func fit(_ body: JSONObject) -> Bool {
        members.allSatisfy { member in
            guard let value = body[member.name] else { return !member.isRequired }
            if value.isNull { return !member.isRequired }
            return member.types.contains(value.schemaType) || member.types.contains("integer") && value.int != nil
        }
    }
}
