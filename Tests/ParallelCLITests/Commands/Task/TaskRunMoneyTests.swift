import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

/// What a single run may cost, and the data connectors that it may use.
@Suite(.timeLimit(.minutes(10))) struct TaskRunMoneyTests {
    private static let person = TerminalInfo(stdinIsTerminal: true, stdoutIsTerminal: true, stderrIsTerminal: true)

    private static let refused: [([String], String)] = [
        (["--max-cost", "0.05"], "a run on processor pro, about $0.10, 2 to 10 min, which is above --max-cost $0.05"),
        (["--confirm-above", "0.05"], "above $0.05 (--confirm-above), and there is no terminal to ask on"),
        (["--paid-source", "carbonarc", "--max-cost", "9"], "the price of paid data sources is not known"),
        (["-p", "core9", "--max-cost", "9"], "the price of 'core9' is not known"),
        (["--data-source", "carbonarc"], "is paid for each call"), (["--paid-source", "pubmed"], "costs nothing"),
        (["--data-source", "pubmed", "--data-source", "pubmed"], "is given twice"),
        (["--data-source", "pubmed", "-p", "pro-fast"], "can't be had on 'pro-fast'"),
        (["--data-source", " "], "--data-source: the value is empty"),
    ]

    @Test(arguments: refused)
    func `a run that would cost too much or be refused is not sent`(_ words: [String], _ message: String) async {
        let run = await CommandRun(["task", "run", "x", "-p", "pro"] + words)
        #expect(run.code == .usage && run.output == "" && run.errors.contains(message), "\(run.errors)")
    }

    @Test func `a person is asked before a dear run`() async {
        let run = await CommandRun(
            ["task", "run", "x", "-p", "ultra", "--confirm-above", "0.1"], terminal: Self.person, answers: [.line("n")])
        #expect(
            run.code == .unexpected
                && run.prompts == ["a run on processor ultra, about $0.30, 5 to 25 min. Go ahead? [y/N] "])
        #expect(run.errors.contains("nothing was run"))
    }

    @Test func `a run within the limits is not asked about`() async {
        let created = #"{"run_id":"trun_1","status":"queued","is_active":true,"processor":"base"}"#
        let run = await CommandRun(
            ["task", "run", "x", "--no-wait", "--max-cost", "0.01", "--paid-source", "carbonarc"])
        #expect(run.code == .usage)
        let cheap = await CommandRun(
            ["task", "run", "x", "--no-wait", "--max-cost", "0.01"],
            [.init(.post, "/v1/tasks/runs", status: 202, body: created)])
        #expect(cheap.code == .success && cheap.output == "trun_1\n")
    }

    @Test func `data connectors are in the request, and the note says what they cost`() async {
        let run = await CommandRun([
            "task", "run", "x", "--data-source", "pubmed", "--paid-source", "carbonarc", "--location", "us",
            "--dry-run",
        ])
        #expect(
            run.output.contains(
                #""advanced_settings":{"location":"us","data_sources":{"free":["pubmed"],"pay_per_use":["carbonarc"]}}"#
            ))
        #expect(
            run.errors.contains("about $0.01, 15 to 100 s, plus calls of paid data sources at the provider's price"))
    }
}
