import ParallelMCP
import ParallelOutput
import ParallelSystem

/// `parallel mcp remove`: removes an MCP server from a registry file.
struct MCPRemoveCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var names: [String] = []
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
                Removes entries from a registry file and leaves everything else in the file as it is. If your own file \
                and the working tree's have a name, --scope says which is meant.

                The pinned tools of a server and its approval are forgotten too, and you are signed out there, unless \
                another entry has the same URL. Programs that 'mcp install' has set up are named, not changed.
                """,
            positionals: [Positional("NAME", .oneOrMore, completion: .mcpServers, summary: "a name from 'mcp list'")],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp remove crm", "Remove a server from the file that has it"),
                .init("parallel mcp remove docs --scope project", "Remove it from the working tree's"),
            ],
            check: { options, words in options.names = words }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let registry = ServerRegistry(context)
        var seen: Set<ExactText> = []
        let names = options.names.filter { seen.insert(ExactText($0)).inserted }
        // A name that is not there keeps all of them from being removed.
        let scopes = try names.map { name in
            let scope = try options.scope ?? registry.scope(of: name, for: .remove)
            try registry.requireEntry(name, in: scope)
            return scope
        }
        for (name, scope) in zip(names, scopes) {
            let old = ServerTraces.entry(name, in: scope, context)
            let path = try registry.remove(name, from: scope)
            output.note("removed '\(name)' from \(path)")
            if let other = try? registry.entries().first(where: { $0.name.isExactly(name) }) {
                output.note("note: '\(name)' is now \(other.origin.place)")
            }
            if let old { try await ServerTraces(output: output, context: context).forget(old) }
        }
        return .success
    }
}
