import Foundation
import ParallelJSON
import Testing

@testable import SandboxServer

/// The stand-ins for providers of models, asked as their own documentation says.
@Suite struct ModelTests {
    private static let bearer = ["authorization": "Bearer k"]
    private static let anthropic = [
        "x-api-key": "k", "anthropic-version": "2023-06-01", "anthropic-beta": "mcp-client-2026-09-15",
    ]

    // MARK: - Keys and refusals

    @Test(arguments: [
        ("/openai/v1/responses", "invalid_api_key", ["error", "code"]),
        ("/xai/v1/responses", "unauthenticated", ["code"]),
        ("/anthropic/v1/messages", "authentication_error", ["error", "type"]),
        ("/gemini/v1beta/interactions", "UNAUTHENTICATED", ["error", "status"]),
        ("/v1/responses", "error", ["type"]),
    ])
    func `a missing key is refused in the provider's own words`(path: String, word: String, place: [String])
        async throws
    {
        try await withSandbox { client in
            let answer = try await client.send("POST", path, "{}", key: nil)
            #expect(answer.status == 401)
            #expect(place.reduce(answer.json) { $0[$1] ?? nil } == .string(word), "\(answer.text)")
        }
    }

    @Test func `faults of the control file have the provider's form`() async throws {
        try await withTemporaryFile { path in
            try #"{"faults":[{"path":"/anthropic/v1/messages","status":529,"retry_after":2}]}"#
                .write(toFile: path, atomically: true, encoding: .utf8)
            try await withSandbox {
                $0.controlFile = path
            } _: { client in
                let answer = try await client.send("POST", "/anthropic/v1/messages", "{}", headers: Self.anthropic)
                #expect(answer.status == 529 && answer.headers["retry-after"] == "2")
                #expect(answer.json["error"]?["type"] == "overloaded_error", "\(answer.text)")
            }
        }
    }

