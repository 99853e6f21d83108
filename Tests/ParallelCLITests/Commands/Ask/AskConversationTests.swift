import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// The turns that follow an answer, in the same command and in a later one.
@Suite(.timeLimit(.minutes(10))) struct AskConversationTests {
    private static let path = "/v1/responses"
    private static let words = ["--with", "openai", "--no-stream"]
    private static let request =
        #"{"id":"mcpr_1","type":"mcp_approval_request","server_label":"crm","name":"delete","arguments":"{\"id\":7}"}"#

    private static func body(_ run: CommandRun, _ index: Int) -> JSONValue {
        guard run.requests.indices.contains(index) else { return .null }
        return (try? JSONValue.parse(run.requests[index].body ?? [])) ?? .null
    }

    @Test(arguments: [("y", true), ("n", false), ("", false)])
    func `a person is shown a call and allows or refuses it`(answer: String, isAllowed: Bool) async throws {
        let run = try await AskRun().run(
            Self.words + ["--mcp", "crm", "--approve", "ask", "Delete 7"],
            [
                AskRun.whole(Self.path, AskRun.response(Self.request)),
                AskRun.whole(Self.path, AskRun.response(AskRun.message("Done."))),
            ], terminal: .person, answers: [.line(answer)])
        #expect(run.code == .success && run.output == "Done.\n", "\(run.errors)")
        #expect(run.prompts == [#"The model wants to call 'delete' of 'crm' with {"id":7}. Allow it? [y/N] "#])
        #expect(Self.body(run, 0)["tools"]?[0]?["require_approval"] == "always")
        #expect(Self.body(run, 1)["previous_response_id"] == "resp_1")
        #expect(
            Self.body(run, 1)["input"] == [
                ["type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": .bool(isAllowed)]
            ])
        // The provider forgets headers, so they come with every turn.
        #expect(Self.body(run, 1)["tools"] == Self.body(run, 0)["tools"])
    }

    @Test func `without a terminal nobody can be asked, so nothing is sent, and no file made`() async throws {
        let ask = try AskRun()
        let words = ["--mcp", "crm", "--approve", "ask", "Delete 7"]
        let run = await ask.run(Self.words + words + ["-o", "out.txt"])
        #expect(run.code == .refused && Disk.text(ask.path("out.txt")) == nil)
        #expect(
            run.errors.hasPrefix("error: --approve ask: nobody can be asked without a terminal; nothing was sent\n"))
        #expect(await ask.run(Self.words + words + ["--dry-run"]).code == .success)
        let answer = AskRun.whole(Self.path, AskRun.response(AskRun.message("Then.")))
        #expect(await ask.run(Self.words + ["--approve", "ask", "When?"], [answer]).code == .success)
    }

    @Test func `an approval that nobody was to be asked for is not given, not by a pipe either`() async throws {
        for terminal in [TerminalInfo(), .person] {
            let run = try await AskRun().run(
                Self.words + ["--mcp", "crm", "Delete 7"],
                [AskRun.whole(Self.path, AskRun.response(Self.request))], terminal: terminal, answers: [.line("y")])
            #expect(run.code == .refused && run.prompts.isEmpty, "\(run.errors)")
            #expect(run.errors.contains("error: OpenAI waits for somebody to allow a call, and nobody was to be asked"))
        }
    }

    @Test func `a call of a tool that the model may not use is refused without a question`() async throws {
        let run = try await AskRun().run(
            Self.words + ["--mcp", "crm", "--allow-tool", "find", "--approve", "ask", "Delete 7"],
            [
                AskRun.whole(Self.path, AskRun.response(Self.request)),
                AskRun.whole(Self.path, AskRun.response(AskRun.message("No."))),
            ], terminal: .person, answers: [.line("y")])
        #expect(run.code == .success && run.prompts.isEmpty, "\(run.errors)")
        #expect(
            run.errors.contains("warning: the model wants to call 'delete' of 'crm', which the request does not allow"))
        #expect(Self.body(run, 1)["input"]?[0]?["approve"] == false)
    }

    @Test(arguments: ["queued", "in_progress"])
    func `an answer that is not finished is not whole`(status: String) async throws {
        let answer = AskRun.response(AskRun.message("Th")).replacing("completed", with: status)
        let run = try await AskRun().run(Self.words + ["When?"], [AskRun.whole(Self.path, answer)])
        #expect(run.code == .partial, "\(run.errors)")
        #expect(run.errors.contains("warning: the answer is cut: \(status)"), "\(run.errors)")
    }

    @Test func `a later command goes on with the same model and servers`() async throws {
        let ask = try AskRun()
        let answer = AskRun.whole(Self.path, AskRun.response(AskRun.message("Then.")))
        _ = await ask.run(Self.words + ["--model", "gpt-x", "--mcp", "crm", "When?"], [answer])
        let file = ask.path("parallel/ask-openai.json")
        #expect(Disk.mode(file) == 0o600)
        #expect(Disk.text(file)?.contains("crm-token") == false)
        let run = await ask.run(Self.words + ["--continue", "And then?"], [answer])
        let sent = Self.body(run, 0)
        #expect(sent["previous_response_id"] == "resp_1" && sent["model"] == "gpt-x" && sent["input"] == "And then?")
        #expect(sent["tools"]?[0]?["server_label"] == "crm")
        let other = await ask.run(["--with", "openai", "--no-stream", "--continue-from", "resp_0", "x"], [answer])
        #expect(Self.body(other, 0)["previous_response_id"] == "resp_0")
        #expect(Self.body(other, 0)["model"] == "gpt-6-astra" && Self.body(other, 0)["tools"] == nil)
    }

    @Test func `a later command lets the model call no more tools than the one before`() async throws {
        let ask = try AskRun()
        let answer = AskRun.whole(Self.path, AskRun.response(AskRun.message("Then.")))
        let limits = ["--allow-tool", "find", "--approve", "ask", "--system", "Be brief."]
        _ = await ask.run(Self.words + ["--mcp", "crm"] + limits + ["When?"], [answer], terminal: .person)
        for _ in 1...2 {
            let run = await ask.run(Self.words + ["--continue", "And then?"], [answer], terminal: .person)
            let sent = Self.body(run, 0)
            #expect(sent["tools"]?[0]?["allowed_tools"] == ["find"], "\(run.sentBody)")
            #expect(sent["tools"]?[0]?["require_approval"] == "always" && sent["instructions"] == "Be brief.")
        }
        let refused = await ask.run(Self.words + ["--continue", "And then?"])
        #expect(refused.code == .refused && refused.requests.isEmpty, "\(refused.errors)")
        let other = await ask.run(
            Self.words + ["--continue", "--mcp", "parallel-search", "--approve", "all", "x"], [answer])
        #expect(Self.body(other, 0)["tools"]?[0]?["allowed_tools"] == nil)
        #expect(Self.body(other, 0)["tools"]?[0]?["require_approval"] == "never")
    }

    @Test func `a later command finds the servers of a file that an earlier one named`() async throws {
        let ask = try AskRun(servers: "")
        try ask.write(#"{"mcpServers":{"far":{"url":"https://far.example/mcp"}}}"#, to: "servers.json")
        let answer = AskRun.whole(Self.path, AskRun.response(AskRun.message("Then.")))
        _ = await ask.run(Self.words + ["--mcp-config", "servers.json", "When?"], [answer])
        for _ in 1...2 {
            let run = await ask.run(Self.words + ["--continue", "And then?"], [answer])
            #expect(run.code == .success, "\(run.errors)")
            #expect(Self.body(run, 0)["tools"]?[0]?["server_url"] == "https://far.example/mcp")
        }
        let other = await ask.run(Self.words + ["--continue", "--mcp", "parallel-search", "x"], [answer])
        #expect(Self.body(other, 0)["tools"]?.array?.map { $0["server_label"] } == ["parallel-search"])
    }

    @Test func `Anthropic gets all messages again, blocks unchanged`() async throws {
        let ask = try AskRun()
        let words = ["--with", "anthropic", "--no-stream"]
        let block = #"{"type":"mcp_tool_listing","mcp_server_name":"crm","tools":[{"name":"find","x":1.10}]}"#
        let answer = AskRun.whole(
            "/v1/messages",
            #"{"id":"msg_1","content":[\#(block),{"type":"text","text":"Then."}],"stop_reason":"end_turn"}"#)
        _ = await ask.run(words + ["--mcp", "crm", "When?"], [answer])
        let run = await ask.run(words + ["--continue", "And then?"], [answer])
        #expect(
            run.sentBody.contains(
                #""messages":[{"role":"user","content":"When?"},{"role":"assistant","content":[\#(block),"#
                    + #"{"type":"text","text":"Then."}]},{"role":"user","content":"And then?"}]"#), "\(run.sentBody)")
        let named = await ask.run(words + ["--continue-from", "msg_0", "x"])
        #expect(named.code == .usage && named.errors.contains("Anthropic keeps no answers"))
    }

    @Test func `an answer that pauses is gone on with`() async throws {
        let words = ["--with", "anthropic", "--no-stream", "When?"]
        let run = try await AskRun().run(
            words,
            [
                AskRun.whole(
                    "/v1/messages", #"{"id":"m","content":[{"type":"text","text":"One"}],"stop_reason":"pause_turn"}"#),
                AskRun.whole(
                    "/v1/messages", #"{"id":"m","content":[{"type":"text","text":"two."}],"stop_reason":"end_turn"}"#),
            ])
        #expect(run.code == .success && run.output == "One\n\ntwo.\n")
        #expect(
            Self.body(run, 1)["messages"] == [
                ["role": "user", "content": "When?"],
                ["role": "assistant", "content": [["type": "text", "text": "One"]]],
            ])
    }

    @Test func `a model that never stops pausing is stopped`() async throws {
        let pause = AskRun.whole("/v1/messages", #"{"id":"m","content":[],"stop_reason":"pause_turn"}"#)
        let run = try await AskRun().run(
            ["--with", "anthropic", "--no-stream", "When?"], Array(repeating: pause, count: 20))
        #expect(run.code == .partial && run.errors.contains("after 20 turns no other is begun"))
    }

    @Test func `there is nothing to go on from at first, and not at another address`() async throws {
        var ask = try AskRun()
        let first = await ask.run(["--with", "openai", "--continue", "x"])
        #expect(first.code == .usage && first.errors.contains("there is no answer of OpenAI at https://api.openai.com"))
        _ = await ask.run(Self.words + ["x"], [AskRun.whole(Self.path, AskRun.response(AskRun.message("y")))])
        ask.environment["OPENAI_BASE_URL"] = "https://other.example/v1"
        let moved = await ask.run(["--with", "openai", "--continue", "x"])
        #expect(moved.code == .usage && moved.errors.contains("https://other.example"))
    }

    @Test(arguments: [("{", 0o600, "is not what was written there"), ("{}", 0o644, "others can read it")])
    func `a file of the last turn that can't be used is named, and not replaced`(
        text: String, mode: Int, reason: String
    ) async throws {
        let ask = try AskRun()
        try ask.files.makeDirectory(ask.path("parallel"))
        try ask.write(text, to: "parallel/ask-openai.json", mode: UInt16(mode))
        let run = await ask.run(["--with", "openai", "--continue", "x"])
        #expect(run.code == .unexpected && run.errors.contains("ask-openai.json: "), "\(run.errors)")
        #expect(run.errors.contains(reason))
        let next = await ask.run(
            Self.words + ["x"], [AskRun.whole(Self.path, AskRun.response(AskRun.message("y")))])
        #expect(next.code == .success && next.output == "y\n")
        #expect(next.errors.contains("warning: --continue does not know this answer: ") && next.errors.contains(reason))
        #expect(Disk.text(ask.path("parallel/ask-openai.json")) == text)
    }

    @Test func `a link in the place of the last turn is not followed`() async throws {
        let ask = try AskRun()
        try ask.files.makeDirectory(ask.path("parallel"))
        try ask.write(#"{"origin":"https://api.openai.com","id":"resp_0"}"#, to: "other.json")
        try ask.files.makeLink(at: ask.path("parallel/ask-openai.json"), to: ask.path("other.json"))
        let run = await ask.run(["--with", "openai", "--continue", "x"])
        #expect(run.code == .unexpected && run.errors.contains("it is a link"), "\(run.errors)")
    }

    @Test func `a turn that can't be kept costs only a warning`() async throws {
        let ask = try AskRun()
        try ask.write("", to: "parallel")
        let run = await ask.run(
            Self.words + ["x"], [AskRun.whole(Self.path, AskRun.response(AskRun.message("y")))])
        #expect(run.code == .success && run.output == "y\n")
        #expect(run.errors.contains("warning: --continue does not know this answer: "), "\(run.errors)")
    }
}
