import ParallelOutput

/// `parallel mcp disable`: keeps an MCP server's entry but stops its use.
struct MCPDisableCommand: RunnableCommand {
    let options: MCPSwitch.Options
    let output: Output
    let context: Context

    static let name = "mcp disable"

    static var command: Command {
        Command(
            summary: "Keep an MCP server from being used",
            description: """
                Sets "disabled": true in an entry, as other MCP clients do, and leaves everything else in the file as it is; \
                'mcp enable' undoes this. One of Parallel's own servers gets an entry in your registry for it.
                """,
            positionals: MCPSwitch.positionals,
            defaults: MCPSwitch.Options(), flags: MCPSwitch.Options.flags,
            examples: [
                .init("parallel mcp disable crm", "Switch a server off in the file that has it"),
                .init("parallel mcp disable docs --scope project", "Switch one of the working tree off"),
            ],
            check: { options, words in MCPSwitch.check(&options, words) },
            runs: Self.self)
    }

    func run() async throws -> ExitCode {
        try MCPSwitch(options: options, output: output, context: context).set(isDisabled: true)
    }
}
