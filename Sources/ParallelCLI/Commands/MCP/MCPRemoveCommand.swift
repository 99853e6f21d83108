import ParallelMCP
import ParallelOutput
import ParallelSystem

/// `parallel mcp remove`: removes an MCP server from a registry file.
struct MCPRemoveCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var name = ""
        var scope: RegistryScope?
        var output = OutputOptions()
        var needsOutputPlace: Bool { false }

        static let flags: [Flag<Options>] =
            [MCPFlags.scope("Where to remove it from: user or project").embedded(at: \.scope)]
            + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp remove"

    static var command: Command {
        Command(
            summary: "Forget an MCP server",
            description: """
                Removes one entry from a registry file and leaves everything else in the file as it is. If your own file \
                and the working tree's have the name, --scope says which is meant.

                Its pinned tools and its approval are forgotten too, and you are signed out there, unless another entry \
                has the same URL. Programs that 'mcp install' has set up are named, not changed.
                """,
            positionals: [Positional("NAME", .required, completion: .mcpServers, summary: "a name from 'mcp list'")],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp remove crm", "Remove a server from the file that has it"),
                .init("parallel mcp remove docs --scope project", "Remove it from the working tree's"),
            ],
            check: { options, words in options.name = words[0] }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let registry = ServerRegistry(context)
        let scope = try options.scope ?? registry.scope(of: options.name, for: .remove)
        let old = ServerTraces.entry(options.name, in: scope, context)
        let path = try registry.remove(options.name, from: scope)
        output.note("removed '\(options.name)' from \(path)")
        if let other = try? registry.entries().first(where: { $0.name.isExactly(options.name) }) {
            output.note("note: '\(options.name)' is now \(other.origin.place)")
        }
        if let old { try await ServerTraces(output: output, context: context).forget(old) }
        return .success
    }
}
