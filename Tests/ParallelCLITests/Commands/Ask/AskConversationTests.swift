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

    @Test func `without a terminal a call is not made, and the exit code is 4`() async throws {
        let run = try await AskRun().run(
            Self.words + ["--mcp", "crm", "--approve", "ask", "Delete 7"],
            [AskRun.whole(Self.path, AskRun.response(Self.request))])
        #expect(run.code == .refused)
        #expect(
            run.errors.contains(
                "error: the model wants to call 'delete' of 'crm', and nobody can be asked; it was not called\n"))
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

    @Test func `a broken file of the last turn is named`() async throws {
        let ask = try AskRun()
        try ask.files.makeDirectory(ask.path("parallel"))
        try ask.write("{", to: "parallel/ask-openai.json")
        let run = await ask.run(["--with", "openai", "--continue", "x"])
        #expect(run.code == .usage && run.errors.contains("ask-openai.json: this is not JSON"), "\(run.errors)")
    }

    @Test func `a turn that can't be kept costs only a warning`() async throws {
        let ask = try AskRun()
        try ask.write("", to: "parallel")
        let run = await ask.run(
            Self.words + ["x"], [AskRun.whole(Self.path, AskRun.response(AskRun.message("y")))])
        #expect(run.code == .success && run.output == "y\n")
        #expect(run.errors.contains("warning: --continue will not know this answer: "), "\(run.errors)")
    }
}
