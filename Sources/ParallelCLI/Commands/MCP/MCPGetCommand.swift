import ParallelMCP
import ParallelOutput
import ParallelSystem

/// `parallel mcp get`: shows the registry entry of an MCP server.
struct MCPGetCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var name = ""
        var output = OutputOptions()

        static let flags: [Flag<Options>] = OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp get"

    static var command: Command {
        Command(
            summary: "Show one MCP server and the variables it needs",
            description: """
                Shows the entry that a task would use, where it comes from, and whether the variables it refers to are set. \
                Values that may be secret are hidden. Of files that can't be read the same holds as for 'mcp list'.
                """,
            positionals: [Positional("NAME", .required, completion: .mcpServers, summary: "a name from 'mcp list'")],
            defaults: Options(), flags: Options.flags,
            examples: [.init("parallel mcp get parallel-search", "What is known of one of Parallel's own servers")],
            check: { options, words in options.name = words[0] }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let registry = ServerRegistry(context)
        let (entries, errors) = registry.listedEntries()
        guard let entry = entries.first(where: { $0.name.isExactly(options.name) }) else {
            if let error = errors[.user] ?? errors[.project] { throw error }
            throw UsageError.unknownServer(options.name, among: entries, context)
        }
        let others = entries.filter { $0.name.isExactly(entry.name) && $0.isShadowed }
        try MCPServerView(
            output: output, registry: registry, environment: context.environment,
            logins: StoredLogins(output: output, context: context).all, now: context.now()
        )
        .write(entry, shadowing: others)
        try output.finish()
        try errors.settle(output, context)
        return .success
    }
}
