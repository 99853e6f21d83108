import FlyingFox
import FlyingSocks
import Foundation
import ParallelJSON
import TestSupport
import Testing

@testable import SandboxServer

private typealias JSONValue = ParallelJSON.JSONValue

/// A server that records what it is asked and answers as its settings say.
private actor FakeMCPServer {
    struct Settings {
        var usesEventStream = false
        var session: String? = "session-1"
        var listStatus = 200
        var pages = 1
        var result: JSONValue = ["content": [["type": "text", "text": "tool text"]], "isError": false]
        /// Sent in a stream before each answer.
        var interruptions: [String] = []
    }

    private let settings: Settings
    private(set) var requests: [(method: String, headers: [String: String], body: JSONValue)] = []

    init(_ settings: Settings) { self.settings = settings }

    func answer(_ method: String, _ headers: [String: String], _ body: JSONValue) -> HTTPResponse {
        requests.append((method, headers, body))
        guard let id = body["id"], body["method"] != nil else {
            return HTTPResponse(statusCode: method == "DELETE" ? .ok : .accepted)
        }
        let result: JSONValue
        switch body["method"]?.string {
        case "initialize":
            result = [
                "protocolVersion": "2025-03-26", "capabilities": ["tools": [:]],
                "serverInfo": ["name": "fake", "version": "1"],
            ]
        case "tools/list":
            if settings.listStatus != 200 {
                return HTTPResponse(
                    statusCode: HTTPStatusCode(settings.listStatus, phrase: "x"), body: Data("denied".utf8))
            }
            let page = Int(body["params"]?["cursor"]?.string ?? "") ?? 1
            let schema: JSONValue = [
                "type": "object",
                "properties": ["query": ["type": "string"], "count": ["type": "integer", "maximum": 3]],
                "required": ["query"],
            ]
            var list: JSONObject = ["tools": [["name": .string("tool\(page)"), "inputSchema": schema]]]
            if page < settings.pages { list["nextCursor"] = .string(String(page + 1)) }
            result = .object(list)
        default:
            result = settings.result
        }
        return response(["jsonrpc": "2.0", "id": id, "result": result])
    }

    private func response(_ message: JSONValue) -> HTTPResponse {
        var headers: HTTPHeaders = [:]
        if let session = settings.session { headers.addValue(session, for: HTTPHeader("Mcp-Session-Id")) }
        guard settings.usesEventStream else {
            headers.addValue("application/json", for: .contentType)
            return HTTPResponse(statusCode: .ok, headers: headers, body: Data(message.bytes()))
        }
        headers.addValue("text/event-stream", for: .contentType)
        let events = settings.interruptions + ["event: message\r\ndata: \(message.serialized())\r\n\r\n"]
        // Without a length the body goes out in chunks, here of a few bytes to cut lines apart.
        let bytes = Pieces(bytes: Array(events.joined().utf8), size: 7)
        return HTTPResponse(statusCode: .ok, headers: headers, body: HTTPBodySequence(from: bytes))
    }
}

private struct Pieces: AsyncBufferedSequence, AsyncBufferedIteratorProtocol {
    typealias Element = UInt8

    var bytes: [UInt8]
    let size: Int

    func makeAsyncIterator() -> Pieces { self }
    mutating func next() -> UInt8? { nil }
    mutating func nextBuffer(suggested count: Int) -> [UInt8]? {
        defer { bytes = Array(bytes.dropFirst(size)) }
        return bytes.isEmpty ? nil : Array(bytes.prefix(size))
    }
}

