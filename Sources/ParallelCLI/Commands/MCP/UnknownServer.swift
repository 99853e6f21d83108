import ParallelHTTP
import ParallelMCP
import ParallelSystem

extension UsageError {
    /// What to do with a URL where only a name can stand.
    static let namingURL: Hint = "give the URL a name first: mcp add NAME URL"

    /// Returns an error for a name that no MCP server has, with the nearest name that there is.
    static func unknownServer(_ name: String, among entries: [RegistryEntry], _ context: Context) -> UsageError {
        let near = Suggestions.nearest(to: name, among: entries.map(\.name))
        return UsageError(
            "no MCP server is named '\(AddressMask.maskingAddresses(in: name))'",
            hint: ServerDefinition.isURL(name)
                ? namingURL
                : near.map { "did you mean '\($0)'?" } ?? "'\(context.command(["mcp", "list"]))' shows them all")
    }
}
