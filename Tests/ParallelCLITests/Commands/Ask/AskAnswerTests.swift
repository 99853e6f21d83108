import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// What is shown of a model's answer, and how the command ends.
@Suite(.timeLimit(.minutes(10))) struct AskAnswerTests {
    private static let path = "/v1/responses"

    private static func delta(_ text: String, at index: Int = 0) -> String {
        #"{"type":"response.output_text.delta","output_index":\#(index),"delta":"\#(text)"}"#
    }
    private static func completed(_ response: String) -> String {
        #"{"type":"response.completed","response":\#(response)}"#
    }
    private static func done(_ item: String, at index: Int) -> String {
        #"{"type":"response.output_item.done","output_index":\#(index),"item":\#(item)}"#
    }

    private static let trace = """

        MCP tool calls (1)
        1. crm › find
           arguments: {"name":"Acme"}
           response: renews 2027-03-01

        """

    @Test func `text comes first, then the calls, and what was used on standard error`() async throws {
        let run = try await AskRun().run(
            ["--with", "openai", "--mcp", "crm", "When?"],
            [
                AskRun.stream(
                    Self.path,
                    #"{"type":"response.created","response":{"id":"resp_1","status":"in_progress","output":[]}}"#,
                    Self.done(AskRun.listing, at: 0), Self.done(AskRun.call, at: 1), Self.delta("On 1 ", at: 2),
                    Self.delta("March.", at: 2),
                    Self.completed(AskRun.response(AskRun.listing, AskRun.call, AskRun.message("On 1 March."))))
            ])
        #expect(run.code == .success)
        #expect(run.output == "On 1 March.\n" + Self.trace)
        #expect(
            run.errors == """
                tool_call: Called tool find of crm.
                gpt-6-astra · 1,200 tokens read, 20 written · resp_1

                """)
    }

    @Test func `Parallel's calls, which come after the text, are shown as others`() async throws {
        let run = try await AskRun().run(
            ["--with", "parallel", "--mcp", "crm", "When?"],
            [
                AskRun.stream(
                    Self.path, Self.delta("On 1 March.", at: 0), Self.done(AskRun.listing, at: 1),
                    Self.done(AskRun.call, at: 2), Self.done(AskRun.message("On 1 March."), at: 0),
                    Self.completed(AskRun.response(AskRun.message("On 1 March."), AskRun.listing, AskRun.call)))
            ])
        #expect(run.output == "On 1 March.\n" + Self.trace)
        #expect(
            run.errors == """
                tool_call: Called tool find of crm.
                parallel · 1,200 tokens read, 20 written · $0.05 · resp_1

                """)
    }

    @Test func `Anthropic's blocks make the same answer`() async throws {
        let run = try await AskRun().run(
            ["--with", "anthropic", "--mcp", "crm", "When?"],
            [
                AskRun.stream(
                    "/v1/messages",
                    #"{"type":"message_start","message":{"id":"msg_1","content":[],"usage":{"input_tokens":9,"output_tokens":1}}}"#,
                    #"{"type":"ping"}"#,
                    #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let me look."}}"#,
                    #"{"type":"content_block_stop","index":0}"#,
                    #"{"type":"content_block_start","index":1,"content_block":{"type":"mcp_tool_use","id":"mcptoolu_1","name":"find","server_name":"crm","input":{}}}"#,
                    #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"name\":"}}"#,
                    #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"Acme\"}"}}"#,
                    #"{"type":"content_block_stop","index":1}"#,
                    #"{"type":"content_block_start","index":2,"content_block":{"type":"mcp_tool_result","tool_use_id":"mcptoolu_1","is_error":false,"content":[{"type":"text","text":"renews 2027-03-01"}]}}"#,
                    #"{"type":"content_block_stop","index":2}"#,
                    #"{"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}"#,
                    #"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"On 1 "}}"#,
                    #"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"March."}}"#,
                    #"{"type":"content_block_stop","index":3}"#,
                    #"{"type":"content_block_start","index":4,"content_block":{"type":"text","text":" Surely."}}"#,
                    #"{"type":"content_block_stop","index":4}"#,
                    #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":6}}"#,
                    #"{"type":"message_stop"}"#)
            ])
        #expect(run.code == .success)
        #expect(run.output == "Let me look.\n\nOn 1 March. Surely.\n" + Self.trace, "\(run.errors)")
        #expect(run.errors.hasSuffix("claude-sonnet-5 · 9 tokens read, 6 written · msg_1\n"), "\(run.errors)")
    }

    @Test func `Gemini's steps make the same answer`() async throws {
        let run = try await AskRun().run(
            ["--with", "gemini", "--model", "g", "--mcp", "crm", "When?"],
            [
                AskRun.stream(
                    "/v1beta/interactions", #"{"event_type":"interaction.created","interaction":{"id":"int_1"}}"#,
                    #"{"event_type":"step.start","index":0,"step":{"type":"mcp_server_tool_call","id":"c1","server_name":"crm","name":"find","arguments":{}}}"#,
                    #"{"event_type":"step.delta","index":0,"delta":{"type":"mcp_server_tool_call","arguments":{"name":"Acme"}}}"#,
                    #"{"event_type":"step.stop","index":0}"#,
                    #"{"event_type":"step.start","index":1,"step":{"type":"mcp_server_tool_result","call_id":"c1","result":""}}"#,
                    #"{"event_type":"step.delta","index":1,"delta":{"type":"mcp_server_tool_result","result":"renews 2027-03-01"}}"#,
                    #"{"event_type":"step.stop","index":1}"#,
                    #"{"event_type":"step.start","index":2,"step":{"type":"model_output"}}"#,
                    #"{"event_type":"step.delta","index":2,"delta":{"type":"text","text":"On 1 March."}}"#,
                    #"{"event_type":"interaction.completed","interaction":{"id":"int_1","status":"completed"}}"#)
            ])
        #expect(run.code == .success && run.output == "On 1 March.\n" + Self.trace, "\(run.errors)")
    }

    @Test func `the provider's document is printed with nothing lost`() async throws {
        let document = AskRun.response(AskRun.listing, AskRun.call, AskRun.message("On 1 March."))
        let run = try await AskRun().run(
            ["--with", "openai", "--json", "When?"], [AskRun.whole(Self.path, document)])
        #expect(run.output == document + "\n")
        #expect(!run.sentBody.contains("stream"))
    }

    @Test func `events are printed one to a line, unknown ones too`() async throws {
        let events = [
            #"{"type":"response.created","response":{"id":"resp_1"}}"#, #"{"type":"response.new","x":1.10}"#,
            Self.completed(AskRun.response(AskRun.message("x"))),
        ]
        let run = try await AskRun().run(
            ["--with", "openai", "--format", "jsonl", "When?"],
            [AskRun.stream(Self.path, events[0], events[1], events[2])])
        #expect(run.output == events.map { $0 + "\n" }.joined())
    }

    @Test func `a call is told while events are printed, and not in the middle of a terminal's line`() async throws {
        let events = [
            Self.delta("On ", at: 0), Self.done(AskRun.call, at: 1), Self.delta("1 March.\\n", at: 0),
            Self.done(AskRun.call, at: 2), Self.completed(AskRun.response(AskRun.message("x"))),
        ]
        func calls(_ words: [String], _ terminal: TerminalInfo = TerminalInfo()) async throws -> Int {
            let exchange = ScriptedTransport.Exchange(
                .post, Self.path, headers: [("content-type", "text/event-stream")],
                body: events.map { "data: \($0)\n\n" }.joined())
            let run = try await AskRun().run(["--with", "openai", "When?"] + words, [exchange], terminal: terminal)
            return run.errors.split(separator: "\n").filter { $0 == "tool_call: Called tool find of crm." }.count
        }
        #expect(try await calls(["--format", "jsonl"]) == 2)
        #expect(try await calls([]) == 2)
        #expect(try await calls([], TerminalInfo(stdoutIsTerminal: true)) == 1)
    }

    @Test(arguments: [["--json"], ["--no-stream"], ["--json", "--stream"]])
    func `events that were not asked for are read all the same`(words: [String]) async throws {
        let document = AskRun.response(AskRun.call, AskRun.message("On 1 March."))
        let run = try await AskRun().run(
            ["--with", "openai", "When?"] + words,
            [AskRun.stream(Self.path, Self.delta("On 1 March."), Self.completed(document))])
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.output == (words[0] == "--json" ? document + "\n" : "On 1 March.\n" + Self.trace))
    }

    @Test(arguments: ["--stream", "--no-stream"])
    func `a page with the status of a success is no answer, and is shown`(manner: String) async throws {
        let page = ScriptedTransport.Exchange(
            .post, Self.path, headers: [("content-type", "text/html; charset=utf-8")],
            body: "<html>\n<title>Sign in to the Wi-Fi</title>")
        let run = try await AskRun().run(["--with", "openai", manner, "When?"], [page])
        #expect(run.code == .unexpected && run.output.isEmpty)
        #expect(run.errors.contains("the answer of OpenAI is none of a model: <html> <title>Sign in"), "\(run.errors)")
    }

    @Test func `the keys of other providers are masked, too`() async throws {
        let run = try await AskRun().run(
            ["--with", "openai", "When?"],
            [
                AskRun.stream(
                    Self.path, Self.delta("sk-ant-4712 g-4713 xai-4714 test-key "),
                    Self.completed(AskRun.response(AskRun.message("x"))))
            ])
        #expect(run.output == "*** *** *** *** \n", "\(run.output)")
    }

    @Test(arguments: ["-1", "1e400", "-9223372036854775808", "1.5", "\"many\"", "99999999999999999999"])
    func `a number of tokens that makes no sense is not told`(number: String) async throws {
        let run = try await AskRun().run(
            ["--with", "anthropic", "--no-stream", "When?"],
            [
                AskRun.whole(
                    "/v1/messages",
                    #"{"id":"m","content":[{"type":"text","text":"x"}],"usage":{"input_tokens":\#(number),"output_tokens":1}}"#
                )
            ])
        #expect(run.code == .success && run.output == "x\n" && run.errors == "claude-sonnet-5 · m\n", "\(run.errors)")
    }

    @Test func `arguments that are no JSON break nothing`() async throws {
        let run = try await AskRun().run(
            ["--with", "anthropic", "When?"],
            [
                AskRun.stream(
                    "/v1/messages", #"{"type":"message_start","message":{"id":"m","content":[]}}"#,
                    #"{"type":"content_block_start","index":-7,"content_block":{"type":"mcp_tool_use","id":"1","name":"find","server_name":"crm","input":{}}}"#,
                    #"{"type":"content_block_delta","index":-7,"delta":{"type":"input_json_delta","partial_json":"{\"na"}}"#,
                    #"{"type":"content_block_stop","index":-7}"#,
                    #"{"type":"content_block_start","index":9,"content_block":{"type":"mcp_tool_result","tool_use_id":"1","content":[]}}"#,
                    #"{"type":"message_stop"}"#)
            ])
        #expect(run.code == .success && run.output.contains("1. crm › find\n   arguments: {}\n"), "\(run.errors)")
    }

    @Test func `a secret is masked although it comes in two pieces, and control characters are shown`() async throws {
        let run = try await AskRun().run(
            ["--with", "openai", "--mcp", "crm", "When?"],
            [
                AskRun.stream(
                    Self.path, Self.delta("The token is crm-tok"), Self.delta("en-4715 \\u001b[31mred"),
                    Self.completed(AskRun.response(AskRun.message("x"))))
            ])
        #expect(run.output == "The token is *** ␛[31mred\n", "\(run.output)")
    }

    @Test func `Markdown and files are written whole`() async throws {
        let ask = try AskRun()
        let run = await ask.run(
            ["--with", "openai", "-o", "answer.md", "When?"],
            [AskRun.stream(Self.path, Self.delta("# It"), Self.completed(AskRun.response(AskRun.message("# It"))))])
        #expect(run.code == .success && run.output.isEmpty)
        #expect(Disk.text(ask.path("answer.md")) == "# It\n")
    }

    // MARK: - Endings

    private static let failedCall =
        #"{"type":"mcp_call","server_label":"crm","name":"find","arguments":"{}","output":null,"status":"failed","error":"#

    @Test(arguments: [
        (
            #"{"type":"mcp_tool_execution_error","content":[{"type":"text","text":"no such account"}]}"#,
            "no such account"
        ),
        (#"{"type":"mcp_tool_execution_error","content":"no such account"}"#, "no such account"),
        (#"{"type":"mcp_protocol_error","code":-32602,"message":"Unknown tool"}"#, "Unknown tool (-32602)"),
        (#"{"type":"http_error","code":503,"message":"Service Unavailable"}"#, "Service Unavailable (503)"),
        (#"{"type":"http_error","code":0,"message":"no response"}"#, "no response"),
        (#""old text""#, "old text"), ("null", "it failed"),
    ])
    func `an answer after a failed call exits with 8, and the call has its reason`(
        error: String, shown: String
    ) async throws {
        let run = try await AskRun().run(
            ["--with", "openai", "--no-stream", "When?"],
            [AskRun.whole(Self.path, AskRun.response(Self.failedCall + error + "}", AskRun.message("Sorry.")))])
        #expect(run.code == .partial)
        #expect(run.output.hasPrefix("Sorry.\n") && run.output.contains("   error: \(shown)\n"), "\(run.output)")
        #expect(run.errors.hasSuffix("1 of 1 tool call failed\n"))
    }

    @Test func `a server that gave no tools is told, and exits with 8`() async throws {
        let listing = #"{"type":"mcp_list_tools","server_label":"crm","tools":[],"error":"could not connect"}"#
        let run = try await AskRun().run(
            ["--with", "openai", "--no-stream", "When?"],
            [AskRun.whole(Self.path, AskRun.response(listing, AskRun.message("Hm.")))])
        #expect(run.code == .partial && run.output == "Hm.\n")
        #expect(run.errors.contains("warning: the MCP server 'crm' gave no tools: could not connect\n"))
        #expect(run.errors.hasSuffix("the answer came without the tools of an MCP server\n"))
    }

    @Test(arguments: [
        (#"{"id":"r","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":["#, "]}"),
        (#"{"id":"r","stop_reason":"max_tokens","content":["#, "]}"),
    ])
    func `an answer that is cut is printed, told, and exits with 8`(before: String, after: String) async throws {
        let isMessage = before.contains("content")
        let item = isMessage ? #"{"type":"text","text":"On 1"}"# : AskRun.message("On 1")
        let provider = isMessage ? "anthropic" : "openai"
        let run = try await AskRun().run(
            ["--with", provider, "--no-stream", "When?"],
            [AskRun.whole(AskRun.paths[provider] ?? "", before + item + after)])
        #expect(run.code == .partial && run.output == "On 1\n", "\(run.errors)")
        #expect(run.errors.contains("warning: the answer is cut: max_"))
        #expect(run.errors.hasSuffix("the answer is not whole\n"))
    }

    @Test(arguments: [
        (
            "openai",
            #"{"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"server_error","message":"out of luck"},"output":[]}}"#
        ),
        ("openai", #"{"type":"error","code":"server_error","message":"out of luck","param":null}"#),
        ("anthropic", #"{"type":"error","error":{"type":"overloaded_error","message":"out of luck"}}"#),
        ("gemini", #"{"event_type":"error","error":{"code":"500","message":"out of luck"}}"#),
    ])
    func `a failure in a stream exits with 6 and the provider's words`(provider: String, event: String) async throws {
        let run = try await AskRun().run(
            ["--with", provider, "--model", "m", "When?"], [AskRun.stream(AskRun.paths[provider] ?? "", event)])
        #expect(run.code == .runFailed && run.output.isEmpty)
        #expect(
            run.errors.contains("error: ") && run.errors.contains("has failed to answer: out of luck\n"),
            "\(run.errors)")
    }

    @Test func `a failed answer is printed as JSON where that is asked for, and makes no file`() async throws {
        let document =
            #"{"id":"r","status":"failed","error":{"code":"server_error","message":"out of luck"},"output":[]}"#
        let ask = try AskRun()
        let run = await ask.run(
            ["--with", "openai", "--json", "-o", "answer.json", "When?"], [AskRun.whole(Self.path, document)])
        #expect(run.code == .runFailed && run.output == document + "\n")
        #expect(Disk.text(ask.path("answer.json")) == nil)
    }

    @Test func `a stream that breaks off exits with 7, says that it may cost, and loses no text`() async throws {
        let run = try await AskRun().run(
            ["--with", "openai", "When?"],
            [AskRun.stream(Self.path, #"{"type":"response.created","response":{"id":"resp_9"}}"#, Self.delta("On Mar"))]
        )
        #expect(run.code == .unreachable && run.output == "On Mar\n")
        #expect(run.errors.contains("the stream of OpenAI has ended before the answer did"))
        #expect(run.errors.contains("the answer resp_9 may cost all the same; it was not asked for again"))
    }

    @Test(arguments: [
        (
            "openai", 401, #"{"error":{"message":"bad key","type":"invalid_request_error","code":"invalid_api_key"}}"#,
            ExitCode.notAuthenticated
        ),
        ("anthropic", 400, #"{"type":"error","error":{"type":"invalid_request_error","message":"bad key"}}"#, .refused),
        ("gemini", 403, #"{"error":{"code":403,"message":"bad key","status":"PERMISSION_DENIED"}}"#, .refused),
        ("xai", 400, #"{"code":"invalid-argument","error":"bad key"}"#, .refused),
        ("parallel", 401, #"{"type":"error","error":{"ref_id":"r","message":"bad key"}}"#, .notAuthenticated),
        ("openai", 500, #"{"error":{"message":"bad key","type":"server_error"}}"#, .refused),
        ("openai", 502, "<html>bad key</html>", .refused),
    ])
    func `an error becomes one line, whatever its form, and is not asked for again`(
        provider: String, status: Int, body: String, code: ExitCode
    ) async throws {
        let run = try await AskRun().run(
            ["--with", provider, "--model", "m", "When?"],
            [AskRun.whole(AskRun.paths[provider] ?? "", body, status: status)])
        #expect(run.code == code && run.output.isEmpty)
        let line = try #require(run.errors.split(separator: "\n").first)
        #expect(line.hasPrefix("error: ") && line.contains(String(status)), "\(run.errors)")
        #expect(line.contains("bad key") || body.hasPrefix("<"), "\(line)")
        #expect(run.errors.contains("may cost all the same") == (status >= 500))
    }

    @Test func `a provider that is busy is asked again`() async throws {
        let busy = ScriptedTransport.Exchange(
            .post, Self.path, status: 429, headers: [("retry-after", "1")], body: #"{"error":{"message":"slow"}}"#)
        let run = try await AskRun().run(
            ["--with", "openai", "--no-stream", "When?"],
            [busy, AskRun.whole(Self.path, AskRun.response(AskRun.message("Then.")))])
        #expect(run.code == .success && run.requests.count == 2)
    }

    @Test func `503 of a server in front is not asked again, as it may have passed the question on`() async throws {
        let page = ScriptedTransport.Exchange(
            .post, Self.path, status: 503, headers: [("retry-after", "5")], body: "<html>Backend fetch failed</html>")
        let run = try await AskRun().run(["--with", "openai", "--no-stream", "When?"], [page])
        #expect(run.code == .refused && run.requests.count == 1)
        #expect(run.errors.contains("may cost all the same"), "\(run.errors)")
    }

    @Test func `an answer that is none is an error`() async throws {
        let run = try await AskRun().run(
            ["--with", "openai", "--no-stream", "When?"], [AskRun.whole(Self.path, #"{"hello":1}"#)])
        #expect(run.code == .unexpected && run.errors.contains(#"is none of a model: {"hello":1}"#))
    }
}
