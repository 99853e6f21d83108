import ParallelAPI
import ParallelJSON
import ParallelModels
import Testing

/// What is read out of the documents and events of providers, in any order and with anything unknown in them.
@Suite struct ModelReplyTests {
    @Test func `a search and a page that is read are told as they begin`() throws {
        var reply = ModelReply()
        func news(_ action: String) throws -> String? {
            let item = #"{"type":"web_search_call","action":\#(action)}"#
            let event = #"{"type":"response.output_item.added","output_index":0,"item":\#(item)}"#
            guard case .search(let text)? = reply.add(try JSONValue.parse(event)) else { return nil }
            return text
        }
        #expect(try news(#"{"type":"search","query":"heat pumps","queries":[]}"#) == "heat pumps")
        #expect(try news(#"{"type":"open_page","url":"https://a.example"}"#) == "https://a.example")
        #expect(try news("null") == nil)
    }

    private static func reply(_ document: String) throws -> ModelReply {
        try #require(ModelReply(try JSONValue.parse(document)))
    }

    private static func added(_ events: [String]) throws -> ModelReply {
        var reply = ModelReply()
        for event in events { _ = reply.add(try JSONValue.parse(event)) }
        return reply
    }

    @Test func `the last event says how the answer has ended, also where its document doesn't`() throws {
        let created = #"{"type":"response.created","response":{"id":"r","status":"in_progress"}}"#
        #expect(try Self.added([created]).ending == .incomplete(reason: "in_progress"))
        let whole = [created, #"{"type":"response.completed","response":{"id":"r"}}"#]
        #expect(try Self.added(whole).ending == .completed)
        let cut = [created, #"{"type":"response.incomplete","response":{"id":"r"}}"#]
        #expect(try Self.added(cut).ending == .incomplete(reason: "incomplete"))
        let gemini = #"{"event_type":"interaction.created","interaction":{"id":"v1","status":"in_progress"}}"#
        #expect(try Self.added([gemini, #"{"event_type":"interaction.completed"}"#]).ending == .completed)
    }

    private static func shown(_ call: ToolCall) -> String {
        switch call.outcome {
        case .content(let text): "\(call.server)/\(call.tool)\(call.arguments)=\(text)"
        case .error(let text): "\(call.server)/\(call.tool)\(call.arguments)!\(text)"
        }
    }

    @Test(arguments: [
        "[]", "null", "{}", #"{"output":{}}"#, #"{"content":"text"}"#, #"{"error":{"message":"x"}}"#,
    ])
    func `a document without items is no answer`(document: String) throws {
        #expect(ModelReply(try JSONValue.parse(document)) == nil)
    }

    @Test(arguments: [
        (
            #"{"output":[{"type":"new","text":"no"},{"type":"message","content":[{"text":"a"},{"refusal":"b"},7]}]}"#,
            "ab"
        ),
        (
            #"{"output":[{"type":"message","content":[{"text":"a"}]},{"type":"message","content":[{"text":"b"}]}]}"#,
            "a\n\nb"
        ),
        (
            #"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"},{"type":"x"},{"type":"text","text":"c"}]}"#,
            "ab\n\nc"
        ),
        (#"{"steps":[{"type":"model_output","content":[{"type":"text","text":"a"}]},{"type":"thought"}]}"#, "a"),
        (#"{"output":[7,null,{"type":"message"},{"type":"message","content":"x"}]}"#, ""),
    ])
    func `text is taken from items by their type`(document: String, text: String) throws {
        #expect(try Self.reply(document).text == text)
    }

    @Test(arguments: [
        (
            #"{"content":[{"type":"mcp_tool_result","tool_use_id":"u","is_error":true,"content":"no"},"#
                + #"{"type":"mcp_tool_use","id":"u","name":"t","server_name":"s","input":{"a":1.10}}]}"#,
            ["s/t{\"a\":1.10}!no"]
        ),
        (#"{"content":[{"type":"mcp_tool_result","tool_use_id":"gone","content":[]}]}"#, ["?/?=[]"]),
        (
            #"{"steps":[{"type":"mcp_server_tool_call","id":"c","name":"t","server_name":"s","arguments":{}},"#
                + #"{"type":"mcp_server_tool_result","call_id":"c","result":{"error":"no"}},"#
                + #"{"type":"mcp_server_tool_result","call_id":"c","result":[{"type":"text","text":"yes"}]}]}"#,
            ["s/t{}!no", "s/t{}=yes"]
        ),
        (#"{"output":[{"type":"mcp_call","name":"t","output":{"x":1},"error":null}]}"#, [#"?/t={"x":1}"#]),
        (#"{"output":[{"type":"mcp_call"},{"type":"web_search_call"}]}"#, ["?/?="]),
    ])
    func `calls are put together from what each provider has of them`(document: String, calls: [String]) throws {
        #expect(try Self.reply(document).calls.map(Self.shown) == calls)
    }

    @Test func `events out of order, twice or unknown lose nothing`() throws {
        let item = #"{"type":"mcp_call","server_label":"s","name":"t","arguments":"{}","output":"o"}"#
        let reply = try Self.added([
            #"{"type":"response.output_item.done","output_index":4,"item":\#(item)}"#,
            #"{"type":"response.output_item.added","output_index":1,"item":{"type":"message","content":[]}}"#,
            #"{"type":"response.created","response":{"id":"r"}}"#,
            #"{"type":"response.output_item.done","output_index":4,"item":\#(item)}"#,
            #"{"type":"response.unknown","output_index":9}"#, #"{"no":"type"}"#, "7",
            #"{"type":"response.completed","response":{"id":"r","status":"completed","output":[]}}"#,
        ])
        #expect(reply.isOver && reply.id == "r" && reply.ending == .completed)
        #expect(reply.calls.map(Self.shown) == ["s/t{}=o"])
        #expect(reply.document["output"]?.array?.count == 2)
    }

    @Test func `pieces that make no sense don't end the answer`() throws {
        let reply = try Self.added([
            #"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"lost"}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"mcp_tool_use","id":"u","input":{}}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{broken"}}"#,
            #"{"type":"content_block_stop","index":0}"#, #"{"type":"content_block_stop","index":8}"#,
            #"{"type":"message_delta","usage":{"output_tokens":3}}"#, #"{"type":"message_stop"}"#,
        ])
        #expect(reply.isOver && reply.calls.isEmpty)
    }

    @Test(arguments: [
        (#"{"output":[],"status":"cancelled"}"#, ModelReply.Ending.failed(message: "cancelled")),
        (#"{"output":[],"status":"failed","error":{"code":"x","message":"m"}}"#, .failed(message: "m")),
        (#"{"output":[],"status":"incomplete"}"#, .incomplete(reason: "incomplete")),
        (#"{"content":[],"stop_reason":"refusal"}"#, .failed(message: "the model has refused to answer")),
        (#"{"content":[],"stop_reason":"pause_turn"}"#, .paused),
        (#"{"content":[],"stop_reason":"something_new"}"#, .completed), (#"{"steps":[],"status":null}"#, .completed),
    ])
    func `the ending is told in one way for all`(document: String, ending: ModelReply.Ending) throws {
        #expect(try Self.reply(document).ending == ending)
    }

    @Test(arguments: [
        (#"{"output":[],"usage":{"input_tokens":1,"output_tokens":2}}"#, [1, 2]),
        (#"{"steps":[],"usage":{"total_input_tokens":3,"total_output_tokens":4}}"#, [3, 4]),
        (#"{"output":[],"usage":{"input_tokens":1}}"#, []), (#"{"output":[],"usage":null}"#, []),
    ])
    func `tokens are counted where both numbers are there`(document: String, numbers: [Int]) throws {
        let usage = try Self.reply(document).usage
        #expect((usage.map { [$0.input, $0.output] } ?? []) == numbers)
    }

    @Test func `a request for approval without an id can't be answered`() throws {
        let reply = try Self.reply(
            #"{"output":[{"type":"mcp_approval_request"},{"type":"mcp_approval_request","id":"a","name":"t"}]}"#)
        #expect(reply.approvals.map { "\($0.id) \($0.server) \($0.tool)" } == ["a ? t"])
    }
}