@Suite(.timeLimit(.minutes(10))) struct MCPTests {
    private func withServer<Value>(
        _ settings: FakeMCPServer.Settings, _ body: (FakeMCPServer, String) async throws -> Value
    ) async throws -> Value {
        let fake = FakeMCPServer(settings)
        let handler = ClosureHTTPHandler { request in
            let headers = Dictionary(request.headers.map { ($0.key.rawValue.lowercased(), $0.value) }) { $1 }
            let body = try await request.bodyData
            return await fake.answer(request.method.rawValue, headers, (try? JSONValue.parse(Array(body))) ?? nil)
        }
        let server = HTTPServer(
            address: try .inet(ip4: "127.0.0.1", port: 0), logger: .disabled, handler: handler)
        let serving = Task { try? await server.run() }
        try await server.waitUntilListening(timeout: 600)
        defer { serving.cancel() }
        guard case .ip4(_, let port)? = await server.listeningAddress else { throw SocketError.unsupportedAddress }
        return try await body(fake, "http://127.0.0.1:\(port)/mcp?x=1")
    }

    /// The result of a run with one server entry for each of `entries`, which are JSON members beside name and URL.
    private func result(
        _ url: String, _ processor: String = "base", _ entries: [String] = [""], _ metadata: JSONObject = [:],
        control: String? = nil
    ) async throws -> JSONValue {
        let servers = entries.enumerated().map { #"{"name": "s\#($0)", "url": "\#(url)"\#($1)}"# }.joined(
            separator: ", ")
        return try await withSandbox({
            $0.mcpTimeout = .seconds(600)
            $0.controlFile = control
        }) { client in
            let metadata = JSONValue.object(metadata).serialized()
            let run = try await client.run(
                #"{"input": "the input", "processor": "\#(processor)", "mcp_servers": [\#(servers)], "metadata": \#(metadata)}"#
            )
            return try await client.get(run + "/result").json
        }
    }

    @Test(arguments: [false, true])
    func `a server is greeted, listed, called and left`(usesEventStream: Bool) async throws {
        let ping = "id: 7\ndata:\n\n: ping\r\n\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}\n\n"
        let strange = "data: {\"jsonrpc\":\"2.0\",\"id\":9,\rdata: \"method\":\"roots/list\"}\n\n"
        var settings = FakeMCPServer.Settings(usesEventStream: usesEventStream)
        if usesEventStream { settings.interruptions = [ping, strange] }
        try await withServer(settings) { fake, url in
            let result = try await result(url, "base", [#", "headers": {"Authorization": "Bearer t"}"#])
            let call = try #require(result["output"]?["mcp_tool_calls"]?[0])
            #expect(result["output"]?["mcp_tool_calls"]?.array?.count == 1)
            #expect(call["server_name"] == "s0")
            #expect(call["tool_name"] == "tool1")
            #expect(call["content"] == "tool text")
            #expect(call["error"] == "")
            let arguments = try JSONValue.parse(try #require(call["arguments"]?.string))
            #expect(arguments["query"] == "the input")
            #expect(arguments["count"] == 3)
            #expect(result["run"]?["warnings"] == .some(nil))

            let requests = await fake.requests
            let own = requests.filter { $0.body["result"] == nil && $0.body["error"] == nil }
            #expect(
                own.map { $0.body["method"]?.string ?? $0.method } == [
                    "initialize", "notifications/initialized", "tools/list", "tools/call", "DELETE",
                ])
            #expect(requests.allSatisfy { $0.headers["authorization"] == "Bearer t" })
            #expect(own[0].body["params"]?["protocolVersion"] == "2025-06-18")
            #expect(own[0].headers["mcp-session-id"] == nil)
            #expect(own.dropFirst().allSatisfy { $0.headers["mcp-session-id"] == "session-1" })
            #expect(own.dropFirst().allSatisfy { $0.headers["mcp-protocol-version"] == "2025-03-26" })
            #expect(own[0].headers["accept"] == "application/json, text/event-stream")
            let replies = requests.filter { $0.body["result"] != nil || $0.body["error"] != nil }
            #expect(replies.count == (usesEventStream ? 6 : 0))
            #expect(replies.allSatisfy { ($0.body["id"] == "p") == ($0.body["result"] != nil) })
        }
    }

    @Test func `a server without sessions is not asked to end one`() async throws {
        try await withServer(FakeMCPServer.Settings(session: nil)) { fake, url in
            _ = try await result(url)
            #expect(await fake.requests.last?.body["method"] == "tools/call")
        }
    }

    @Test func `the first allowed tool is found on a later page`() async throws {
        try await withServer(FakeMCPServer.Settings(pages: 3)) { fake, url in
            let found = try await result(url, "base", [#", "allowed_tools": ["tool3", "tool2"]"#])
            #expect(found["output"]?["mcp_tool_calls"]?[0]?["tool_name"] == "tool2")
            #expect(await fake.requests.count { $0.body["method"] == "tools/list" } == 3)
            let none = try await result(url, "base", [#", "allowed_tools": []"#])
            #expect(none["output"]?["mcp_tool_calls"] == .some(nil))
            #expect(none["run"]?["warnings"] == .some(nil))
        }
    }

    @Test(arguments: ["lite", "core", "base", "ultra"], [nil, 1, 0])
    func `every processor calls once for each server unless a scenario says fewer`(
        processor: String, limit: Int?
    ) async throws {
        try await withServer(FakeMCPServer.Settings()) { fake, url in
            let scenario = limit.map { ["sandbox_calls": .number(JSONNumber($0))] } ?? JSONObject()
            let result = try await result(url, processor, ["", ""], scenario)
            let calls = limit == 0 ? nil : limit ?? 2
            #expect(result["output"]?["mcp_tool_calls"]?.array?.count == calls)
            #expect(await fake.requests.count { $0.body["method"] == "tools/list" } == 2)
        }
    }

    private func calls(of result: JSONValue) -> [String] {
        (result["output"]?["mcp_tool_calls"]?.array ?? []).map { call in
            let outcome = call["content"]?.string ?? call["error"]?.string ?? ""
            return "\(call["server_name"]?.string ?? "")/\(call["tool_name"]?.string ?? "") "
                + "\(call["arguments"]?.string ?? ""): \(outcome)"
        }
    }

    @Test(arguments: ["lite", "base"])
    func `a scenario names the tools, their arguments and the calls that fail`(processor: String) async throws {
        try await withServer(FakeMCPServer.Settings(pages: 2)) { fake, url in
            let result = try await result(
                url, processor, ["", ""],
                [
                    "sandbox_tools": "tool2*2, s1/tool1!,tool9,s1/tool2",
                    "sandbox_args": #"[{"query": "a"}, {"query": "b"}]"#,
                ])
            #expect(
                calls(of: result) == [
                    #"s0/tool2 {"query":"a"}: tool text"#, #"s0/tool2 {"query":"b"}: tool text"#,
                    #"s1/tool1 {"query":"b"}: Tool call failed: the scenario of this run asks for it"#,
                    #"s1/tool2 {"query":"b"}: tool text"#,
                ])
            #expect(
                result["run"]?["warnings"]?.array?.map { $0["message"]?.string } == [
                    "Sandbox: no MCP server of this run has the tool 'tool9'"
                ])
            #expect(await fake.requests.count { $0.body["method"] == "tools/call" } == 3)
        }
    }

    @Test func `the control file names the tools of runs that name none`() async throws {
        try await withServer(FakeMCPServer.Settings()) { _, url in
            try await withTemporaryFile { path in
                let rule = #"{"runs": [{"tools": "tool1!", "arguments": {"k": 1}}]}"#
                try Files.replace(path, with: rule)
                let ruled = try await result(url, control: path)
                #expect(
                    calls(of: ruled) == [#"s0/tool1 {"k":1}: Tool call failed: the scenario of this run asks for it"#])
                let own = try await result(url, "base", [""], ["sandbox_tools": "tool1"], control: path)
                #expect(calls(of: own) == [#"s0/tool1 {"k":1}: tool text"#])
            }
        }
    }

    @Test(arguments: [
        ("sandbox_tools", ""), ("sandbox_tools", "a,,b"), ("sandbox_tools", "a*0"), ("sandbox_tools", "a*51"),
        ("sandbox_tools", "!"), ("sandbox_args", "[]"), ("sandbox_args", "[1]"), ("sandbox_args", "x"),
    ])
    func `a scenario of tools that can't be read is refused`(key: String, value: String) throws {
        let body: JSONValue = ["input": "i", "processor": "lite", "metadata": .object([key: .string(value)])]
        #expect(throws: APIFailure.self) { try TaskRunRequest(.task(body.serialized())) }
    }

    @Test func `a tool that fails leaves its error text and no content`() async throws {
        let settings = FakeMCPServer.Settings(result: [
            "content": [["type": "text", "text": "no such city"]], "isError": true,
        ])
        try await withServer(settings) { _, url in
            let call = try await result(url)["output"]?["mcp_tool_calls"]?[0]
            #expect(call?["error"] == "no such city")
            #expect(call?["content"] == .some(nil))
        }
    }

    @Test(arguments: [(401, "401 Unauthorized"), (502, "502 Bad gateway"), (500, "500")])
    func `a server that refuses is a warning, and the run completes`(status: Int, words: String) async throws {
        try await withServer(FakeMCPServer.Settings(listStatus: status)) { _, url in
            let result = try await result(url, "base", [#", "headers": {"X-Key": "4711"}"#])
            #expect(result["run"]?["status"] == "completed")
            #expect(result["output"]?["mcp_tool_calls"] == .some(nil))
            let warning = try #require(result["run"]?["warnings"]?[0])
            #expect(warning["type"] == "warning")
            let message = try #require(warning["message"]?.string)
            let start =
                "Error listing tools from MCP server s0: \(words). Server details: Name: s0, URL: \(url), "
                + #"Headers: {"X-Key":"REDACTED"}. Reference ID: "#
            #expect(message.hasPrefix(start), "\(message)")
            let id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/
            #expect(try id.wholeMatch(in: message.dropFirst(start.count)) != nil)
        }
    }

    @Test(arguments: ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "http://[::1]:1", "http://no-such-host.invalid/"])
    func `a server out of reach is a warning`(url: String) async throws {
        let result = try await result(url)
        #expect(result["run"]?["status"] == "completed")
        #expect(result["run"]?["warnings"]?.array?.count == 1)
    }

    @Test func `a server that never answers is given up`() async throws {
        try await withSilentServer { server in
            try await withSandbox({ $0.mcpTimeout = .milliseconds(50) }) { client in
                let run = try await client.run(
                    #"{"input": "i", "processor": "lite", "mcp_servers": [{"name": "n", "url": "\#(server.url)"}]}"#)
                let warning = try await client.get(run + "/result").json["run"]?["warnings"]?[0]
                #expect(
                    warning?["message"]?.string?.hasPrefix("Error listing tools from MCP server n: 502 Bad gateway.")
                        == true)
            }
        }
    }

    @Test func `a call is in the trace as soon as it is made, and before the result`() async throws {
        try await withServer(FakeMCPServer.Settings()) { _, url in
            try await withSilentServer { silent in
                try await withSandbox({
                    $0.mcpTimeout = .seconds(600)
                    $0.streamLimit = .milliseconds(100)
                }) { client in
                    let run = try await client.run(
                        """
                        {"input": "i", "processor": "pro", "mcp_servers":
                         [{"name": "quick", "url": "\(url)"}, {"name": "silent", "url": "\(silent.url)"}]}
                        """)
                    // The run hangs at its second server, so the stream never gets further than the first call.
                    var messages: [String] = []
                    try await poll("the first call") {
                        let events = try await client.get(run + "/events").events
                        messages = events.compactMap { $0.data["message"]?.string }
                        #expect(!events.contains { $0.type == "task_run.progress_msg.result" })
                        return messages.contains("Called tool tool1 of quick.")
                    }
                    #expect(messages.count == 4)
                    #expect(try await client.get(run).json["status"] == "running")
                }
            }
        }
    }
}
