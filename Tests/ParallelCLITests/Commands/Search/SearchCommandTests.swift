import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct SearchCommandTests {
    private static let results =
        #"{"search_id":"search_1","results":[{"url":"https://a.example/x","title":"First","publish_date":"2025-11-19","#
        + #""excerpts":["One excerpt, quite short.","Another."]},"#
        + #"{"url":"https://b.example/","title":null,"publish_date":null,"excerpts":[]}],"warnings":null,"new":1.10}"#

    private func search(
        _ words: String..., body: String = results, terminal: TerminalInfo = TerminalInfo(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["search"] + words, [.init(.post, "/v1/search", body: body)], terminal: terminal,
            sourceLocation: sourceLocation)
    }

    @Test(arguments: [([], 120), (["--fetch-timeout", "3m"], 300)] as [([String], Int)])
    func `a search ends by itself, with time for a live fetch where one is asked for`(
        words: [String], seconds: Int
    ) async {
        let found = ScriptedTransport.Exchange(.post, "/v1/search", body: #"{"results":[]}"#)
        let run = await CommandRun(["search", "x"] + words, [found])
        #expect(run.requests.map(\.timeouts.total) == [.seconds(seconds)])
        #expect(run.requests.map(\.timeouts.idle) == [.seconds(seconds)])
    }

    @Test func `an entry of NO_PROXY that can't be understood is reported, where there is a proxy`() async {
        func errors(_ environment: [String: String]) async -> String {
            let found = ScriptedTransport.Exchange(.post, "/v1/search", body: #"{"results":[]}"#)
            return await CommandRun(["search", "x"], [found], environment: environment).errors
        }
        let told = await errors(["HTTPS_PROXY": "p", "NO_PROXY": "*.corp, api.*,http://me:hunter2@h/"])
        #expect(told.hasPrefix("warning: NO_PROXY: ignored, as it is not understood: api.*, http://"), "\(told)")
        #expect(!told.contains("hunter2") && !told.contains("corp,") && told.split(separator: "\n").count == 1)
        #expect(await errors(["NO_PROXY": "api.*"]) == "")
    }

    @Test func `an objective is sent as the query too`() async throws {
        let run = await search("when?")
        #expect(run.code == .success && run.errors.isEmpty)
        #expect(run.sentBody == #"{"objective":"when?","search_queries":["when?"],"mode":"fast"}"#)
        let request = try #require(run.requests.first)
        #expect(request.url.description == "https://api.parallel.ai/v1/search" && request.resend == .safe)
        #expect(request.headers["x-api-key"] == "test-key" && request.headers["content-type"] == "application/json")
        #expect(request.headers["parallel-beta"] == nil)
    }

    @Test func `the flags are all in the request`() async {
        let run = await search(
            "when?", "--query", "a b", "--query=c", "--mode", "advanced", "--max-results", "3", "--max-age", "10m",
            "--fetch-timeout",
            "5", "--max-chars", "1000", "--max-chars-per-result", "200", "--session-id", "s", "--client-model", "m",
            "--include-domain", "a.example", "--exclude-domain", "b.example", "--after-date", "2026-01-31",
            "--location", "US")
        let expected =
            #"{"objective":"when?","search_queries":["a b","c"],"mode":"advanced","max_chars_total":1000,"session_id":"s","#
            + #""client_model":"m","advanced_settings":{"source_policy":{"include_domains":["a.example"],"#
            + #""exclude_domains":["b.example"],"after_date":"2026-01-31"},"#
            + #""fetch_policy":{"max_age_seconds":600,"timeout_seconds":5},"#
            + #""excerpt_settings":{"max_chars_per_result":200},"location":"us","max_results":3}}"#
        #expect(run.code == .success && run.sentBody == expected)
    }

    @Test func `a dash stands for an objective on standard input`() async {
        let exchange = ScriptedTransport.Exchange(.post, "/v1/search", body: Self.results)
        let run = await CommandRun(["search", "-"], [exchange], stdin: "heat pumps\n")
        #expect(run.sentBody == #"{"objective":"heat pumps","search_queries":["heat pumps"],"mode":"fast"}"#)
        for (words, stdin, message) in [
            (["-"], "\n", "the objective is empty"), (["-"], String(repeating: "x", count: 201), "with --query"),
            (["-", "--api-key-file", "-"], "x", "only one of the inputs"),
        ] {
            let run = await CommandRun(["search"] + words, stdin: stdin)
            #expect(run.code == .usage && run.output.isEmpty && run.errors.contains(message))
        }
    }

    @Test func `as a curl command it has the key in a variable`() async {
        let run = await CommandRun(["search", "it's here", "--curl"], [], environment: ["PARALLEL_API_KEY": "s3cret"])
        #expect(run.code == .success && run.errors == "")
        #expect(
            run.output == """
                curl -sS -X POST https://api.parallel.ai/v1/search \\
                  -H 'accept: application/json' \\
                  -H 'content-type: application/json' \\
                  -H @/dev/fd/3 --data-binary @- 3<<HEADERS <<'BODY'
                x-api-key: $PARALLEL_API_KEY
                HEADERS
                {
                  "objective": "it's here",
                  "search_queries": [
                    "it's here"
                  ],
                  "mode": "fast"
                }
                BODY

                """)
    }

    @Test func `queries do without an objective`() async {
        #expect(await search("--query", "a").sentBody == #"{"search_queries":["a"],"mode":"fast"}"#)
    }

    @Test func `a pipe gets a row per result`() async {
        let rows = """
            https://a.example/x\tFirst\t2025-11-19\tOne excerpt, quite short. … Another.
            https://b.example/\t\t\t

            """
        #expect(await search("when?").output == rows)
        #expect(await search("when?", "--format", "table").output == rows)
    }

    @Test func `a person gets them laid out`() async {
        let list = """
            First
            https://a.example/x  2025-11-19
              One excerpt, quite short.
              Another.

            https://b.example/
            https://b.example/

            """
        #expect(
            await search("when?", terminal: .screen).output == """
                First
                https://a.example/x  2025-11-19

                │ One excerpt, quite short.
                │
                │ Another.

                https://b.example/
                https://b.example/

                """)
        #expect(await search("when?", "--format", "text").output == list)
        #expect(
            await search("when?", "--format", "table", terminal: .screen).output.hasPrefix("url                  title")
        )
    }

    @Test func `CSV and JSON are for programs, Markdown is a document`() async {
        #expect(
            await search("when?", "--format", "csv").output
                == "url,title,date,excerpts\nhttps://a.example/x,First,2025-11-19,"
                + "\"One excerpt, quite short. … Another.\"\nhttps://b.example/,,,\n")
        #expect(
            await search("when?", "--format", "markdown").output == """
                # when?

                ## [First](https://a.example/x)

                <https://a.example/x>  2025-11-19

                > One excerpt, quite short.
                >
                > Another.

                ## <https://b.example/>

                <https://b.example/>

                """)
        #expect(await search("when?", "--json").output == Self.results + "\n")
        #expect(
            await search("when?", "--json", terminal: .screen).output.hasPrefix("{\n  \"search_id\": \"search_1\",\n"))
    }

    @Test func `no results are no error`() async {
        let run = await search("when?", body: #"{"results":[]}"#, terminal: .screen)
        #expect(run.code == .success && run.output.isEmpty && run.errors == "no results\n")
        #expect(await search("when?", body: #"{"results":[]}"#).output.isEmpty)
    }

    @Test func `warnings go to standard error`() async {
        let answer = #"{"results":[],"warnings":[{"type":"warning","message":"uk is unknown"},"plain"]}"#
        #expect(await search("when?", body: answer).errors == "warning: uk is unknown\nwarning: plain\n")
        #expect(await search("when?", "--quiet", body: answer).errors.isEmpty)
    }

    @Test func `a search is safe to repeat`() async {
        let failing = ScriptedTransport.Exchange(.post, "/v1/search", status: 500)
        let lost = HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)
        let run = await CommandRun(
            ["search", "when?"],
            [failing, .init(.post, "/v1/search", failing: lost), .init(.post, "/v1/search", body: Self.results)])
        #expect(run.code == .success)
    }

    @Test(arguments: [
        (401, ExitCode.notAuthenticated), (403, .refused), (422, .refused),
    ])
    func `a refusal is reported with its reference`(status: Int, code: ExitCode) async {
        let answer = ScriptedTransport.Exchange(.post, "/v1/search", status: status, body: Answer.fault("no"))
        let run = await CommandRun(["search", "when?"], [answer])
        #expect(run.code == code && run.errors.contains("no (ref ref-1)\n") && !run.errors.contains("null"))
    }

    @Test(arguments: ["", "{}", "[]", #"{"results":{}}"#])
    func `an answer without results is an error`(answer: String) async {
        #expect(await search("when?", body: answer).code == .unexpected)
    }

    @Test(arguments: [
        ([], "missing OBJECTIVE"), ([" "], "the objective is empty"), (["--query", ""], "query 1 is empty"),
        (["a", "b"], "unexpected argument 'b'"), (["a", "--max-results", "0"], "'0' is no whole number above 0"),
        (["a", "--max-age", "599"], "a maximum age of 599 s"),
        (["a", "--max-age", "1.5s"], "no whole number of seconds"),
        (["a"] + (1...6).map { "--query=\($0)" }, "6 queries; a search takes at most 5"),
        ([String(repeating: "x", count: 201)], "add short queries with --query"),
    ])
    func `a mistake is reported before anything is sent`(words: [String], message: String) async {
        let run = await CommandRun(["search"] + words)
        #expect(run.code == .usage && run.output.isEmpty && run.errors.contains(message))
    }

    @Test func `text from the network can't control a terminal`() async {
        let evil = #"\u001b]0;x\u0007\u009b31m\u202e"#
        let answer =
            #"{"results":[{"url":"\#(evil)","title":"\#(evil)","publish_date":"\#(evil)","excerpts":["\#(evil)"]}],"#
            + #""warnings":["\#(evil)"]}"#
        for format in ["table", "text", "csv", "markdown", "json"] {
            let run = await search("when?", "--format", format, body: answer, terminal: .screen)
            for scalar: Unicode.Scalar in ["\u{1B}", "\u{7}", "\u{9B}", "\u{202E}"] {
                #expect(!(run.output + run.errors).unicodeScalars.contains(scalar))
            }
        }
    }
}
