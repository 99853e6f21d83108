import ParallelMCP
import ParallelSystem

/// Flags and positional words that the commands for MCP servers share.
enum MCPFlags {
    /// - Parameter finds: whether the command looks for the file that has an entry.
    static func scope(_ summary: String, finds: Bool = true) -> Flag<RegistryScope?> {
        Flag(
            "scope", value: FlagSpec.Value("SCOPE", completion: .words(RegistryScope.allCases.map(\.rawValue))),
            summary: summary,
            details:
                "'user' is mcp.json in your configuration folder, which only you can read. 'project' is "
                + ".mcp.json in the git working tree, which others get with a clone."
                + (finds ? " Without it, the file is found that has the name." : "")
        ) { scope, text throws(InvalidValue) in scope = try ChoiceText.parse(text) }
    }

    static func allowTool(_ summary: String, details: String = "") -> Flag<[String]?> {
        Flag(
            "allow-tool", value: FlagSpec.Value("TOOL"), isRepeatable: true, summary: summary, details: details
        ) { tools, text throws(InvalidValue) in
            tools = (tools ?? []) + [try FilledText.parse(text, called: "name")]
        }
    }

    /// Splits `NAME=VALUE`; the value may be empty or contain more equals signs.
    static func pair(_ text: String) throws(InvalidValue) -> (name: String, value: String) {
        guard let equals = text.place(of: "="), equals != text.startIndex else {
            throw InvalidValue("'\(text)' is not NAME=VALUE")
        }
        let (name, value) = text.halves(around: equals)
        return (String(name), String(value))
    }

    /// Returns the word behind `verb` on a line such as `SERVER read URI`; nil if nothing follows the server.
    static func object(of verb: String, in words: [String], named name: String) throws(UsageError) -> String? {
        guard words.count > 1 else { return nil }
        guard words[1] == verb else {
            let others = ["get", "list", "read", "show"]
            let object = words.count > 2 ? words[2] : others.contains(words[1]) ? name : words[1]
            throw UsageError("unexpected argument '\(words[1])'", hint: "did you mean '\(verb) \(object)'?")
        }
        guard words.count > 2 else { throw UsageError("missing \(name) after '\(verb)'") }
        return words[2]
    }
}
