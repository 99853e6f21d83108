import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DecideCommandTests {
    private static let open = ["-Q", "open:boolean:Is it still in business?"]

    private static func answer(_ answers: String) -> ScriptedTransport.Exchange {
        .init(
            .post, "/v1/decisions",
            body: #"{"answers":\#(answers),"citations":[{"url":"https://a.example/","excerpts":["Yes."]}],"x":1.10}"#)
    }

    @Test func `questions of every type are in the request`() async throws {
        let run = await CommandRun(
            [
                "decide", "Example Ltd", "--no-excerpts", "--dry-run", "-Q", "open:boolean:Is it open: yes or no?",
                "-Q",
                "cli:boolean:true=An official CLI|false=None:Is there a CLI?", "-Q",
                "size:choice:1-10|11-50=Up to fifty|more:How large?", "-Q", #"fit:score:poor|10\:30|good:How well?"#,
            ])
        #expect(run.code == .success, "\(run.errors)")
        #expect(
            run.output.contains(
                """
                "body":{"state":"Example Ltd","questions":{\
                "open":{"type":"noul","instructions":"Is it open: yes or no?"},\
                "cli":{"type":"noul","instructions":"Is there a CLI?","criteria":{"true":"An official CLI","false":"None"}},\
                "size":{"type":"choice","instructions":"How large?",\
                "criteria":{"1-10":"1-10","11-50":"Up to fifty","more":"more"}},\
                "fit":{"type":"score","instructions":"How well?","criteria":["poor","10:30","good"]}},"include_excerpts":false}
                """), "\(run.output)")
    }

    @Test func `answers are rows of question, answer, probability and note`() async {
        let run = await CommandRun(
            ["decide", "Example"] + Self.open + [
                "-Q", "size:choice:small|large:How large?", "-Q", "fit:score:poor|good:How well?", "-Q",
                "rich:boolean:Is it rich?", "-Q", "lost:boolean:Where?", "-Q", "odd:boolean:What?",
            ],
            [
                Self.answer(
                    #"{"open":{"probability":0.93},"size":{"choice":"large","probabilities":{"small":0.2,"large":0.8}},"#
                        + #""fit":1.40e0,"rich":{"refusal":{"message":"no evidence"}},"odd":{"new":1}}"#)
            ])
        #expect(run.code == .success)
        #expect(
            run.output == """
                open\ttrue\t0.93\t
                size\tlarge\t0.8\t
                fit\t1.40e0\t\tnear good
                rich\t\t\trefused: no evidence
                lost\t\t\trefused: there is no answer
                odd\t\t\trefused: the answer can't be read: {"new":1}

                """)
    }

    private static let verdicts: [(String, String, ExitCode)] = [
        ("0.93", "open=0.9", .success), ("0.93", "open=0.94", .unexpected), ("0.8", "open=0.8", .success),
        (#"{"refusal":"no"}"#, "open=0.1", .runFailed),
    ]

    @Test(arguments: verdicts)
    func `a threshold makes the exit code a yes or a no`(_ given: String, _ threshold: String, _ code: ExitCode) async {
        let run = await CommandRun(
            ["decide", "x", "--threshold", threshold] + Self.open, [Self.answer(#"{"open":\#(given)}"#)])
        #expect(run.code == code && run.output.hasPrefix("open\t"))
        #expect(run.errors == (code == .runFailed ? "error: 'open' has no answer: no\n" : ""))
    }

    @Test func `no error looks like a plain no`() async {
        let words = ["decide", "x", "--threshold", "open=0.5"] + Self.open
        let broken = await CommandRun(words, [.init(.post, "/v1/decisions", body: "{}")])
        #expect(broken.code == .runFailed, "\(broken.errors)")
        let refused = await CommandRun(words, [.init(.post, "/v1/decisions", status: 422, body: "{}")])
        #expect(refused.code == .refused)
        let declined = await CommandRun(
            words + ["--confirm-above", "1"],
            terminal: TerminalInfo(stdinIsTerminal: true, stdoutIsTerminal: true, stderrIsTerminal: true),
            answers: [.line("n")])
        #expect(declined.code == .runFailed && declined.requests.isEmpty)
    }

    /// Words, with a question for each `OPEN`, and what the error says of them.
    private static let refused: [([String], String)] = [
        (["x"], "nothing is asked"), (["OPEN"], "missing STATE"), ([" ", "OPEN"], "the state is empty"),
        (["x", "OPEN", "OPEN"], "'open' is given twice"), (["x", "-Q", "open"], "is no question"),
        (["x", "-Q", "a:bolean:b"], "did you mean 'boolean'?"), (["x", "-Q", "a:choice:b"], "has no options"),
        (["x", "-Q", "a:choice:b:c"], "has 1 option; a choice has 2 to 255"),
        (["x", "-Q", "a:score:1|2|3|4|5|6|7|8|9|10|11:c"], "has 11 levels"),
        (["x", "-Q", "a:choice:b|b:c"], "has 'b' twice"), (["x", "-Q", "a:boolean:"], "has no instructions"),
        (["x", "-Q", "a:boolean:" + String(repeating: "q", count: 5_000)], "the limit is 5,000"),
        (["x", "--threshold", "closed=0.5", "OPEN"], "there is no question 'closed'"),
        (["x", "--threshold", "open=1.5", "OPEN"], "from 0 to 1"),
        (["x", "--threshold", "open", "OPEN"], "open=0.8"),
        (["x", "--threshold", "a=1", "-Q", "a:choice:b|c:d"], "is a choice"),
        (["x", "--input-json", "{}", "OPEN"], "exclude each other"),
        (["--input-json", "{", "OPEN"], "is not JSON"),
        (["x", "--max-cost", "1", "OPEN"], "--max-cost can't be kept"),
        (["x", "--questions", "[]"], "is no object of questions"),
        (["x", "--confirm-above", "1", "OPEN"], "--yes does it without a question"),
        ([String(repeating: "x", count: 128_001), "OPEN"], "the limit is 32,000"),
    ]

    @Test(arguments: refused)
    func `bad input is refused before the network`(_ words: [String], _ message: String) async {
        let run = await CommandRun(["decide"] + words.flatMap { $0 == "OPEN" ? Self.open : [$0] })
        #expect(run.code == .usage && run.output == "" && run.errors.contains(message), "\(run.errors)")
    }

    @Test func `questions and state may come from files`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            #"{"open":{"type":"boolean","instructions":"Open?"},"fit":{"type":"score","instructions":"Fit?","criteria":["a","b"]}}"#,
            to: "q.json")
        try directory.write(#"{"name":"Example","n":1.10}"#, to: "company.json")
        let run = await CommandRun(
            ["decide", "--input-json", "@company.json", "--questions", "@q.json", "--dry-run"],
            directory: directory.path)
        #expect(run.output.contains(#""state":{"name":"Example","n":1.10},"questions":{"open":{"type":"noul""#))
    }

    @Test func `a decision is never sent twice, and the error says that it may cost`() async {
        let run = await CommandRun(
            ["decide", "x"] + Self.open,
            [.init(.post, "/v1/decisions", failing: HTTPError(.connectionLost, "lost", mayHaveBeenSent: true))])
        #expect(run.code == .unreachable && run.requests.count == 1)
        #expect(run.errors.contains("it may be paid for all the same"), "\(run.errors)")
    }
}
