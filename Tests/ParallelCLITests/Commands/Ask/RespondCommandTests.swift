import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// `parallel respond`: what is sent, what is shown, and what is refused before it costs anything.
@Suite(.timeLimit(.minutes(10))) struct RespondCommandTests {
    private static let path = "/v1/responses"
    private static let answer = AskRun.whole(path, AskRun.response(AskRun.message("Then.")))
    private static let citing =
        #"{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"In 1945.","#
        + #""annotations":[{"type":"url_citation","url":"https://un.example/a","title":"History","start_index":0},"#
        + #"{"type":"url_citation","url":"https://un.example/b","title":"Charter"},"#
        + #"{"type":"url_citation","url":"https://un.example/a","title":"History"}]}]}"#
    private static let created = #"{"type":"response.created","response":{"id":"resp_1","status":"in_progress"}}"#

    private static func respond() throws -> AskRun {
        var run = try AskRun()
        run.command = "respond"
        return run
    }

    private static func completed(_ response: String) -> String {
        #"{"type":"response.completed","response":\#(response)}"#
    }

    private static func delta(_ text: String) -> String {
        #"{"type":"response.output_text.delta","output_index":0,"delta":"\#(text)"}"#
    }

    // MARK: - Requests

    @Test(
        arguments: [
            ([], #"{"model":"parallel","input":"When?"}"#),
            (
                ["--effort", "low", "--instructions", "Be brief.", "--web-search"],
                #"{"model":"parallel","instructions":"Be brief.","input":"When?","reasoning":{"effort":"low"},"#
                    + #""tools":[{"type":"web_search"}]}"#
            ),
            (
                ["--include-domain", "who.int,.gov", "--previous-response-id", "resp_0"],
                #"{"model":"parallel","input":"When?","tools":[{"type":"web_search","filters":{"allowed_domains":"#
                    + #"["who.int",".gov"]}}],"previous_response_id":"resp_0"}"#
            ),
            (
                ["--exclude-domain", "a.com", "--mcp", "crm", "--allow-tool", "find"],
                #"{"model":"parallel","input":"When?","tools":[{"type":"web_search","filters":{"blocked_domains":["a.com"]}},"#
                    + #"{"type":"mcp","server_label":"crm","server_url":"https://crm.example/mcp?team=7","#
                    + #""headers":{"Authorization":"Bearer crm-token-4715"},"allowed_tools":["find"],"#
                    + #""require_approval":"never"}]}"#
            ),
            (
                ["--data-source", "pubmed", "--paid-source", "carbonarc", "--metadata", "team=research"],
                #"{"model":"parallel","input":"When?","data_sources":{"free":["pubmed"],"pay_per_use":["carbonarc"]},"#
                    + #""metadata":{"team":"research"}}"#
            ),
            (
                ["--field", "year:int=The year"],
                #"{"model":"parallel","input":"When?","text":{"format":{"type":"json_schema","name":"answer","schema":"#
                    + #"{"type":"object","properties":{"year":{"type":"integer","description":"The year"}},"#
                    + #""required":["year"],"additionalProperties":false}}}}"#
            ),
            (
                ["--json-schema", #"{"type":"object"}"#],
                #"{"model":"parallel","input":"When?","text":{"format":{"type":"json_schema","name":"answer","schema":"#
                    + #"{"type":"object"}}}}"#
            ),
        ] as [([String], String)])
    func `each flag has its member`(words: [String], body: String) async throws {
        let run = try await Self.respond().run(["--no-stream", "When?"] + words, [Self.answer])
        #expect(run.code == .success && run.output == "Then.\n", "\(run.errors)")
        #expect(run.sentBody == body)
        #expect(run.requests.first?.headers["authorization"] == "Bearer test-key")
        #expect(run.requests.first?.resend == .never)
    }

    @Test(
        arguments: [
            (["--include-domain", "a.com", "--exclude-domain", "b.com"], "exclude each other"),
            (["--no-web-search", "--include-domain", "a.com"], "--no-web-search leaves nothing for"),
            (["--include-domain", (1...201).map { "a\($0).com" }.joined(separator: ",")], "201 domains; at most 200"),
            (["--include-domain", "https://a.com"], "leave the scheme out"),
            (["--effort", "low", "--data-source", "pubmed"], "can't be had with --effort low"),
            (["--data-source", "carbonarc"], "is paid for each call"), (["--paid-source", "pubmed"], "costs nothing"),
            (["--data-source", "crm", "--mcp", "crm"], "is the name of a data source and of an MCP server"),
            (["--effort", "most"], "most"),
            (["--max-cost", "0.04"], "an answer costs $0.05, which is above --max-cost $0.04"),
            (["--paid-source", "carbonarc", "--max-cost", "9"], "the price of paid data sources is not known"),
            (["--json-schema", "[1]"], "--json-schema: the schema is no JSON object"),
            (["--json-schema", "{"], "--json-schema"), (["--json-schema", "@none.json"], "--json-schema"),
            (["--json-schema", "{}", "--field", "a=b"], "exclude each other"),
            (["--continue", "--continue-from", "r"], "exclude each other"),
            (["--continue"], "there is no answer of Parallel at https://api.parallel.ai to go on from"),
            (["--metadata", "\(String(repeating: "k", count: 65))=v"], "has 65 characters; the limit is 64"),
            (["--metadata", "k=\(String(repeating: "v", count: 513))"], "the value of 'k' has 513 characters"),
            ((1...17).flatMap { ["--metadata", "k\($0)=v"] }, "17 entries of --metadata; the limit is 16"),
            (
                ["--instructions", String(repeating: "x", count: 19_996)],
                "the prompt has 5 characters; Parallel takes 20000"
            ),
            (["--allow-tool", "x"], "--allow-tool goes with --mcp"), (["--format", "csv"], "can't be printed as csv"),
            (["--account", "x"], "--account goes with --mcp"),
            (["--with", "openai"], "--with"), (["--curl", "--dry-run"], "exclude each other"),
        ] as [([String], String)])
    func `what would be refused, or cost too much, is not sent`(words: [String], error: String) async throws {
        let run = try await Self.respond().run(["When?"] + words)
        #expect(run.code == .usage && run.errors.contains(error) && run.requests.isEmpty, "\(run.errors)")
    }

    @Test(
        arguments: [([], "$0.05"), (["--effort", "low"], "$0.01"), (["--effort", "high"], "$0.25")]
            as [([String], String)])
    func `a dry run says the price by effort`(words: [String], price: String) async throws {
        let run = try await Self.respond().run(["--dry-run", "When?"] + words)
        #expect(run.code == .success && run.errors.hasPrefix("nothing is sent; an answer costs \(price)\n"))
    }

    @Test func `a dear answer is asked about, and calls of paid sources are no part of the price`() async throws {
        let words = ["--confirm-above", "0.02", "--paid-source", "carbonarc", "--no-stream", "When?"]
        let price = "an answer costs $0.05, plus calls of paid data sources at the provider's price"
        let piped = try await Self.respond().run(words)
        #expect(piped.code == .usage && piped.errors.contains(price) && piped.errors.contains("--yes"))
        let asked = try await Self.respond().run(words, [Self.answer], terminal: .person, answers: [.line("y")])
        #expect(asked.code == .success && asked.prompts == ["\(price). Go ahead? [y/N] "], "\(asked.errors)")
        #expect(asked.errors.contains(" · $0.05, plus calls of paid data sources"))
        let refused = try await Self.respond().run(words, terminal: .person, answers: [.line("n")])
        #expect(refused.code == .unexpected && refused.requests.isEmpty)
    }

    @Test(arguments: ["--dry-run", "--curl"])
    func `no secret is in what would be sent`(flag: String) async throws {
        let run = try await Self.respond().run([flag, "--mcp", "crm", "--include-domain", "a.com", "Why $HOME?"])
        #expect(run.code == .success && run.requests.isEmpty, "\(run.errors)")
        #expect(run.output.contains("Bearer ${CRM_TOKEN}") && run.output.contains("a.com"))
        #expect(!run.output.contains("4715") && !run.output.contains("test-key"))
        if flag == "--curl" { #expect(run.output.contains("authorization: Bearer $PARALLEL_API_KEY\n")) }
        if flag == "--curl" { #expect(run.output.contains("Why \\$HOME?")) }
    }

    // MARK: - Answers

    @Test func `the id is told as soon as it exists, and the text comes in a pipe without more`() async throws {
        let run = try await Self.respond().run(
            ["When?"],
            [
                AskRun.stream(
                    Self.path, Self.created, Self.delta("In "), Self.delta("1945."),
                    Self.completed(AskRun.response(Self.citing)))
            ])
        #expect(run.code == .success && run.output == "In 1945.\n")
        #expect(run.errors == "response resp_1\nparallel · 1,200 tokens read, 20 written · $0.05\n")
    }

    @Test func `a reader gets the sources below the answer, each once`() async throws {
        for (words, terminal) in [
            ([], TerminalInfo(stdoutIsTerminal: true)), (["--format", "markdown"], TerminalInfo()),
        ] {
            let run = try await Self.respond().run(
                ["When?"] + words,
                [AskRun.stream(Self.path, Self.delta("In 1945."), Self.completed(AskRun.response(Self.citing)))],
                terminal: terminal)
            #expect(run.code == .success && run.output.hasPrefix("In 1945.\n\n"), "\(run.output)")
            #expect(run.output.split(separator: "un.example/a").count == 2, "\(run.output)")
            #expect(run.output.contains("History") && run.output.contains("Charter"))
            #expect(run.output.contains("\nSources\n") || run.output.contains("\n## Sources\n"), "\(run.output)")
        }
    }

    @Test func `JSON is printed with nothing lost, events line by line`() async throws {
        let document = AskRun.response(AskRun.call, Self.citing, more: #","tools":[{"type":"mcp","x":1.10}]"#)
        let whole = try await Self.respond().run(["--json", "When?"], [AskRun.whole(Self.path, document)])
        #expect(whole.output == document + "\n" && !whole.sentBody.contains("stream"))
        let events = [Self.created, #"{"type":"response.new","x":1.10}"#, Self.completed(document)]
        let lines = try await Self.respond().run(
            ["--format", "jsonl", "When?"], [AskRun.stream(Self.path, events[0], events[1], events[2])])
        #expect(lines.output == events.map { $0 + "\n" }.joined())
    }

    @Test func `an answer in JSON stands alone in a pipe`() async throws {
        let text = #"{\"year\":1945}"#
        let message = AskRun.message(text)
        let response = AskRun.response(AskRun.call, message)
        let run = try await Self.respond().run(
            ["--mcp", "crm", "--field", "year:int=The year", "UN"],
            [AskRun.stream(Self.path, Self.delta(text), Self.completed(response))])
        #expect(run.code == .success && run.output == "{\"year\":1945}\n", "\(run)")
        let page = try await Self.respond().run(
            ["--field", "year:int=The year", "UN", "--format", "markdown"],
            [AskRun.stream(Self.path, Self.completed(AskRun.response(message)))])
        #expect(page.output == "```json\n{\"year\":1945}\n```\n", "\(page.output)")
    }

    @Test func `calls of servers and data sources are shown, failed ones with their reason`() async throws {
        let failed =
            #"{"id":"mcp_2","type":"mcp_call","server_label":"pubmed","name":"search","arguments":"{}","output":null,"#
            + #""error":{"type":"http_error","code":0,"message":"no response"},"status":"failed"}"#
        let unlisted =
            #"{"id":"mcpl_2","type":"mcp_list_tools","server_label":"chembl","tools":[],"error":"Session terminated"}"#
        let run = try await Self.respond().run(
            ["--no-stream", "When?"],
            [AskRun.whole(Self.path, AskRun.response(AskRun.call, failed, unlisted, AskRun.message("Then.")))])
        #expect(
            run.output == """
                Then.

                MCP tool calls (2)
                1. crm › find
                   arguments: {"name":"Acme"}
                   response: renews 2027-03-01
                2. pubmed › search
                   arguments: {}
                   error: no response

                """)
        #expect(run.code == .partial)
        #expect(run.errors.contains("warning: the MCP server 'chembl' gave no tools: Session terminated\n"))
        #expect(run.errors.hasSuffix("1 of 2 tool calls failed\n"), "\(run.errors)")
    }

    // MARK: - Failures

    @Test(arguments: ["failed", "cancelled", "incomplete"])
    func `a response without a whole answer ends with 6, and the reason`(status: String) async throws {
        let document =
            AskRun.response(AskRun.message("Th"))
            .replacing("completed", with: status)
            .replacing(#""new""#, with: #""error":{"code":"server_error","message":"no luck"},"new""#)
        let run = try await Self.respond().run(["--no-stream", "When?"], [AskRun.whole(Self.path, document)])
        #expect(run.code == .runFailed, "\(run)")
        #expect(run.errors.contains(status == "incomplete" ? "the answer is not whole" : "no luck"), "\(run.errors)")
        let json = try await Self.respond().run(["--json", "When?"], [AskRun.whole(Self.path, document)])
        #expect(json.code == .runFailed && json.output == document + "\n")
    }

    @Test func `refusals of the endpoint in either form are one clear line`() async throws {
        let openAI =
            #"{"error":{"message":"input must not be empty.","type":"invalid_request_error","param":null,"code":null}}"#
        let fields = #"{"detail":[{"loc":["body","input"],"msg":"Field required","type":"missing"}]}"#
        for (status, body, text) in [
            (400, openAI, "error: the API answered 400: input must not be empty.\n"),
            (422, fields, "error: the API answered 422: the request was not accepted\n  body.input: Field required\n"),
        ] {
            let run = try await Self.respond().run(["When?"], [AskRun.whole(Self.path, body, status: status)])
            #expect(run.code == .refused && run.errors == text, "\(run.errors)")
            let json = try await Self.respond().run(
                ["--json", "When?"], [AskRun.whole(Self.path, body, status: status)])
            #expect(json.output == body + "\n")
        }
        let key = try await Self.respond().run(
            ["When?"], [AskRun.whole(Self.path, #"{"error":{"message":"no"}}"#, status: 401)])
        #expect(key.code == .notAuthenticated, "\(key.errors)")
        #expect(key.errors.hasPrefix("error: the API did not accept the key (401): no\n"), "\(key.errors)")
    }

    @Test func `an answer that is lost is not asked for again, and is named`() async throws {
        let cut = try await Self.respond().run(
            ["When?"], [AskRun.stream(Self.path, Self.created, Self.delta("In 19"))])
        #expect(cut.code == .unreachable && cut.output == "In 19\n" && cut.requests.count == 1, "\(cut)")
        #expect(cut.errors.contains("the answer resp_1 may cost all the same; it was not asked for again"))
        let failed = try await Self.respond().run(["When?"], [.init(.post, Self.path, status: 502, body: "<html>")])
        #expect(failed.code == .refused && failed.requests.count == 1)
        #expect(failed.errors.contains("an answer may cost all the same"))
    }

    @Test func `an answer without a text is none`() async throws {
        for response in [#"{"id":"resp_1","status":"completed","output":[]}"#, #""resp_1""#] {
            let run = try await Self.respond().run(
                ["When?"], [AskRun.stream(Self.path, Self.created, Self.completed(response))])
            #expect(run.code == .runFailed && run.errors.contains("the answer has no text"), "\(run.errors)")
        }
        let cancelled = #"{"type":"response.cancelled","response":{"id":"resp_1","status":"cancelled"}}"#
        let run = try await Self.respond().run(["When?"], [AskRun.stream(Self.path, Self.created, cancelled)])
        #expect(run.code == .runFailed && run.errors.contains("cancelled"), "\(run.errors)")
    }

    @Test(arguments: [(408, "{}", true), (503, "<html>", true), (503, #"{"error":{"message":"busy"}}"#, false)])
    func `only the provider's own word says that an answer costs nothing`(
        status: Int, body: String, mayCost: Bool
    ) async throws {
        let run = try await Self.respond().run(
            ["When?"], Array(repeating: AskRun.whole(Self.path, body, status: status), count: mayCost ? 1 : 5))
        #expect(run.code == .refused && run.errors.contains("may cost all the same") == mayCost, "\(run.errors)")
        #expect((run.requests.count == 1) == mayCost)
    }

    @Test func `it goes where the settings say`() async throws {
        var run = try Self.respond()
        try run.write(#"{"base-url":"https://gateway.example/p"}"#, to: "config.json")
        run.environment["PARALLEL_CONFIG"] = run.path("config.json")
        let sent = await run.run(
            ["When?", "--no-stream"], [AskRun.whole("/p" + Self.path, AskRun.response(AskRun.message("Then.")))])
        #expect(sent.requests.map(\.url.description) == ["https://gateway.example/p/v1/responses"], "\(sent.errors)")
    }

    @Test func `fields are laid out for a reader`() async throws {
        let text = #"{\"year\":1945,\"place\":\"San Francisco\"}"#
        let message = AskRun.message(text)
        let run = try await Self.respond().run(
            ["When?", "--no-stream", "--field", "year:int=Y", "--field", "place=P"],
            [AskRun.whole(Self.path, AskRun.response(message))], terminal: .screen)
        #expect(run.output.contains("year:  1945\n"), "\(run.output)")
    }

    @Test func `without a key nothing is sent, but shown`() async throws {
        var respond = try Self.respond()
        respond.environment["PARALLEL_API_KEY"] = ""
        #expect(await respond.run(["When?"]).code == .notAuthenticated)
        #expect(await respond.run(["--dry-run", "When?"]).code == .success)
    }

    // MARK: - Conversations

    @Test func `a later command goes on with instructions, domains and servers, but no paid source`() async throws {
        let respond = try Self.respond()
        let words = [
            "--no-stream", "--include-domain", "who.int", "--mcp", "crm", "--instructions", "Be brief.",
            "--paid-source", "carbonarc", "When?",
        ]
        _ = await respond.run(words, [Self.answer])
        let file = respond.path("parallel/ask-parallel.json")
        #expect(Disk.mode(file) == 0o600 && Disk.text(file)?.contains("4715") == false)
        for _ in 1...2 {
            let next = await respond.run(["--no-stream", "--continue", "And then?"], [Self.answer])
            let sent = try JSONValue.parse(next.sentBody)
            #expect(sent["previous_response_id"] == "resp_1" && sent["instructions"] == "Be brief.", "\(next)")
            #expect(sent["tools"]?[0]?["filters"] == ["allowed_domains": ["who.int"]])
            #expect(sent["tools"]?[1]?["server_label"] == "crm" && sent["data_sources"] == nil)
        }
        let other = await respond.run(
            ["--no-stream", "--continue", "--exclude-domain", "a.com", "x"], [Self.answer])
        #expect(
            try JSONValue.parse(other.sentBody)["tools"]?[0]?["filters"] == ["blocked_domains": ["a.com"]],
            "\(other.sentBody)")
    }

    @Test func `it and 'ask' go on with the conversation of each other`() async throws {
        var run = try Self.respond()
        _ = await run.run(["--no-stream", "When?"], [Self.answer])
        run.command = "ask"
        let next = await run.run(["--with", "parallel", "--no-stream", "--continue", "Why?"], [Self.answer])
        #expect(try JSONValue.parse(next.sentBody)["previous_response_id"] == "resp_1", "\(next)")
    }
}
