import ParallelJSON
import TestSupport
import Testing

@testable import SandboxServer

/// What takes requests: a sandbox behind its socket, or its routes alone.
private protocol MCPServing {
    func send(
        _ method: String, _ path: String, _ body: String?, headers: [String: String], key: String?
    ) async throws -> Answer
}

extension SandboxClient: MCPServing {}

/// The routes of both servers without a socket; runs are kept and never begin.
private struct MCPRoutes: MCPServing {
    private let router: Router

    init() {
        let store = RunStore(defaultDelay: 86_400)
        let servers = [
            "search": SearchMCPServer.search, "unified": SearchMCPServer.unified,
            "task": TaskMCPServer(store: store).server,
        ]
        router = Router(routes: servers.map { $1.route(at: "/mcp/" + $0) }, faults: nil, book: AccountBook())
    }

    func send(
        _ method: String, _ path: String, _ body: String?, headers: [String: String], key: String?
    ) async throws -> Answer {
        var headers = headers
        headers["content-type"] = headers["content-type"] ?? "application/json"
        headers["host"] = headers["host"] ?? "127.0.0.1:1"
        headers["x-api-key"] = key
        var request = Request(
            method: method, path: String(path.prefix { $0 != "?" }), headers: headers, body: Array((body ?? "").utf8))
        request.queryItems = path.split(separator: "?").dropFirst().joined().split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
        let reply = try await router.answer(request)
        guard case .bytes(let bytes) = reply.body else { return Answer() }
        return Answer(
            status: reply.status, headers: Dictionary(reply.headers.map { ($0.name, $0.value) }) { $1 }, body: bytes)
    }
}

extension MCPServing {
    /// Sends one message to `/mcp/NAME` as a client of the protocol does.
    fileprivate func post(
        _ server: String, _ message: String, headers: [String: String] = [:], key: String? = "k"
    ) async throws -> Answer {
        let fields = ["accept": "application/json, text/event-stream"].merging(headers) { $1 }
        return try await send("POST", "/mcp/" + server, message, headers: fields, key: key)
    }

    /// The result of calling a tool.
    fileprivate func call(
        _ tool: String, of server: String, _ arguments: JSONValue, key: String? = "k"
    ) async throws -> JSONValue {
        let message: JSONValue = [
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": ["name": .string(tool), "arguments": arguments],
        ]
        return try #require(try await post(server, message.serialized(), key: key).json["result"])
    }
}

extension JSONValue {
    /// The text of a tool's result.
    fileprivate var text: String { self["content"]?[0]?["text"]?.string ?? "" }
    /// That text as JSON.
    fileprivate var textAsJSON: JSONValue { (try? JSONValue.parse(text)) ?? nil }
}

