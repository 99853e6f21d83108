import ParallelJSON
import Testing

@testable import SandboxServer

/// Parallel's own `/v1/responses`, beside what all models have in common.
@Suite(.timeLimit(.minutes(10))) struct ResponsesTests {
    private static let path = "/v1/responses"

    private static func body(_ members: String, input: String = #""Hi""#) -> String {
        #"{"model":"parallel","input":\#(input)\#(members.isEmpty ? "" : ",")\#(members)}"#
    }

    private static func search(_ filters: String) -> String {
        #""tools":[{"type":"web_search","filters":{\#(filters)}}]"#
    }

    private static let server =
        #"{"type":"mcp","server_label":"pubmed","server_url":"http://127.0.0.1:1/","require_approval":"never"}"#

    @Test(arguments: [
        (#""additional_data_providers":["x"]"#, "no longer supported"),
        (#""reasoning":{"effort":"most"}"#, "reasoning.effort: "), (#""stream":"yes""#, "stream: "),
        (#""instructions":1"#, "instructions: "), (#""tools":{}"#, "tools: "),
        (#""text":{"format":{"type":"json_schema","name":"a"}}"#, "text.format.schema: Field required"),
        (#""text":{"format":{"type":"xml"}}"#, "text.format.type: "), (#""metadata":{"a":1}"#, "metadata.a: "),
        (search(#""allowed_domains":["a.com"],"blocked_domains":["www.a.com"]"#), "both allowed and blocked"),
        (search(#""allowed_domains":["https://a.com"]"#), "should be a domain"),
        (search(#""domains":[]"#), "tools.filters.domains: Extra inputs"),
        (#""data_sources":{"free":["nope"]}"#, "Available: ['biorxiv', 'carbonarc', "),
        (#""data_sources":{"free":["carbonarc"]}"#, "are unavailable: ['carbonarc']"),
        (#""data_sources":{"free":["pubmed"]},"reasoning":{"effort":"low"}"#, "effort medium or high"),
        (#""data_sources":{"free":["pubmed"]},"tools":[\#(server)]"#, "is the name of an MCP server too"),
        (#""data_sources":{"other":[]}"#, "data_sources.other: Extra inputs"),
        (#""previous_response_id":"resp_none""#, "was not found"),
        (
            #""tools":[\#(server.replacing("}", with: #","headers":{"a":1}}"#))]"#,
            "headers must be an object of strings"
        ),
    ])
    func `a wrong request is refused in OpenAI's form`(members: String, words: String) async throws {
        try await withSandbox { client in
            let answer = try await client.send("POST", Self.path, Self.body(members))
            #expect(answer.status == 400 && answer.error?.contains(words) == true, "\(answer.text)")
            #expect(answer.json["error"]?["type"] == "invalid_request_error" && answer.json["type"] == nil)
        }
    }

    @Test(arguments: [
        ("[]", "must not be empty"), ("7", "valid string or list"),
        (#"[{"role":"system","content":"x"}]"#, "at least one user message"),
        (#"[{"role":"tool","content":"x"}]"#, "the role should be"),
        (#"[{"role":"user","content":[{"type":"input_image","text":"x"}]}]"#, "Only text input"),
        (#"[{"role":"user","content":7}]"#, "content should be"),
    ])
    func `input that is no text of a user is refused`(input: String, words: String) async throws {
        try await withSandbox { client in
            let answer = try await client.send("POST", Self.path, Self.body("", input: input))
            #expect(answer.status == 400 && answer.error?.contains(words) == true, "\(answer.text)")
        }
    }

    @Test func `what is ignored comes back as a default, and tools without secrets`() async throws {
        try await withSandbox { client in
            let tool =
                #"{"type":"mcp","server_label":"web","server_url":"http://127.0.0.1:\#(client.port)/mcp/search?key=k1","#
                + #""require_approval":"never","headers":{"x":"k2"},"authorization":"k3","server_description":"d"}"#
            let answer = try await client.send(
                "POST", Self.path,
                Self.body(
                    #""temperature":1,"tool_choice":"none","store":false,"other":1,"reasoning":{"effort":"high"},"#
                        + #""tools":[{"type":"function","name":"f"},{"type":"web_search_2025_08_26"},\#(tool)]"#,
                    input: #"[{"role":"user","content":[{"type":"input_text","text":"Who?"}]}]"#))
            #expect(answer.status == 200, "\(answer.text)")
            let json = answer.json
            #expect(json["temperature"]?.isNull == true && json["tool_choice"] == "auto" && json["other"] == nil)
            #expect(json["reasoning"]?.isNull == true && json["text"]?.isNull == true)
            let tools = json["tools"]?.array ?? []
            #expect(tools.map { $0["type"]?.string } == ["web_search_2025_08_26", "mcp"])
            #expect(
                tools.last == [
                    "type": "mcp", "server_label": "web",
                    "server_url": .string("http://127.0.0.1:\(client.port)/mcp/search?***"),
                    "require_approval": "never", "allowed_tools": nil, "headers": nil, "authorization": nil,
                    "server_description": nil,
                ])
            #expect(!["k1", "k2", "k3"].contains { answer.text.contains("\"\($0)\"") })
        }
    }

    @Test func `data connectors are called, and named as unusable only if they fail`() async throws {
        try await withSandbox { client in
            let sources = #""data_sources":{"free":["pubmed"],"pay_per_use":["carbonarc"]}"#
            func items(_ words: String) async throws -> [JSONValue] {
                let answer = try await client.send("POST", Self.path, Self.body(sources, input: #""Hi \#(words)""#))
                return (answer.json["output"]?.array ?? []).filter { $0["type"] != "message" }
            }
            let calls = try await items("")
            #expect(calls.map { $0["type"]?.string } == ["mcp_call", "mcp_call"])
            #expect(calls.map { $0["server_label"]?.string } == ["pubmed", "carbonarc"])
            let failed = try await items("sandbox:tool-fails")
            #expect(failed.map { $0["error"]?["type"]?.string } == ["http_error", "http_error"])
            let unlisted = try await items("sandbox:list-fails")
            #expect(unlisted.map { $0["type"]?.string } == ["mcp_list_tools", "mcp_list_tools"])
            #expect(unlisted.first?["error"]?.string?.contains("Session terminated") == true)
        }
    }

    @Test func `an answer in JSON fits its schema, and its citation covers it`() async throws {
        try await withSandbox { client in
            let schema = #"{"type":"object","properties":{"year":{"type":"integer"}},"required":["year"]}"#
            let answer = try await client.send(
                "POST", Self.path,
                Self.body(
                    #""text":{"format":{"type":"json_schema","name":"a","schema":\#(schema)}},"#
                        + Self.search(#""allowed_domains":["who.int/data"]"#)))
            let part = answer.json["output"]?.array?.last?["content"]?[0]
            let text = try #require(part?["text"]?.string)
            #expect(try JSONValue.parse(text)["year"]?.int != nil)
            let citation = part?["annotations"]?[0]
            #expect(citation?["end_index"]?.int == text.unicodeScalars.count)
            #expect(citation?["url"]?.string?.hasPrefix("https://who.int/data/") == true)
            let actions = (answer.json["output"]?.array ?? []).compactMap { $0["action"]?["type"]?.string }
            #expect(actions == ["search", "open_page"])
        }
    }

    @Test func `the whole response of a stream has the items in the order of the stream`() async throws {
        try await withSandbox { client in
            let body = Self.body(#""stream":true,"data_sources":{"free":["pubmed"]},"tools":[{"type":"web_search"}]"#)
            let events = try await client.send("POST", Self.path, body).events
            let whole = events.last?.data["response"]
            #expect(
                whole?["output"]?.array?.map { $0["type"]?.string }
                    == ["web_search_call", "web_search_call", "message", "mcp_call"])
            #expect(whole?["created_at"] == events.first?.data["response"]?["created_at"])
            let failed = try await client.send(
                "POST", Self.path, Self.body(#""stream":true"#, input: #""sandbox:fails""#)
            ).events
            #expect(failed.map(\.type) == ["response.created", "response.in_progress", "response.failed"])
            #expect(failed.last?.data["response"]?["usage"]?.isNull == true)
        }
    }
}
