import ParallelAPI
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel mcp serve`: the program as an MCP server on standard input and output.
struct MCPServeCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        /// The folder that files may be read and written in; nil for none.
        var root: String?
        /// What all calls together may cost.
        var maximumCost = Cost(thousandths: 5_000)
        /// How long a call waits.
        var maximumWait = Duration.seconds(50)
        var mcpNames: [String] = []
        var accounts = LoginAccounts()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "root", value: FlagSpec.Value("DIR", completion: .file),
                    summary: "Let enrich_file read and write files below DIR",
                    details: "Without it, that tool is not offered. Links that lead elsewhere are refused."
                ) { options, text throws(InvalidValue) in options.root = try FileNameText.parse(text) },
                Flag(
                    "max-cost", value: FlagSpec.Value("USD"),
                    summary: "What all calls together may cost (default 5)",
                    details:
                        "Counted from the start of the server, before each call, by the prices of 'help processors'."
                ) { options, text throws(InvalidValue) in options.maximumCost = try MoneyText.usd(text) },
                Flag(
                    "max-wait", value: FlagSpec.Value("DURATION"),
                    summary: "How long a call waits for its result (default 50s)",
                    details:
                        "Then it returns an id for the tool collect. Many clients end a call after 60 s; one that takes "
                        + "progress for a sign of life allows more."
                ) { options, text throws(InvalidValue) in
                    options.maximumWait = .seconds(try NumberText.seconds(text))
                },
                Flag(
                    "mcp", value: FlagSpec.Value("NAME", completion: .mcpServers), isRepeatable: true,
                    summary: "Let research call this MCP server (repeatable)"
                ) { $0.mcpNames.append($1) },
                LoginAccounts.flag.embedded(at: \.accounts),
            ] + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp serve"

    static var command: Command {
        Command(
            summary: "Offer research and batches to an MCP client, on stdio",
            description: """
                Speaks MCP on standard input and output, for a client that starts programs. Its tools are research, \
                which waits for the answer and reports progress; search and extract; enrich_file, which runs a task for \
                every row of a file below --root and keeps the rows out of the conversation; status and collect.

                A call that costs money is refused once --max-cost is reached. Runs continue at Parallel when a call is \
                cancelled or the client ends, and 'task result' and 'batch run' pick them up.
                """,
            usesNetwork: true, defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp serve --max-cost 2", "In the configuration of a client"),
                .init("parallel mcp serve --root ~/data --max-cost 20", "With files to enrich"),
            ],
            check: { options, words throws(UsageError) in
                try options.accounts.check(hasServers: !options.mcpNames.isEmpty)
                if options.connection.keyFile == "-" {
                    throw UsageError("--api-key-file - and the messages of the client can't both be on standard input")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        try context.streams.requireInput()
        if context.terminal.stdinIsTerminal {
            output.note("this is an MCP server: it reads JSON-RPC from standard input; Ctrl-D ends it")
        }
        let settings = try APIConnection.settings(options.connection, context)
        // Each call looks them up anew; but whoever starts the server wants to know of a wrong name or account.
        if !options.mcpNames.isEmpty {
            let (servers, _) = try ServerRegistry(context).servers(
                named: options.mcpNames, configFile: nil, apiKey: settings.serverKey, for: .task)
            try StoredLogins(output: output, context: context).check(options.accounts, at: servers)
        }
        let session = try ServedSession(options, output, context)
        let streams = context.streams
        let server = ToolServer(
            name: "parallel", version: Version.number, instructions: ServedTools.instructions,
            tools: ServedTools.all(withFiles: options.root != nil), clock: context.clock,
            write: { try streams.write($0) },
            call: { try await session.answer($0, $1, $2) })
        do {
            try await session.withJobs {
                try await server.serve { try streams.read() }
            }
        } catch  where context.interruption() != nil || Task.isCancelled {
            // Clients may end a server with a signal, which ends the read before it cancels the work.
        }
        return .success
    }
}
