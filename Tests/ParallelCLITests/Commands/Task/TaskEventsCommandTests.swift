import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TaskEventsCommandTests {
    private static let plan =
        #"{"type":"task_run.progress_msg.plan","message":"Looking, around","timestamp":"2025-08-06T00:53:19.281306Z"}"#
    private static let stats =
        #"{"type":"task_run.progress_stats","source_stats":{"num_sources_considered":223,"num_sources_read":22},"#
        + #""progress_meter":60}"#

    private static func state(_ status: String, _ more: String = "") -> String {
        #"{"type":"task_run.state","run":\#(Answer.runDocument(status: status, more: more))}"#
    }

    private static let trace = [state("running"), plan, stats, state("completed")]

    private func events(
        _ documents: [String] = trace, _ words: String..., terminal: TerminalInfo = TerminalInfo(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        let stream = documents.map { "event: x\ndata: \($0)\n\n" }.joined()
        return await CommandRun(
            ["task", "events", "r1"] + words, [.init(.get, Answer.path() + "/events", body: stream)],
            terminal: terminal, sourceLocation: sourceLocation)
    }

    @Test func `a pipe gets time, kind and text`() async {
        let run = await events()
        #expect(run.code == .success && run.errors.isEmpty)
        #expect(
            run.output == """
                \tstate\trunning
                2025-08-06T00:53:19.281306Z\tplan\tLooking, around
                \tsources\t223 considered, 22 read, run 60 % done
                \tstate\tcompleted

                """)
        #expect(run.requests.first?.headers["accept"] == "text/event-stream")
    }

    @Test func `a terminal gets the time of day`() async {
        #expect(
            await events(terminal: .screen).output == """
                         state       … running
                00:53:19 plan        Looking, around
                         sources     223 considered, 22 read, run 60 % done
                         state       ✓ completed

                """)
    }

    @Test func `on a narrow terminal long texts hang behind their kind`() async {
        let narrow = TerminalInfo(stdoutIsTerminal: true, columns: 40, term: "xterm", noColor: true)
        let long =
            #"{"type":"task_run.progress_msg.tool","message":"\#(String(repeating: "x", count: 30)) found","#
            + #""timestamp":"2025-08-06T00:53:19Z"}"#
        #expect(
            await events(Self.trace.prefix(3) + [long, Self.trace[3]], terminal: narrow).output == """
                         state       … running
                00:53:19 plan        Looking, around
                         sources     223 considered, 22
                                     read, run 60 % done
                00:53:19 tool
                  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx found
                         state       ✓ completed

                """)
    }

    @Test func `statuses and kinds have colour on a terminal, and none in a pipe`() async {
        let kind = { (word: String) in "\u{1B}[36m\(word)\u{1B}[0m" }
        let shown = await events(terminal: .colored).output
        #expect(shown.contains("\(kind("state"))       \u{1B}[32m✓ completed\u{1B}[0m\n"))
        #expect(shown.contains("\u{1B}[2m00:53:19\u{1B}[0m \(kind("plan"))        Looking, around\n"))
        #expect(!(await events().output.contains("\u{1B}")))
        #expect(!(await events(Self.trace, "--format=csv", terminal: .colored).output.contains("\u{1B}")))
    }

    @Test func `JSON is a document to a line`() async {
        for words in ["--json", "--format=jsonl"] {
            let run = await events(Self.trace, words, terminal: .screen)
            #expect(run.output == Self.trace.map { $0 + "\n" }.joined())
        }
    }

    @Test func `Markdown has an item per event, with nothing in it that would be read as markup`() async {
        let message = #"{"type":"task_run.progress_msg.plan","message":"see [x](https://y.z) *now*","timestamp":null}"#
        #expect(
            await events([Self.plan, message, Self.state("completed")], "--format", "markdown").output == #"""
                - 2025-08-06 00:53:19 UTC plan Looking, around
                - plan see \[x\](https://y.z) \*now\*
                - state completed

                """#)
    }

    @Test func `CSV has a heading and a row per event`() async {
        #expect(
            await events(Self.trace, "--format", "csv").output
                == [
                    "time,kind,text", ",state,running", #"2025-08-06T00:53:19.281306Z,plan,"Looking, around""#,
                    #",sources,"223 considered, 22 read, run 60 % done""#, ",state,completed", "",
                ].joined(separator: "\n"))
    }

    @Test(arguments: ["1e300", "-1e300", "1e999", "60.5", "-0.0"])
    func `no figure of the network is too large`(meter: String) async {
        let run = await events([
            #"{"type":"task_run.progress_stats","progress_meter":\#(meter)}"#, Self.state("completed"),
        ])
        #expect(run.code == .success && run.output.hasPrefix("\tsources\t"))
    }

    @Test func `a fault and an unknown type are shown`() async {
        let run = await events([
            #"{"type":"error","error":{"message":"lost it"}}"#, #"{"type":"task_run.new"}"#, Self.state("completed"),
        ])
        #expect(run.output == "\terror\tlost it\n\ttask_run.new\t\n\tstate\tcompleted\n")
    }

    @Test func `a run that failed is reported after its trace`() async {
        let failed = Self.state("failed", #","error":{"ref_id":"ref-2","message":"no way"}"#)
        let run = await events([Self.plan, failed])
        #expect(run.code == .runFailed && run.output.hasSuffix("\tstate\tfailed\n"))
        #expect(run.errors == "error: run r1 failed: no way (ref ref-2)\n")
    }

    @Test(arguments: ["table", "text", "csv", "markdown", "json"])
    func `an event can't control a terminal`(format: String) async {
        let evil = #"\u001b]0;x\u0007\u009b31m\u202e"#
        let run = await events(
            [
                #"{"type":"task_run.progress_msg.\#(evil)","message":"\#(evil)","timestamp":"\#(evil)"}"#,
                #"{"type":"task_run.progress_msg.a","message":"b","timestamp":"T\#(evil)"}"#,
                #"{"type":"\#(evil)"}"#, Self.state(evil, #","is_active":true"#), Self.state("completed"),
            ], "--format", format, terminal: .screen)
        #expect(run.code == .success)
        for scalar: Unicode.Scalar in ["\u{1B}", "\u{7}", "\u{9B}", "\u{202E}"] {
            #expect(!run.output.unicodeScalars.contains(scalar))
        }
    }

    @Test func `a wait that is over ends the stream`() async {
        let clock = ManualClock()
        let exchange = ScriptedTransport.Exchange.unanswered(
            .get, Answer.path() + "/events", passing: .seconds(60), on: clock)
        let run = await CommandRun(["task", "events", "r1", "--timeout=1m"], [exchange], clock: clock)
        #expect(run.code == .stillRunning)
        #expect(
            run.errors == """
                error: the wait ended before the run did
                  watch it again with: parallel task events r1

                """)
    }

    @Test func `an unknown run is refused`() async {
        let run = await CommandRun(["task", "events", "r1"], [Answer.failure("r1", "/events", status: 404)])
        #expect(run.code == .refused && run.output.isEmpty)
    }

    @Test func `an interruption leaves the run going`() async throws {
        let streams = Streams.captured()
        let transport = ScriptedTransport([.unanswered(.get, Answer.path() + "/events")])
        let context = Context.test(transport, streams: streams, clock: ManualClock(), interruption: 2)
        let work = Task { await Run.run(["task", "events", "r1"], context) }
        try await poll("a request") { !transport.requests.isEmpty }
        work.cancel()
        #expect(await work.value == .interrupted)
        #expect(
            streams.capturedError == """
                error: interrupted; run r1 continues
                  watch it again with: parallel task events r1

                """)
    }
}
