import ParallelCLI
import ParallelHTTP
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

/// `task status --watch` and `batch status --watch`.
@Suite(.timeLimit(.minutes(10))) struct StatusWatchTests {
    private func watch(
        _ words: String..., exchanges: [ScriptedTransport.Exchange], stdin: String = "",
        terminal: TerminalInfo = TerminalInfo(), sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["task", "status", "--watch"] + words, exchanges, stdin: stdin, terminal: terminal,
            sourceLocation: sourceLocation)
    }

    private func states(_ states: [String], of id: String = "r1") -> [ScriptedTransport.Exchange] {
        states.map {
            Answer.run(id, status: $0, more: $0 == "failed" ? #","error":{"ref_id":"ref-2","message":"no way"}"# : "")
        }
    }

    @Test func `each change is a line and nothing else, and the end gives the exit code`() async {
        let run = await watch("r1", exchanges: states(["queued", "queued", "running", "running", "completed"]))
        #expect(run.code == .success && run.errors.isEmpty, "\(run.errors)")
        #expect(run.output == "r1\tqueued\tcore\t\nr1\trunning\tcore\t\nr1\tcompleted\tcore\t\n")
    }

    @Test func `a run that fails ends with 6 and says why`() async {
        let run = await watch("r1", exchanges: states(["running", "failed"]))
        #expect(run.code == .runFailed && run.output == "r1\trunning\tcore\t\nr1\tfailed\tcore\t\n")
        #expect(run.errors.hasPrefix("error: run r1 failed: no way"), "\(run.errors)")
        let cancelled = await watch("r1", exchanges: states(["cancelled"]))
        #expect(cancelled.code == .runFailed)
    }

    @Test func `a run that is named twice is watched once`() async {
        let run = await watch("r1", "r1", exchanges: states(["running", "completed"]))
        #expect(run.output == "r1\trunning\tcore\t\nr1\tcompleted\tcore\t\n", "\(run)")
    }

    @Test func `of several, each is watched to its end, and some that fail are 8`() async {
        let run = await watch(
            "-", exchanges: states(["running", "completed"]) + states(["failed"], of: "r2"), stdin: "r1\nr2\n")
        #expect(run.code == .partial, "\(run.errors)")
        #expect(
            run.output.split(separator: "\n").sorted()
                == ["r1\tcompleted\tcore\t", "r1\trunning\tcore\t", "r2\tfailed\tcore\t"])
        let all = await watch("r1", "r2", exchanges: states(["failed"]) + states(["failed"], of: "r2"))
        #expect(all.code == .runFailed)
    }

    @Test func `as JSON each change is the API's object on a line`() async {
        let run = await watch("r1", "--json", exchanges: states(["queued", "completed"]), terminal: .screen)
        #expect(
            run.output
                == #"{"run_id":"r1","status":"queued","processor":"core"}"# + "\n"
                + #"{"run_id":"r1","status":"completed","processor":"core"}"# + "\n")
        #expect(await watch("r1", "--format", "csv", exchanges: []).code == .usage)
    }

    @Test func `a passing failure changes nothing, and an id that nobody knows is refused at once`() async {
        let failure = ScriptedTransport.Exchange(.get, Answer.path(), status: 500, body: Answer.fault("oops"))
        let exchanges = states(["running"]) + [ScriptedTransport.Exchange](repeating: failure, count: 3)
        let run = await watch("r1", exchanges: exchanges + states(["completed"]))
        #expect(run.code == .success && run.output == "r1\trunning\tcore\t\nr1\tcompleted\tcore\t\n", "\(run.errors)")
        let unknown = await watch("r1", exchanges: [Answer.failure(status: 404)])
        #expect(unknown.code == .refused && !unknown.errors.contains("pick it up"), "\(unknown.errors)")
    }

    /// An API whose runs never end.
    private struct Endless: HTTPTransport {
        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            let id = request.url.path.split(separator: "/").last ?? ""
            return HTTPResponse(
                status: 200, body: HTTPBody(Array(Answer.runDocument(String(id), status: "running").utf8)))
        }
    }

    @Test func `after --timeout the exit code is 5, and the command that goes on is named`() async {
        let run = await CommandRun(["task", "status", "--watch", "r1", "--timeout", "90s"], over: Endless())
        #expect(run.code == .stillRunning && run.output == "r1\trunning\tcore\t\n", "\(run.errors)")
        #expect(run.errors.contains("pick it up again with: parallel task status r1 --watch\n"), "\(run.errors)")
        let alone = await CommandRun(["task", "status", "r1", "--timeout", "90s"])
        #expect(alone.code == .usage && alone.errors.contains("--timeout goes with --watch"))
        #expect(await CommandRun(["task", "status", "r1", "--watch", "--interval", "10ms"]).code == .usage)
    }

    @Test func `Ctrl-C ends the watch and says that the run goes on`() async throws {
        let streams = Streams.captured()
        let clock = ManualClock()
        let context = Context.test(Endless(), streams: streams, clock: clock, interruption: 2)
        let task = Task { await Run.run(["task", "status", "--watch", "r1"], context) }
        try await clock.untilAsleep()
        task.cancel()
        #expect(await task.value == .interrupted)
        #expect(streams.capturedError.hasPrefix("error: interrupted; run r1 goes on\n"), "\(streams.capturedError)")
        #expect(streams.capturedError.contains("parallel task status r1 --watch"))
    }

    private static let live = TerminalInfo(
        stdoutIsTerminal: true, stderrIsTerminal: true, columns: 60, rows: 4, term: "xterm", noColor: true)

    @Test func `a terminal shows the states in place, and what it came to at the end`() async {
        let run = await watch("r1", exchanges: states(["running", "completed"]), terminal: Self.live)
        #expect(run.code == .success)
        #expect(run.output == "run_id  status       processor\nr1      ✓ completed  core\n", "\(run.output)")
        #expect(run.errors.contains(" running · r1"), "\(run.errors)")
        let dumb = await watch("r1", exchanges: states(["completed"]), terminal: .person)
        #expect(dumb.output.contains("r1") && dumb.errors.isEmpty && !dumb.output.contains("run_id"))
    }

    @Test func `a terminal gets no more lines than it has`() async {
        let ids = (1...9).map { "r\($0)" }
        let run = await CommandRun(
            ["task", "status", "--watch"] + ids, ids.flatMap { states(["running", "completed"], of: $0) },
            terminal: Self.live)
        #expect(run.code == .success && run.errors.contains("… 7 more"), "\(run.errors)")
        // Nine runs, one below the other, would have eight line breaks.
        let pictures = run.errors.split(separator: "\u{1B}[K")
        #expect(pictures.allSatisfy { $0.count { $0 == "\n" } <= 2 }, "\(run.errors)")
    }

    @Test func `@last is an id on standard input, too`() async throws {
        let folder = try TemporaryDirectory()
        func run(_ words: [String], _ exchanges: [ScriptedTransport.Exchange], stdin: String = "") async -> CommandRun {
            await CommandRun(
                words, exchanges, stdin: stdin, environment: ["PARALLEL_NO_LOG": ""], directory: folder.path)
        }
        _ = await run(["task", "run", "--no-wait", "Who?"], [Answer.created()])
        let status = await run(["task", "status", "-"], states(["queued"]), stdin: "@last\n")
        #expect(status.code == .success && status.output.hasPrefix("r1\tqueued\t"), "\(status.errors)")
        let none = await run(["task", "status", "-"], [], stdin: "@7\n")
        #expect(
            none.code == .usage
                && none.errors.contains("standard input, line 1: @7: the log of this machine has only 1 run"))
    }

    // MARK: - Batches

    private func group(_ counts: String, active: Bool, runs: Int = 3) -> ScriptedTransport.Exchange {
        .init(
            .get, "/v1/tasks/groups/tgrp_1",
            body:
                #"{"taskgroup_id":"tgrp_1","status":{"num_task_runs":\#(runs),"is_active":\#(active),"task_run_status_counts":\#(counts)}}"#
        )
    }

    @Test(arguments: [
        (#"{"completed":3}"#, ExitCode.success, ""),
        (#"{"completed":2,"failed":1}"#, .partial, "error: 1 of 3 rows failed\n"),
        (#"{"failed":3}"#, .partial, "error: 3 of 3 rows failed\n"),
    ])
    func `a batch is watched to its last row`(end: String, code: ExitCode, message: String) async {
        let running = group(#"{"queued":1,"running":1,"completed":1}"#, active: true)
        let run = await CommandRun(
            ["batch", "status", "--watch", "tgrp_1"], [running, running, group(end, active: false)])
        let lines = run.output.split(separator: "\n")
        #expect(run.code == code && lines.count == 2, "\(run.output) \(run.errors)")
        let hint = message.isEmpty ? "" : "  the results say why: parallel batch results tgrp_1\n"
        #expect(run.errors == message + hint)
        #expect(
            lines.first == "tgrp_1\t1/3\tqueued 1, running 1, completed 1"
                && lines.last?.hasPrefix("tgrp_1\t3/3\t") == true)
    }

    @Test func `a group to which nobody adds rows any more is not watched for ever`() async {
        let idle = [ScriptedTransport.Exchange](repeating: group("{}", active: false, runs: 0), count: 13)
        let run = await CommandRun(["batch", "status", "--watch", "tgrp_1"], idle)
        #expect(run.code == .stillRunning && run.errors.contains("0 of 0 have ended"), "\(run.errors)")
    }
}
