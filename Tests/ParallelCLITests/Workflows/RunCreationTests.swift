import ParallelCLI
import ParallelHTTP
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

/// What is said and done when the one request that costs money goes wrong.
@Suite(.timeLimit(.minutes(10))) struct RunCreationTests {
    private static let uncertain =
        "  a run may exist all the same; it was not sent again, since a second run would cost money too\n"

    private func create(
        _ exchanges: [ScriptedTransport.Exchange], clock: ManualClock = ManualClock(passing: .seconds(60)),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["task", "run", "--no-wait", "why?"], exchanges, clock: clock, sourceLocation: sourceLocation)
    }

    private func failing(_ kind: HTTPError.Kind, mayHaveBeenSent: Bool) -> ScriptedTransport.Exchange {
        .init(.post, "/v1/tasks/runs", failing: HTTPError(kind, "it broke", mayHaveBeenSent: mayHaveBeenSent))
    }

    private func answering(
        _ status: Int, headers: [(String, String)] = [], _ body: String? = nil
    ) -> ScriptedTransport.Exchange {
        .init(.post, "/v1/tasks/runs", status: status, headers: headers, body: body ?? Answer.fault("said no"))
    }

    @Test(arguments: [HTTPError.Kind.connectionLost, .timeout, .truncated])
    func `an answer that is lost may leave a run, and nothing is sent again`(kind: HTTPError.Kind) async {
        let run = await create([failing(kind, mayHaveBeenSent: true)])
        #expect(run.code == .unreachable && run.output.isEmpty)
        #expect(run.errors == "error: it broke\n" + Self.uncertain)
    }

    @Test(
        arguments: [
            (#"{"run_id":"r-1_A","status":"que"#, "r-1_A"), (#"{"x":1, "run_id" : "r2"} trailing"#, "r2"),
            (#"{"run_id":"r"#, nil), (#"{"run_id"#, nil), (#"{"run_id":"a;rm -rf","#, nil),
            (#"{"run_id":7,"a":"b"}}"#, nil),
            (#"{"note":"\"run_id\":\"r3\"","#, nil),
            (#"{"metadata":{"run_id":"r4"},"run_id":"r5","x"#, "r5"), (#"{"run_id":["r6"],"x":"run_id","y":"r7"#, nil),
            (#"{"input":{"run_id":"r8"},"#, nil), (#"{"n":1.5e3,"run_id"\#n:\#n"r9"} x"#, "r9"),
            (#"{"run_id":"","#, nil),
            (#"{"run_id":"trun:a.1","x"#, "trun:a.1"), (#"{"run_id":"-rf","x"#, nil),
            ("", nil),
        ] as [(String, String?)])
    func `a run that a broken answer names is not lost`(answer: String, id: String?) async {
        var error = HTTPError(.truncated, "it broke", mayHaveBeenSent: true)
        error.received = Array(answer.utf8)
        let found = id.map { id in
            "  run \(id) exists all the same\n  pick it up again with: parallel task result \(id)\n"
        }
        let lost = await create([.init(.post, "/v1/tasks/runs", failing: error)])
        #expect(lost.code == .unreachable && lost.errors == "error: it broke\n" + (found ?? Self.uncertain))
        let wrong = await create([answering(200, answer)])
        #expect(wrong.code == .unexpected && wrong.errors.hasSuffix(found ?? Self.uncertain))
    }

    @Test func `a request that was certainly not sent is sent again, five times in all at most`() async {
        let clock = ManualClock(passing: .seconds(60))
        let refused = failing(.connect, mayHaveBeenSent: false)
        let run = await create([refused, refused, Answer.created()], clock: clock)
        #expect(run.code == .success && run.output == "r1\n" && clock.sleeps == [.milliseconds(500), .seconds(1)])
        let never = await create(Array(repeating: refused, count: 5))
        #expect(never.code == .unreachable && never.errors == "error: it broke\n  nothing was created\n")
    }

    @Test(
        arguments: [
            ([], 120), (["--timeout", "2s"], 2), (["--timeout", "2h"], 120), (["--timeout", "0"], 120),
        ] as [([String], Int)])
    func `creating a run has the time of --timeout, two minutes at the most, and a moment more for the id`(
        words: [String], seconds: Int
    ) async {
        let run = await CommandRun(["task", "run", "--no-wait", "why?"] + words, [Answer.created()])
        #expect(run.requests.map(\.timeouts.total) == [.seconds(seconds)])
        #expect(run.requests.map(\.timeouts.grace) == [.seconds(5)])
    }

    @Test func `a creation is not sent again if the requested wait is longer than --timeout`() async {
        let run = await CommandRun(
            ["task", "run", "--timeout", "30s", "why?"], [answering(429, headers: [("retry-after", "40")])])
        #expect(run.code == .refused && run.errors.contains("429"), "\(run.errors)")
    }

    @Test(arguments: [500, 502, 504, 408, 300, 303])
    func `after a server error or a 303 a run may exist`(status: Int) async {
        let run = await create([answering(status)])
        #expect(run.code == .refused)
        #expect(run.errors == "error: the API answered \(status): said no (ref ref-1)\n" + Self.uncertain)
    }

    struct Told: CustomTestStringConvertible {
        let status: Int
        var location: String?
        let body: String
        var testDescription: String { "\(status) \(body.suffix(60))" }
    }

    @Test(arguments: [
        Told(status: 500, body: #"{"error":{"message":"internal"},"run_id":"trun_7f"}"#),
        Told(status: 504, body: #"{"run_id":"trun_7f","pad":"x"}"#),
        Told(status: 502, body: #"{"pad":"\#(String(repeating: "y", count: 300))","run_id":"trun_7f"}"#),
        Told(status: 500, body: Answer.fault(String(repeating: "y ", count: 200) + "behind trun_7f.")),
        Told(status: 408, body: #"{"detail":{"note":"trun_old","run_id":"trun_7f"}}"#),
        Told(status: 502, body: "gave up behind trun_7f"),
        Told(status: 302, location: "https://other.example/x", body: #"{"run_id":"trun_7f"}"#),
        Told(status: 307, location: "https://other.example/x", body: "see trun_7f"),
        Told(status: 307, location: "/v1/elsewhere", body: "see trun_7f"),
        Told(status: 503, body: #"{"run_id":"trun_7f","status":"queued"}"#), Told(status: 503, body: "see trun_7f"),
        Told(status: 429, body: Answer.fault("trun_7f is under way")),
    ])
    func `an error that may follow a creation tells the run that it names`(told: Told) async {
        let headers = told.location.map { [("location", $0)] } ?? []
        let run = await CommandRun(
            ["task", "run", "--no-wait", "sum up trun_old"], [answering(told.status, headers: headers, told.body)])
        #expect(run.code == .refused && run.output.isEmpty)
        let hints =
            "\n  run trun_7f exists all the same\n  pick it up again with: parallel task result trun_7f\n"
        #expect(run.errors.hasSuffix(hints), "\(run.errors)")
    }

    @Test(arguments: [(500, "may exist"), (400, nil), (404, nil), (422, nil)] as [(Int, String?)])
    func `a run that the request is about, or a refusal, is not taken for a new one`(
        status: Int, hint: String?
    ) async {
        let run = await CommandRun(
            ["task", "run", "--no-wait", "why?", "--previous-interaction-id", "trun_old"],
            [answering(status, Answer.fault(status == 500 ? "no trun_old" : "no trun_old, try trun_7f"))])
        #expect(run.code == .refused && !run.errors.contains("exists"), "\(run.errors)")
        #expect(run.errors.contains("may exist") == (hint != nil), "\(run.errors)")
    }

    @Test func `an id that broke off is not told`() async {
        var error = HTTPError(.truncated, "it broke", mayHaveBeenSent: true)
        for (answer, id) in [("run trun_7", nil), ("run trun_7 ", "trun_7")] as [(String, String?)] {
            error.received = Array(answer.utf8)
            let run = await create([.init(.post, "/v1/tasks/runs", failing: error)])
            #expect(run.errors.contains("  run trun_7 exists") == (id != nil), "\(run.errors)")
        }
    }

    @Test func `503 says that nothing was made, and is tried again`() async {
        let run = await create([answering(503), answering(503), Answer.created()])
        #expect(run.code == .success)
        let never = await create(Array(repeating: answering(503), count: 5))
        #expect(never.code == .refused)
        #expect(never.errors == "error: the API answered 503: said no (ref ref-1)\n  nothing was created\n")
    }

    private static let wait = [("retry-after", "1")]

    @Test(arguments: [
        (503, "<html>Service Unavailable</html>", []), (503, "", []), (503, "<html>Guru Meditation</html>", wait),
        (429, "<html>Too many</html>", []), (502, "", []),
    ])
    private func `the page of a gateway says nothing of a run, and nothing is sent again`(
        status: Int, page: String, headers: [(String, String)]
    ) async {
        let run = await create([answering(status, headers: headers, page)])
        #expect(run.code == .refused && run.output.isEmpty)
        #expect(run.errors.hasPrefix("error: the API answered \(status): ") && run.errors.hasSuffix(Self.uncertain))
    }

    @Test func `a gateway that limits the rate and says when to come back has not passed the request on`() async {
        let run = await create([answering(429, headers: Self.wait, "<html>"), Answer.created()])
        #expect(run.code == .success && run.output == "r1\n")
    }

    @Test(arguments: [301, 302, 307, 308])
    func `an answer that points to another origin has made no run`(status: Int) async {
        let run = await create([answering(status, headers: [("location", "https://other.example/x")], "")])
        #expect(run.code == .refused && run.errors.contains("not followed") && !run.errors.contains("may exist"))
    }

    @Test func `after a 303 to another address a run may exist`() async {
        let run = await create([answering(303, headers: [("location", "https://other.example/x")], "")])
        #expect(run.code == .refused && run.errors.hasSuffix(Self.uncertain), "\(run.errors)")
    }

    @Test func `429 is waited out as the server asks`() async {
        let clock = ManualClock(passing: .seconds(60))
        let run = await create([answering(429, headers: [("retry-after", "7")]), Answer.created()], clock: clock)
        #expect(run.code == .success && clock.sleeps == [.seconds(8)])
        let long = await create([answering(429, headers: [("retry-after", "3600")])])
        #expect(long.code == .refused)
        #expect(
            long.errors
                == "error: the API answered 429: said no (ref ref-1)\n  too many requests; the API asks to wait: 3600 s\n  nothing was created\n"
        )
    }

    @Test(arguments: [
        (401, ExitCode.notAuthenticated, "error: the API did not accept the key (401): said no (ref ref-1)\n"),
        (402, .refused, "error: the API answered 402: said no (ref ref-1)\n  the account has not enough credit"),
        (403, .refused, "error: the API answered 403: said no (ref ref-1)\n"),
        (422, .refused, "error: the API answered 422: said no (ref ref-1)\n"),
    ])
    func `a refusal makes no run`(status: Int, code: ExitCode, message: String) async {
        let run = await create([answering(status)])
        #expect(run.code == code && run.output.isEmpty)
        #expect(run.errors.hasPrefix(message) && !run.errors.contains("may exist") && !run.errors.contains("null"))
    }

    @Test func `fields that are wrong get a line each, other details one`() async {
        let fields = await create([
            answering(
                422,
                body(#"{"errors":[{"loc":["body","input"],"msg":"too long"},{"loc":["body",0],"msg":"no"}]}"#))
        ])
        #expect(fields.errors == "error: the API answered 422: m\n  body.input: too long\n  body.0: no\n")
        let other = await create([answering(422, body(#"{"hint":"x"}"#))])
        #expect(other.errors == "error: the API answered 422: m\n  {\"hint\":\"x\"}\n")
    }

    @Test func `only the first of very many invalid fields are reported, each shortened`() async {
        let fault = #"{"loc":["body","x"],"msg":"\#(String(repeating: "m", count: 5_000))"}"#
        let list = Array(repeating: fault, count: 25).joined(separator: ",")
        let run = await create([answering(422, body("[\(list)]"))])
        let lines = run.errors.split(separator: "\n")
        #expect(lines.count == 22)
        #expect(lines.last == "  and 5 more")
        #expect(run.errors.count < 5_000)
    }

    private func body(_ detail: String) -> String { #"{"error":{"message":"m","detail":\#(detail)}}"# }

    @Test(arguments: ["", "{}", "<html>", #"{"status":"queued"}"#, #"{"run_id":"--output=pwn.md"}"#])
    func `an answer without an id may leave a run`(text: String) async {
        let run = await create([answering(202, text)])
        #expect(run.code == .unexpected && run.output.isEmpty)
        #expect(run.errors.hasPrefix("error: the API accepted the run but its answer has no run id"))
        #expect(run.errors.hasSuffix(Self.uncertain))
    }

    @Test func `an answer of the network can't act on the terminal`() async {
        let run = await create([answering(400, Answer.fault(#"\u001b[31mred\u001b]0;title\u0007\r\nerror: two"#))])
        #expect(!run.errors.unicodeScalars.contains("\u{1B}") && run.errors.split(separator: "\n").count == 1)
    }

    // MARK: - Interrupted

    /// Creates a run that is interrupted once the request is out.
    private func interrupted(
        _ transport: ScriptedTransport, clock: ManualClock, signal: Int32 = 2,
        whenSent: @escaping () async throws -> Void
    ) async throws -> (code: ExitCode, errors: String) {
        let streams = Streams.captured()
        let context = Context.test(transport, streams: streams, clock: clock, interruption: signal)
        let work = Task { await Run.run(["task", "run", "why?"], context) }
        try await poll("a request") { !transport.requests.isEmpty }
        work.cancel()
        try await whenSent()
        return (await work.value, streams.capturedError)
    }

    @Test(arguments: [(2, ExitCode.interrupted), (15, .terminated)] as [(Int32, ExitCode)])
    func `an interruption waits for the id that is on its way`(signal: Int32, code: ExitCode) async throws {
        let clock = ManualClock()
        let isAnswered = Lock(false)
        let transport = ScriptedTransport([
            .init(.post, "/v1/tasks/runs") { _ in
                // A task of its own, which is not cancelled.
                try await Task { try await poll("the interruption") { isAnswered.withLock { $0 } } }.value
                return HTTPResponse(status: 202, body: HTTPBody(Array(#"{"run_id":"r1","status":"queued"}"#.utf8)))
            }
        ])
        let ending = try await interrupted(transport, clock: clock, signal: signal) {
            isAnswered.withLock { $0 = true }
        }
        #expect(ending.code == code)
        #expect(
            ending.errors == """
                run r1 created (processor base, about $0.01, 15 to 100 s)
                error: interrupted; run r1 continues
                  pick it up again with: parallel task result r1

                """)
    }

    @Test(arguments: [(true, "a run may exist all the same"), (false, "nothing was created")])
    func `an answer that does not come is given up`(mayHaveBeenSent: Bool, hint: String) async throws {
        let clock = ManualClock()
        let transport = ScriptedTransport([
            .init(.post, "/v1/tasks/runs") { _ in
                try? await Task.sleep(for: .seconds(3600))
                throw HTTPError(.cancelled, "cancelled", mayHaveBeenSent: mayHaveBeenSent)
            }
        ])
        let ending = try await interrupted(transport, clock: clock) {}
        #expect(ending.code == .interrupted)
        #expect(ending.errors.hasPrefix("error: interrupted while the run was being created\n  \(hint)"))
    }
}
