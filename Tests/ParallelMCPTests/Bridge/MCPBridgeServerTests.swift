import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelMCP

/// The bridge towards its server: sessions, streams, and the header section of the modern era.
@Suite(.timeLimit(.minutes(10))) struct MCPBridgeServerTests {
    // MARK: - Sessions

    @Test func `a lost session is begun anew once for all, and the host does not notice`() async throws {
        let sessions = Lock(0)
        let server = ScriptedMCPServer { call in
            if call.request.method == .get { return .empty(405) }
            if call.method == "initialize" {
                let number = sessions.withLock {
                    $0 += 1
                    return $0
                }
                return call.result(
                    ["protocolVersion": "2025-06-18"], headers: [("Mcp-Session-Id", "s\(number)")])
            }
            let newest = "s\(sessions.withLock { $0 })"
            // The first session is dead as soon as it has been confirmed.
            if call.method == "tools/call", call.header("mcp-session-id") != newest || newest == "s1" {
                return call.error(-32600, "Session not found", status: 404)
            }
            return call.id.isNull ? .empty(202) : call.result(["content": []])
        }
        let host = try BridgedHost(server)
        try await host.begin()
        for id in 1...5 {
            host.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"echo"}}"#)
        }
        for id in 1...5 {
            #expect(try await host.answer(to: .number(JSONNumber(id)))["result"] == ["content": []])
        }
        await host.end()
        #expect(host.lines.count == 6)
        let methods = server.methods
        #expect(methods.count { $0 == "initialize" } == 2)
        #expect(methods.count { $0 == "notifications/initialized" } == 2)
        let again = try #require(server.calls.filter { $0.method == "initialize" }.last)
        #expect(again.request.body == Array(BridgedHost.initialize.utf8))
        #expect(again.header("mcp-session-id") == nil)
        let confirmed = server.calls.filter { $0.method == "notifications/initialized" }.last
        #expect(confirmed?.header("mcp-session-id") == "s2")
        #expect(server.calls.last?.header("mcp-session-id") == "s2")
    }

    @Test func `a session that is lost again and again is an error after one more attempt`() async throws {
        let server = ScriptedMCPServer.legacy(session: "s1") { call in
            call.method == "tools/call" ? call.error(-32600, "Session not found", status: 404) : nil
        }
        let host = try BridgedHost(server)
        try await host.begin()
        let answer = try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#)
        await host.end()
        #expect(answer["error"] == ["code": -32600, "message": "Session not found"])
        #expect(server.methods.count { $0 == "tools/call" } == 2)
    }

    @Test func `the session of a host that begins anew is ended first`() async throws {
        let server = ScriptedMCPServer.legacy(session: "s1")
        let host = try BridgedHost(server)
        try await host.begin()
        try await host.begin()
        await host.end()
        #expect(
            server.methods.filter { $0 != "GET" } == [
                "initialize", "notifications/initialized", "DELETE", "initialize", "notifications/initialized",
                "DELETE",
            ])
    }

    @Test func `refused credentials are renewed, and otherwise named at once`() async throws {
        let server = ScriptedMCPServer { call in
            call.header("authorization") == "Bearer new" ? call.result([:]) : .empty(401)
        }
        let host = try BridgedHost(server, credentials: ExpiringLogin())
        #expect(try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)["result"] == [:])
        await host.end()
        let other = try BridgedHost(ScriptedMCPServer { _ in .empty(401) })
        let answer = try await other.ask(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
        await other.end()
        #expect(answer["error"]?["code"] == -32000)
    }

    // MARK: - Streams

    @Test func `notifications and requests of a stream pass to the host, and its replies to the server`() async throws {
        let replied = Latch()
        let server = ScriptedMCPServer.legacy(session: "s1") { call in
            if call.method == nil, call.request.method == .post {
                replied.open()
                return .empty(202)
            }
            guard call.method == "tools/call" else { return nil }
            let chunks = AsyncThrowingStream<[UInt8], any Error> { stream in
                let before = event(["jsonrpc": "2.0", "method": "notifications/progress", "params": ["progress": 1.50]])
                stream.yield(Array((before + event(["jsonrpc": "2.0", "id": 1, "method": "roots/list"])).utf8))
                Task {
                    await replied.wait()
                    stream.yield(Array(event(["jsonrpc": "2.0", "id": 1, "result": ["content": []]]).utf8))
                    stream.finish()
                }
            }
            return HTTPResponse(
                status: 200, headers: HTTPHeaders([("content-type", "text/event-stream")]),
                body: HTTPBody(chunks: chunks))
        }
        let host = try BridgedHost(server)
        try await host.begin()
        host.send(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#)
        try await host.wait(for: "roots/list")
        let reply = #"{"jsonrpc":"2.0","id":1,"result":{"roots":[]}}"#
        host.send(reply)
        #expect(try await host.answer(to: 1)["result"] == ["content": []])
        await host.end()
        #expect(host.lines.contains(#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1.5}}"#))
        let posted = try #require(server.calls.first { $0.method == nil && $0.request.method == .post })
        #expect(posted.request.body == Array(reply.utf8))
        #expect(posted.header("mcp-session-id") == "s1")
    }

    @Test func `a broken stream is resumed after its last event, by GET`() async throws {
        let server = ScriptedMCPServer.legacy(session: "s1") { call in
            if call.header("last-event-id") == "e1" {
                return .events([event(["jsonrpc": "2.0", "id": 1, "result": [:]], id: "e2")])
            }
            guard call.method == "tools/call" else { return nil }
            return .events(["id: e1\r\nretry: 1\r\ndata:\r\n\r\n"])
        }
        let host = try BridgedHost(server)
        try await host.begin()
        let answer = try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#)
        #expect(answer["result"] == [:])
        await host.end()
        #expect(server.methods.count { $0 == "tools/call" } == 1)
    }

    @Test func `the server's own stream reaches the host, with answers that come there`() async throws {
        let called = Latch()
        let server = ScriptedMCPServer.legacy(session: "s1") { call in
            if call.request.method == .get {
                await called.wait()
                return .openEvents([
                    event(["jsonrpc": "2.0", "method": "notifications/tools/list_changed"], id: "g1"),
                    event(["jsonrpc": "2.0", "id": "late", "result": ["there": true]]),
                ])
            }
            guard call.method == "tools/call" else { return nil }
            called.open()
            return .empty(202)
        }
        let host = try BridgedHost(server)
        try await host.begin()
        host.send(#"{"jsonrpc":"2.0","id":"late","method":"tools/call","params":{"name":"a"}}"#)
        try await host.wait(for: "list_changed")
        #expect(try await host.answer(to: "late")["result"] != nil)
        await host.end()
        #expect(server.calls.first { $0.request.method == .get }?.header("mcp-session-id") == "s1")
        #expect(host.messages.count { $0["id"] == "late" } == 1)
    }

    @Test func `a subscription stays open until the host ends, and needs no turn`() async throws {
        let server = ScriptedMCPServer.modern { call in
            guard call.method == "subscriptions/listen" else { return nil }
            return .openEvents([event(["jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged"])])
        }
        let host = try BridgedHost(server, limit: .milliseconds(1))
        host.send(BridgedHost.modern("\"l\"", "subscriptions/listen"))
        try await host.wait(for: "acknowledged")
        await host.end()
        #expect(server.calls[0].header("mcp-method") == "subscriptions/listen")
    }

    // MARK: - The header section of the modern era

    private static let regional: JSONValue = [
        "name": "weather",
        "inputSchema": [
            "type": "object", "properties": ["region": ["type": "string", "x-mcp-header": "Region"]],
        ],
    ]
    private static let invalid: JSONValue = [
        "name": "bad",
        "inputSchema": ["type": "object", "properties": ["a": ["type": "array", "x-mcp-header": "A"]]],
    ]
    private static let call = BridgedHost.modern(
        "9", "tools/call", #""name":"weather","arguments":{"region":"Zürich"},"#)

    @Test func `a request of the modern era repeats what its body says, in any version`() async throws {
        let server = ScriptedMCPServer.modern(tools: [Self.regional, Self.invalid])
        let host = try BridgedHost(server)
        let list = try await host.ask(BridgedHost.modern("1", "tools/list"))
        #expect(list["result"]?["tools"] == [Self.regional])
        _ = try await host.ask(Self.call)
        _ = try await host.ask(BridgedHost.modern("3", "resources/read", #""uri":"note://a","#))
        _ = try await host.ask(BridgedHost.modern("4", "future/method"))
        await host.end()
        let calls = server.calls
        #expect(calls.map(\.method) == ["tools/list", "tools/call", "resources/read", "future/method"])
        #expect(calls.map { $0.header("mcp-method") } == calls.map(\.method))
        #expect(calls.map { $0.header("mcp-name") } == [nil, "weather", "note://a", nil])
        #expect(calls.allSatisfy { $0.header("mcp-protocol-version") == "2027-03-03" })
        #expect(calls.allSatisfy { $0.header("mcp-session-id") == nil })
        #expect(calls[1].header("mcp-param-region") == "=?base64?WsO8cmljaA==?=")
        #expect(calls[1].request.body == Array(Self.call.utf8))
    }

    @Test func `without a list of tools, the bridge asks for it before the first call, and only once`() async throws {
        let server = ScriptedMCPServer.modern { call in
            guard call.method == "tools/list" else { return nil }
            let isFirst = call.message["params"]?["cursor"] == nil
            return call.result(isFirst ? ["tools": [], "nextCursor": "p2"] : ["tools": [Self.regional]])
        }
        let host = try BridgedHost(server)
        _ = try await host.ask(Self.call)
        _ = try await host.ask(Self.call)
        await host.end()
        #expect(server.methods == ["tools/list", "tools/list", "tools/call", "tools/call"])
        #expect(server.calls[2].header("mcp-param-region") == "=?base64?WsO8cmljaA==?=")
        #expect(server.calls[0].id.string != nil)
        #expect(host.lines.count == 2)
    }

    @Test func `a call whose header section does not fit is sent again with the tool's new schema`() async throws {
        let server = ScriptedMCPServer.modern { call in
            switch call.method {
            case "tools/list": return call.result(["tools": call.index == 0 ? [["name": "weather"]] : [Self.regional]])
            case "tools/call" where call.header("mcp-param-region") == nil:
                return call.error(-32020, "Header mismatch", status: 400)
            default: return nil
            }
        }
        let host = try BridgedHost(server)
        #expect(try await host.ask(Self.call)["result"] != nil)
        await host.end()
        #expect(server.methods == ["tools/list", "tools/call", "tools/list", "tools/call"])
    }
}