@Suite(.timeLimit(.minutes(10))) struct MCPProtocolTests {
    private static func initialize(_ version: String) -> String {
        """
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params":
         {"protocolVersion": "\(version)", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}}
        """
    }

    @Test(arguments: [
        ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"), ("2025-11-25", "2025-11-25"),
        ("1999-01-01", "2025-11-25"), ("2026-07-28", "2025-11-25"),
    ])
    func `a handshake agrees on a version and opens no session`(asked: String, agreed: String) async throws {
        let client = MCPRoutes()
        for server in ["search", "task"] {
            let hello = try await client.post(server, Self.initialize(asked))
            #expect(hello.status == 200)
            #expect(hello.json["id"] == 0)
            let result = try #require(hello.json["result"])
            #expect(result["protocolVersion"]?.string == agreed)
            #expect(result["capabilities"]?["tools"] != nil)
            #expect(result["serverInfo"]?["name"]?.string?.hasPrefix("Parallel ") == true)
            #expect(hello.headers["mcp-session-id"] == nil)
            let note = #"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#
            let done = try await client.post(server, note, headers: ["mcp-protocol-version": agreed])
            #expect(done.status == 202)
            #expect(done.body.isEmpty)
        }
    }

    @Test(arguments: ["GET", "DELETE", "PUT"])
    func `only POST is taken`(method: String) async throws {
        let client = MCPRoutes()
        for server in ["search", "task"] {
            let answer = try await client.send(
                method, "/mcp/" + server, nil, headers: ["accept": "text/event-stream"], key: nil)
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "POST")
            #expect(answer.json["error"]?["code"] == -32000)
            #expect(answer.json["id"] == .some(nil))
        }
    }

    @Test(arguments: [
        ("accept", "application/json", 406, -32600), ("accept", "text/event-stream", 406, -32600),
        ("accept", "*/*", 406, -32600), ("content-type", "text/plain", 400, nil),
        ("mcp-protocol-version", "1999-01-01", 400, -32600), ("mcp-protocol-version", "2026-07-28", 400, -32600),
        ("mcp-protocol-version", "2025-06-18", 200, nil),
        ("accept", "application/json;q=1, text/event-stream;q=0.5", 200, nil),
        ("content-type", "application/json; charset=utf-8", 200, nil),
    ])
    func `a header that does not fit is refused`(name: String, value: String, status: Int, code: Int?) async throws {
        let answer = try await MCPRoutes().post(
            "search", #"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#, headers: [name: value])
        #expect(answer.status == status)
        #expect(answer.json["error"]?["code"]?.int == code)
        if code != nil { #expect(answer.json["id"] == "server-error") }
        if status == 200 { #expect(answer.json == ["jsonrpc": "2.0", "id": 1, "result": [:]]) }
    }

    @Test(arguments: [
        ("host", "evil.example", 421), ("host", "evil.example:8080", 421), ("host", "127.0.0.1.evil.example:80", 421),
        ("host", "127.0.0.1", 421), ("host", "localhost:8080", 200), ("host", "[::1]:8080", 200),
        ("origin", "https://evil.example", 403), ("origin", "https://127.0.0.1:80", 403), ("origin", "null", 403),
        ("origin", "http://localhost.evil.example:80", 403), ("origin", "http://localhost:6274", 200),
        ("origin", "http://127.0.0.1:80", 200),
    ])
    func `a page of somebody else's gets no answer`(name: String, value: String, status: Int) async throws {
        for server in ["search", "task"] {
            let answer = try await MCPRoutes().post(
                server, #"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#, headers: [name: value])
            #expect(answer.status == status)
            if status != 200 { #expect(answer.text == "Invalid \(name == "host" ? "Host" : "Origin") header") }
        }
    }

    @Test(arguments: [
        (#"{"jsonrpc": "2.0", "#, -32700), ("", -32700), ("[]", -32602), (#"{"id": 1, "method": "ping"}"#, -32602),
        (#"[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]"#, -32602), (#"{"jsonrpc": "2.0", "id": 1}"#, -32602),
        (#"{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}"#, -32602),
        (#"{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}"#, -32602),
    ])
    func `what is no JSON-RPC is refused`(body: String, code: Int) async throws {
        let answer = try await MCPRoutes().post("search", body)
        #expect(answer.status == 400)
        #expect(answer.json["id"] == "server-error")
        #expect(answer.json["error"]?["code"]?.int == code)
    }

    @Test(arguments: [
        #"{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}"#,
        #"{"jsonrpc": "2.0", "id": 1, "result": {}}"#,
        #"{"jsonrpc": "2.0", "id": "a", "error": {"code": 1, "message": "m"}}"#,
    ])
    func `notifications and responses are accepted without an answer`(body: String) async throws {
        let answer = try await MCPRoutes().post("search", body)
        #expect(answer.status == 202)
        #expect(answer.body.isEmpty)
    }

    @Test(arguments: [
        ("server/discover", "{}"), ("no/such", "{}"), ("initialize", "{}"), ("tools/call", "{}"),
        ("tools/call", #"{"name": "web_search", "arguments": []}"#),
    ])
    func `a method or parameters that are unknown give a protocol error`(
        method: String, parameters: String
    ) async throws {
        let body = #"{"jsonrpc": "2.0", "id": "x", "method": "\#(method)", "params": \#(parameters)}"#
        let answer = try await MCPRoutes().post("search", body)
        #expect(answer.status == 200)
        #expect(answer.json["id"] == "x")
        #expect(answer.json["error"] == ["code": -32602, "message": "Invalid request parameters", "data": ""])
    }

    @Test func `a client of the next era is reported the versions of this one`() async throws {
        let body = #"{"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {}}"#
        let answer = try await MCPRoutes().post("search", body, headers: ["mcp-protocol-version": "2026-07-28"])
        #expect(answer.status == 400)
        #expect(
            answer.error == "Bad Request: Unsupported protocol version: 2026-07-28. "
                + "Supported versions: 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25")
    }

    @Test(arguments: [
        ("search", nil, 200), ("search", "k", 200), ("search", "invalid", 401), ("task", "k", 200), ("task", "", 401),
        ("task", "invalid", 401),
    ])
    func `a key that is wrong is challenged`(server: String, key: String?, status: Int) async throws {
        let body = #"{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}"#
        let headers = key.map { ["authorization": "Bearer \($0)"] } ?? [:]
        let answer = try await MCPRoutes().post(server, body, headers: headers, key: nil)
        #expect(answer.status == status)
        // There is no metadata here that a challenge could point to.
        #expect(answer.headers["www-authenticate"] == (status == 401 ? "Bearer" : nil))
        #expect((answer.json["result"] != nil) == (status == 200))
    }

    @Test func `a missing key is no JSON-RPC error at the Task server`() async throws {
        let answer = try await MCPRoutes().post("task", #"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#, key: nil)
        #expect(answer.status == 200)
        #expect(answer.json["jsonrpc"] == nil)
        #expect(answer.json["error"] == "Authentication required")
        #expect(answer.json["detail"]?.string?.hasPrefix("Missing x-api-key or Authorization header") == true)
    }

    @Test func `a scripted fault comes before everything`() async throws {
        try await withTemporaryFile { path in
            try Files.replace(path, with: #"{"faults": [{"path": "/mcp/search", "times": 1, "status": 503}]}"#)
            try await withSandbox({ $0.controlFile = path }) { client in
                let ping = #"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#
                let answers = [try await client.post("search", ping), try await client.post("search", ping)]
                #expect(answers.map(\.status) == [503, 200])
            }
        }
    }

    @Test func `the log has the messages and no key`() async throws {
        try await withTemporaryFile { path in
            try await withSandbox({ $0.logFile = path }) { client in
                let headers = ["mcp-protocol-version": "2025-06-18", "authorization": "Bearer secret"]
                let ping = #"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#
                _ = try await client.post("task", ping, headers: headers, key: nil)
            }
            let text = String(decoding: try Files.read(path), as: UTF8.self)
            let line = try JSONValue.parse(String(try #require(text.split(separator: "\n").first)))
            #expect(line["path"] == "/mcp/task")
            #expect(line["body"]?["method"] == "ping")
            #expect(line["headers"]?["mcp-protocol-version"] == "2025-06-18")
            #expect(!text.contains("secret"))
        }
    }

    @Test func `a run can have a sandbox's own server called`() async throws {
        try await withSandbox { client in
            let run = try await client.run(
                """
                {"input": "i", "processor": "core", "mcp_servers":
                 [{"name": "own", "url": "http://127.0.0.1:\(client.port)/mcp/search"}]}
                """)
            let call = try await client.get(run + "/result").json["output"]?["mcp_tool_calls"]?[0]
            #expect(call?["tool_name"] == "web_search")
            #expect(call?["error"] == "")
            #expect(call?["content"]?.string?.contains("search_id") == true)
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct SearchMCPServerTests {
    @Test func `the list has the contracts of Parallel's server`() async throws {
        let answer = try await MCPRoutes().post(
            "search", #"{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}"#, key: nil)
        let tools = answer.json["result"]?["tools"]?.array ?? []
        #expect(tools.compactMap { $0["name"]?.string } == ["web_search", "web_fetch"])
        #expect(answer.json["result"]?["nextCursor"] == nil)
        let search = try #require(tools.first)
        #expect(
            search["annotations"] == [
                "title": "Web search", "readOnlyHint": true, "destructiveHint": false, "openWorldHint": true,
            ])
        #expect(search["inputSchema"]?["title"] == "v1_search_toolArguments")
        #expect(search["inputSchema"]?["required"] == ["objective", "search_queries"])
        #expect(
            search["inputSchema"]?["properties"]?.object?.keys == [
                "objective", "search_queries", "session_id", "model_name",
            ])
        #expect(search["outputSchema"]?["required"] == ["search_id", "results", "session_id"])
        let fetch = try #require(tools.last)
        #expect(fetch["annotations"] == nil)
        #expect(fetch["inputSchema"]?["required"] == ["urls"])
        #expect(
            fetch["inputSchema"]?["properties"]?.object?.keys == [
                "urls", "objective", "search_queries", "full_content", "allow_live_fetch", "session_id", "model_name",
            ])
        #expect(fetch["outputSchema"]?["required"] == ["extract_id", "results", "errors", "session_id"])
        #expect(fetch["outputSchema"]?["properties"]?["results"]?["items"]?["properties"]?["full_content"] != nil)
    }

    @Test(arguments: [nil, "0123456789abcdef0123456789abcdef"])
    func `a search gives results that fit its schema, with the session`(session: String?) async throws {
        var arguments: JSONObject = ["objective": "what", "search_queries": ["one two three", "four"]]
        arguments["session_id"] = session.map(JSONValue.string)
        let result = try await MCPRoutes().call("web_search", of: "search", .object(arguments), key: nil)
        #expect(result["isError"] == false)
        let structured = try #require(result["structuredContent"])
        #expect(result.textAsJSON == structured)
        #expect(structured["results"]?.array?.count == 10)
        #expect(SchemaMatch.mismatches(of: structured, with: SearchMCPSchemas.searchOutput) == [])
        if let session {
            #expect(structured["session_id"]?.string == session)
        } else {
            #expect(structured["session_id"]?.string?.isEmpty == false)
        }
    }

    /// What a search through a connection with this query and header has found: the hosts, and its cost in USD.
    private static func found(
        _ query: String, _ config: String? = nil, key: String? = "k", server: String = "search"
    ) async throws -> (status: Int, hosts: Set<String>, usd: Double?) {
        let message =
            #"{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "web_search", "arguments": {"objective": "o", "search_queries": ["q"]}}}"#
        let headers = config.map { ["x-parallel-search-config": $0] } ?? [:]
        let answer = try await MCPRoutes().post(server + query, message, headers: headers, key: key)
        guard answer.status == 200 else { return (answer.status, [], nil) }
        let results = answer.json["result"]?["structuredContent"]?["results"]?.array ?? []
        let hosts = results.compactMap { $0["url"]?.string?.split(separator: "/")[1] }.map { String($0) }
        let usage = answer.json["result"]?["_meta"]?["parallel/usage"]?[0]
        #expect(usage?["name"] == "sku_search" && usage?["count"] == 1)
        return (200, Set(hosts), usage?["cost_usd"]?.double)
    }

    private static let domains = #""source_policy":{"include_domains":["a.example","b.example"]}"#

    @Test func `a connection with a key sets its searches by header and URL, and the URL wins for each field`()
        async throws
    {
        let plain = try await Self.found("")
        #expect(plain.hosts.count > 1 && plain.usd == 0.005)
        let set = try await Self.found("", #"{"mode":"fast","advanced_settings":{\#(Self.domains)}}"#)
        #expect(set.hosts == ["a.example", "b.example"] && set.usd == 0.001)
        let prefix = "advanced_settings.source_policy.include_domains"
        let both = try await Self.found(
            "?\(prefix)=c.example,d.example&\(prefix)=e.example",
            #"{"mode":"turbo","advanced_settings":{\#(Self.domains)}}"#
        )
        #expect(both.hosts == ["c.example", "d.example", "e.example"] && both.usd == 0.001)
        #expect(try await Self.found("?advanced_settings.max_results=2&mode=advanced").usd == 0.005)
    }

    @Test func `results beyond those in the price are in the usage of the call`() async throws {
        let message =
            #"{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "web_search", "arguments": {"objective": "o", "search_queries": ["q"]}}}"#
        let config = ["x-parallel-search-config": #"{"mode":"fast","advanced_settings":{"max_results":20}}"#]
        let answer = try await MCPRoutes().post("search", message, headers: config, key: "k")
        #expect(
            answer.json["result"]?["_meta"]?["parallel/usage"] == [
                ["name": "sku_search", "count": 1, "cost_usd": 0.001],
                ["name": "sku_search_additional_results", "count": 10],
            ])
    }

    @Test func `without a key a connection sets nothing, and the mode is fast`() async throws {
        let set = try await Self.found("?mode=advanced", #"{"advanced_settings":{\#(Self.domains)}}"#, key: nil)
        #expect(!set.hosts.contains("a.example") && set.usd == 0.001)
        #expect(try await Self.found("?mode=nonsense", "no JSON", key: nil).status == 200)
    }

    @Test(arguments: [
        ("?mode=slow", nil), ("?objective=x", nil), ("?a.b.c.d.e=1", nil), ("?advanced_settings.max_results=many", nil),
        ("", "{"), ("", "[]"), ("", #"{"search_queries":["x"]}"#), ("", #"{"advanced_settings":{"colour":"red"}}"#),
    ])
    func `a setting that the server does not know is refused at the handshake`(query: String, config: String?)
        async throws
    {
        let hello = #"{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {}}"#
        let headers = config.map { ["x-parallel-search-config": $0] } ?? [:]
        let answer = try await MCPRoutes().post("search" + query, hello, headers: headers)
        #expect(answer.status == 400)
        #expect(answer.json["error"]?["message"]?.string?.isEmpty == false)
        // The server with all tools takes no settings.
        #expect(try await MCPRoutes().post("unified" + query, hello, headers: headers).status == 200)
    }

    @Test func `what to look for on a page has at most 200 characters`() async throws {
        for (length, isError) in [(200, false), (201, true)] {
            let result = try await MCPRoutes().call(
                "web_fetch", of: "search",
                ["urls": ["https://a.example/"], "objective": .string(String(repeating: "é", count: length))])
            #expect(result["isError"]?.bool == isError)
        }
    }

    @Test func `a fetch gives a page for each URL, or says why not`() async throws {
        let result = try await MCPRoutes().call(
            "web_fetch", of: "search", ["urls": ["https://a.example/x", "ftp://b"], "full_content": true])
        #expect(result["isError"] == false)
        let structured = try #require(result["structuredContent"])
        #expect(result.textAsJSON == structured)
        #expect(SchemaMatch.mismatches(of: structured, with: SearchMCPSchemas.fetchOutput) == [])
        #expect(structured["results"]?[0]?["url"] == "https://a.example/x")
        #expect(structured["results"]?[0]?["full_content"]?.string?.hasPrefix("# Sandbox page") == true)
        #expect(structured["results"]?[1] == nil)
        #expect(structured["errors"]?[0]?["url"] == "ftp://b")
        #expect(structured["errors"]?[0]?["error_type"] == "invalid_url")
    }

    @Test func `a fetch gives excerpts alone unless asked for more`() async throws {
        let result = try await MCPRoutes().call(
            "web_fetch", of: "search", ["urls": ["https://a.example/"], "objective": nil])
        #expect(result["structuredContent"]?["results"]?[0]?["full_content"] == .some(nil))
        #expect(result["structuredContent"]?["results"]?[0]?["excerpts"]?.array?.count == 1)
    }

    private static let sessionOf101 = JSONValue.string(String(repeating: "s", count: 101))

    @Test(
        arguments: [
            ("nope", [:], "Unknown tool: nope"),
            (
                "web_search", [:],
                """
                Error executing tool web_search: 2 validation errors for v1_search_toolArguments
                objective
                  Field required [type=missing]
                search_queries
                  Field required [type=missing]
                """
            ),
            (
                "web_search", ["objective": "o", "search_queries": "q"],
                """
                Error executing tool web_search: 1 validation error for v1_search_toolArguments
                search_queries
                  Input should be a valid list [type=list_type]
                """
            ),
            (
                "web_search", ["objective": "o", "search_queries": ["q", 1], "session_id": sessionOf101],
                """
                Error executing tool web_search: 2 validation errors for v1_search_toolArguments
                search_queries.1
                  Input should be a valid string [type=string_type]
                session_id
                  String should have at most 100 characters [type=string_too_long]
                """
            ),
            (
                "web_search", ["objective": "o", "search_queries": []],
                """
                Error executing tool web_search: Unprocessable content: request validation error
                search_queries: List should have at least 1 item after validation, not 0
                """
            ),
            (
                "web_fetch", ["urls": ["u"], "objective": 1, "full_content": nil],
                """
                Error executing tool web_fetch: 2 validation errors for v1_extract_toolArguments
                objective
                  Input should be a valid string [type=string_type]
                full_content
                  Input should be a valid boolean [type=bool_type]
                """
            ),
            ("web_fetch", ["urls": []], "Error executing tool web_fetch: urls: from 1 to 20 URLs, not 0"),
        ] as [(String, JSONValue, String)])
    func `a call that does not fit is a result that says so`(
        tool: String, arguments: JSONValue, text: String
    ) async throws {
        let result = try await MCPRoutes().call(tool, of: "search", arguments)
        #expect(result["isError"] == true)
        #expect(result.text == text)
        #expect(result["structuredContent"] == nil)
    }
}

@Suite(.timeLimit(.minutes(10))) struct TaskMCPServerTests {
    /// What getStatus says once the run or group has ended.
    private func ending(of id: JSONValue, _ client: SandboxClient) async throws -> JSONValue {
        var status = JSONValue.null
        try await poll("the end of the run or group", state: { status.serialized() }) {
            status = try await client.call("getStatus", of: "task", ["taskRunOrGroupId": id]).textAsJSON
            return status["status"] != "queued" && status["status"] != "running"
        }
        return status
    }

    @Test func `the list has the contracts of Parallel's server`() async throws {
        let answer = try await MCPRoutes().post("task", #"{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}"#)
        let tools = answer.json["result"]?["tools"]?.array ?? []
        let expected: [(String, JSONValue, [String])] = [
            ("createDeepResearch", ["input"], ["input", "processor", "source_policy", "previous_interaction_id"]),
            (
                "createTaskGroup", ["inputs", "output", "output_type"],
                ["inputs", "output", "output_type", "processor", "source_policy"]
            ),
            ("getStatus", ["taskRunOrGroupId"], ["taskRunOrGroupId"]),
            ("getResultMarkdown", ["taskRunOrGroupId"], ["taskRunOrGroupId", "basis"]),
        ]
        #expect(tools.count == expected.count)
        for (tool, (name, required, properties)) in zip(tools, expected) {
            #expect(tool["name"]?.string == name)
            #expect(tool["inputSchema"]?["required"] == required)
            #expect(tool["inputSchema"]?["properties"]?.object?.keys == properties)
            #expect(tool["annotations"] == nil)
            #expect(tool["outputSchema"] == nil)
        }
    }

    @Test func `deep research goes from its creation to its result, and is a run like others`() async throws {
        try await withSandbox { client in
            let created = try await client.call("createDeepResearch", of: "task", ["input": "why"])
            #expect(created["structuredContent"] == nil)
            let id = try #require(created.textAsJSON["run_id"])
            let name = try #require(id.string)
            #expect(name.hasPrefix("trun_"))
            #expect(
                created.textAsJSON["url"]?.string == "https://platform.parallel.ai/play/deep-research/\(name)")
            #expect(created.textAsJSON["status"] == "queued")

            #expect(try await ending(of: id, client) == ["taskRunOrGroupId": id, "status": "completed"])
            let result = try await client.call("getResultMarkdown", of: "task", ["taskRunOrGroupId": id])
            #expect(result["isError"] == false)
            #expect(result.text.hasPrefix("# Sandbox report: why"))
            #expect(!result.text.contains("### Basis"))

            let run = try await client.get("/v1/tasks/runs/\(name)/result").json
            #expect(run["run"]?["processor"] == "pro")
            #expect(run["run"]?["taskgroup_id"] == .some(nil))
            #expect(run["output"]?["content"]?.string?.hasPrefix(result.text) == true)
        }
    }

    @Test func `a group has a run for each input, which the API shows with the group's id`() async throws {
        try await withSandbox { client in
            let created = try await client.call(
                "createTaskGroup", of: "task",
                [
                    "inputs": [["name": "A"], ["name": "B"]], "output": "the chief", "output_type": "json",
                    "processor": "base",
                ])
            let id = try #require(created.textAsJSON["taskgroup_id"])
            #expect(id.string?.hasPrefix("tgrp_") == true)
            #expect(created.textAsJSON["num_task_runs"] == 2)
            #expect(
                try await ending(of: id, client) == [
                    "taskRunOrGroupId": id, "status": "completed", "is_active": false, "num_task_runs": 2,
                    "task_run_status_counts": ["completed": 2],
                ])
            func markdown(_ basis: String?) async throws -> String {
                var arguments: JSONObject = ["taskRunOrGroupId": id]
                arguments["basis"] = basis.map(JSONValue.string)
                return try await client.call("getResultMarkdown", of: "task", .object(arguments)).text
            }
            let plain = try await markdown(nil)
            #expect(plain.contains(#"## 0: {"name":"A"}"#))
            #expect(plain.contains(#"## 1: {"name":"B"}"#))
            #expect(plain.contains("- **answer**: Sandbox value for answer"))
            for (basis, count) in [(nil, 0), ("all", 2), ("index:1", 1), ("field:answer", 2), ("field:other", 0)] {
                #expect(try await markdown(basis).split(separator: "### Basis").count == count + 1)
            }
            for wrong in ["index:x", "field:", "some", ""] {
                #expect(try await markdown(wrong).contains("basis should be all, index:N or field:NAME"))
            }
        }
    }

    @Test func `what runs still has a status and no result`() async throws {
        let client = MCPRoutes()
        let run = try #require(
            try await client.call("createDeepResearch", of: "task", ["input": "i"]).textAsJSON["run_id"])
        let group = try #require(
            try await client.call(
                "createTaskGroup", of: "task", ["inputs": [[:]], "output": "o", "output_type": "text"]
            ).textAsJSON["taskgroup_id"])
        let status = try await client.call("getStatus", of: "task", ["taskRunOrGroupId": group]).textAsJSON
        #expect(status["status"] == "running")
        #expect(status["is_active"] == true)
        for id in [run, group] {
            let result = try await client.call("getResultMarkdown", of: "task", ["taskRunOrGroupId": id])
            #expect(result["isError"] == true)
            #expect(result.text.contains("is still running; ask getStatus until it has ended"))
        }
    }

    @Test func `a run that failed has no result but its reason`() async throws {
        try await withSandbox { client in
            let run = try await client.create(
                #"{"input": "i", "processor": "lite", "metadata": {"sandbox_status": "failed", "sandbox_error": "bad luck"}}"#
            ).json["run_id"]
            let id = try #require(run)
            #expect(try await ending(of: id, client)["status"] == "failed")
            let result = try await client.call("getResultMarkdown", of: "task", ["taskRunOrGroupId": id])
            #expect(result["isError"] == true)
            #expect(result.text.hasSuffix("The run ended as failed (bad luck)."))
        }
    }

    @Test(
        arguments: [
            ("getStatus", ["taskRunOrGroupId": "trun_x"], "there is no task run or group with the id 'trun_x'"),
            ("getResultMarkdown", ["taskRunOrGroupId": "tgrp_x"], "there is no task run or group with the id 'tgrp_x'"),
            ("createDeepResearch", ["input": "i", "processor": "mega"], "Forbidden: invalid processor in request"),
            (
                "createDeepResearch", ["input": "i", "source_policy": ["include_domains": ["https://x"]]],
                "source_policy.include_domains.0: Input should be a domain"
            ),
            ("createDeepResearch", ["input": 1], "input\n  Input should be a valid string [type=string_type]"),
            (
                "createTaskGroup", ["inputs": [], "output": "o", "output_type": "json"],
                "inputs: at least one is needed"
            ),
            (
                "createTaskGroup", ["inputs": ["a"], "output": "o", "output_type": "xml"],
                "inputs.0\n  Input should be a valid dictionary [type=dict_type]\noutput_type\n  Input should be one of"
            ),
        ] as [(String, JSONValue, String)])
    func `a call that cannot be done is a result that says why`(
        tool: String, arguments: JSONValue, text: String
    ) async throws {
        let result = try await MCPRoutes().call(tool, of: "task", arguments)
        #expect(result["isError"] == true)
        #expect(result.text.hasPrefix("Error executing tool \(tool): "))
        #expect(result.text.contains(text))
    }
}
