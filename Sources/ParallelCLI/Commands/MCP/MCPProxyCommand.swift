import ParallelAPI
import ParallelHTTP
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
        /// The port to listen on instead of standard input; 0 stands for a free one.
        var port: Int?
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
                Flag<Options>(
                    "listen", value: FlagSpec.Value("PORT"),
                    summary: "Give programs on this machine an address instead",
                    details:
                        "Prints http://127.0.0.1:PORT/SECRET/mcp, which passes HTTP requests on to the server with "
                        + "the headers that the registry has for it, until Ctrl-C. 0 takes a free port."
                ) { options, text throws(InvalidValue) in
                    guard let port = UInt16(text), text.utf8.allSatisfy(\.isASCIIDigit) else {
                        throw InvalidValue("'\(text)' is no port, which is a number from 0 to 65535")
                    }
                    options.port = Int(port)
                },
            ]
            + MCPConnectionFlags.all(
                timeout: "How long one request may take (default 5m)",
                "A request that takes longer gets an error as its answer."
            ).map {
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
            Flag(
                "resource", value: FlagSpec.Value("URL"), summary: "Accepted for mcp-remote: the server names it",
                details: "It belongs to a login, which the bridge never begins by itself."
            ) { _, _ in },
            Flag(
                "auth-timeout", value: FlagSpec.Value("SECONDS"),
                summary: "Accepted for mcp-remote: the bridge waits for no login"
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

                With --listen, programs that can't start others but call servers over HTTP get an address on this \
                machine that holds the credentials, so that they need none.

                Of mcp-remote, the options header, transport, allow-http, ignore-tool, resource and auth-timeout are \
                understood.
                """,
            usesNetwork: true,
            positionals: [MCPConnection.positional], defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp proxy parallel-search </dev/null", "What a host starts; without input it ends"),
                .init(
                    """
                    echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' | parallel mcp proxy crm --deny-tool 'delete*'
                    """, "One message by hand, which has a second for its answer"),
            ],
            check: { options, words throws(UsageError) in
                options.server = words[0]
                if options.port == nil, options.connection.connection.keyFile == "-" {
                    throw UsageError("--api-key-file - would read the messages; give the name of a file")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        if options.port == nil { try context.streams.requireInput() }
        let connection = MCPConnection(options.connection, output, context)
        let resolved = try await connection.server(options.server)
        guard resolved.program == nil else {
            throw ErrorReport(
                .usage, "'\(options.server)' is a program, which a host can start by itself",
                hints: ["give the host the command of the entry: its 'command', 'args' and 'env'"])
        }
        let filter = ToolFilter(
            allowed: options.allowedTools ?? resolved.server.allowedTools, denied: options.deniedTools)
        if let port = options.port { return try await listen(on: port, resolved, connection, filter) }
        let (lines, input) = AsyncStream<[UInt8]?>.makeStream()
        let (activity, noteActivity) = Self.activity()
        guard startThread({ [context] in Self.read(into: input, context) { noteActivity.yield() } }) else {
            throw ErrorReport(.unexpected, "cannot start a thread; there are too many processes (ulimit -u)")
        }
        if context.terminal.stdinIsTerminal {
            output.note("reading MCP messages from the terminal, one a line; a program usually starts this command")
        }
        async let _: Void = releaseCode(after: activity)
        let (endpoint, transport, login) = connection.passage(to: resolved)
        let failure = Lock<(any Error)?>(nil)
        let bridge = MCPBridge(
            endpoint, transport: transport, credentials: login, clock: context.clock, filter: filter,
            memory: EraCache(environment: context.environment),
            surroundings(resolved, connection) { error in failure.withLock { $0 = $0 ?? error } })
        await bridge.run(lines)
        if let error = failure.withLock({ $0 }) { throw error }
        return .success
    }

    /// Returns the memory of code to the system soon after messages have come, several times a second at most. Does
    /// nothing as long as nothing happens.
    private func releaseCode(after activity: AsyncStream<Void>) async {
        for await _ in activity {
            guard (try? await context.clock.sleep(for: .milliseconds(200))) != nil else { return }
            ResidentCode.release()
        }
    }

    /// Returns a stream of what happens, in which several things are one, and the first is the start.
    private static func activity() -> (AsyncStream<Void>, AsyncStream<Void>.Continuation) {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        continuation.yield()
        return (stream, continuation)
    }

    private var limit: Duration? { options.connection.timeout ?? .seconds(300) }

    /// Passes requests to a port of this machine on, until the command is interrupted.
    private func listen(
        on port: Int, _ resolved: ResolvedServer, _ connection: MCPConnection, _ filter: ToolFilter
    ) async throws -> ExitCode {
        var limits = LoopbackServer.Limits()
        limits.body = Self.longestLine
        let server: LoopbackServer
        do throws(SystemError) {
            server = try LoopbackServer(port: port, limits: limits, checksOrigin: true)
        } catch {
            throw ErrorReport(
                .unexpected, "cannot listen on port \(port): \(error.reason)", hints: ["--listen 0 takes a free port"])
        }
        let secret = (0..<4).map { _ in String(UInt64.random(in: 1 << 60 ... .max), radix: 16) }.joined()
        let path = "/\(secret)/mcp"
        let (endpoint, transport, login) = connection.passage(to: resolved)
        let relay = MCPRelay(
            endpoint, at: path, transport: transport, credentials: login, clock: context.clock, filter: filter,
            limit: limit,
            describe: describing(resolved, connection))
        let (activity, noteActivity) = Self.activity()
        async let _: Void = releaseCode(after: activity)
        if context.terminal.stdoutIsTerminal {
            output.note(
                "programs on this machine reach '\(resolved.server.name)' at this address until Ctrl-C; whoever knows it "
                    + "needs no credentials:")
        }
        try context.streams.write("http://127.0.0.1:\(server.port)\(path)\n")
        await server.run { request in
            noteActivity.yield()
            return await relay.reply(to: request)
        }
        return .success
    }

    /// Returns an error as one line, with what to do about it.
    private func describing(
        _ resolved: ResolvedServer, _ connection: MCPConnection
    ) -> @Sendable (any Error) -> String {
        { [context] error in
            let report = ErrorReport(connection.advised(error, on: resolved), context)
            let lines = [report.message] + report.hints.map { $0.shown { $0 } }
            return context.streams.secrets.masked(lines.joined(separator: "; "))
        }
    }

    /// Reads lines until standard input ends or the program is to end.
    private static func read(
        into lines: AsyncStream<[UInt8]?>.Continuation, _ context: Context, onArrival: () -> Void
    ) {
        var splitter = LineSplitter(limit: longestLine)
        while let bytes = try? context.streams.read(), !bytes.isEmpty {
            onArrival()
            for line in splitter.feed(bytes) { lines.yield(line) }
        }
        if let rest = splitter.finish() { lines.yield(rest) }
        lines.finish()
    }

    /// The maximum length of a message, in bytes.
    private static let longestLine = 64 << 20

    /// - Parameter onFailure: gets the error of a message that could not be written, after which the bridge ends.
    private func surroundings(
        _ resolved: ResolvedServer, _ connection: MCPConnection, onFailure: @escaping @Sendable (any Error) -> Void
    ) -> MCPBridge.Surroundings {
        let (output, context) = (output, context)
        let reachesTerminal = context.terminal.stdoutIsTerminal
        return MCPBridge.Surroundings(
            limit: limit,
            write: { line in
                let shown =
                    reachesTerminal
                    ? Array(ControlCharacters.escaped(inJSON: String(decoding: line, as: UTF8.self)).utf8) : line
                do { try context.streams.write(bytes: shown) } catch {
                    onFailure(error)
                    throw error
                }
            },
            describe: describing(resolved, connection),
            log: { output.trace("* \($0)") })
    }
}
