import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// Calling a tool.
@Suite(.timeLimit(.minutes(10))) struct MCPCallTests {
    private static let tool: JSONValue = [
        "name": "echo",
        "inputSchema": [
            "type": "object", "required": ["text"],
            "properties": ["text": ["type": "string"], "times": ["type": "integer"]],
        ],
    ]

    private static func arguments(_ server: ScriptedMCPServer) -> JSONValue? {
        server.calls.last { $0.method == "tools/call" }?.message["params"]?["arguments"]
    }

    @Test func `arguments come from words, JSON, files and standard input, typed by the schema`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(#"{"text": "file", "big": 12345678901234567890}"#, to: "args.json")
        for (words, sent) in [
            (["--arg", "text=a=b", "--arg", "times=3"], #"{"text":"a=b","times":3}"#),
            (["--arg-json", #"text="x""#, "-a", "times=2"], #"{"text":"x","times":2}"#),
            (["--args", #"{"text":"y","times":1}"#, "--arg", "text=z"], #"{"text":"z","times":1}"#),
            (["--args", "@args.json"], #"{"text":"file","big":12345678901234567890}"#),
            (["--args", "-"], #"{"text":"stdin"}"#),
        ] {
            let server = ScriptedMCPServer.legacy(tools: [Self.tool])
            let run = await MCPRun.run(
                ["call", MCPRun.url, "echo"] + words, server, stdin: #"{"text":"stdin"}"#, directory: directory.path)
            #expect(run.code == .success, "\(run.errors)")
            #expect(Self.arguments(server)?.serialized() == sent)
        }
    }

    @Test(arguments: [
        (["--arg", "times=3"], "'text' is required"), (["--arg-json", "text=3"], "'text'"),
        (["--arg", "text=a", "--arg", "times=soon"], "'times'"), (["--arg", "text"], "'text' is not NAME=VALUE"),
        (["--arg-json", "text={"], "not JSON"), (["--args", "[]"], "an array"), (["--args", "{"], "not JSON"),
    ])
    func `arguments that don't fit the schema are refused before a call`(words: [String], told: String) async {
        let server = ScriptedMCPServer.legacy(tools: [Self.tool])
        let run = await MCPRun.run(["call", MCPRun.url, "echo"] + words, server)
        #expect(run.code == .usage)
        #expect(run.errors.contains(told), "\(run.errors)")
        #expect(!server.methods.contains("tools/call"))
    }

    @Test func `without the check the arguments go as they are, and no list is asked for`() async {
        let server = ScriptedMCPServer.legacy(tools: [Self.tool])
        let run = await MCPRun.call(server, "--no-check", "--arg", "times=soon")
        #expect(run.code == .success)
        #expect(Self.arguments(server) == ["times": "soon"])
        #expect(!server.methods.contains("tools/list"))
    }

    @Test func `an unknown tool is not called but suggested`() async {
        let server = ScriptedMCPServer.legacy(tools: [Self.tool])
        let run = await MCPRun.run(["call", MCPRun.url, "ecko"], server)
        #expect(run.code == .usage)
        #expect(run.errors.contains("did you mean 'echo'?"))
        #expect(!server.methods.contains("tools/call"))
    }

    @Test func `an argument that the tool does not know is told of, with the nearest name`() async {
        let server = ScriptedMCPServer.legacy(tools: [Self.tool])
        let run = await MCPRun.call(server, "--arg", "text=x", "--arg", "tiems=3", "--arg", "else=y")
        #expect(run.code == .success)
        #expect(run.errors.contains("warning: the tool 'echo' has no argument 'tiems'; did you mean 'times'?\n"))
        #expect(run.errors.contains("has no argument 'else'; its arguments: text, times\n"))
        #expect(Self.arguments(server)?["else"] == "y")
        // The same where the tool misses the argument that was meant.
        let missing = ScriptedMCPServer.legacy(tools: [Self.tool])
        let refused = await MCPRun.call(missing, "--arg", "txet=x")
        #expect(refused.code == .usage && refused.errors.contains("did you mean 'text'?"), "\(refused.errors)")
        #expect(!missing.methods.contains("tools/call"))
        #expect(await MCPRun.call(server, "--no-check", "--arg", "tiems=3").errors == "")
    }

    @Test(arguments: [true, ["type": "string"]] as [JSONValue])
    func `where the schema takes other arguments too, nothing is said`(others: JSONValue) async {
        let tool: JSONValue = [
            "name": "echo", "inputSchema": ["properties": ["text": [:]], "additionalProperties": others],
        ]
        let run = await MCPRun.call(ScriptedMCPServer.legacy(tools: [tool]), "--arg", "txet=x")
        #expect(run.code == .success && run.errors == "")
    }

    // MARK: - Time

    @Test func `a call that takes too long is cancelled by message in the legacy era`() async {
        let clock = ManualClock()
        let server = ScriptedMCPServer.legacy(session: "s", tools: [Self.tool]) { call in
            call.method == "tools/call" ? try await MCPRun.silence(.milliseconds(50), on: clock) : nil
        }
        let run = await MCPRun.run(
            ["call", MCPRun.url, "echo", "--arg", "text=x", "--timeout", "50ms"], server, clock: clock)
        #expect(run.code == .stillRunning)
        #expect(run.errors.contains("did not answer tools/call of 'echo' within 0.05 s"))
        let id = server.calls.first { $0.method == "tools/call" }?.id
        let cancelled = server.calls.first { $0.method == "notifications/cancelled" }
        #expect(cancelled?.message["params"]?["requestId"] == id)
        #expect(cancelled?.header("mcp-session-id") == "s")
        #expect(server.methods.last == "DELETE")
    }

    @Test func `in the modern era closing the stream is enough`() async {
        let clock = ManualClock()
        let server = ScriptedMCPServer.modern(tools: [Self.tool]) { call in
            call.method == "tools/call" ? try await MCPRun.silence(.seconds(40), on: clock) : nil
        }
        let run = await MCPRun.run(
            ["call", MCPRun.url, "echo", "--arg", "text=x", "--timeout", "40s"], server, clock: clock)
        #expect(run.code == .stillRunning)
        #expect(server.methods == ["server/discover", "tools/list", "tools/call"])
    }

    @Test func `an interrupted call is cancelled, and the session ended`() async throws {
        let (calls, called) = AsyncStream<Void>.makeStream()
        let server = ScriptedMCPServer.legacy(session: "s", tools: [Self.tool]) { call in
            guard call.method == "tools/call" else { return nil }
            called.finish()
            return .openEvents([])
        }
        let work = Task {
            await CommandRun(
                ["mcp", "call", MCPRun.url, "echo", "-a", "text=x"], over: server, clock: PatientClock(),
                interruption: 2)
        }
        try await untilFinished(calls, "the call")
        work.cancel()
        let run = await work.value
        #expect(run.code == .interrupted)
        #expect(run.errors == "error: interrupted; the server was told\n")
        #expect(server.methods.suffix(2) == ["notifications/cancelled", "DELETE"])
    }

    @Test func `an interrupted call of the modern era ends with its stream`() async throws {
        let (calls, called) = AsyncStream<Void>.makeStream()
        let server = ScriptedMCPServer.modern(tools: [Self.tool]) { call in
            guard call.method == "tools/call" else { return nil }
            called.finish()
            return .openEvents([])
        }
        let work = Task {
            await CommandRun(
                ["mcp", "call", MCPRun.url, "echo", "-a", "text=x"], over: server, clock: PatientClock(),
                interruption: 2)
        }
        try await untilFinished(calls, "the call")
        work.cancel()
        let run = await work.value
        #expect(run.code == .interrupted)
        #expect(run.errors == "error: interrupted; the stream was closed\n")
    }

    @Test func `the time for a call bounds what comes before it too`() async {
        let clock = ManualClock()
        let server = ScriptedMCPServer.legacy { call in
            call.method == "initialize" ? try await MCPRun.silence(.milliseconds(50), on: clock) : nil
        }
        let run = await MCPRun.run(["call", MCPRun.url, "echo", "--timeout", "50ms"], server, clock: clock)
        #expect(run.code == .unreachable)
        #expect(run.errors.contains("did not answer initialize within 0.05 s"))
    }

    @Test func `on a terminal progress is one line that is drawn anew`() async {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/call" else { return nil }
            let news = { @Sendable (done: Int) -> String in
                event([
                    "jsonrpc": "2.0", "method": "notifications/progress",
                    "params": [
                        "progressToken": 1, "progress": .number(JSONNumber(done)), "total": 9, "message": "pages",
                    ],
                ])
            }
            let chunks = AsyncThrowingStream<[UInt8], any Error> { stream in
                Task {
                    for done in 1...3 {
                        stream.yield(Array(news(done).utf8))
                        try? await Task.sleep(for: .milliseconds(250))
                    }
                    stream.yield(
                        Array(event(["jsonrpc": "2.0", "id": call.id, "result": ["content": ["done"]]]).utf8))
                    stream.finish()
                }
            }
            return HTTPResponse(
                status: 200, headers: HTTPHeaders([("content-type", "text/event-stream")]),
                body: HTTPBody(chunks: chunks))
        }
        let terminal = TerminalInfo(stderrIsTerminal: true, term: "xterm")
        let run = await MCPRun.run(["call", MCPRun.url, "echo"], server, terminal: terminal)
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.errors.contains("calling echo · 3/9 pages"), "\(run.errors.debugDescription)")
        #expect(!run.errors.contains("\n"))
    }

    // MARK: - Parameters in the header section

    private static let query: JSONValue = [
        "name": "echo",
        "inputSchema": [
            "type": "object",
            "properties": [
                "region": ["type": "string", "x-mcp-header": "Region"],
                "limit": ["type": "integer", "x-mcp-header": "Limit"],
            ],
        ],
    ]

    @Test func `parameters that a tool wants in the header section are there too`() async {
        let server = ScriptedMCPServer.modern(tools: [Self.query])
        #expect(await MCPRun.call(server, "-a", "region=Hello, 世界", "-a", "limit=5").code == .success)
        let call = server.calls.last
        #expect(call?.header("mcp-param-region") == "=?base64?SGVsbG8sIOS4lueVjA==?=")
        #expect(call?.header("mcp-param-limit") == "5")
        #expect(await MCPRun.call(server, "--no-check", "-a", "region=x").code == .success)
        #expect(server.calls.last?.header("mcp-param-region") == "x")
        #expect(server.calls.last?.header("mcp-param-limit") == nil)
    }

    @Test func `where the schema has changed, it is read again and the call repeated once`() async {
        let server = ScriptedMCPServer.modern(tools: [Self.query]) { call in
            switch call.method {
            case "tools/list" where call.index < 3: call.result(["tools": [["name": "echo"]]])
            case "tools/call" where call.header("mcp-param-region") == nil:
                call.error(-32020, "HeaderMismatch", status: 400)
            default: nil
            }
        }
        let run = await MCPRun.call(server, "-a", "region=eu")
        #expect(run.code == .success, "\(run.errors)")
        #expect(server.methods == ["server/discover", "tools/list", "tools/call", "tools/list", "tools/call"])
    }

    @Test func `a tool that can only be a task is not called`() async {
        let tool: JSONValue = ["name": "echo", "execution": ["taskSupport": "required"]]
        let server = ScriptedMCPServer.legacy(tools: [tool])
        let run = await MCPRun.call(server)
        #expect(run.code == .refused)
        #expect(!server.methods.contains("tools/call"))
    }

    // MARK: - Care

    private static let destructive: JSONValue = ["name": "echo", "annotations": ["destructiveHint": true]]

    private static let terminal = TerminalInfo(stdinIsTerminal: true, stderrIsTerminal: true, term: "dumb")

    @Test(arguments: [
        (LineEditor.Result.line("y"), ExitCode.success), (.line(""), .unexpected), (.line("no"), .unexpected),
        (.endOfInput, .unexpected), (.interrupted, .interrupted),
    ])
    func `a tool that may destroy something is called on a terminal only after a yes`(
        answer: LineEditor.Result, code: ExitCode
    ) async {
        for words in [[], ["--no-check"]] {
            let server = ScriptedMCPServer.legacy(tools: [Self.destructive])
            let run = await MCPRun.run(
                ["call", MCPRun.url, "echo"] + words, server, terminal: Self.terminal, answers: [answer])
            #expect(run.code == code)
            #expect(run.prompts.count == 1)
            #expect(server.methods.contains("tools/call") == (code == .success))
            #expect(run.errors.contains("nothing was called") == (code != .success))
        }
    }

    @Test func `the question says what would be called, and with what`() async {
        let server = ScriptedMCPServer.legacy(tools: [Self.destructive])
        let long = String(repeating: "x", count: 1000)
        let run = await MCPRun.run(
            ["call", "\(MCPRun.url)?key=secret", "echo", "-a", "id=7\u{1B}[2J", "-a", "text=\(long)"], server,
            terminal: Self.terminal)
        let question = run.prompts.first ?? ""
        #expect(question.hasPrefix("'echo' of '\(MCPRun.url)?key=***' may destroy something. Call it with {"))
        #expect(question.contains("id") && !question.contains("\u{1B}"))
        #expect(question.count < 400 && question.hasSuffix("…? [y/N] "))
    }

    @Test func `without a terminal, or with --yes, nobody is asked`() async {
        let server = ScriptedMCPServer.legacy(tools: [Self.destructive])
        #expect(await MCPRun.call(server).code == .success)
        let run = await MCPRun.run(["call", MCPRun.url, "echo", "--yes"], server, terminal: Self.terminal)
        #expect(run.code == .success && run.prompts.isEmpty)
    }

    @Test(arguments: [([], true), (["--yes"], false), (["-q"], false)])
    func `a script is told of a tool that may destroy something`(words: [String], isTold: Bool) async {
        let server = ScriptedMCPServer.legacy(tools: [Self.destructive])
        let run = await MCPRun.run(["call", MCPRun.url, "echo"] + words, server)
        let line = "'echo' may destroy something; it is called without a question, as there is no terminal\n"
        #expect(run.code == .success && run.errors == (isTold ? line : ""))
    }

    // MARK: - Results

    @Test func `a tool's own error goes to standard error and exits with 6`() async throws {
        let result: JSONValue = ["content": [["type": "text", "text": "no such\ncity\u{7}"]], "isError": true]
        let server = ScriptedMCPServer.legacy { $0.method == "tools/call" ? $0.result(result) : nil }
        let run = await MCPRun.call(server)
        #expect(run.code == .runFailed)
        #expect(run.output == "")
        #expect(run.errors.contains("no such") && run.errors.contains("city␇"))
        let json = await MCPRun.call(server, "--json")
        #expect(json.code == .runFailed)
        #expect(try JSONValue.parse(json.output) == result)
    }

    @Test func `json is the whole result with nothing lost`() async {
        let text = #"{"content":[],"structuredContent":{"b":1.10,"a":12345678901234567890},"_meta":{"x":null}}"#
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/call" else { return nil }
            let id = call.id.serialized()
            return .text(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(text)}"#, type: "application/json; charset=utf-8")
        }
        #expect(await MCPRun.call(server, "--json").output == text + "\n")
    }
}
