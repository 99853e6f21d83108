import ParallelAPI
import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelSystem
import TestSupport
import Testing

/// How the client finds out what a server speaks.
@Suite(.timeLimit(.minutes(10))) struct MCPEraTests {
    @Test func `a modern server is asked without a handshake, and every request says what it needs to`() async {
        let server = ScriptedMCPServer.modern()
        let run = await MCPRun.call(server, "--arg", "text=x")
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.output == "called\n")
        #expect(server.methods == ["server/discover", "tools/list", "tools/call"])
        for call in server.calls {
            #expect(call.header("mcp-protocol-version") == "2026-07-28")
            #expect(call.header("mcp-method") == call.method)
            let meta = call.message["params"]?["_meta"]
            #expect(meta?["io.modelcontextprotocol/protocolVersion"] == "2026-07-28")
            #expect(meta?["io.modelcontextprotocol/clientCapabilities"] == [:])
            #expect(meta?["io.modelcontextprotocol/clientInfo"]?["name"] == "parallel")
            #expect(call.header("accept") == "application/json, text/event-stream")
            #expect(call.header("content-type") == "application/json")
            #expect(call.header("origin") == nil)
        }
        #expect(server.calls[2].header("mcp-name") == "echo")
        #expect(server.calls[1].header("mcp-name") == nil)
        #expect(Set(server.calls.map { $0.id.serialized() }).count == 3)
    }

    @Test(arguments: ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])
    func `a legacy server gets the handshake, and its version and session with everything that follows`(
        version: String
    ) async {
        let server = ScriptedMCPServer.legacy(version: version, session: "s-1")
        let run = await MCPRun.call(server)
        #expect(run.code == .success, "\(run.errors)")
        #expect(
            server.methods == [
                "server/discover", "initialize", "notifications/initialized", "tools/list", "GET", "tools/call",
                "DELETE",
            ])
        let initialize = server.calls[1]
        #expect(initialize.message["params"]?["protocolVersion"] == "2025-11-25")
        #expect(initialize.message["params"]?["capabilities"] == [:])
        #expect(initialize.header("mcp-protocol-version") == nil)
        #expect(initialize.header("mcp-session-id") == nil)
        for call in server.calls[2...] {
            #expect(call.header("mcp-protocol-version") == version)
            #expect(call.header("mcp-session-id") == "s-1")
        }
        #expect(server.calls[2].message["id"] == nil)
    }

    @Test func `without a session there is nothing to end and nothing to listen to`() async {
        let server = ScriptedMCPServer.legacy()
        #expect(await MCPRun.call(server).code == .success)
        #expect(
            server.methods == [
                "server/discover", "initialize", "notifications/initialized", "tools/list", "tools/call",
            ])
    }

    @Test func `a session id on a refusal is not taken for a session`() async {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "server/discover" else { return nil }
            var response = call.error(-32600, "Bad Request: Missing session ID", status: 400)
            response.headers.set("mcp-session-id", "minted")
            return response
        }
        #expect(await MCPRun.tools(server).code == .success)
        #expect(server.calls.allSatisfy { $0.header("mcp-session-id") == nil })
    }

    @Test(arguments: [
        HTTPResponse.text("nothing here", status: 404), .text("<html></html>", status: 405, type: "text/html"),
        .json(["jsonrpc": "2.0", "id": "server-error", "error": ["code": -32600, "message": "no"]], status: 406),
        .json(["jsonrpc": "2.0", "id": nil, "error": ["code": -32602, "message": "no"]]), .text("oops", status: 500),
        .text("OK"), .empty(202), .json(["jsonrpc": "2.0", "id": 1, "result": ["content": []]]),
        .empty(401), .text("who are you?", status: 401), .text("forbidden", status: 403),
        .empty(302, headers: [("location", "https://mcp.example/login")]),
        .json(["jsonrpc": "2.0", "id": 1, "result": []]), .json(["jsonrpc": "2.0", "id": 1, "error": "no"]),
        .json(["jsonrpc": "2.0", "id": 1, "error": ["code": -32020, "message": "of another kind"]]),
        .json(["error": "Authentication required"]), .events([]), .events(["data: hello\n\n"]),
        .json(["jsonrpc": "2.0", "id": 1, "result": ["resultType": "later"]]),
        .json(["jsonrpc": "2.0", "id": 1, "result": ["resultType": "input_required"]]),
        .json(["jsonrpc": "2.0", "id": 1, "result": ["supportedVersions": ["2027-01-01"]]]),
        .json(["jsonrpc": "2.0", "id": 1, "error": ["code": -32020, "message": "header"]], status: 400),
        .json(["jsonrpc": "2.0", "id": 1, "error": ["code": -32021, "message": "capability"]], status: 400),
        .json(["jsonrpc": "2.0", "id": 1, "error": ["code": -32022, "message": "version"]], status: 400),
        .json(["jsonrpc": "2.0", "id": 1, "error": ["code": -32022, "message": "version"]]),
    ])
    func `after any other answer to the first request, the legacy era is tried`(answer: HTTPResponse) async {
        let server = ScriptedMCPServer.legacy { $0.method == "server/discover" ? answer : nil }
        let run = await MCPRun.tools(server)
        #expect(run.code == .success, "\(run.errors)")
        #expect(server.methods.prefix(2) == ["server/discover", "initialize"])
    }

    @Test(arguments: [
        HTTPResponse.text("starting", status: 500), .text("<html></html>", type: "text/html"), .empty(401),
        .json(["jsonrpc": "2.0", "id": 1, "error": ["code": -32603, "message": "starting"]]),
    ])
    func `a modern server whose first answer went wrong is asked once more`(answer: HTTPResponse) async {
        @Sendable func refusal(_ call: ScriptedMCPServer.Call) -> HTTPResponse {
            call.error(-32022, "no", status: 400, data: ["supported": ["2026-07-28"]])
        }
        let server = ScriptedMCPServer.modern { call in
            call.index == 0 ? answer : call.method == "initialize" ? refusal(call) : nil
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .success, "\(run.errors)")
        #expect(server.methods == ["server/discover", "initialize", "server/discover", "tools/list"])
        let broken = ScriptedMCPServer { $0.method == "initialize" ? refusal($0) : answer }
        #expect(await MCPRun.tools(broken).code != .success)
        #expect(broken.methods == ["server/discover", "initialize", "server/discover", "initialize"])
    }

    @Test(arguments: [-32020, -32021, -32022])
    func `what a modern server says is reported where the legacy era fails, too`(code: Int) async {
        let server = ScriptedMCPServer { call in
            call.method == "server/discover"
                ? call.error(code, "the reason", status: 400) : call.error(-32601, "unknown method", status: 404)
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .refused && run.errors.contains("the reason (\(code))"), "\(run.errors)")
    }

    @Test(arguments: [HTTPError.Kind.connectionLost, .truncated, .protocolError, .tooLarge])
    func `a connection that is closed instead of an answer to the first request leads to the legacy era`(
        kind: HTTPError.Kind
    ) async {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "server/discover" else { return nil }
            throw HTTPError(kind, "it broke", mayHaveBeenSent: true)
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .success, "\(run.errors)")
    }

    @Test func `without a connection the legacy era is not tried`() async {
        let server = ScriptedMCPServer { _ in throw HTTPError(.tls, "no trust", mayHaveBeenSent: false) }
        #expect(await MCPRun.tools(server).code == .unreachable)
        #expect(server.methods == ["server/discover"])
    }

    @Test(arguments: [[], [": ping\n\n"]])
    func `a first request that is never answered costs five seconds`(events: [String]) async {
        let clock = ManualClock()
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "server/discover" else { return nil }
            if events.isEmpty { return try await MCPRun.silence(.seconds(5), on: clock) }
            Task {
                try await clock.untilAsleep()
                clock.advance(by: .seconds(5))
            }
            return .openEvents(events)
        }
        let run = await MCPRun.run(["call", MCPRun.url, "echo"], server, clock: clock)
        #expect(run.code == .success && run.output == "called\n", "\(run.errors)")
        #expect(server.methods.prefix(2) == ["server/discover", "initialize"])
    }

    @Test(arguments: [(401, 404, ExitCode.notAuthenticated), (404, 401, .notAuthenticated), (403, 400, .refused)])
    func `where both ways fail, the answer about credentials is reported`(
        first: Int, second: Int, code: ExitCode
    ) async {
        let server = ScriptedMCPServer { call in
            let status = call.method == "server/discover" ? first : second
            return .text(status == 401 || status == 403 ? "who are you?" : "nothing here", status: status)
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == code && run.errors.contains("who are you?"), "\(run.errors)")
    }

    @Test func `a server error is reported if the legacy era fails too`() async {
        let server = ScriptedMCPServer { call in
            call.method == "server/discover" ? .text("database is down", status: 500) : .text("x", status: 404)
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .refused)
        #expect(run.errors.contains("answered 500: database is down"))
    }

    @Test func `a server that may know only the oldest transport is reported as such`() async {
        let server = ScriptedMCPServer { _ in .text("Method Not Allowed", status: 405) }
        let run = await MCPRun.tools(server)
        #expect(run.code == .refused)
        #expect(run.errors.contains("HTTP+SSE"))
    }

    @Test func `a modern server without a version of ours is refused with both lists`() async {
        let server = ScriptedMCPServer { call in
            call.error(
                -32022, "Unsupported protocol version", status: 400,
                data: ["supported": ["2027-01-01"], "requested": "2026-07-28"])
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .refused)
        #expect(run.errors.contains("2027-01-01"))
        #expect(run.errors.contains("2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26"))
        #expect(server.methods == ["server/discover"])
    }

    @Test func `a server that refuses the version it says it has is asked once more`() async {
        let server = ScriptedMCPServer.modern { call in
            call.index == 0 ? call.error(-32022, "no", status: 400, data: ["supported": ["2026-07-28"]]) : nil
        }
        #expect(await MCPRun.tools(server).code == .success)
        #expect(server.methods == ["server/discover", "server/discover", "tools/list"])
        let stubborn = ScriptedMCPServer { $0.error(-32022, "no", status: 400, data: ["supported": ["2026-07-28"]]) }
        #expect(await MCPRun.tools(stubborn).code == .refused)
        #expect(stubborn.methods == ["server/discover", "server/discover"])
    }

    @Test(arguments: [true, false])
    func `a dual server that has only legacy versions of ours gets the handshake`(isError: Bool) async {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "server/discover" else { return nil }
            return isError
                ? call.error(-32022, "no", status: 400, data: ["supported": ["2027-01-01", "2025-06-18"]])
                : call.result(["supportedVersions": ["2027-01-01", "2025-06-18"], "capabilities": [:]])
        }
        #expect(await MCPRun.tools(server).code == .success)
        #expect(server.methods.prefix(2) == ["server/discover", "initialize"])
    }

    @Test func `an unknown legacy version ends the session at the server`() async {
        let server = ScriptedMCPServer.legacy(version: "2023-01-01", session: "s-1")
        let run = await MCPRun.tools(server)
        #expect(run.code == .refused)
        #expect(run.errors.contains("2023-01-01"))
        #expect(run.errors.contains("2025-11-25"))
        #expect(server.methods == ["server/discover", "initialize", "DELETE"])
    }

    @Test(arguments: [(401, ExitCode.notAuthenticated), (403, .refused)])
    func `credentials come before versions`(status: Int, code: ExitCode) async {
        let server = ScriptedMCPServer { _ in .text("who are you?", status: status) }
        let run = await MCPRun.tools(server)
        #expect(run.code == code && run.errors.contains("who are you?"), "\(run.errors)")
        #expect(server.methods == ["server/discover", "initialize"])
    }

    // MARK: - Versions of the legacy era

    /// A refusal of every version but 2025-06-18.
    struct Refusal: CustomTestStringConvertible {
        let testDescription: String
        let status: Int
        let code: JSONValue
        let message: String
        var data: JSONValue?

        func answer(_ call: ScriptedMCPServer.Call) -> HTTPResponse {
            if code.isNull { return .text(message, status: status) }
            var error: JSONObject = ["code": code, "message": .string(message)]
            error["data"] = data
            return .json(["jsonrpc": "2.0", "id": call.id, "error": .object(error)], status: status)
        }
    }

    @Test(arguments: [
        Refusal(
            testDescription: "in words", status: 400, code: -32000,
            message: "Bad Request: Unsupported protocol version (supported versions: 2025-06-18, 2025-03-26)"),
        Refusal(
            testDescription: "in words, with status 200", status: 200, code: -32602,
            message: "Unsupported protocol version: 2025-11-25 - supported versions: 2024-11-05,2025-06-18"),
        Refusal(
            testDescription: "in data", status: 200, code: -32602, message: "Unsupported protocol version",
            data: ["supported": ["2025-03-26", "2025-06-18"], "requested": "2025-11-25"]),
        Refusal(
            testDescription: "in data, with status 400 and a word as its code", status: 400, code: "VERSION",
            message: "no", data: ["supported": ["2025-06-18"]]),
        Refusal(testDescription: "in text", status: 400, code: .null, message: "Supported versions: '2025-06-18'."),
        Refusal(testDescription: "in text, with status 422", status: 422, code: .null, message: "use 2025-06-18"),
        Refusal(testDescription: "in text, with status 403", status: 403, code: .null, message: "use 2025-06-18"),
        Refusal(testDescription: "in text, with status 500", status: 500, code: .null, message: "use 2025-06-18"),
    ])
    func `a version that is refused is replaced once by one that both sides know`(refusal: Refusal) async {
        let server = ScriptedMCPServer.legacy(version: "2025-06-18") { call in
            guard call.method == "initialize" else { return nil }
            return call.message["params"]?["protocolVersion"] == "2025-06-18" ? nil : refusal.answer(call)
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "called\n", "\(run.errors)")
        let asked = server.calls.filter { $0.method == "initialize" }.map { $0.message["params"]?["protocolVersion"] }
        #expect(asked == ["2025-11-25", "2025-06-18"])
    }

    @Test(arguments: ["2025-06-18", "never"])
    func `a version that is refused only after the handshake is replaced once`(supported: String) async {
        let server = ScriptedMCPServer.legacy { call in
            if call.method == "initialize" {
                return call.result([
                    "protocolVersion": call.message["params"]?["protocolVersion"] ?? .null, "capabilities": [:],
                ])
            }
            let version = call.header("mcp-protocol-version")
            guard call.method != "server/discover", version != supported else { return nil }
            return call.error(-32000, "Unsupported protocol version (supported: 2025-06-18, 2025-03-26)", status: 400)
        }
        let run = await MCPRun.call(server)
        #expect(run.code == (supported == "never" ? .refused : .success), "\(run.errors)")
        let asked = server.calls.filter { $0.method == "initialize" }.map { $0.message["params"]?["protocolVersion"] }
        #expect(asked == ["2025-11-25", "2025-06-18"])
        // A call is not sent again.
        let called = await MCPRun.call(server, "--no-check")
        #expect(
            called.code == .refused && server.methods.count { $0 == "tools/call" } == (supported == "never" ? 1 : 2))
    }

    @Test func `a server that refuses the version it named is not asked again`() async {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "initialize" else { return nil }
            return call.error(-32602, "Unsupported protocol version, use 2025-06-18 or 2025-03-26", status: 400)
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .refused && run.errors.contains("use 2025-06-18 or 2025-03-26"), "\(run.errors)")
        #expect(!run.errors.contains("HTTP+SSE"))
        #expect(server.methods == ["server/discover", "initialize", "initialize"])
    }

    @Test func `a dual server is asked for the newest legacy version that it names`() async {
        let server = ScriptedMCPServer.legacy(version: "2025-03-26") { call in
            guard call.method == "server/discover" else { return nil }
            return call.error(-32022, "no", status: 400, data: ["supported": ["2024-11-05", "2025-03-26"]])
        }
        #expect(await MCPRun.tools(server).code == .success)
        #expect(server.calls[1].message["params"]?["protocolVersion"] == "2025-03-26")
    }

    // MARK: - Memory

    @Test func `the era is remembered by origin, in a private file that holds nothing else`() async throws {
        let directory = try TemporaryDirectory()
        let words = ["tools", "https://mcp.example/secret-path?k=secret", "--header", "X-Token: secret"]
        let legacy = ScriptedMCPServer.legacy()
        #expect(await MCPRun.run(words, legacy, directory: directory.path).code == .success)
        let file = directory.file(".cache/parallel/mcp-eras.json")
        #expect(Disk.text(file) == "{\n  \"https://mcp.example\": \"legacy\"\n}\n")
        #expect(Disk.mode(file) == 0o600)

        let again = ScriptedMCPServer.legacy()
        #expect(await MCPRun.run(words, again, directory: directory.path).code == .success)
        #expect(again.methods == ["initialize", "notifications/initialized", "tools/list"])
    }

    @Test func `a server that has become modern is found out, and the other way round`() async throws {
        let directory = try TemporaryDirectory()
        for server in [ScriptedMCPServer.legacy(), .modern(), .legacy(session: "s")] {
            let run = await MCPRun.run(["call", MCPRun.url, "echo"], server, directory: directory.path)
            #expect(run.code == .success, "\(run.errors) \(server.methods)")
            #expect(server.methods.count { $0 == "tools/call" } == 1)
        }
        let modern = ScriptedMCPServer.modern()
        _ = await MCPRun.run(["tools", MCPRun.url], modern, directory: directory.path)
        let again = ScriptedMCPServer.modern()
        #expect(await MCPRun.run(["tools", MCPRun.url], again, directory: directory.path).code == .success)
        #expect(again.methods == ["tools/list"])
    }

    @Test func `where the era is only remembered a list is asked for again, and a call is not`() async throws {
        let directory = try TemporaryDirectory()
        _ = await MCPRun.run(["tools", MCPRun.url], ScriptedMCPServer.modern(), directory: directory.path)
        let server = ScriptedMCPServer.legacy { call in
            call.header("mcp-protocol-version") == "2026-07-28"
                ? call.error(-32600, "unsupported", status: 400) : nil
        }
        let url = MCPServer.Reference(template: MCPRun.url, expanded: MCPRun.url)
        let endpoint = MCPEndpoint(
            MCPServer(name: "crm", url: url, headers: [], allowedTools: nil), at: try HTTPURL(MCPRun.url))
        func client() -> MCPClient {
            MCPClient(
                endpoint, transport: server, clock: PatientClock(), clientVersion: "1",
                memory: EraCache(environment: ["HOME": "/", "XDG_CACHE_HOME": directory.file(".cache")]),
                patience: nil,
                onNotice: { _ in })
        }
        let caller = client()
        try await caller.connect()
        await #expect(throws: MCPError.self) {
            try await caller.call("echo", [:], tool: nil, limit: nil, isRepeatable: true)
        }
        #expect(server.methods == ["tools/call"])
        let lister = client()
        try await lister.connect()
        #expect(try await lister.tools().tools.map(\.name) == ["echo"])
        #expect(
            server.methods.suffix(4) == ["server/discover", "initialize", "notifications/initialized", "tools/list"])
    }

    @Test(arguments: ["not json", "[]", "{\"https://mcp.example\": 3}", "{\"https://mcp.example\": \"future\"}"])
    func `an unreadable cache of eras is ignored`(text: String) async throws {
        let directory = try TemporaryDirectory()
        try Directory.create(directory.file(".cache/parallel"))
        try directory.write(text, to: ".cache/parallel/mcp-eras.json")
        let server = ScriptedMCPServer.modern()
        #expect(await MCPRun.run(["tools", MCPRun.url], server, directory: directory.path).code == .success)
        #expect(server.methods == ["server/discover", "tools/list"])
    }
}
