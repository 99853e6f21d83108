import ParallelMCP
import ParallelOutput

/// `parallel mcp list`: lists the MCP servers that tasks can use.
struct MCPListCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var output = OutputOptions()

        static let flags: [Flag<Options>] = OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp list"

    static var command: Command {
        Command(
            summary: "List the MCP servers that tasks can use",
            description: """
                Lists your own servers, Parallel's, and those of the working tree, without calling them. Of equal names the \
                first is used and the others are shadowed. Values that may be secret are hidden. --format text prints the \
                names alone, one a line.
                """,
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp list", "All servers by name, and where they come from"),
                .init("parallel mcp list --json | jq -r '.[].name'", "For a program"),
            ],
            check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        try MCPServerView(output: output, environment: context.environment).write(ServerRegistry(context).entries())
        try output.finish()
        return .success
    }
}
