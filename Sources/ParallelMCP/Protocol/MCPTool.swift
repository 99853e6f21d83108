package import ParallelJSON
import ParallelSystem

/// A tool as a server describes it (`Tool`). Nothing in the description is checked, not even its hints.
package struct MCPTool: Sendable {
    /// The whole description, unknown members included.
    package let json: JSONValue
    package let name: String

    /// Returns nil if the tool has no name.
    init?(_ json: JSONValue) {
        guard let name = json["name"]?.string else { return nil }
        self.json = json
        self.name = name
    }

    package var title: String? { json["title"]?.string ?? json["annotations"]?["title"]?.string }
    package var description: String? { json["description"]?.string }
    /// The JSON Schema of the arguments.
    package var inputSchema: JSONValue? { json["inputSchema"] }
    /// Whether the server says that a call may destroy something. A server that says nothing of it is not taken at the
    /// specification's word, which is that it may: hardly any server gives hints.
    package var isDestructive: Bool {
        let hints = json["annotations"]
        return hints?["destructiveHint"]?.bool == true && hints?["readOnlyHint"]?.bool != true
    }
    /// Whether it can only be called as a task of MCP 2025-11-25, which this program doesn't support.
    package var needsTask: Bool { json["execution"]?["taskSupport"]?.string == "required" }
}

extension JSONValue {
    /// Whether this result of `tools/call` says that the tool failed. Some servers write `isError` as a text or a
    /// number, so everything counts as a failure that does not say no.
    package var saysToolFailed: Bool {
        switch self["isError"] {
        case nil, .null: false
        case .bool(let flag): flag
        case .number(let number): number.double != 0
        case let flag?: !["", "0", "false", "no"].contains(flag.string?.trimmed.asciiLowercased)
        }
    }
}
