import ParallelOutput

/// `parallel mcp enable`: lets an MCP server that was disabled be used again.
struct MCPEnableCommand: RunnableCommand {
    let options: MCPSwitch.Options
    let output: Output
    let context: Context

    static let name = "mcp enable"

    static var command: Command {
        Command(
            summary: "Let an MCP server be used again",
            description: """
                Removes "disabled": true from an entry and leaves everything else in the file as it is.
                """,
            positionals: MCPSwitch.positionals,
            defaults: MCPSwitch.Options(), flags: MCPSwitch.Options.flags,
            examples: [.init("parallel mcp enable crm", "Switch it on again after 'mcp disable crm'")],
            check: { options, words in MCPSwitch.check(&options, words) },
            runs: Self.self)
    }

    func run() async throws -> ExitCode {
        try MCPSwitch(options: options, output: output, context: context).set(isDisabled: false)
    }
}
