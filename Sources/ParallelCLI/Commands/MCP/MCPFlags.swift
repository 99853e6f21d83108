import ParallelCore

/// Flags that the commands on the registry of MCP servers share.
enum MCPFlags {
    static func scope(_ summary: String) -> Flag<RegistryScope> {
        Flag(
            "scope", value: FlagSpec.Value("SCOPE", completion: .words(RegistryScope.allCases.map(\.rawValue))),
            summary: summary,
            details:
                "'user' (the default) is mcp.json in your configuration folder, which only you can read. 'project' is "
                + ".mcp.json in the git working tree, which others get with a clone."
        ) { scope, text throws(InvalidValue) in scope = try ChoiceText.parse(text) }
    }
}
