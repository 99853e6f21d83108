import ParallelCLI
import ParallelHTTP
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BatchDecideCommandTests {
    private static let words = [
        "batch", "decide", "in.csv", "--yes", "-Q", "open:boolean:Open?", "-Q", "size:choice:small|large:Size?",
    ]

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("company,city\nIntel,Santa Clara\nAMD,Austin\n,\nIntel,Santa Clara\n", to: "in.csv")
    }

    private func run(_ words: [String], over api: DecidingAPI) async -> CommandRun {
        await CommandRun(Self.words + words, over: api, directory: directory.path)
    }

    @Test func `each row gets its answers, and rows that say the same are asked about once`() async throws {
        let api = DecidingAPI()
        let run = await run(["-o", "out.csv"], over: api)
        #expect(run.code == .success && run.output == "", "\(run.errors)")
        #expect(api.states.withLock { $0.sorted() } == ["AMD", "Intel"])
        #expect(
            try directory.text("out.csv") == """
                company,city,open,open.probability,size,size.probability,sources,error
                Intel,Santa Clara,true,0.9,large,0.8,"[""https://a.example/""]",
                AMD,Austin,true,0.9,large,0.8,"[""https://a.example/""]",
                ,,,,,,,
                Intel,Santa Clara,true,0.9,large,0.8,"[""https://a.example/""]",

                """)
        #expect(Directory.names(in: directory.path).sorted() == ["in.csv", "out.csv"])
    }

    @Test func `what is paid for is not paid for again after a failure`() async throws {
        let failing = DecidingAPI(failing: "AMD")
        let first = await run(["-o", "out.csv"], over: failing)
        #expect(first.code == .partial, "\(first.errors)")
        #expect(first.errors.contains("1 failed") && first.errors.contains("out.csv.decisions"), "\(first.errors)")
        let text = try directory.text("out.csv")
        #expect(text.contains("AMD,Austin,,,,,,the API answered 422"))

        let api = DecidingAPI()
        let kept = await run(["-o", "out.csv"], over: api)
        #expect(
            kept.code == .usage && kept.errors.contains("out.csv.decisions are not paid for again"), "\(kept.errors)")
        let again = await run(["-o", "out.csv", "--force"], over: api)
        #expect(
            again.code == .success && again.errors.contains("1 answer of an earlier call is used"), "\(again.errors)")
        #expect(api.states.withLock { $0 } == ["AMD"])
        #expect(Directory.names(in: directory.path).sorted() == ["in.csv", "out.csv"])
        let ended = await run(["-o", "out.csv"], over: api)
        #expect(ended.code == .usage && ended.errors.contains("pays for every row again"), "\(ended.errors)")
    }

    @Test func `a row whose answer was lost may be paid for, and says so`() async throws {
        let run = await run(["-o", "out.csv"], over: DecidingAPI(failing: "AMD", status: 500))
        #expect(run.code == .partial, "\(run.errors)")
        let text = try directory.text("out.csv")
        #expect(text.contains("AMD,Austin,,,,,,the API answered 500: no (ref r); it may be paid for"), "\(text)")
    }

    @Test func `an answer that answers nothing is a failure of its row`() async throws {
        let api = DecidingAPI(failing: "AMD", status: 200)
        let run = await run(["-o", "out.csv"], over: api)
        #expect(run.code == .partial && run.errors.contains("1 failed"), "\(run.errors)")
        #expect(try directory.text("out.csv").contains("AMD,Austin,,,,,,the API's answer has no answers to questions"))
    }

    @Test func `other questions are other requests`() async throws {
        _ = await run(["-o", "out.csv"], over: DecidingAPI(failing: "AMD"))
        let api = DecidingAPI()
        _ = await run(["-o", "out.csv", "--force", "-Q", "more:boolean:More?"], over: api)
        #expect(api.states.withLock { $0.count } == 2)
    }

    @Test func `a key that is not accepted ends it without a file`() async throws {
        let api = DecidingAPI(failing: "", status: 401)
        let run = await run(["-o", "out.csv"], over: api)
        #expect(run.code == .notAuthenticated && run.errors.contains("no row could be decided"), "\(run.errors)")
        #expect(Directory.names(in: directory.path) == ["in.csv"])
    }

    @Test func `without a file, rows go to standard output as JSON lines`() async throws {
        let run = await run(["--limit", "1", "--template", "{company}"], over: DecidingAPI())
        #expect(
            run.output
                == #"{"company":"Intel","city":"Santa Clara","open":true,"open.probability":0.9,"size":"large","#
                + #""size.probability":0.8,"sources":["https://a.example/"]}"# + "\n")
    }

    @Test func `the cost is asked about, and nothing is sent without an answer`() async throws {
        let words = Self.words.filter { $0 != "--yes" }
        let run = await CommandRun(words, directory: directory.path)
        #expect(run.code == .usage && run.errors.contains("2 decisions: the price of a decision is not known"))
        #expect(Directory.names(in: directory.path) == ["in.csv"])
        let capped = await CommandRun(Self.words + ["--max-cost", "1"], directory: directory.path)
        #expect(capped.code == .usage && capped.errors.contains("--max-cost can't be kept"))
    }

    @Test func `the first request can be shown`() async throws {
        let run = await CommandRun(Self.words + ["--dry-run"], directory: directory.path)
        #expect(run.code == .success && run.errors.contains("2 requests would be made"), "\(run.errors)")
        #expect(run.output.contains(#""body":{"state":{"company":"Intel","city":"Santa Clara"},"questions""#))
    }

    @Test(arguments: ["mine\n", "mine", "one\ntwo", #"{"key":"x","answer":1}"#, "[]\n{\"key\":\""])
    func `another file with the name of the answers is left alone`(text: String) async throws {
        try directory.write(text, to: "out.csv.decisions")
        let run = await CommandRun(Self.words + ["-o", "out.csv"], directory: directory.path)
        #expect(run.code == .usage && run.errors.contains("is no file with answers"), "\(run.errors)")
        #expect(try UserFile.read(directory.file("out.csv.decisions")) == Array(text.utf8))
    }

    @Test func `an answer that a kill has cut off is asked for again`() async throws {
        _ = await run(["-o", "out.csv"], over: DecidingAPI(failing: "AMD"))
        let whole = try directory.text("out.csv.decisions")
        try directory.write(whole + whole.prefix(60), to: "out.csv.decisions")
        let api = DecidingAPI()
        let again = await run(["-o", "out.csv", "--force"], over: api)
        #expect(again.code == .success && api.states.withLock { $0 } == ["AMD"], "\(again.errors)")
    }

    @Test func `answers to other rows or questions are kept`() async throws {
        _ = await run(["-o", "out.csv"], over: DecidingAPI(failing: "AMD"))
        let other = await run(["-o", "out.csv", "--force", "-Q", "more:boolean:More?"], over: DecidingAPI())
        #expect(other.code == .success, "\(other.errors)")
        #expect(
            other.errors.contains("out.csv.decisions is kept: it has 1 answer to other rows or questions\n"),
            "\(other.errors)")
        let api = DecidingAPI()
        _ = await run(["-o", "out.csv", "--force"], over: api)
        #expect(api.states.withLock { $0 } == ["AMD"])
    }

    // MARK: - Answers that can't be read

    private func writeManyRows() throws {
        try directory.write("company\n" + (1...40).map { "c\($0)\n" }.joined(), to: "in.csv")
    }

    @Test(arguments: [#"{"odd":1}"#, "<html>", #"{"answers":{"open":{"odd":1}}}"#])
    func `answers that can't be read are kept, and soon no more are paid for`(answer: String) async throws {
        try writeManyRows()
        let api = DecidingAPI(failing: "", status: 200, refusal: answer)
        let first = await run(["-o", "out.csv"], over: api)
        #expect(first.code == .unexpected, "\(first.errors)")
        #expect(first.errors.contains("nothing more was sent after 3 answers in a row that can't be read"))
        // Three, and what was under way with them.
        let paid = api.states.withLock { $0.count }
        #expect(paid <= 10)
        let kept = try directory.text("out.csv.decisions")
        #expect(kept.split(separator: "\n").count == paid)
        #expect(Directory.names(in: directory.path).sorted() == ["in.csv", "out.csv.decisions"])

        let good = DecidingAPI()
        let again = await run(["-o", "out.csv"], over: good)
        #expect(again.code == .partial && again.errors.contains("\(paid) failed"), "\(again.errors)")
        #expect(good.states.withLock { $0.count } == 40 - paid)
        #expect(try directory.text("out.csv.decisions").hasPrefix(kept))
    }

    @Test func `without a file, answers that can't be read are in one of their own`() async throws {
        try writeManyRows()
        let api = DecidingAPI(failing: "", status: 200)
        let run = await CommandRun(
            Self.words, over: api, environment: ["TMPDIR": directory.path], directory: directory.path)
        #expect(run.code == .unexpected, "\(run.errors)")
        let names = Directory.names(in: directory.path).filter { $0.hasSuffix(".jsonl") }
        #expect(names.count == 1 && run.errors.contains(names.first ?? "?"), "\(run.errors)")
        let text = try directory.text(names.first ?? "?")
        #expect(text.split(separator: "\n").count == api.states.withLock { $0.count })
    }

    @Test func `what is paid for is shown after an interruption`() async throws {
        let rows = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
        try directory.write("company\n" + rows.joined(separator: "\n") + "\n", to: "in.csv")
        let (isReached, reach) = AsyncStream<Void>.makeStream()
        let path = directory.path
        let work = Task {
            await CommandRun(
                Self.words, over: HangingAPI(reach), terminal: TerminalInfo(stdoutIsTerminal: true), directory: path,
                clock: ManualClock(), interruption: 2)
        }
        // Eight are under way at once, so the first one is done.
        try await untilFinished(isReached, "the ninth request")
        work.cancel()
        let run = await work.value
        #expect(run.code == .interrupted && run.errors.contains("8 of 9 rows have no answer yet"), "\(run.errors)")
        #expect(run.output.contains("first") && !run.output.contains("second"), "\(run.output)")
    }
}

/// Answers about the first row only, and says when the ninth is asked about.
private final class HangingAPI: HTTPTransport {
    private let reach: AsyncStream<Void>.Continuation

    init(_ reach: AsyncStream<Void>.Continuation) { self.reach = reach }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = String(decoding: request.body ?? [], as: UTF8.self)
        if body.contains("first") {
            let answer = #"{"answers":{"open":0.9,"size":{"choice":"large"}}}"#
            return HTTPResponse(status: 200, headers: HTTPHeaders(), body: HTTPBody(Array(answer.utf8)))
        }
        if body.contains("ninth") { reach.finish() }
        try? await Task.sleep(for: .seconds(3600))
        throw HTTPError(.cancelled, "cancelled", mayHaveBeenSent: true)
    }
}

/// Answers decisions, except those whose state has a word in it.
private final class DecidingAPI: HTTPTransport {
    /// The companies that were asked about.
    let states = Lock<[String]>([])
    private let failing: String?
    private let status: Int
    private let refusal: String

    init(
        failing: String? = nil, status: Int = 422,
        refusal: String = #"{"type":"error","error":{"ref_id":"r","message":"no"}}"#
    ) {
        (self.failing, self.status, self.refusal) = (failing, status, refusal)
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = String(decoding: request.body ?? [], as: UTF8.self)
        let company = body.contains("Intel") ? "Intel" : "AMD"
        states.withLock { $0.append(company) }
        let isRefused = failing.map { body.contains($0) || $0.isEmpty } ?? false
        let answer =
            isRefused
            ? refusal
            : #"{"answers":{"open":0.9,"more":0.1,"size":{"choice":"large","probabilities":{"large":0.8}}},"#
                + #""citations":[{"url":"https://a.example/","excerpts":[]}]}"#
        return HTTPResponse(
            status: isRefused ? status : 200, headers: HTTPHeaders(), body: HTTPBody(Array(answer.utf8)))
    }
}
