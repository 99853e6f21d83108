import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSettings
import TestSupport
import Testing

struct TaskRunRequestTests {
    private func request(_ change: (inout TaskRunRequest) -> Void = { _ in }) -> TaskRunRequest {
        var request = TaskRunRequest(input: "why?")
        change(&request)
        return request
    }

    /// Why the request is refused; nil when it is not.
    private func fault(_ change: (inout TaskRunRequest) -> Void) -> String? {
        refusal { () throws(InvalidRequest) in try request(change).check() }
    }

    private func text(_ count: Int) -> String { String(repeating: "é", count: count) }

    private func server(_ name: String) -> MCPServer {
        MCPServer(
            name: name, url: .init(template: "https://mcp.example/", expanded: "https://mcp.example/"), headers: [],
            allowedTools: nil)
    }

    // MARK: - Limits

    @Test func `lengths and counts are right at their limit and wrong one above`() {
        #expect(fault { $0.metadata = [(text(16), text(512))] } == nil)
        #expect(
            fault { $0.metadata = [(text(17), "v")] }
                == "the metadata key '\(text(17))' has 17 characters; the limit is 16")
        #expect(
            fault { $0.metadata = [("k", text(513))] }
                == "the metadata value of 'k' has 513 characters; the limit is 512")
        #expect(fault { $0.mcpServers = (1...10).map { server("s\($0)") } } == nil)
        #expect(
            fault { $0.mcpServers = (1...11).map { server("s\($0)") } } == "11 MCP servers; a run takes at most 10")
        #expect(fault { $0.input = .string(text(25_000)) } == nil)
        #expect(fault { $0.input = .string(text(25_001)) }?.contains("the limit is 25000") == true)
        #expect(fault { $0.sourcePolicy.excludeDomains = Array(repeating: "a.example", count: 200) } == nil)
        #expect(
            fault { $0.sourcePolicy.excludeDomains = Array(repeating: "a.example", count: 201) }?.contains(
                "201 domains")
                == true)
    }

    @Test func `the spec has a limit of its own and shares one with the input`() {
        // {"output_schema":{"type":"text","description":"…"}} is 50 characters without the description.
        func schema(_ length: Int) -> JSONValue { ["type": "text", "description": .string(text(length - 50))] }
        #expect(fault { $0.outputSchema = schema(15_000) } == nil)
        #expect(
            fault { $0.outputSchema = schema(15_001) } == "the task spec has 15001 characters; the limit is 15000")
        #expect(
            fault {
                $0.outputSchema = schema(15_000); $0.input = .string(text(10_000))
            } == nil)
        #expect(
            fault {
                $0.outputSchema = schema(15_000); $0.input = .string(text(10_001))
            }
                == "input (10001) and task spec (15000) have 25001 characters together; the limit is 25000")
        // An object counts as it is sent.
        #expect(fault { $0.input = ["k": .string(text(25_000 - 8))] } == nil)
        #expect(fault { $0.input = ["k": .string(text(25_001 - 8))] }?.contains("25001") == true)
    }

    @Test(arguments: ["", " ", "\n\t"])
    func `blank input is refused`(input: String) {
        #expect(fault { $0.input = .string(input) } == "the input is empty")
    }

    @Test func `two servers of one name are refused`() {
        #expect(
            fault { $0.mcpServers = [server("a"), server("b"), server("a")] }
                == "the MCP server 'a' is given twice; names must differ")
    }

    @Test func `a JSON output schema must follow the rules, other forms pass`() {
        for schema: JSONValue in [
            ["type": "json", "json_schema": ["type": "array"]], ["json_schema": ["type": "array"]],
        ] {
            #expect(fault { $0.outputSchema = schema } == #"the output schema's root must have "type": "object""#)
        }
        for schema: JSONValue in ["any text", ["type": "auto"], ["type": "text", "description": nil]] {
            #expect(fault { $0.outputSchema = schema } == nil)
        }
        // The rules are for outputs.
        #expect(fault { $0.inputSchema = ["type": "json", "json_schema": ["type": "array", "minItems": 1]] } == nil)
    }

    // MARK: - Body

    @Test func `only what was set is written`() {
        #expect(request().json(.revealed).serialized() == #"{"input":"why?","processor":"base"}"#)
    }

    @Test func `an input schema alone brings the automatic output`() {
        let body = request { $0.inputSchema = "text" }.json(.revealed)
        #expect(body["task_spec"]?.serialized() == #"{"output_schema":{"type":"auto"},"input_schema":"text"}"#)
    }

    @Test func `members stand in the order of the API's reference`() {
        let body = request {
            $0.input = ["b": 1, "a": 2]
            $0.processor = "core-fast"
            $0.outputSchema = ["type": "auto"]
            $0.metadata = [("z", "1"), ("a", "2")]
            $0.sourcePolicy.afterDate = "2026-01-31"
            $0.location = "GB"
            $0.mcpServers = [server("crm")]
            $0.enableEvents = true
            $0.webhookURL = "https://hook.example/"
            $0.previousInteractionID = "trun_0"
            $0.memoryScopeKey = "acme"
        }.json(.revealed)
        let expected =
            #"{"input":{"b":1,"a":2},"processor":"core-fast","task_spec":{"output_schema":{"type":"auto"}},"#
            + #""metadata":{"z":"1","a":"2"},"source_policy":{"after_date":"2026-01-31"},"#
            + #""advanced_settings":{"location":"gb"},"#
            + #""mcp_servers":[{"type":"url","url":"https://mcp.example/","name":"crm"}],"enable_events":true,"#
            + #""webhook":{"url":"https://hook.example/","event_types":["task_run.status"]},"#
            + #""previous_interaction_id":"trun_0","memory_scope_key":"acme"}"#
        #expect(body.serialized() == expected)
    }

    @Test func `header values of servers are written as sent or masked`() {
        let crm = MCPServer(
            name: "crm", url: .init(template: "https://${HOST}/mcp?k=1", expanded: "https://crm.example/mcp?k=1"),
            headers: [
                ("Authorization", .init(template: "Bearer ${TOKEN}", expanded: "Bearer s3cret")),
                ("X-Key", .init(template: "literal", expanded: "literal")),
            ], allowedTools: ["find", "get"])
        let body = request { $0.mcpServers = [crm] }
        #expect(
            body.json(.revealed)["mcp_servers"]?[0] == [
                "type": "url", "url": "https://crm.example/mcp?k=1", "name": "crm",
                "headers": ["Authorization": "Bearer s3cret", "X-Key": "literal"], "allowed_tools": ["find", "get"],
            ])
        #expect(
            body.json(.masked)["mcp_servers"]?[0] == [
                "type": "url", "url": "https://${HOST}/mcp?k=***", "name": "crm",
                "headers": ["Authorization": "Bearer ${TOKEN}", "X-Key": "***"], "allowed_tools": ["find", "get"],
            ])
    }

    // MARK: - Beta header

    /// The `parallel-beta` header of the request that would be sent.
    private func beta(_ change: (inout TaskRunRequest) -> Void) async throws -> String? {
        let client = ParallelClient(transport: ScriptedTransport([]), settings: try Settings(environment: [:]))
        return try await client.createRunRequest(request(change)).headers["parallel-beta"]
    }

    @Test func `each feature brings its beta value, and others come behind`() async throws {
        #expect(try await beta { _ in } == nil)
        #expect(try await beta { $0.mcpServers = [server("a")] } == "mcp-server-2025-07-17")
        #expect(try await beta { $0.enableEvents = true } == "events-sse-2025-07-24")
        #expect(try await beta { $0.enableEvents = false } == nil)
        #expect(try await beta { $0.webhookURL = "https://hook.example/" } == "webhook-2025-08-12")
        #expect(try await beta { $0.extraBetas = ["x", "y", "x"] } == "x,y")
        #expect(
            try await beta {
                $0.mcpServers = [server("a")]
                $0.enableEvents = true
                $0.webhookURL = "https://hook.example/"
                $0.extraBetas = ["webhook-2025-08-12", "new-1"]
            } == "mcp-server-2025-07-17,events-sse-2025-07-24,webhook-2025-08-12,new-1")
    }
}
