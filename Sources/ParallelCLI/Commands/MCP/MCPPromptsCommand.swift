import ParallelCore

/// `parallel mcp prompts`: what prompts a server has prepared.
enum MCPPromptsCommand {
    struct Options: Sendable {
        var server = ""
        /// Nil: list them.
        var prompt: String?
        var arguments: [(name: String, value: String)] = []
        var connection = MCPConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "arg", short: "a", value: FlagSpec.Value("NAME=VALUE"), isRepeatable: true,
                    summary: "Give the prompt this argument (repeatable)"
                ) { options, text throws(InvalidValue) in
                    let (name, value) = try MCPFlags.pair(text)
                    options.arguments.append((name, value))
                }
            ]
            + MCPConnectionFlags.all().map {
                $0.embedded(at: \.connection)
            } + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static var command: Command {
        Command(
            "mcp prompts", summary: "List the prompts of an MCP server, or get one",
            description: """
                Lists the prompts of a server with their arguments, or with 'get PROMPT' prints the messages of one, each \
                under the role it is meant for.
                """,
            positionals: [
                MCPConnection.positional,
                Positional("ACTION", .optional, completion: .words(["get"]), summary: "'get' to fill one in instead"),
                Positional("PROMPT", .optional, summary: "the prompt's name"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp prompts docs", "The prompts that a server has"),
                .init("parallel mcp prompts docs get summarize --arg topic=billing", "Get one of them, filled in"),
            ],
            check: { options, words throws(UsageError) in
                options.server = words[0]
                options.prompt = try MCPFlags.object(of: "get", in: words, named: "PROMPT")
                if options.prompt == nil, !options.arguments.isEmpty {
                    throw UsageError("--arg goes with 'get PROMPT'")
                }
            }, run: run)
    }

    private static func run(_ options: Options, _ context: Context) async throws -> ExitCode {
        let output = try Output(options.output, context)
        let connection = try MCPConnection.server(options.server, options.connection, output, context)
        let client = try MCPConnection.client(connection, options.connection, output, context)
        try await MCPConnection.use(client, of: connection, context) {
            try await client.connect()
            let view = MCPListView(output: output)
            if let name = options.prompt {
                try view.write(prompt: await client.prompt(name, arguments: options.arguments))
            } else {
                try view.write(prompts: await client.list(.prompts))
            }
            try output.finish()
        }
        return .success
    }
}
