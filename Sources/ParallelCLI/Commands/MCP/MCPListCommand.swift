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
                first is used and the others are shadowed; an entry that no command can use has the reason in place of \
                its URL. Values that may be secret are hidden. --format text prints the names alone, one a line.

                A file that can't be read costs only its own servers: the others are listed. A broken .mcp.json of the \
                working tree causes a warning, a broken registry of your own the exit code 2.
                """,
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp list", "All servers by name, and where they come from"),
                .init("parallel mcp list --json | jq -r '.[].name'", "For a program"),
            ],
            check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let registry = ServerRegistry(context)
        let (entries, errors) = registry.listedEntries()
        try MCPServerView(
            output: output, registry: registry, environment: context.environment,
            logins: StoredLogins(output: output, context: context).all, now: context.now()
        ).write(entries)
        try output.finish()
        for entry in entries where entry.replacesBuiltIn {
            output.note(RegistryNote.comesBefore(name: entry.name, .builtIn).hint(context), behind: "note: ")
        }
        try errors.settle(output, context)
        return .success
    }
}
