import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

/// How `task run` goes on once the run exists, and what it says when it can't wait to the end.
@Suite(.timeLimit(.minutes(10))) struct RunWaitingTests {
    private static let resume = "  pick it up again with: parallel task result r1\n"

    private func run(
        _ exchanges: [ScriptedTransport.Exchange], words: [String] = [],
        clock: ManualClock = ManualClock(passing: .seconds(60)), sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["task", "run", "why?"] + words, [Answer.created()] + exchanges, clock: clock,
            sourceLocation: sourceLocation)
    }

    @Test func `a run that fails is reported with reason, reference and detail`() async {
        let run = await run(Answer.failed())
        #expect(run.code == .runFailed && run.output.isEmpty)
        #expect(
            run.errors == """
                run r1 created (processor core, about $0.025, 1 to 5 min)
                error: run r1 failed: no way (ref ref-2)
                  {"n":1}

                """)
    }

    @Test func `with --json the run is on standard output if it fails, and no file is made`() async throws {
        let directory = try TemporaryDirectory()
        for words in [["--json"], ["--format", "jsonl"], ["--json", "-o", "r.json"]] {
            let failed = await CommandRun(
                ["task", "run", "why?"] + words, [Answer.created()] + Answer.failed(), directory: directory.path)
            let document = try JSONValue.parse(failed.output)
            #expect(failed.code == .runFailed && document["error"]?["message"] == "no way")
            #expect(document["run_id"] == "r1" && failed.errors.contains("error: run r1 failed: no way"))
        }
        let several = await CommandRun(
            ["task", "result", "r1", "r2", "--json"], Answer.failed("r1") + [Answer.result("r2")])
        #expect(several.code == .partial && several.output.split(separator: "\n").count == 2)
        let status = await CommandRun(
            ["task", "status", "r1", "--json", "-o", "s.json"], [Answer.failure("r1", status: 404)],
            directory: directory.path)
        #expect(status.code == .refused)
        #expect(try JSONValue.parse(status.output)["error"] != nil)
        #expect(Disk.names(in: directory.path).isEmpty)
    }

    @Test(arguments: [
        ("cancelled", "run r1 cancelled"), ("action_required", "run r1 stopped with the status action_required"),
        ("a_status_of_tomorrow", "run r1 stopped with the status a_status_of_tomorrow"), ("failed", "run r1 failed"),
    ])
    func `a run that stops without a result is reported with its status`(status: String, message: String) async {
        let warning = #","error":null,"warnings":[{"message":"look"}]"#
        let run = await run([
            Answer.failure("r1", "/result", status: 404), Answer.run(status: status, more: warning),
        ])
        #expect(run.code == .runFailed && run.output.isEmpty)
        #expect(
            run.errors
                == "run r1 created (processor core, about $0.025, 1 to 5 min)\nwarning: look\nerror: \(message)\n")
    }

    @Test func `a wait that is over leaves the run going and names the way back`() async throws {
        let clock = ManualClock()
        let run = await run(
            [
                .unanswered(.get, Answer.path() + "/result", passing: .seconds(90), on: clock)
            ], words: ["--timeout", "90s", "--basis", "--json", "-q"], clock: clock)
        #expect(run.code == .stillRunning && run.output.isEmpty)
        #expect(
            run.errors == """
                error: the wait ended before the run did
                  pick it up again with: parallel task result r1 --basis --json

                """)
    }

    @Test func `creation and wait share the time of --timeout`() async throws {
        let clock = ManualClock()
        let slow = ScriptedTransport.Exchange(.post, "/v1/tasks/runs") { _ in
            clock.advance(by: .seconds(50))
            return HTTPResponse(status: 202, body: HTTPBody(Array(#"{"run_id":"r1","status":"queued"}"#.utf8)))
        }
        let run = await CommandRun(
            ["task", "run", "why?", "--timeout", "90s"],
            [slow, .unanswered(.get, Answer.path() + "/result", passing: .seconds(40), on: clock)], clock: clock)
        #expect(run.code == .stillRunning && run.errors.hasSuffix(Self.resume), "\(run.errors)")
    }

    @Test func `a wait that ends without a server tells what was last heard`() async throws {
        let clock = ManualClock(passing: .seconds(60))
        let lost = HTTPError(.connect, "no connection", mayHaveBeenSent: false)
        let gone = ScriptedTransport.Exchange(.get, Answer.path() + "/result", failing: lost)
        let run = await run(
            Array(repeating: gone, count: 5) + [
                .unanswered(.get, Answer.path() + "/result", passing: .seconds(3600), on: clock)
            ], clock: clock)
        #expect(run.code == .stillRunning)
        #expect(run.errors.contains("\n  the server could not be reached at the end: no connection\n" + Self.resume))
    }

    @Test func `an answer that makes no sense is reported as the cause`() async throws {
        let clock = ManualClock(passing: .seconds(60))
        let run = await run(
            [
                .init(.get, Answer.path() + "/result", body: "<html>"), Answer.run(status: "running"),
                .unanswered(.get, Answer.path() + "/result", passing: .seconds(3600), on: clock),
            ], clock: clock)
        #expect(run.code == .stillRunning)
        #expect(run.errors.contains("\n  the last attempt failed: the API's answer is not JSON"))
    }

    @Test func `a key that is taken back in the middle is an error with the way back`() async {
        let run = await run([Answer.failure("r1", "/result", status: 401)])
        #expect(run.code == .notAuthenticated && run.errors.hasSuffix(Self.resume))
    }

    @Test func `without a timeout nothing ends the wait`() async {
        let clock = ManualClock(passing: .seconds(60))
        let polls = (1...200).flatMap { _ -> [ScriptedTransport.Exchange] in
            [
                .init(.get, Answer.path() + "/result") { _ in
                    clock.advance(by: .seconds(25))
                    return HTTPResponse(status: 408)
                }, Answer.run(status: "running"),
            ]
        }
        let run = await run(polls + [Answer.result()], words: ["--timeout", "0"], clock: clock)
        #expect(run.code == .success && run.output == "42\n" && clock.sleeps.isEmpty)
    }

    @Test func `an interruption leaves the run going and names the way back`() async throws {
        for (signal, code) in [(Int32(2), ExitCode.interrupted), (15, .terminated)] {
            let streams = Streams.captured()
            let transport = ScriptedTransport([Answer.created(), .unanswered(.get, Answer.path() + "/result")])
            let context = Context.test(transport, streams: streams, clock: ManualClock(), interruption: signal)
            let work = Task { await Run.run(["task", "run", "why?"], context) }
            try await poll("a second request") { transport.requests.count >= 2 }
            work.cancel()
            #expect(await work.value == code)
            #expect(
                streams.capturedError
                    == "run r1 created (processor core, about $0.025, 1 to 5 min)\nerror: interrupted; run r1 continues\n"
                    + Self.resume)
        }
    }

    @Test func `events are shown beside the wait and do not decide it`() async throws {
        let stream =
            #"data: {"type":"task_run.progress_msg.plan","message":"Looking \u001b[31maround"}"# + "\n\n"
            + #"data: {"type":"error","error":{"message":"lost the thread"}}"# + "\n\n"
        let isShown = Lock(false)
        let streams = Streams.captured()
        let transport = ScriptedTransport([
            Answer.created(),
            .init(.get, Answer.path() + "/events") { _ in
                HTTPResponse(
                    status: 200,
                    body: HTTPBody(
                        chunks: AsyncThrowingStream { continuation in
                            continuation.yield(Array(stream.utf8))
                            // Never finished: the stream goes on until the result is there.
                        }))
            },
            .init(.get, Answer.path() + "/result") { _ in
                try await poll("the events") { streams.capturedError.contains("thread") }
                isShown.withLock { $0 = true }
                return HTTPResponse(status: 200, body: HTTPBody(Array(Answer.resultDocument().utf8)))
            },
        ])
        let code = await Run.run(["task", "run", "--events", "why?"], .test(transport, streams: streams))
        #expect(code == .success && streams.capturedOutput == "42\n" && isShown.withLock { $0 })
        #expect(streams.capturedError.contains("plan: Looking ") && !streams.capturedError.contains("\u{1B}"))
        #expect(streams.capturedError.contains("warning: lost the thread\n"))
        #expect(transport.requests.first?.headers["parallel-beta"] == "events-sse-2025-07-24")
    }

    /// A run with MCP servers, the stream of which has a plan, a call, an error, figures and a second call. The result
    /// comes a moment after `mark` stands on standard error.
    private func withServers(
        _ words: [String], waitingFor mark: String, terminal: TerminalInfo = TerminalInfo()
    ) async -> (errors: String, sent: JSONValue) {
        let events = [
            #"{"type":"task_run.progress_msg.plan","message":"Think"}"#,
            #"{"type":"task_run.progress_msg.tool_call","message":"Called find\u001b[31m\nof crm"}"#,
            #"{"type":"error","error":{"message":"lost the thread"}}"#,
            #"{"type":"task_run.progress_stats","source_stats":{"num_sources_read":7}}"#,
            #"{"type":"task_run.progress_msg.tool_call","message":"Called last"}"#,
        ]
        let streams = Streams.captured()
        let transport = ScriptedTransport([
            Answer.created(),
            .init(.get, Answer.path() + "/events") { _ in
                HTTPResponse(
                    status: 200,
                    body: HTTPBody(
                        chunks: AsyncThrowingStream { continuation in
                            for event in events { continuation.yield(Array("data: \(event)\n\n".utf8)) }
                        }))
            },
            .init(.get, Answer.path() + "/result") { _ in
                try await poll("the events") { streams.capturedError.contains(mark) }
                return HTTPResponse(status: 200, body: HTTPBody(Array(Answer.resultDocument().utf8)))
            },
        ])
        let words = ["task", "run", "why?", "--mcp", "parallel-search"] + words
        let code = await Run.run(words, .test(transport, streams: streams, terminal: terminal))
        #expect(code == .success && streams.capturedOutput == "42\n")
        let sent = (try? JSONValue.parse(transport.requests.first?.body ?? [])) ?? .null
        return (streams.capturedError, sent)
    }

    @Test func `with MCP servers each tool call is a line, and no other event is shown`() async {
        let (errors, sent) = await withServers([], waitingFor: "last")
        #expect(
            errors == """
                run r1 created (processor core, about $0.025, 1 to 5 min)
                tool_call: Called find␛[31m of crm
                tool_call: Called last

                """)
        #expect(sent["enable_events"] == true)
    }

    @Test func `with MCP servers and --events all events are shown`() async {
        let (errors, _) = await withServers(["--events"], waitingFor: "last")
        #expect(errors.contains("plan: Think\ntool_call: Called find␛[31m of crm\nwarning: lost the thread\n"))
    }

    @Test func `on a terminal tool calls are lines above the progress line`() async {
        let terminal = TerminalInfo(stdoutIsTerminal: true, stderrIsTerminal: true, columns: 60, term: "xterm")
        let (errors, _) = await withServers([], waitingFor: "last", terminal: terminal)
        #expect(errors.contains("tool_call: Called find␛[31m of crm\n"))
        #expect(errors.contains("tool_call: Called last\n"))
        #expect(!errors.contains("Think") && !errors.contains("7 sources"))
        let all = await withServers(["--events"], waitingFor: "7 sources", terminal: terminal).errors
        #expect(all.contains("tool_call: Called find␛[31m of crm\n") && all.contains("plan: Think\n"))
    }

    @Test(arguments: [["--no-events"], ["--quiet"], ["--quiet", "--events"]])
    func `tool calls are not followed where they are not wanted`(words: [String]) async {
        let run = await run([Answer.result()], words: ["--mcp", "parallel-search"] + words)
        #expect(run.code == .success && run.output == "42\n" && !run.errors.contains("tool_call"))
        #expect(run.sentBody.contains("enable_events") == (words[0] != "--no-events"))
    }

    @Test func `events are recorded for a run with MCP servers that is not waited for`() async {
        let words = ["task", "run", "why?", "--no-wait", "--mcp", "parallel-search"]
        let run = await CommandRun(words, [Answer.created()])
        #expect(run.sentBody.contains(#""enable_events":true"#))
        #expect(
            run.requests.first?.headers["parallel-beta"] == "mcp-server-2025-07-17,events-sse-2025-07-24")
        let silent = await CommandRun(words + ["--no-events"], [Answer.created()])
        #expect(!silent.sentBody.contains("enable_events"))
        #expect(silent.requests.first?.headers["parallel-beta"] == "mcp-server-2025-07-17")
    }

    @Test func `a stream that can't be opened costs nothing`() async {
        let isAsked = Lock(false)
        let exchanges: [ScriptedTransport.Exchange] = [
            .init(.get, Answer.path() + "/events") { _ in
                isAsked.withLock { $0 = true }
                return HTTPResponse(status: 404)
            },
            .init(.get, Answer.path() + "/result") { _ in
                try await poll("the question for events") { isAsked.withLock { $0 } }
                return HTTPResponse(status: 200, body: HTTPBody(Array(Answer.resultDocument().utf8)))
            },
        ]
        let run = await run(exchanges, words: ["--events"])
        #expect(run.code == .success && run.output == "42\n")
        #expect(run.errors == "run r1 created (processor core, about $0.025, 1 to 5 min)\n")
    }

    @Test func `a stream that is refused for a while is recorded all the same`() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("events.jsonl")
        let refusals = Array(repeating: Answer.failure("r1", "/events", status: 500), count: 8)
        let stream = HTTPResponse.events([
            #"data: {"type":"task_run.progress_msg.plan","message":"look around"}"# + "\n\n",
            #"data: {"type":"task_run.state","run":{"run_id":"r1","status":"completed"}}"# + "\n\n",
        ])
        let run = await CommandRun(
            ["task", "run", "why?", "--events-file", "events.jsonl"],
            [Answer.created()] + refusals + [
                .init(.get, Answer.path() + "/events") { _ in stream },
                .init(.get, Answer.path() + "/result") { _ in
                    try await poll("the last event") { Disk.text(file)?.contains("completed") == true }
                    return HTTPResponse(status: 200, body: HTTPBody(Array(Answer.resultDocument().utf8)))
                },
            ], directory: directory.path)
        #expect(run.code == .success && !run.errors.contains("warning"), "\(run.errors)")
        #expect(Disk.text(file)?.contains("look around") == true)
    }

    // MARK: - File

    @Test func `the result goes into a file that appears with it`() async throws {
        let directory = try TemporaryDirectory()
        let run = await CommandRun(
            ["task", "run", "why?", "-o", "out.txt"], [Answer.created(), Answer.result()], directory: directory.path)
        #expect(run.code == .success && run.output.isEmpty)
        #expect(try directory.text("out.txt") == "42\n")

        let again = await CommandRun(["task", "run", "why?", "-o", "out.txt"], directory: directory.path)
        #expect(again.code == .usage)
        #expect(again.errors.hasPrefix("error: out.txt exists\n  --force replaces it\n"))

        let forced = await CommandRun(
            ["task", "run", "why?", "-o", "out.txt", "--force", "--format=text"],
            [Answer.created(), Answer.result(output: #"{"type":"text","content":"43"}"#)], directory: directory.path)
        #expect(forced.code == .success)
        #expect(try directory.text("out.txt") == "43\n")
    }

    @Test func `a run that fails leaves no file, and the way back names the file`() async throws {
        let directory = try TemporaryDirectory()
        let failed = await CommandRun(
            ["task", "run", "why?", "-o", "my out"], [Answer.created()] + Answer.failed(), directory: directory.path)
        #expect(failed.code == .runFailed)
        let lost = await CommandRun(
            ["task", "run", "why?", "-o", "my out"], [Answer.created(), Answer.failure("r1", "/result", status: 401)],
            directory: directory.path)
        #expect(lost.errors.hasSuffix("parallel task result r1 -o 'my out'\n"))
        #expect(Disk.text(directory.file("my out")) == nil)
    }
}