    @Test(arguments: [
        (#""require_approval":"always""#, "require_approval must be 'never'"), (#""server_label":" ""#, "server_label"),
        (#""require_approval":"never","allowed_tools":[]"#, "non-empty list"),
        (#""require_approval":"never","allowed_tools":{"read_only":true}"#, "allowed_tools must be a list"),
        (#""require_approval":"never","defer_loading":false"#, "defer_loading"),
        (#""require_approval":"never","connector_id":"c""#, "connector_id"),
    ])
    func `Parallel refuses what its documentation refuses`(members: String, words: String) async throws {
        let label = members.contains("server_label") ? "" : #""server_label":"a","#
        let body =
            #"{"model":"parallel","input":"Hi","tools":[{"type":"mcp",\#(label)"server_url":"http://127.0.0.1:1/","#
            + members + "}]}"
        try await withSandbox { client in
            let answer = try await client.send("POST", "/v1/responses", body)
            #expect(answer.status == 400 && answer.error?.contains(words) == true, "\(answer.text)")
            #expect(
                answer.json["error"]?["type"] == "invalid_request_error"
                    && answer.json["error"]?["param"]?.isNull == true)
        }
    }

    @Test func `Parallel refuses eleven servers, two searches, another model and no input`() async throws {
        let server = #"{"type":"mcp","server_label":"a","server_url":"http://127.0.0.1:1/","require_approval":"never"}"#
        let eleven = Array(repeating: server, count: 11).joined(separator: ",")
        try await withSandbox { client in
            for (body, words) in [
                (#"{"model":"parallel","input":"Hi","tools":[\#(eleven)]}"#, "exceeds the maximum allowed limit of 10"),
                (
                    #"{"model":"parallel","input":"Hi","tools":[{"type":"web_search"},{"type":"web_search"}]}"#,
                    "at most one web_search tool"
                ), (#"{"model":"gpt","input":"Hi"}"#, "only supports model 'parallel'"),
                (#"{"model":"parallel","input":""}"#, "must not be empty"),
                (#"{"model":"parallel","input":"Hi","background":true}"#, "background"),
            ] {
                let answer = try await client.send("POST", "/v1/responses", body)
                #expect(answer.status == 400 && answer.error?.contains(words) == true, "\(answer.text)")
            }
        }
    }

    @Test(arguments: [
        (#""mcp_servers":[{"type":"url","url":"http://example.com/mcp","name":"a"}]"#, "URL must use https"),
        (
            #""mcp_servers":[{"type":"url","url":"https://example.com/mcp","name":"a"}]"#,
            "not referenced by any mcp_toolset"
        ),
        (#""tools":[{"type":"mcp_toolset","mcp_server_name":"a"}]"#, "not found in mcp_servers"),
    ])
    func `Anthropic refuses servers and toolsets that don't belong together`(
        members: String, words: String
    ) async throws {
        let body = #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],\#(members)}"#
        try await withSandbox { client in
            let answer = try await client.send("POST", "/anthropic/v1/messages", body, headers: Self.anthropic)
            #expect(answer.status == 400 && answer.error?.contains(words) == true, "\(answer.text)")
        }
    }

    // MARK: - Answers

    private static func openAI(_ client: SandboxClient, _ prompt: String, more: String = "", tool: String = "")
        -> String
    {
        #"""
        {"model":"m","input":"\#(prompt)","tools":[{"type":"mcp","server_label":"task","require_approval":"never",
        "server_url":"http://127.0.0.1:\#(client.port)/mcp/task?k=hunter2","authorization":"key"\#(tool)}]\#(more)}
        """#
    }

    @Test func `research is started for a prompt that asks for it, and its result is answered with`() async throws {
        try await withSandbox { client in
            let first = try await client.send(
                "POST", "/openai/v1/responses", Self.openAI(client, "Research heat pumps"), headers: Self.bearer,
                key: nil)
            let call = try #require(first.json["output"]?[1])
            #expect(call["name"] == "createDeepResearch" && call["error"]?.isNull == true, "\(first.text)")
            let id = try #require(call["output"]?.string.flatMap { try? JSONValue.parse($0) }?["run_id"]?.string)
            #expect(try await client.get("/v1/tasks/runs/\(id)").status == 200)
            #expect(!first.text.contains("hunter2") && !first.text.contains(#""authorization":"key""#))
            let second = try await client.send(
                "POST", "/openai/v1/responses",
                Self.openAI(
                    client, "The research \(id) found 42",
                    more: #","previous_response_id":"\#(first.json["id"]?.string ?? "")""#),
                headers: Self.bearer, key: nil)
            let types = (second.json["output"]?.array ?? []).map { $0["type"] }
            #expect(types == ["message"])
            #expect(second.text.contains("found 42"))
        }
    }

    @Test func `an approval that was refused is no call`() async throws {
        try await withSandbox { client in
            let asking = Self.openAI(client, "Research heat pumps", tool: #","require_approval":"always""#)
                .replacing(#""require_approval":"never","#, with: "")
            let first = try await client.send("POST", "/openai/v1/responses", asking, headers: Self.bearer, key: nil)
            let id = first.json["output"]?[1]?["id"]?.string ?? ""
            #expect(id.hasPrefix("mcpr_") && first.json["output"]?.array?.count == 2, "\(first.text)")
            let decision =
                #"{"model":"m","previous_response_id":"\#(first.json["id"]?.string ?? "")","input":"#
                + #"[{"type":"mcp_approval_response","approval_request_id":"\#(id)","approve":false}]}"#
            let second = try await client.send("POST", "/openai/v1/responses", decision, headers: Self.bearer, key: nil)
            #expect((second.json["output"]?.array ?? []).map { $0["type"] } == ["message"])
            #expect(second.text.contains("refused"))
        }
    }

    @Test func `servers that fail are reported in three ways`() async throws {
        try await withSandbox { client in
            func call(_ words: String, url: String) async throws -> JSONValue {
                let body =
                    #"{"model":"m","input":"Hi \#(words)","tools":[{"type":"mcp","server_label":"a","server_url":"#
                    + #""\#(url)","require_approval":"never"}]}"#
                return try await client.send(
                    "POST", "/openai/v1/responses", body, headers: Self.bearer, key: nil
                ).json["output"] ?? nil
            }
            let search = "http://127.0.0.1:\(client.port)/mcp/search"
            #expect(
                try await call("sandbox:tool-fails", url: search)[1]?["error"]?["type"] == "mcp_tool_execution_error")
            #expect(try await call("sandbox:tools=none", url: search)[1]?["status"] == "failed")
            let unreachable = try await call("", url: "http://127.0.0.1:1/")
            #expect(unreachable[0]?["error"]?.string?.contains("Error retrieving tool list") == true)
            #expect(unreachable.array?.count == 2)
        }
    }

    @Test func `Parallel streams the items of MCP after the text, and counts its events`() async throws {
        try await withSandbox { client in
            let tools =
                #"[{"type":"web_search"},{"type":"mcp","server_label":"web","require_approval":"never","#
                + #""server_url":"http://127.0.0.1:\#(client.port)/mcp/search?mode=fast"}]"#
            let body = #"{"model":"Parallel","input":"Who?","stream":true,"tools":\#(tools)}"#
            let answer = try await client.send("POST", "/v1/responses", body)
            let types = answer.events.map(\.type)
            #expect(
                types == [
                    "response.created", "response.in_progress", "response.output_item.added",
                    "response.web_search_call.in_progress", "response.web_search_call.searching",
                    "response.output_item.added", "response.web_search_call.in_progress",
                    "response.web_search_call.searching", "response.output_item.added", "response.content_part.added",
                    "response.output_text.delta", "response.web_search_call.completed", "response.output_item.done",
                    "response.web_search_call.completed", "response.output_item.done", "response.output_item.added",
                    "response.mcp_list_tools.completed", "response.output_item.done", "response.output_item.added",
                    "response.mcp_call.completed", "response.output_item.done", "response.output_text.annotation.added",
                    "response.output_text.done", "response.content_part.done", "response.output_item.done",
                    "response.completed",
                ])
            #expect(answer.events.map { $0.data["sequence_number"]?.int } == Array(0..<types.count))
            let echo = answer.events.last?.data["response"]?["tools"]?[1]
            #expect(echo?["server_url"]?.string?.hasSuffix("/mcp/search?***") == true)
        }
    }

    @Test func `Gemini's steps come whole, and streamed`() async throws {
        try await withSandbox { client in
            let tool = #"{"type":"mcp_server","name":"web","url":"http://127.0.0.1:\#(client.port)/mcp/search"}"#
            func send(_ more: String) async throws -> Answer {
                try await client.send(
                    "POST", "/gemini/v1beta/interactions",
                    #"{"model":"g","input":"Who?","tools":[\#(tool)]\#(more)}"#,
                    headers: ["x-goog-api-key": "k"], key: nil)
            }
            let whole = try await send("")
            #expect(
                (whole.json["steps"]?.array ?? []).map { $0["type"] }
                    == ["mcp_server_tool_call", "mcp_server_tool_result", "model_output"], "\(whole.text)")
            let events = try await send(#","stream":true"#).events
            #expect(events.first?.type == "interaction.created" && events.last?.type == "interaction.completed")
            let text = events.compactMap { $0.data["delta"]?["text"]?.string }.joined()
            #expect(text.contains("Who?"))
            #expect(try await send(#","previous_interaction_id":"int_none""#).status == 404)
        }
    }

    @Test func `pages are read, and a wrong request is refused with all its errors`() async throws {
        try await withSandbox { client in
            let answer = try await client.send(
                "POST", "/v1/extract",
                #"{"urls":["https://example.com/a","ftp://x"],"advanced_settings":{"full_content":true}}"#)
            #expect(answer.json["results"]?.array?.count == 1 && answer.json["errors"]?.array?.count == 1)
            #expect(
                answer.json["warnings"]?.array?.count == 1 && answer.json["results"]?[0]?["full_content"]?.string != nil
            )
            let refused = try await client.send(
                "POST", "/v1/extract",
                #"{"urls":[],"excerpts":true,"advanced_settings":{"full_content":1,"other":2}}"#)
            #expect(refused.status == 422)
            #expect(
                refused.errors == [
                    "body.excerpts: extra_forbidden", "body.urls: too_short",
                    "body.advanced_settings.other: extra_forbidden", "body.advanced_settings.full_content: bool_type",
                ], "\(refused.errors)")
        }
    }

    @Test func `the log has no token of a server`() async throws {
        try await withTemporaryFile { path in
            try await withSandbox {
                $0.logFile = path
            } _: { client in
                _ = try await client.send(
                    "POST", "/openai/v1/responses", Self.openAI(client, "Hi", tool: #","headers":{"x":"hunter3"}"#),
                    headers: Self.bearer, key: nil)
            }
            let log = try String(contentsOfFile: path, encoding: .utf8)
            #expect(log.contains("/openai/v1/responses"))
            #expect(!log.contains("hunter3") && !log.contains(#""authorization":"key""#))
        }
    }
}
