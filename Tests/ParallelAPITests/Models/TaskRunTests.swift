import ParallelAPI
import ParallelJSON
import Testing

struct TaskRunTests {
    private func run(_ text: String) throws -> TaskRun? { TaskRun(try JSONValue.parse(text)) }

    @Test func `a fresh run is read, and its document kept`() throws {
        let text = #"""
            {"run_id": "trun_9907", "interaction_id": "trun_9907", "status": "queued", "is_active": true,
             "processor": "core", "metadata": {"my_key": "my_value"}, "created_at": "2025-04-23T20:21:48.037943Z",
             "modified_at": "2025-04-23T20:22:47.819416Z", "something_new": [1.10]}
            """#
        let run = try #require(try run(text))
        #expect(run.id == "trun_9907" && run.status == .queued && run.isActive && run.processor == "core")
        #expect(run.createdAt == "2025-04-23T20:21:48.037943Z" && run.modifiedAt == "2025-04-23T20:22:47.819416Z")
        #expect(run.warnings.isEmpty && run.error == nil)
        #expect(run.json == (try JSONValue.parse(text)))
    }

    @Test(arguments: ["{}", #"{"run_id": ""}"#, #"{"run_id": null}"#, #"{"run_id": 7}"#, "[]", "null"])
    func `without an id there is no run`(text: String) throws {
        #expect(try run(text) == nil)
    }

    @Test func `fields may be missing or null`() throws {
        for text in [
            #"{"run_id": "r"}"#,
            #"{"run_id": "r", "status": null, "is_active": null, "processor": null, "warnings": null, "error": null}"#,
        ] {
            let run = try #require(try run(text))
            #expect(run.status.rawValue == "unknown" && !run.isActive && run.processor == nil)
            #expect(run.createdAt == nil && run.modifiedAt == nil && run.warnings.isEmpty && run.error == nil)
        }
    }

    @Test(arguments: [
        ("queued", true), ("running", true), ("cancelling", true), ("completed", false), ("failed", false),
        ("cancelled", false), ("action_required", false), ("paused_by_api_v3", false),
    ])
    func `whether it is active follows from the status where the API does not say`(status: String, active: Bool) throws
    {
        #expect(try run(#"{"run_id": "r", "status": "\#(status)"}"#)?.isActive == active)
        #expect(try run(#"{"run_id": "r", "status": "\#(status)", "is_active": \#(!active)}"#)?.isActive == !active)
        #expect(try run(#"{"run_id": "r", "status": "\#(status)"}"#)?.status.rawValue == status)
    }

    @Test func `a failed run has its reason`() throws {
        let run = try #require(
            try run(
                #"""
                {"run_id": "r", "status": "failed", "is_active": false,
                 "error": {"ref_id": "fcb2", "message": "Task execution failed", "detail": null}}
                """#))
        let error = try #require(run.error)
        #expect(error.message == "Task execution failed" && error.referenceID == "fcb2" && error.detail == nil)
    }

    @Test func `warnings are texts with their details`() throws {
        let run = try #require(
            try run(
                #"""
                {"run_id": "r", "warnings": [
                  {"type": "warning", "message": "one", "detail": {}}, {"message": "two", "detail": {"n": 1}},
                  {"message": "three", "detail": null}, "four", {"type": "no message"}, 5]}
                """#))
        #expect(run.warnings == ["one", #"two {"n":1}"#, "three", "four"])
    }
}

struct TaskRunResultTests {
    private func result(output: String) throws -> TaskRunResult? {
        TaskRunResult(
            try JSONValue.parse(#"{"run": {"run_id": "r", "status": "completed"}, "output": \#(output)}"#))
    }

    private func text(of output: TaskOutput) -> String? {
        if case .text(let text) = output.content { text } else { nil }
    }

    private func value(of output: TaskOutput) -> JSONValue? {
        if case .structured(let value) = output.content { value } else { nil }
    }

    @Test(arguments: [
        "{}", #"{"run": {"run_id": "r"}}"#, #"{"output": {}}"#, #"{"run": {}, "output": {}}"#,
        #"{"run": {"run_id": "r"}, "output": null}"#, #"{"run": {"run_id": "r"}, "output": "text"}"#, "null",
    ])
    func `run and output must be there`(text: String) throws {
        #expect(TaskRunResult(try JSONValue.parse(text)) == nil)
    }

    @Test func `text is text, even if it looks like JSON`() throws {
        #expect(
            text(of: try #require(try result(output: #"{"type": "text", "content": "10-1945"}"#)).output) == "10-1945")
        #expect(text(of: try #require(try result(output: #"{"type": "text", "content": "{}"}"#)).output) == "{}")
    }

    @Test func `JSON comes as an object or as a string that holds one`() throws {
        for content in [#"{"gdp": "$3.1 trillion", "n": 1.10}"#, #""{\"gdp\": \"$3.1 trillion\", \"n\": 1.10}""#] {
            let output = try #require(try result(output: #"{"type": "json", "content": \#(content)}"#)).output
            #expect(value(of: output)?.serialized() == #"{"gdp":"$3.1 trillion","n":1.10}"#)
        }
        let broken = try #require(try result(output: #"{"type": "json", "content": "{not json"}"#)).output
        #expect(text(of: broken) == "{not json")
    }

    @Test func `output may have nothing in it`() throws {
        let output = try #require(try result(output: "{}")).output
        #expect(value(of: output) == .null)
        #expect(output.basis.isEmpty && output.toolCalls.isEmpty)
    }

    @Test func `the basis has confidence, reasoning and citations where the API gives them`() throws {
        let output = try #require(
            try result(
                output: #"""
                    {"type": "json", "content": {}, "basis": [
                      {"field": "key_executives.0", "reasoning": "First element.", "confidence": "high",
                       "citations": [
                         {"title": null, "url": "https://openai.com/leadership", "excerpts": ["one", 2, "three"]},
                         {"title": "About", "url": "https://openai.com/about", "excerpts": null},
                         {"title": "no url"}]},
                      {"field": "output", "reasoning": "", "confidence": "", "citations": null},
                      {"field": "bare", "confidence": null}, {"confidence": "high"}, "nonsense"]}
                    """#)
        ).output
        #expect(output.basis.map(\.field) == ["key_executives.0", "output", "bare"])
        let full = try #require(output.basis.first)
        #expect(full.reasoning == "First element." && full.confidence == "high")
        #expect(full.citations.map(\.url) == ["https://openai.com/leadership", "https://openai.com/about"])
        #expect(full.citations.map(\.title) == [nil, "About"])
        #expect(full.citations.map(\.excerpts) == [["one", "three"], []])
        for empty in output.basis.dropFirst() {
            #expect(empty.reasoning == nil && empty.confidence == nil && empty.citations.isEmpty)
        }
    }

    // MARK: - Tool calls

    /// `server tool arguments outcome` of every call.
    private func calls(_ members: String) throws -> [[String]] {
        try #require(try result(output: #"{"type": "text", "content": "", \#(members)}"#)).output.toolCalls.map {
            call in
            switch call.outcome {
            case .content(let text): [call.server, call.tool, call.arguments, "content", text]
            case .error(let text): [call.server, call.tool, call.arguments, "error", text]
            }
        }
    }

    @Test func `a tool call has content or an error`() throws {
        let calls = try calls(
            #"""
            "mcp_tool_calls": [
              {"tool_call_id": "call_1", "server_name": "crm", "tool_name": "find",
               "arguments": "{\"domain\": \"example.com\"}", "content": null, "error": "500 Internal Server Error"},
              {"tool_call_id": "call_2", "server_name": "web", "tool_name": "search", "arguments": "{}",
               "content": "{\n  \"results\": []}", "error": ""},
              {"server_name": "web", "tool_name": "search", "arguments": {"a": 1}, "content": {"b": [2]}, "error": null},
              {}, "nonsense"]
            """#)
        #expect(
            calls == [
                ["crm", "find", #"{"domain": "example.com"}"#, "error", "500 Internal Server Error"],
                ["web", "search", "{}", "content", "{\n  \"results\": []}"],
                ["web", "search", #"{"a":1}"#, "content", #"{"b":[2]}"#], ["?", "?", "", "content", ""],
            ])
    }

    @Test func `calls are found in the place of 2025 too, where the present one is empty`() throws {
        let legacy =
            #""beta_fields": {"mcp-server-2025-07-17": [{"server_name": "s", "tool_name": "t", "content": "ok"}]}"#
        #expect(try calls(legacy) == [["s", "t", "", "content", "ok"]])
        #expect(try calls(#""mcp_tool_calls": null, "# + legacy) == [["s", "t", "", "content", "ok"]])
        #expect(
            try calls(#""mcp_tool_calls": [{"server_name": "new", "tool_name": "t"}], "# + legacy)
                == [["new", "t", "", "content", ""]])
        #expect(try calls(#""mcp_tool_calls": null, "beta_fields": null"#).isEmpty)
    }
}
