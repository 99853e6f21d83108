import ParallelMCP
import ParallelSystem

/// `parallel mcp remove`: takes an MCP server out of a registry file.
enum MCPRemoveCommand {
    struct Options: Sendable {
        var name = ""
        var scope = RegistryScope.user
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [MCPFlags.scope("Where to remove it from: user (default) or project").embedded(at: \.scope)]
            + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static var command: Command {
        Command(
            "mcp remove", summary: "Forget an MCP server",
            description: "Takes one entry out of a registry file and leaves everything else in the file as it is.",
            positionals: [Positional("NAME", .required, completion: .mcpServers, summary: "a name of 'mcp list'")],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp remove crm", "Remove a server from your own registry"),
                .init("parallel mcp remove docs --scope project", "Remove it from the working tree's"),
            ],
            check: { options, words in options.name = words[0] }, run: run)
    }

    private static func run(_ options: Options, _ context: Context) async throws -> ExitCode {
        let output = try Output(options.output, context, needsPlace: false)
        let registry = ServerRegistry(context)
        let path = try registry.remove(options.name, from: options.scope)
        output.note("removed '\(options.name)' from \(path)")
        if let other = try? registry.entries().first(where: { $0.name.isExactly(options.name) }) {
            let place = other.origin.path.map { "the one in \($0)" } ?? "Parallel's own server"
            output.note("note: '\(options.name)' is now \(place)")
        }
        return .success
    }
}
