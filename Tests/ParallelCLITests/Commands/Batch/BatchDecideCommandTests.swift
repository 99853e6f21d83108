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
        let again = await run(["-o", "out.csv", "--force"], over: api)
        #expect(
            again.code == .success && again.errors.contains("1 answer of an earlier call is used"), "\(again.errors)")
        #expect(api.states.withLock { $0 } == ["AMD"])
        #expect(Directory.names(in: directory.path).sorted() == ["in.csv", "out.csv"])
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

    @Test func `another file with the name of the answers is left alone`() async throws {
        try directory.write("mine\n", to: "out.csv.decisions")
        let run = await CommandRun(Self.words + ["-o", "out.csv"], directory: directory.path)
        #expect(run.code == .usage && run.errors.contains("is no file with answers"))
        #expect(try UserFile.read(directory.file("out.csv.decisions")) == Array("mine\n".utf8))
    }
}

/// Answers decisions, except those whose state has a word in it.
private final class DecidingAPI: HTTPTransport {
    /// The companies that were asked about.
    let states = Lock<[String]>([])
    private let failing: String?
    private let status: Int

    init(failing: String? = nil, status: Int = 422) { (self.failing, self.status) = (failing, status) }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = String(decoding: request.body ?? [], as: UTF8.self)
        let company = body.contains("Intel") ? "Intel" : "AMD"
        states.withLock { $0.append(company) }
        let isRefused = failing.map { body.contains($0) || $0.isEmpty } ?? false
        let answer =
            isRefused
            ? #"{"type":"error","error":{"ref_id":"r","message":"no"}}"#
            : #"{"answers":{"open":0.9,"more":0.1,"size":{"choice":"large","probabilities":{"large":0.8}}},"#
                + #""citations":[{"url":"https://a.example/","excerpts":[]}]}"#
        return HTTPResponse(
            status: isRefused ? status : 200, headers: HTTPHeaders(), body: HTTPBody(Array(answer.utf8)))
    }
}
