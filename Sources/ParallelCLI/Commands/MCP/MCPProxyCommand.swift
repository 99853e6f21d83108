import ParallelAPI
import ParallelMCP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel mcp proxy`: a bridge from a host that only starts programs to a server that is called over HTTP.
struct MCPProxyCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var server = ""
        var allowedTools: [String]?
        var deniedTools: [String] = []
        var connection = MCPConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                MCPFlags.allowTool(
                    "Show and pass on only this tool (repeatable)",
                    details: "A * stands for any text. Without it, the tools that the registry allows."
                ).embedded(at: \.allowedTools),
                Flag<Options>(
                    "deny-tool", value: FlagSpec.Value("TOOL"), isRepeatable: true,
                    summary: "Hide this tool and refuse calls of it (repeatable)",
                    details: "A * stands for any text, and case is ignored."
                ) { options, text throws(InvalidValue) in
                    options.deniedTools.append(try FilledText.parse(text, called: "name"))
                }.formerly("ignore-tool"),
            ]
            + MCPConnectionFlags.all(timeout: "How long one request may take (default 5m)").map {
                $0.embedded(at: \.connection)
            } + remoteFlags + OutputFlags.global().map { $0.embedded(at: \.output) }

        /// What a command line of mcp-remote may also hold.
        private static let remoteFlags: [Flag<Options>] = [
            Flag(
                "transport", value: FlagSpec.Value("KIND", completion: .words(transports)),
                summary: "Accepted for mcp-remote: http-only or http-first",
                details: "The older HTTP+SSE transport is not supported, so sse-only is refused."
            ) { _, text throws(InvalidValue) in
                guard transports.contains(text) else {
                    throw InvalidValue("only Streamable HTTP is supported: \(transports.joined(separator: " or "))")
                }
            },
            Flag(
                "allow-http", summary: "Accepted for mcp-remote: http needs no permission",
                details: "Credentials travel over http to this machine only, with or without it."
            ) { _, _ in },
        ]

        private static let transports = ["http-only", "http-first"]
    }

    static let name = "mcp proxy"

    static var command: Command {
        Command(
            summary: "Connect a program that only starts MCP servers to one on the web",
            description: """
                Reads MCP messages from standard input, one a line, and passes them on to a server that is called over \
                HTTP; its answers come on standard output. So a program that only starts servers (stdio) can use one \
                from the registry, with the headers that the registry has for it: enter 'parallel mcp proxy NAME' as \
                its command.

                Messages pass unchanged, in every version of MCP. Each request gets an answer: an error if the server \
                can't be reached, refuses the credentials, or has not answered when --timeout is over. A session that \
                the server has lost is begun anew. The bridge ends when standard input does, or with SIGTERM or \
                Ctrl-C, ends the session at the server and exits with 0. Standard error stays empty without --verbose.

                The options of mcp-remote are understood: --header, --transport, --allow-http and --ignore-tool.
                """,
            usesNetwork: true,
            positionals: [MCPConnection.positional], defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp proxy parallel-search </dev/null", "What a host starts; without input it ends"),
                .init(
                    """
                    echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' | parallel mcp proxy crm --deny-tool 'delete*'
                    """, "One message by hand"),
            ],
            check: { options, words in options.server = words[0] }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let connection = MCPConnection(options.connection, output, context)
        let resolved = try await connection.server(options.server)
        let (lines, input) = AsyncStream<[UInt8]?>.makeStream()
        guard startThread({ [context] in Self.read(into: input, context) }) else {
            throw ErrorReport(.unexpected, "cannot start a thread; there are too many processes (ulimit -u)")
        }
        if context.terminal.stdinIsTerminal {
            output.note("reading MCP messages from the terminal, one a line; a program usually starts this command")
        }
        let filter = ToolFilter(
            allowed: options.allowedTools ?? resolved.server.allowedTools, denied: options.deniedTools)
        await connection.bridge(to: resolved, filter, surroundings(resolved, connection)).run(lines)
        return .success
    }

    /// Reads lines until standard input ends or the program is to end.
    private static func read(into lines: AsyncStream<[UInt8]?>.Continuation, _ context: Context) {
        var splitter = LineSplitter(limit: longestLine)
        while let bytes = try? context.streams.read(), !bytes.isEmpty {
            for line in splitter.feed(bytes) { lines.yield(line) }
        }
        if let rest = splitter.finish() { lines.yield(rest) }
        lines.finish()
    }

    /// The maximum length of a message, in bytes.
    private static let longestLine = 64 << 20

    private func surroundings(
        _ resolved: ResolvedServer, _ connection: MCPConnection
    ) -> MCPBridge.Surroundings {
        let (output, context) = (output, context)
        let reachesTerminal = context.terminal.stdoutIsTerminal
        return MCPBridge.Surroundings(
            limit: options.connection.timeout ?? .seconds(300),
            write: { line in
                let shown =
                    reachesTerminal
                    ? Array(ControlCharacters.escaped(inJSON: String(decoding: line, as: UTF8.self)).utf8) : line
                try context.streams.write(bytes: shown)
            },
            describe: { error in
                let report = ErrorReport(connection.advised(error, on: resolved), context)
                let lines = [report.message] + report.hints.map { $0.shown { $0 } }
                return context.streams.secrets.masked(lines.joined(separator: "; "))
            },
            log: { output.trace("* \($0)") })
    }
}
