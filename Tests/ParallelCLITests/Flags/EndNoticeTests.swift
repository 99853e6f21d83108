import ParallelHTTP
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

/// What tells the end of a long wait: `--notify` and `--notify-command`.
struct EndNoticeTests {
    /// Where the program 'tell' is.
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write("", to: "tell", mode: 0o700)
    }

    /// Waits for a run for so many seconds, and returns what the program was called with.
    private func wait(
        _ seconds: Int, _ words: [String], terminal: TerminalInfo = TerminalInfo(), ending code: Int32? = 0
    ) async -> (code: ExitCode, errors: String, calls: [[String]]) {
        let clock = ManualClock()
        let streams = Streams.captured()
        let calls = Lock<[[String]]>([])
        let exchange = ScriptedTransport.Exchange.unanswered(
            .get, Answer.path() + "/result", passing: .seconds(seconds), on: clock)
        var context = Context.test(
            ScriptedTransport([exchange]), streams: streams, terminal: terminal, environment: ["PATH": folder.path],
            clock: clock)
        context.runProgram = { words in
            calls.withLock { $0.append(words) }
            guard let code else { throw SystemError(code: 2) }
            return code
        }
        let end = await Run.run(["task", "result", "r1", "--timeout", "\(seconds)s"] + words, context)
        return (end, streams.capturedError, calls.withLock { $0 })
    }

    @Test func `the end of a wait of a minute runs the program, with one more word`() async {
        let end = await wait(60, ["--notify-command", "tell 'the team'"])
        #expect(end.code == .stillRunning && end.calls == [["tell", "the team", "parallel task result: exit code 5"]])
        #expect(!end.errors.contains("\u{7}"))
        #expect(await wait(59, ["--notify-command", "tell"]).calls == [])
        #expect(await wait(60, []).calls == [])
    }

    @Test func `a program that fails or can't be started is a warning`() async {
        let failed = await wait(60, ["--notify-command", "tell"], ending: 3)
        #expect(
            failed.code == .stillRunning && failed.errors.contains("warning: --notify-command: tell ended with 3\n"))
        let missing = await wait(60, ["--notify-command", "tell"], ending: nil)
        #expect(
            missing.code == .stillRunning && missing.errors.contains("warning: --notify-command: tell: "), "\(missing)")
        #expect(!missing.errors.contains("unexpected"))
        let empty = await CommandRun(["task", "result", "r1", "--notify-command", ""])
        #expect(empty.code == .usage, "\(empty.errors)")
    }

    @Test func `a program that is not there is noticed before the wait`() async throws {
        for (words, name) in [
            ("nothing-there 'x y'", "nothing-there"), ("./tell", "./tell"), ("/nowhere/tell", "/nowhere/tell"),
        ] {
            let run = await CommandRun(
                ["task", "result", "r1", "--notify-command", words], environment: ["PATH": folder.path])
            #expect(run.code == .usage, "\(run.errors)")
            #expect(run.errors.hasPrefix("error: --notify-command: there is no program '\(name)'\n"), "\(run.errors)")
        }
        let there = await CommandRun(
            ["task", "result", "r1", "--notify-command", "./tell"], [Answer.result()], directory: folder.path)
        #expect(there.code == .success, "\(there.errors)")
    }

    @Test func `a terminal rings, and one that knows nothing gets the bell alone`() async {
        let text = "parallel task result: exit code 5"
        let notification = "\u{7}\u{1B}]9;\(text)\u{7}\u{1B}]777;notify;parallel;\(text)\u{7}"
        let terminal = TerminalInfo(stderrIsTerminal: true, term: "xterm")
        // Quietly, because progress and events would be shown there.
        #expect(await wait(60, ["--notify", "-q"], terminal: terminal).errors.contains(notification))
        let simple = TerminalInfo(stderrIsTerminal: true, term: "dumb")
        let dumb = await wait(60, ["--notify", "-q"], terminal: simple).errors
        #expect(dumb.contains("\u{7}") && !dumb.contains("\u{1B}]"))
        #expect(await !wait(59, ["--notify", "-q"], terminal: terminal).errors.contains("\u{7}"))
        #expect(await !wait(60, ["-q"], terminal: terminal).errors.contains("\u{7}"))
        #expect(await !wait(60, ["--notify"]).errors.contains("\u{7}"))
    }
}
