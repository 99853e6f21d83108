import ParallelCLI
import ParallelHTTP
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TaskResultCommandTests {
    private func result(
        _ words: String..., exchanges: [ScriptedTransport.Exchange] = [], stdin: String = "",
        terminal: TerminalInfo = TerminalInfo(), directory: String = "/nowhere",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["task", "result"] + words, exchanges, stdin: stdin, terminal: terminal, directory: directory,
            sourceLocation: sourceLocation)
    }

    @Test func `one result needs one request`() async {
        let run = await result("r1", exchanges: [Answer.result()])
        #expect(run.code == .success && run.output == "42\n" && run.errors.isEmpty)
        #expect(run.requests.map(\.url.description) == ["https://api.parallel.ai/v1/tasks/runs/r1/result?timeout=25"])
        #expect(run.requests.allSatisfy { $0.headers["parallel-beta"] == nil })
    }

    @Test func `warnings of the run go to standard error`() async {
        let warning = #","warnings":[{"message":"Error listing tools","detail":{}},{"message":"b","detail":{"n":1}}]"#
        let run = await result("r1", exchanges: [Answer.result(run: warning)])
        #expect(run.output == "42\n" && run.errors == "warning: Error listing tools\nwarning: b {\"n\":1}\n")
        #expect(await result("r1", "-q", exchanges: [Answer.result(run: warning)]).errors.isEmpty)
    }

    private static let listingHint =
        "  Parallel could not list the server's tools (it could not reach it or its credentials were refused; the run "
        + "went on without it), check with: parallel mcp test "

    @Test(arguments: ["crm", "crm.eu_1-x", "a."])
    func `a server whose tools could not be listed is explained`(name: String) async {
        let text = "Error listing tools from MCP server \(name). Reference ID: 4-7"
        let warnings = #","warnings":[{"message":"\#(text)","detail":null},{"message":"too vague"}]"#
        let run = await result("r1", exchanges: [Answer.result(run: warnings)])
        #expect(run.errors == "warning: \(text)\n\(Self.listingHint)\(name)\nwarning: too vague\n")
        let status = await CommandRun(["task", "status", "r1"], [Answer.run(status: "completed", more: warnings)])
        #expect(
            status.errors == "warning: r1: \(text)\n\(Self.listingHint)\(name)\nwarning: r1: too vague\n")
        #expect(await result("r1", "-q", exchanges: [Answer.result(run: warnings)]).errors.isEmpty)
    }

    @Test func `a warning in today's words is explained too, and hides what its URL holds`() async {
        let text =
            "Error listing tools from MCP server crm: 502 Bad gateway. Server details: Name: crm, URL: "
            + #"https://u:pw-1@crm.example/mcp?key=sk-1&k=2, Headers: {\"x-api-key\": \"REDACTED\"}. Reference ID: 4-7"#
        let run = await result("r1", exchanges: [Answer.result(run: #","warnings":[{"message":"\#(text)"}]"#)])
        let shown =
            "Error listing tools from MCP server crm: 502 Bad gateway. Server details: Name: crm, URL: "
            + #"https://***:***@crm.example/mcp?key=***&k=***, Headers: {"x-api-key": "REDACTED"}. Reference ID: 4-7"#
        #expect(run.errors == "warning: \(shown)\n\(Self.listingHint)crm\n")
    }

    @Test(arguments: [
        "Error listing tools from MCP server a b. Reference ID: 1",
        "Error listing tools from MCP server a b: 502 Bad gateway. Reference ID: 1",
        "Error listing tools from MCP server $(x): 502 Bad gateway. Reference ID: 1",
        "Error listing tools from MCP server : 502 Bad gateway.",
        "Error listing tools from MCP server . Reference ID: 1",
        "Error listing tools from MCP server $(x). Reference ID: 1", "Error listing tools from MCP server crm",
        "Error listing tools from MCP server crm. Try again",
        "Error listing tools from MCP server a'b. Reference ID: 1",
        "No: Error listing tools from MCP server crm. Reference ID: 1",
    ])
    func `no command is made of a warning that names no server of a registry`(text: String) async {
        let run = await result("r1", exchanges: [Answer.result(run: #","warnings":[{"message":"\#(text)"}]"#)])
        #expect(run.errors == "warning: \(text)\n")
    }

    @Test func `equal warnings are told once, whatever their reference ids, and in short for further runs`() async {
        let text = "Error listing tools from MCP server crm: 502 Bad gateway. Reference ID: "
        func warnings(_ ids: String...) -> String {
            #","warnings":[\#(ids.map { #"{"message":"\#(text)\#($0)"}"# }.joined(separator: ","))]"#
        }
        let run = await result("r1", exchanges: [Answer.result(run: warnings("4-7", "4-8"))])
        #expect(run.errors == "warning: \(text)4-7\n\(Self.listingHint)crm\n")
        let several = await result(
            "r1", "r2",
            exchanges: [
                Answer.result("r1", run: warnings("4-7", "4-8")), Answer.result("r2", run: warnings("4-9", "4-10")),
            ])
        let (first, second) =
            several.errors.hasPrefix("warning: r1") ? ("r1: \(text)4-7", "r2") : ("r2: \(text)4-9", "r1")
        let again = "warning: \(second): Error listing tools from MCP server crm: 502 Bad gateway.\n"
        #expect(several.errors == "warning: \(first)\n\(Self.listingHint)crm\n\(again)")
    }

    // MARK: - Several

    @Test func `results come in the order of the ids, each with its id`() async {
        let run = await result(
            "r2", "r1", exchanges: [Answer.result("r1"), Answer.result("r2", output: Answer.called)])
        #expect(run.code == .success)
        #expect(run.output.hasPrefix("r2\nSeen.\n") && run.output.hasSuffix("r1\n42\n"))
        let rows = await result(
            "r1", "r2",
            exchanges: ["r1", "r2"].map { Answer.result($0, output: #"{"type":"json","content":{"a":1,"b":2}}"#) })
        #expect(rows.output == "r1\ta\t1\t\t\nr1\tb\t2\t\t\nr2\ta\t1\t\t\nr2\tb\t2\t\t\n")
    }

    /// Three results in a format: fields, text, and a field again.
    private func several(
        _ format: String, questions: [ScriptedTransport.Exchange] = [], terminal: TerminalInfo = TerminalInfo()
    ) async -> String {
        let fields = #"{"type":"json","content":{"a":1}}"#
        let run = await result(
            "r1", "r2", "r3", "--format", format,
            exchanges: [Answer.result("r1", output: fields), Answer.result("r2"), Answer.result("r3", output: fields)]
                + questions,
            terminal: terminal)
        return run.output
    }

    @Test func `CSV of several results has one header`() async {
        let rows = "r1,a,1,,\nr2,output,42,,\nr3,a,1,,\n"
        #expect(await several("csv") == "run_id,field,value,confidence,sources\n" + rows)
    }

    @Test(arguments: [TerminalInfo(), .screen])
    func `Markdown and text have each result under its id, Markdown with the question`(terminal: TerminalInfo) async {
        let field = "- **a:** 1\n"
        let questions = [
            Answer.input(#""Which a?""#), Answer.input(#""Which *text*?\nBe brief.""#, of: "r2"),
            Answer.failure("r3", "/input", status: 404),
        ]
        #expect(
            await several("markdown", questions: questions, terminal: terminal)
                == "## Which a?\n\n`r1`\n\n\(field)\n## Which \\*text\\*?\n\n`r2`\n\n42\n\n## r3\n\n\(field)")
        let space = terminal.stdoutIsTerminal ? "\n" : ""
        #expect(
            await several("text", terminal: terminal) == "r1\na: 1\n\(space)r2\n42\n\(space)r3\na: 1\n")
    }

    @Test func `a terminal gets each result under its id, set apart by an empty line`() async {
        let exchanges = ["r1", "r2"].map { Answer.result($0, output: #"{"type":"json","content":{"a":1}}"#) }
        let run = await result("r1", "r2", exchanges: exchanges, terminal: .screen)
        #expect(run.output == "r1\na: 1\n\nr2\na: 1\n")
    }

    @Test func `JSON comes a document to a line, even on a terminal`() async {
        for terminal in [TerminalInfo(), .screen] {
            let run = await result(
                "--json", "r1", "r2", exchanges: [Answer.result("r1"), Answer.result("r2")], terminal: terminal)
            #expect(run.output == Answer.resultDocument("r1") + "\n" + Answer.resultDocument("r2") + "\n")
        }
    }

    @Test func `ids come from standard input`() async {
        let run = await result(
            "-", "--json", exchanges: [Answer.result("r1"), Answer.result("r2")], stdin: "r1\n{\"run_id\":\"r2\"}\n")
        #expect(run.code == .success && run.output.split(separator: "\n").count == 2)
        let none = await result("-", stdin: "\n")
        #expect(none.code == .usage && none.errors.hasPrefix("error: standard input holds no run ids\n"))
    }

    @Test func `many are waited for side by side, 64 at a time`() async {
        let ids = (1...100).map { "r\($0)" }
        let counts = Lock((now: 0, most: 0))
        let exchanges = ids.map { id in
            ScriptedTransport.Exchange(.get, Answer.path(id) + "/result") { _ in
                counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                // The first 64 wait for each other.
                try await poll("64 at once") { counts.withLock { $0.most } >= 64 }
                counts.withLock { $0.now -= 1 }
                return HTTPResponse(status: 200, body: HTTPBody(Array(Answer.resultDocument(id).utf8)))
            }
        }
        let run = await result("-", exchanges: exchanges, stdin: ids.joined(separator: "\n"))
        #expect(run.output == ids.map { "\($0)\n42\n" }.joined())
        #expect(counts.withLock { $0.most } == 64)
    }

    @Test func `a failure among several is reported and the others go on`() async {
        let run = await result(
            "r1", "r2", "r3", exchanges: [Answer.result("r1"), Answer.result("r3")] + Answer.failed("r2"))
        #expect(run.code == .partial && run.output == "r1\n42\nr3\n42\n")
        #expect(run.errors == "error: run r2 failed: no way (ref ref-2)\n  {\"n\":1}\n")
    }

    @Test func `if all fail alike the code is theirs, else partial`() async {
        let alike = await result("r1", "r2", exchanges: Answer.failed("r1") + Answer.failed("r2"))
        #expect(alike.code == .runFailed && alike.output.isEmpty)
        let unknown = [Answer.failure("r2", "/result", status: 404), Answer.failure("r2", status: 404)]
        #expect(await result("r1", "r2", exchanges: Answer.failed("r1") + unknown).code == .partial)
    }

    @Test func `a file of several results appears unless all failed`() async throws {
        let directory = try TemporaryDirectory()
        let none = await result(
            "r1", "r2", "-o", "out", exchanges: Answer.failed("r1") + Answer.failed("r2"), directory: directory.path)
        #expect(none.code == .runFailed)
        #expect(Disk.text(directory.file("out")) == nil)
        let some = await result(
            "r1", "r2", "-o", "out", exchanges: [Answer.result("r1")] + Answer.failed("r2"), directory: directory.path)
        #expect(some.code == .partial && some.output.isEmpty)
        #expect(try directory.text("out") == "r1\n42\n")
    }

    // MARK: - Tool calls alone

    /// The calls of `Answer.called` as the API gives them, spaces apart.
    private static let calls = [
        #"{"server_name":"crm","tool_name":"find","arguments":"{\"q\":1}","content":"{\"rows\":[1,2,3,4,5,6,7,8]}","#
            + #""error":""}"#,
        #"{"server_name":"web","tool_name":"search","arguments":"{}","content":null,"error":"500 from the server"}"#,
    ]

    @Test func `the tool calls of a run are shown without its result`() async {
        let run = await result("r1", "--tool-calls", exchanges: [Answer.result(output: Answer.called)])
        #expect(run.code == .success && run.errors.isEmpty)
        #expect(
            run.output == """
                MCP tool calls (2)
                1. crm › find
                   arguments: {"q":1}
                   response: {"rows":[1,2,3,4,5,6,7,8]}
                2. web › search
                   arguments: {}
                   error: 500 from the server

                """)
    }

    @Test func `tool calls as JSON are the API's array, from its old place too`() async {
        let odd = #"[{"tool_call_id":"1","server_name":"a","tool_name":"b","arguments":"{}","new":1.10},"odd"]"#
        for member in [#""mcp_tool_calls":\#(odd)"#, #""beta_fields":{"mcp-server-2025-07-17":\#(odd)}"#] {
            let output = #"{"type":"text","content":"x",\#(member)}"#
            let run = await result("r1", "--tool-calls", "--json", exchanges: [Answer.result(output: output)])
            #expect(run.output == odd + "\n")
        }
        let lines = await result(
            "r1", "--tool-calls", "--format", "jsonl", exchanges: [Answer.result(output: Answer.called)])
        #expect(lines.output == Self.calls.joined(separator: "\n") + "\n")
    }

    @Test func `tool calls as CSV are a row each, as Markdown a document`() async {
        let csv = await result(
            "r1", "--tool-calls", "--format", "csv", exchanges: [Answer.result(output: Answer.called)])
        #expect(
            csv.output
                == [
                    "server,tool,arguments,response,error", #"crm,find,"{""q"":1}","{""rows"":[1,2,3,4,5,6,7,8]}","#,
                    "web,search,{},,500 from the server", "",
                ].joined(separator: "\n"))
        let markdown = await result(
            "r1", "--tool-calls", "--format", "markdown", exchanges: [Answer.result(output: Answer.called)])
        #expect(markdown.output == Answer.calledMarkdown)
    }

    /// The tool calls of two runs, of which the first made none.
    private func severalCalls(_ words: String...) async -> String {
        let run = await CommandRun(
            ["task", "result", "r1", "r2", "--tool-calls"] + words,
            [Answer.result("r1"), Answer.result("r2", output: Answer.called)])
        #expect(run.code == .success && run.errors.isEmpty)
        return run.output
    }

    @Test func `tool calls of several runs are marked with the run`() async {
        #expect(await severalCalls().hasPrefix("r1\nMCP tool calls (0)\nr2\nMCP tool calls (2)\n1. crm › find\n"))
        #expect(
            await severalCalls("--json")
                == #"{"run_id":"r1","mcp_tool_calls":[]}"# + "\n"
                + #"{"run_id":"r2","mcp_tool_calls":[\#(Self.calls.joined(separator: ","))]}"# + "\n")
        #expect(
            await severalCalls("--format=jsonl")
                == Self.calls.map { #"{"run_id":"r2","# + $0.dropFirst() + "\n" }.joined())
        #expect(
            await severalCalls("--format=csv").hasPrefix("run_id,server,tool,arguments,response,error\nr2,crm,find,"))
        #expect(
            await severalCalls("--format=markdown").hasPrefix(
                "## r1\n\n## MCP tool calls (0)\n\n## r2\n\n## MCP tool calls (2)\n\n1. **crm"))
    }

    @Test(arguments: [
        ([], ""), (["--json"], "[]\n"), (["--format=jsonl"], ""),
        (["--format=csv"], "server,tool,arguments,response,error\n"),
    ])
    func `a run without tool calls is one note`(words: [String], output: String) async {
        let run = await CommandRun(["task", "result", "r1", "--tool-calls"] + words, [Answer.result()])
        #expect(run.code == .success && run.output == output)
        #expect(run.errors == "run r1 made no MCP tool calls\n")
    }

    @Test func `warnings of several runs name the run, each once`() async {
        let warnings = #","warnings":[{"message":"vague"},{"message":"vague"}]"#
        let run = await result(
            "r1", "r2", exchanges: [Answer.result("r1", run: warnings), Answer.result("r2", run: warnings)])
        let lines = run.errors.split(separator: "\n").sorted()
        #expect(run.code == .success && lines == ["warning: r1: vague", "warning: r2: vague"], "\(run.errors)")
    }

    @Test func `several runs without tool calls are one note, and quiet has none`() async {
        let exchanges = [Answer.result("r1"), Answer.result("r2")]
        let run = await result("r1", "r2", "--tool-calls", exchanges: exchanges)
        #expect(run.errors == "these runs made no MCP tool calls\n")
        #expect(await result("r1", "r2", "--tool-calls", "-q", exchanges: exchanges).errors.isEmpty)
        #expect(
            await result("r1", "--tool-calls", exchanges: Answer.failed()).errors
                == "error: run r1 failed: no way (ref ref-2)\n  {\"n\":1}\n")
    }

    // MARK: - Unhappy

    @Test func `an unknown id is refused without advice to go on`() async {
        let run = await result(
            "r1", exchanges: [Answer.failure("r1", "/result", status: 404), Answer.failure("r1", status: 404)])
        #expect(run.code == .refused && run.errors == "error: run r1: the API answered 404: status 404 (ref ref-1)\n")
    }

    @Test func `a server that can't be reached is an error with the way back`() async {
        let error = HTTPError(.resolve, "no such host", mayHaveBeenSent: false)
        let gone = ScriptedTransport.Exchange(.get, Answer.path() + "/result", failing: error)
        let run = await result("r1", exchanges: Array(repeating: gone, count: 5))
        #expect(run.code == .unreachable)
        #expect(run.errors == "error: no such host\n  pick it up again with: parallel task result r1\n")
    }

    @Test(arguments: [
        (HTTPError.Kind.tls, ExitCode.unreachable), (.proxy, .unreachable), (.protocolError, .unexpected),
        (.redirectRefused, .refused), (.cannotLoadLibrary, .unexpected),
        (.tooLarge, .unexpected),
    ])
    func `a permanent failure ends the wait at once`(kind: HTTPError.Kind, code: ExitCode) async {
        let error = HTTPError(kind, "it broke", mayHaveBeenSent: true)
        let run = await result("r1", exchanges: [.init(.get, Answer.path() + "/result", failing: error)])
        #expect(run.code == code && run.errors.hasPrefix("error: it broke\n"))
    }

    @Test(arguments: ["", "<html>", "[]", #"{"run":{"run_id":"r1"}}"#])
    func `an answer that is no result is an error`(body: String) async {
        let run = await result(
            "r1", exchanges: [.init(.get, Answer.path() + "/result", body: body), Answer.run(status: "completed")])
        #expect(run.code == .unexpected && run.errors.hasPrefix("error: the API's answer is no"))
    }

    @Test(arguments: ["null", Answer.text])
    func `the output of a run that was cancelled is not printed`(output: String) async {
        let body = #"{"run":\#(Answer.runDocument(status: "cancelled")),"output":\#(output)}"#
        let run = await result("r1", exchanges: [.init(.get, Answer.path() + "/result", body: body)])
        #expect(run.code == .runFailed && run.output == "" && run.errors.contains("cancelled"))
    }

    @Test func `a wait that is over names the way back`() async {
        let clock = ManualClock()
        let exchange = ScriptedTransport.Exchange.unanswered(
            .get, Answer.path() + "/result", passing: .seconds(3600), on: clock)
        let run = await CommandRun(
            ["task", "result", "r1", "--format", "csv", "--tool-calls"], [exchange], clock: clock)
        #expect(run.code == .stillRunning)
        #expect(run.errors.hasSuffix("  pick it up again with: parallel task result r1 --tool-calls --format=csv\n"))
        #expect(clock.sleeps == [.seconds(3600)])
    }

    @Test(arguments: [
        ([], "missing RUN_ID"), (["a b"], "RUN_ID: 'a b' is no run id"), (["-", "r1"], "- can't be mixed"),
        (["r1", "--processor", "x"], "unknown flag --processor"), (["r1", "--timeout"], "--timeout needs a value"),
        (["r1", "--basis", "--tool-calls"], "--basis and --tool-calls exclude each other"),
    ])
    func `a mistake is reported before anything is sent`(words: [String], message: String) async {
        let run = await CommandRun(["task", "result"] + words)
        #expect(run.code == .usage && run.errors.hasPrefix("error: \(message)"))
    }

    @Test func `verbose shows requests without the key`() async {
        let failing = ScriptedTransport.Exchange(.get, Answer.path() + "/result", status: 503)
        let run = await result("r1", "-v", exchanges: [failing, Answer.result()])
        #expect(run.output == "42\n")
        #expect(run.errors.contains("> GET https://api.parallel.ai/v1/tasks/runs/r1/result?timeout=25\n"))
        #expect(run.errors.contains("> x-api-key: ***\n") && !run.errors.contains("test-key"))
        #expect(run.errors.contains("< 503 in 0 ms\n* status 503: trying again in "))
    }
}
