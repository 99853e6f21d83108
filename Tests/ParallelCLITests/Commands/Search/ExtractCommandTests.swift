import ParallelCLI
import ParallelHTTP
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(10))) struct ExtractCommandTests {
    private static func answer(_ pages: String, errors: String = "") -> ScriptedTransport.Exchange {
        .init(
            .post, "/v1/extract",
            body: #"{"extract_id":"extract_1","results":[\#(pages)],"errors":[\#(errors)],"warnings":null,"x":1.10}"#)
    }

    private static func page(_ url: String, _ content: String = "*One* excerpt.", full: String = "null") -> String {
        #"{"url":"\#(url)","title":"First","publish_date":"2025-11-19","excerpts":["\#(content)"],"full_content":\#(full)}"#
    }

    private static let failure =
        #"{"url":"https://b.example/","error_type":"fetch_error","http_status_code":404,"content":"x"}"#

    @Test func `a pipe gets each page as Markdown under its title`() async {
        let pages = Self.page("https://a.example/x") + "," + Self.page("https://b.example/", "Two")
        let run = await CommandRun(["extract", "https://a.example/x", "https://b.example/"], [Self.answer(pages)])
        #expect(run.code == .success && run.errors == "")
        #expect(
            run.output == """
                # First

                <https://a.example/x>  2025-11-19

                *One* excerpt.

                # First

                <https://b.example/>  2025-11-19

                Two

                """)
    }

    @Test func `the flags are all in the request`() async {
        let run = await CommandRun(
            [
                "extract", "https://a.example/", "--objective", "why?", "--query", "a b", "--full", "--max-chars-full",
                "9000", "--max-chars", "5000", "--max-chars-per-result", "2000", "--max-age", "1h", "--fetch-timeout",
                "30s", "--disable-cache-fallback", "--session-id", "s", "--client-model", "m",
            ], [Self.answer(Self.page("https://a.example/", full: #""Whole""#))])
        #expect(
            run.sentBody
                == #"{"urls":["https://a.example/"],"objective":"why?","search_queries":["a b"],"max_chars_total":5000,"#
                + #""session_id":"s","client_model":"m","advanced_settings":{"fetch_policy":{"max_age_seconds":3600,"#
                + #""timeout_seconds":30,"disable_cache_fallback":true},"excerpt_settings":{"max_chars_per_result":2000},"#
                + #""full_content":{"max_chars_per_result":9000}}}"#)
        #expect(run.output.hasSuffix("\nWhole\n") && !run.output.contains("excerpt"))
        #expect(run.requests.map(\.timeouts.total) == [.seconds(150)])
    }

    @Test func `the JSON is what the API sent`() async {
        let run = await CommandRun(
            ["extract", "https://a.example/", "--json"], [Self.answer(Self.page("https://a.example/"))])
        #expect(
            run.output.hasPrefix(#"{"extract_id":"extract_1","results":[{"url""#) && run.output.hasSuffix("1.10}\n"))
    }

    @Test func `a page that can't be read is named, and the exit code is 8, or 6 without any page`() async {
        let some = await CommandRun(
            ["extract", "https://a.example/", "https://b.example/"],
            [Self.answer(Self.page("https://a.example/"), errors: Self.failure)])
        #expect(some.code == .partial && some.output.contains("excerpt"))
        #expect(some.errors == "warning: not read: https://b.example/ (fetch_error 404)\n")
        let none = await CommandRun(["extract", "https://b.example/"], [Self.answer("", errors: Self.failure)])
        #expect(none.code == .runFailed && none.output == "")
        #expect(none.errors.hasSuffix("error: no page could be read\n"))
    }

    @Test func `many pages are sent in lots, each once`() async {
        let urls = (1...41).map { "https://a.example/\($0)" }
        let transport = EchoingPages()
        let run = await CommandRun(
            ["extract", "-", "--json"], over: transport, stdin: (urls + urls).joined(separator: "\n"))
        #expect(run.code == .success && run.errors == "41 pages: about $0.041\n")
        #expect(run.output.split(separator: "\n").count == 3)
        #expect(transport.counts.withLock { $0.sorted() } == [1, 20, 20])
    }

    @Test func `standard input may be what search prints`() async {
        let run = await CommandRun(
            ["extract", "-"], [Self.answer(Self.page("https://a.example/"))],
            stdin: "https://a.example/\tTitle\t2026-01-01\tText\n\n")
        #expect(run.sentBody == #"{"urls":["https://a.example/"]}"#)
    }

    private static let refused: [([String], String)] = [
        (["a.example"], "'a.example' is no URL of a web page"), (["-", "https://a.example/"], "- can't be mixed"),
        (["https://a.example/", "--objective", " "], "--objective: the value is empty"),
        (["https://a.example/", "--max-age", "9m"], "the least is 600 s"),
        (["https://a.example/", "-o", "x/", "--format", "csv"], "can't be saved in that format"),
        (["https://a.example/", "-o", "x/", "--dry-run"], "not into x/"),
        (["https://a.example/", "--max-cost", "0"], "above --max-cost $0.00"),
        (["-"], "standard input holds no URLs"),
    ]

    @Test(arguments: refused)
    func `bad input is refused before the network`(_ words: [String], _ message: String) async {
        let run = await CommandRun(["extract"] + words)
        #expect(run.code == .usage && run.output == "" && run.errors.contains(message), "\(run.errors)")
    }

    @Test func `each page gets a file in the folder, whatever its address is`() async throws {
        let directory = try TemporaryDirectory()
        let urls = [
            "https://a.example/../../etc/passwd?token=s3cret", "https://a.example/B%2F..%2Fc",
            "https://A.example/b-2F..-2Fc",
        ]
        let run = await CommandRun(
            ["extract", "-o", "pages/"] + urls, [Self.answer(urls.map { Self.page($0) }.joined(separator: ","))],
            directory: directory.path)
        #expect(run.code == .success && run.output == "")
        let names = Directory.names(in: directory.file("pages")).sorted()
        #expect(names.count == 3 && !names.contains { $0.contains("s3cret") }, "\(names)")
        #expect(names.allSatisfy { $0.hasSuffix(".md") && !$0.hasPrefix(".") }, "\(names)")
        #expect(Directory.names(in: directory.path) == ["pages"])
        let text = try directory.text("pages/\(names[0])")
        #expect(text.hasPrefix("# First\n") && text.hasSuffix("\n*One* excerpt.\n"))

        let again = await CommandRun(["extract", "-o", "pages/"] + urls, directory: directory.path)
        #expect(again.code == .usage && again.errors.contains(" exists\n  --force replaces it"), "\(again.errors)")
        #expect(again.requests.isEmpty)
    }

    /// Reads pages into files, and returns the names of the files with the content of each.
    private func save(
        _ urls: [String], answering pages: [String], errors: String = "", _ words: [String] = [],
        in directory: TemporaryDirectory
    ) async -> (run: CommandRun, files: [String: String]) {
        let run = await CommandRun(
            ["extract", "-o", "pages/"] + words + urls, [Self.answer(pages.joined(separator: ","), errors: errors)],
            directory: directory.path)
        let names = Directory.names(in: directory.file("pages"))
        let files = names.map { ($0, Disk.text(directory.file("pages/\($0)")) ?? "") }
        return (run, Dictionary(uniqueKeysWithValues: files))
    }

    @Test func `a page that the API calls otherwise is in the file of the one that was asked for`() async throws {
        let urls = ["http://a.example/one", "https://a.example/two/", "https://b.example/", "https://c.example/old"]
        let pages = [
            Self.page("https://a.example/two", "Two"), Self.page("https://www.a.example/one/", "One"),
            Self.page("https://d.example/new", "Moved"),
        ]
        let directory = try TemporaryDirectory()
        let (run, files) = await save(urls, answering: pages, errors: Self.failure, in: directory)
        #expect(run.code == .partial, "\(run.errors)")
        #expect(files.keys.sorted() == ["a.example-one.md", "a.example-two.md", "c.example-old.md"])
        #expect(files["a.example-one.md"]?.contains("One") == true)
        #expect(files["a.example-two.md"]?.contains("Two") == true)
        #expect(files["c.example-old.md"]?.contains("Moved") == true)
        #expect(run.errors.contains("pages/c.example-old.md: https://d.example/new\n"), "\(run.errors)")
    }

    @Test func `pages that nobody asked for, and one that comes twice, get files of their own`() async throws {
        let directory = try TemporaryDirectory()
        #expect(mkdir(directory.file("pages"), 0o700) == 0)
        try directory.write("mine", to: "pages/evil.example-etc.md")
        let pages = [
            Self.page("https://a.example/", "First"), Self.page("https://a.example/", "Again"),
            Self.page("https://evil.example/etc", "Evil"), Self.page("https://b.example/", "Last"),
        ]
        // Even with --force, a server does not choose which file is replaced.
        let (run, files) = await save(
            ["https://a.example/", "https://b.example/"], answering: pages, ["--force"], in: directory)
        #expect(run.code == .success, "\(run.errors)")
        #expect(files.count == 5, "\(files.keys)")
        #expect(files["evil.example-etc.md"] == "mine" && files["evil.example-etc-2.md"]?.contains("Evil") == true)
        #expect(files["a.example.md"]?.contains("First") == true && files["a.example-2.md"]?.contains("Again") == true)
        #expect(files["b.example.md"]?.contains("Last") == true)
        #expect(Directory.names(in: directory.path) == ["pages"])
    }

    @Test(arguments: [true, false])
    func `a link in the folder is never written through`(isDangling: Bool) async throws {
        let directory = try TemporaryDirectory()
        #expect(mkdir(directory.file("pages"), 0o700) == 0)
        if !isDangling { try directory.write("mine", to: "outside.md") }
        let link = directory.file("pages/a.example.md")
        #expect(symlink(directory.file("outside.md"), link) == 0)
        let refused = await CommandRun(["extract", "-o", "pages/", "https://a.example/"], directory: directory.path)
        #expect(refused.code == .usage && refused.errors.contains("pages/a.example.md exists"), "\(refused.errors)")

        let (run, files) = await save(
            ["https://a.example/"], answering: [Self.page("https://a.example/")], ["--force"], in: directory)
        #expect(run.code == .success, "\(run.errors)")
        #expect(UserFile.isPlain(link) && files["a.example.md"]?.contains("excerpt") == true)
        #expect(Disk.text(directory.file("outside.md")) == (isDangling ? nil : "mine"))
    }

    @Test func `rows can be had, too`() async {
        let run = await CommandRun(
            ["extract", "https://a.example/", "--format", "csv"], [Self.answer(Self.page("https://a.example/", "a, b"))]
        )
        #expect(run.output == "url,title,date,content\nhttps://a.example/,First,2025-11-19,\"a, b\"\n")
    }

    @Test func `it can be shown instead of sent`() async {
        let run = await CommandRun(["extract", "https://a.example/", "--dry-run"])
        #expect(run.code == .success && run.errors.hasPrefix("nothing is sent; 1 page: about $0.001\n"))
        #expect(run.output.contains(#""body":{"urls":["https://a.example/"]}"#))
    }
}

/// Answers each request with a page for every URL.
private final class EchoingPages: HTTPTransport {
    let counts = Lock<[Int]>([])

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = String(decoding: request.body ?? [], as: UTF8.self)
        counts.withLock { $0.append(body.split(separator: "https://").count - 1) }
        return HTTPResponse(
            status: 200, headers: HTTPHeaders(),
            body: HTTPBody(Array(#"{"results":[{"url":"https://a.example/1","excerpts":[]}],"errors":[]}"#.utf8)))
    }
}
