import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// Resources, prompts, and Parallel's own servers.
@Suite(.timeLimit(.minutes(10))) struct MCPFeatureTests {
    private static func docs() -> ScriptedMCPServer { .legacy(answer) }

    private static let answer: @Sendable (ScriptedMCPServer.Call) -> HTTPResponse? = { call in
        switch call.method {
        case "initialize":
            call.result([
                "protocolVersion": "2025-06-18", "capabilities": ["resources": [:], "prompts": [:]],
            ])
        case "resources/list":
            call.result([
                "resources": [
                    ["uri": "docs://guide", "name": "guide", "mimeType": "text/plain", "description": "The guide"]
                ]
            ])
        case "resources/templates/list":
            call.result(["resourceTemplates": [["uriTemplate": "docs://{page}", "name": "page"]]])
        case "resources/read":
            call.result(["contents": [["uri": "docs://guide", "mimeType": "text/plain", "text": "Read me."]]])
        case "prompts/list":
            call.result([
                "prompts": [
                    [
                        "name": "sum", "description": "Sums up",
                        "arguments": [["name": "topic", "required": true], ["name": "tone"]],
                    ]
                ]
            ])
        case "prompts/get":
            call.result(["messages": [["role": "user", "content": ["type": "text", "text": "Sum up tax"]]]])
        default: nil
        }
    }

    private static func run(_ words: String...) async -> CommandRun { await MCPRun.run(words, docs()) }

    @Test func `resources and their templates are listed`() async throws {
        let run = await Self.run("resources", MCPRun.url)
        #expect(run.output == "docs://guide\tguide\ttext/plain\tThe guide\ndocs://{page}\tpage\t\t\n")
        let json = try JSONValue.parse(await Self.run("resources", MCPRun.url, "--json").output)
        #expect(json["resources"]?.array?.count == 1 && json["resourceTemplates"]?.array?.count == 1)
    }

    @Test func `a resource is read`() async throws {
        #expect(await Self.run("resources", MCPRun.url, "read", "docs://guide").output == "Read me.\n")
        let json = try JSONValue.parse(await Self.run("resources", MCPRun.url, "read", "docs://guide", "--json").output)
        #expect(json["contents"]?[0]?["text"] == "Read me.")
    }

    @Test func `prompts are listed, and one is got with its arguments`() async {
        #expect(await Self.run("prompts", MCPRun.url).output == "sum\tSums up\ttopic [tone]\n")
        let server = Self.docs()
        let run = await MCPRun.run(["prompts", MCPRun.url, "get", "sum", "--arg", "topic=tax"], server)
        #expect(run.output == "user: Sum up tax\n")
        let sent = server.calls.last { $0.method == "prompts/get" }
        #expect(sent?.message["params"]?["arguments"] == ["topic": "tax"])
    }

    /// A server that names tools only, and does what `answer` says of everything else.
    private static func lacking(
        _ answer: @escaping @Sendable (ScriptedMCPServer.Call) -> HTTPResponse
    ) -> ScriptedMCPServer {
        .legacy { call in
            let isAsked = call.method.map { $0.hasPrefix("resources/") || $0.hasPrefix("prompts/") } == true
            return isAsked ? answer(call) : nil
        }
    }

    @Test func `a server that has neither says so, however it refuses to list them`() async {
        let servers = [
            ScriptedMCPServer.legacy(), Self.lacking { $0.error(-32601, "Method not found") },
            Self.lacking { $0.error(-32000, "no") }, Self.lacking { _ in .text("no", status: 404) },
            Self.lacking { call in
                call.result(["resources": [], "resourceTemplates": [], "prompts": []])
            },
        ]
        for (server, command) in servers.flatMap({ server in ["resources", "prompts"].map { (server, $0) } }) {
            for terminal in [TerminalInfo(), .screen] {
                let run = await MCPRun.run([command, MCPRun.url], server, terminal: terminal)
                #expect(run.code == .success && run.output == "")
                #expect(run.errors == "the server has no \(command)\n")
            }
        }
    }

    @Test(arguments: [["resources"], ["prompts"], ["resources", "read", "docs://guide"], ["prompts", "get", "sum"]])
    func `credentials that are refused are not taken for a lack`(words: [String]) async {
        let server = Self.lacking { _ in .text("no", status: 401) }
        let run = await MCPRun.run([words[0], MCPRun.url] + words.dropFirst(), server)
        #expect(run.code == .notAuthenticated && run.output.isEmpty, "\(run.errors)")
    }

    @Test(arguments: [["resources", MCPRun.url, "read", "docs://guide"], ["prompts", MCPRun.url, "get", "sum"]])
    func `that the server says it lacks something is told where it gives nothing`(words: [String]) async {
        let server = Self.lacking { $0.error(-32601, "Method not found") }
        let run = await MCPRun.run(words, server)
        #expect(run.code == .refused)
        #expect(run.errors.contains("says that it has no \(words[0])"))
    }

    @Test func `what a server has is shown although it does not name it`() async {
        let server = Self.lacking { Self.answer($0) ?? .empty(500) }
        #expect(await MCPRun.run(["resources", MCPRun.url], server).output.hasPrefix("docs://guide\tguide\t"))
        #expect(await MCPRun.run(["prompts", MCPRun.url], server).output == "sum\tSums up\ttopic [tone]\n")
        #expect(await MCPRun.run(["resources", MCPRun.url, "read", "docs://guide"], server).output == "Read me.\n")
        let prompt = await MCPRun.run(["prompts", MCPRun.url, "get", "sum", "--arg", "topic=tax"], server)
        #expect(prompt.output == "user: Sum up tax\n")
    }

    @Test(arguments: ["csv", "markdown"])
    func `no table is made of a resource`(format: String) async {
        let server = ScriptedMCPServer.legacy()
        let run = await MCPRun.run(["resources", MCPRun.url, "read", "docs://guide", "--format", format], server)
        #expect(run.code == .usage && server.calls.isEmpty)
    }

    @Test(arguments: [
        ([], "the prompt 'sum' needs more arguments: topic"),
        (["--arg", "tone=dry"], "the prompt 'sum' needs more arguments: topic"),
    ])
    func `a prompt that lacks what its list requires is not got`(words: [String], told: String) async {
        let server = Self.docs()
        let run = await MCPRun.run(["prompts", MCPRun.url, "get", "sum"] + words, server)
        #expect(run.code == .usage && run.errors.hasPrefix("error: \(told)\n"))
        #expect(server.methods.contains("prompts/list") && !server.methods.contains("prompts/get"))
    }

    @Test func `an argument that a prompt does not declare is warned of, and an unknown prompt suggested`() async {
        let run = await Self.run("prompts", MCPRun.url, "get", "sum", "--arg", "topic=tax", "--arg", "tune=dry")
        #expect(run.code == .success && run.output == "user: Sum up tax\n")
        #expect(run.errors == "warning: the prompt 'sum' declares no argument 'tune'\n")
        let unknown = await Self.run("prompts", MCPRun.url, "get", "sun")
        #expect(unknown.code == .usage && unknown.errors.contains("did you mean 'sum'?"))
    }

    @Test(arguments: [
        ["resources", MCPRun.url, "docs://guide"], ["resources", MCPRun.url, "read"],
        ["prompts", MCPRun.url, "get"], ["prompts", MCPRun.url, "--arg", "a=b"],
    ])
    func `an incomplete 'read' or 'get' is refused`(words: [String]) async {
        #expect(await MCPRun.run(words, ScriptedMCPServer.legacy()).code == .usage)
    }

    @Test func `in the modern era the name is in the header section, encoded where it must be`() async {
        let server = ScriptedMCPServer.modern { call in
            switch call.method {
            case "server/discover":
                call.result([
                    "supportedVersions": ["2026-07-28"], "capabilities": ["resources": [:], "prompts": [:]],
                ])
            case "resources/read": call.result(["contents": []])
            case "prompts/list": call.result(["prompts": [["name": "sum"]]])
            case "prompts/get": call.result(["messages": []])
            default: nil
            }
        }
        _ = await MCPRun.run(["resources", MCPRun.url, "read", "docs://größe"], server)
        #expect(server.calls.last?.header("mcp-name") == "=?base64?ZG9jczovL2dyw7bDn2U=?=")
        _ = await MCPRun.run(["prompts", MCPRun.url, "get", "sum"], server)
        #expect(server.calls.last?.header("mcp-name") == "sum")
    }

    // MARK: - Parallel's own

    private static let webSearch: JSONValue = [
        "name": "web_search",
        "inputSchema": [
            "type": "object", "required": ["objective"],
            "properties": ["objective": ["type": "string"], "session_id": ["type": "string"]],
        ],
    ]
    private static let search = ["call", "parallel-search", "web_search", "-a", "objective=x"]

    @Test func `the search server works without a key, with one random session for each invocation`() async {
        let server = ScriptedMCPServer.legacy(tools: [Self.webSearch])
        let run = await MCPRun.run(Self.search, server, environment: ["PARALLEL_API_KEY": ""])
        #expect(run.code == .success, "\(run.errors)")
        #expect(!server.calls.isEmpty)
        #expect(server.calls.allSatisfy { $0.request.url.description == "https://search.parallel.ai/mcp" })
        #expect(server.calls.allSatisfy { $0.header("authorization") == nil })
        let id = server.calls.last?.message["params"]?["arguments"]?["session_id"]?.string
        #expect(id?.count == 32)
        _ = await MCPRun.run(Self.search + ["-a", "session_id=mine"], server)
        #expect(server.calls.last?.message["params"]?["arguments"]?["session_id"] == "mine")
    }

    private static let limits = [
        "--mode", "fast", "--include-domain", "who.int", "--include-domain", "größe.example", "--after-date",
        "2026-01-31", "--location", "DE",
    ]

    @Test(arguments: ["parallel-search", "https://search.parallel.ai/mcp-oauth"])
    func `settings of a search travel with every request of the connection, in a header of ASCII`(word: String) async {
        let server = ScriptedMCPServer.legacy(tools: [Self.webSearch])
        let run = await MCPRun.run(["call", word, "web_search", "-a", "objective=x"] + Self.limits, server)
        #expect(run.code == .success, "\(run.errors)")
        let expected =
            #"{"mode":"fast","advanced_settings":{"source_policy":{"include_domains":["who.int","gr\u00f6\u00dfe.example"],"after_date":"2026-01-31"},"location":"de"}}"#
        #expect(server.calls.allSatisfy { $0.header("x-parallel-search-config") == expected })
        let plain = ScriptedMCPServer.legacy(tools: [Self.webSearch])
        _ = await MCPRun.run(Self.search, plain)
        #expect(plain.calls.allSatisfy { $0.header("x-parallel-search-config") == nil })
    }

    @Test(arguments: ["t-1", "Bearer t-1", "bearer t-1"])
    func `a bearer token is sent behind its scheme once, even if the variable holds the scheme`(value: String) async {
        let server = ScriptedMCPServer.legacy()
        let words = ["tools", MCPRun.url, "--bearer-env", "CRM_TOKEN"]
        #expect(await MCPRun.run(words, server, environment: ["CRM_TOKEN": value]).code == .success)
        #expect(server.calls.allSatisfy { $0.header("authorization")?.lowercased() == "bearer t-1" })
    }

    @Test func `settings that would have no effect are refused before anything is sent`() async {
        let server = ScriptedMCPServer.legacy(tools: [Self.webSearch])
        let noKey = await MCPRun.run(Self.search + Self.limits, server, environment: ["PARALLEL_API_KEY": ""])
        #expect(noKey.code == .notAuthenticated)
        #expect(
            noKey.errors.hasPrefix(
                "error: without an API key the search server ignores --mode, --location and the flags for sources; "
                    + "nothing was called\n"))
        for words in [
            ["parallel-search", "web_fetch"], ["parallel", "web_search"], [MCPRun.url, "web_search"],
        ] {
            let other = await MCPRun.run(["call"] + words + ["--mode", "fast"], server)
            #expect(other.code == .usage && other.errors.contains("web_search of parallel-search"))
        }
        let mode = await MCPRun.run(Self.search + ["--mode", "slow"], server)
        #expect(mode.code == .usage && mode.errors.contains("the modes are turbo, fast, basic, advanced"))
        #expect(server.calls.isEmpty)
    }

    @Test(
        arguments: [
            (#"[{"name": "sku_search", "count": 1, "cost_usd": 0.001}]"#, "this call cost $0.001 (1 × sku_search)\n"),
            (
                #"[{"name": "a", "count": 2, "cost_usd": 0.01}, {"name": "b", "count": 1, "cost_usd": 1.2}]"#,
                "this call cost $1.21 (2 × a, 1 × b)\n"
            ),
            (
                #"[{"name": "a", "count": 1, "cost_usd": 0.001}, {"name": "b", "count": 10}]"#,
                "this call cost at least $0.001 (1 × a, 10 × b)\n"
            ),
            (#"[{"name": "sku_search", "count": 1}]"#, "used: 1 × sku_search\n"),
            (#"[{"name": "\u001b[31m", "count": 1, "cost_usd": 1e300}]"#, "used: 1 × ␛[31m\n"), ("[]", ""),
            (#""much""#, ""),
        ])
    func `what a call has cost is told, by Parallel's own servers alone`(usage: String, told: String) async throws {
        let meta = try JSONValue.parse(usage)
        let server = ScriptedMCPServer.legacy(tools: [Self.webSearch, ["name": "echo"]]) { call in
            guard call.method == "tools/call" else { return nil }
            return call.result([
                "content": [["type": "text", "text": "found"]], "_meta": ["parallel/usage": meta],
            ])
        }
        for word in ["parallel-search", "parallel"] {
            let run = await MCPRun.run(["call", word, "web_search", "-a", "objective=x"], server)
            #expect(run.code == .success && run.output == "found\n" && run.errors == told, "\(run.errors)")
        }
        #expect(await MCPRun.call(server).errors.isEmpty)
        #expect(await MCPRun.run(Self.search + ["-q"], server).errors.isEmpty)
        let json = await MCPRun.run(Self.search + ["--json"], server)
        #expect(try JSONValue.parse(json.output)["_meta"]?["parallel/usage"] == meta)
    }

    @Test(arguments: ["parallel", "https://mcp.parallel.ai/mcp"])
    func `the server with all of Parallel's tools is called with the key if there is one`(word: String) async {
        for key in ["test-key", ""] {
            let server = ScriptedMCPServer.legacy(tools: [["name": "web_decisions"]])
            let run = await MCPRun.run(["tools", word], server, environment: ["PARALLEL_API_KEY": key])
            #expect(run.code == .success && run.output == "web_decisions\t\t\n" && run.errors.isEmpty)
            #expect(server.calls.allSatisfy { $0.request.url.description == "https://mcp.parallel.ai/mcp" })
            let expected = key.isEmpty ? nil : "Bearer \(key)"
            #expect(!server.calls.isEmpty && server.calls.allSatisfy { $0.header("authorization") == expected })
        }
    }

    @Test(arguments: ["parallel-search", "https://search.parallel.ai/mcp", "https://search.parallel.ai/mcp-oauth"])
    func `with a key it gets the key as a bearer token`(word: String) async {
        let server = ScriptedMCPServer.legacy(tools: [Self.webSearch])
        let run = await MCPRun.run(["tools", word], server)
        #expect(run.code == .success && !server.calls.isEmpty)
        #expect(server.calls.allSatisfy { $0.header("authorization") == "Bearer test-key" })
    }

    @Test(arguments: [
        "https://search.parallel.ai.example/mcp", "http://search.parallel.ai/mcp",
        "https://search.parallel.ai:8443/mcp",
        "https://api.parallel.ai/mcp", MCPRun.url,
    ])
    func `no other address gets the key`(url: String) async {
        let server = ScriptedMCPServer.legacy()
        _ = await MCPRun.run(["tools", url], server)
        #expect(server.calls.allSatisfy { $0.header("authorization") == nil && $0.header("x-api-key") == nil })
        #expect(!server.calls.isEmpty)
    }

    @Test(arguments: ["parallel-task", "https://task-mcp.parallel.ai/mcp"])
    func `the task server needs a key`(word: String) async {
        let server = ScriptedMCPServer.legacy()
        let run = await MCPRun.run(["tools", word], server, environment: ["PARALLEL_API_KEY": ""])
        #expect(run.code == .notAuthenticated)
        #expect(server.calls.isEmpty)
    }

    @Test func `the addresses of the past are used, and today's is suggested`() async {
        for url in ["https://search-mcp.parallel.ai/mcp", "https://mcp.parallel.ai/v1beta/search_mcp"] {
            let server = ScriptedMCPServer.legacy()
            let run = await MCPRun.run(["tools", url], server)
            #expect(run.code == .success)
            #expect(run.errors.contains("https://search.parallel.ai/mcp"))
            #expect(server.calls[0].request.url.description == url)
        }
    }

    @Test func `where the API is a stand-in, its servers are meant`() async {
        let server = ScriptedMCPServer.legacy()
        let environment = ["PARALLEL_BASE_URL": "http://127.0.0.1:8080/"]
        _ = await MCPRun.run(["tools", "parallel-search"], server, environment: environment)
        _ = await MCPRun.run(["tools", "parallel-task"], server, environment: environment)
        _ = await MCPRun.run(["tools", "parallel"], server, environment: environment)
        #expect(server.calls.first?.request.url.description == "http://127.0.0.1:8080/mcp/search")
        #expect(server.calls.contains { $0.request.url.description == "http://127.0.0.1:8080/mcp/task" })
        #expect(server.calls.last?.request.url.description == "http://127.0.0.1:8080/mcp")
        #expect(server.calls.last?.header("authorization") == "Bearer test-key")
    }
}
