import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelMCP

/// A server that is talked to without a network, as one on a pipe would be.
private final class DirectServer: MCPTransport {
    let log = Lock<[String]>([])
    var firstTimings: HTTPResponse.Timings? { nil }

    func exchange(
        _ message: JSONValue, id: Int, _ envelope: MCPEnvelope, resend: Resend, openStream: @Sendable () async -> Bool
    ) async throws -> MCPAnswer {
        let method = message["method"]?.string ?? ""
        log.withLock { $0.append("\(method) \(envelope.sessionID ?? "-") \(resend)") }
        switch method {
        case "initialize":
            let result: JSONValue = [
                "protocolVersion": "2025-11-25", "capabilities": ["tools": [:]], "serverInfo": ["name": "direct"],
            ]
            return MCPAnswer(result: .success(result), sessionID: "s1")
        case "tools/call":
            return MCPAnswer(result: .success(["content": [["type": "text", "text": "done"]]]))
        default:
            return MCPAnswer(result: .failure(.init(code: -32601, message: "no \(method)", data: nil)))
        }
    }

    func send(_ message: JSONValue, _ envelope: MCPEnvelope) async throws {
        log.withLock { $0.append("\(message["method"]?.string ?? "") \(envelope.sessionID ?? "-")") }
    }

    func end(_ envelope: MCPEnvelope) async throws { log.withLock { $0.append("end \(envelope.sessionID ?? "-")") } }

    func listen(_ envelope: MCPEnvelope, onOpen: @Sendable () -> Void) async { onOpen() }
}

/// A login of which the first token has expired.
final class ExpiringLogin: CredentialSource {
    private let token = Lock("old")

    func authorized(_ request: HTTPRequest) async throws -> HTTPRequest {
        var request = request
        request.headers.set("authorization", "Bearer \(token.withLock { $0 })", secret: true)
        return request
    }

    func renew(after request: HTTPRequest, refusedBy response: HTTPResponse) async throws -> Bool {
        token.withLock { $0 = "new" }
        return true
    }
}

@Suite(.timeLimit(.minutes(10))) struct MCPTransportTests {
    private let endpoint: MCPEndpoint

    init() throws {
        let url = "https://mcp.example/mcp"
        endpoint = MCPEndpoint(
            MCPServer(name: "crm", url: .init(template: url, expanded: url), headers: [], allowedTools: nil),
            at: try HTTPURL(url))
    }

    @Test func `the client works the same over any transport`() async throws {
        let server = DirectServer()
        let client = MCPClient(
            endpoint, over: server, clock: ContinuousClock(), clientVersion: "1", memory: nil, patience: nil
        ) { _ in }
        let result = try await client.use {
            try await client.connect()
            return try await client.call("echo", [:], tool: nil, limit: nil)
        }
        #expect(TaskMCPStatus.text(of: result) == "done")
        #expect(
            server.log.withLock { $0 } == [
                "server/discover - ifUnanswered", "initialize - ifUnanswered", "notifications/initialized s1",
                "tools/call s1 never", "end s1",
            ])
    }

    @Test func `each message is authorised, and one that was refused for its token is sent again`() async throws {
        let server = ScriptedMCPServer.legacy(tools: [["name": "echo"]]) { call in
            call.header("authorization") == "Bearer old" ? .text("expired", status: 401) : nil
        }
        let client = MCPClient(
            endpoint, transport: server, credentials: ExpiringLogin(), clock: ContinuousClock(), clientVersion: "1",
            memory: nil, patience: nil
        ) { _ in }
        try await client.use {
            try await client.connect()
            _ = try await client.call("echo", [:], tool: nil, limit: nil)
        }
        let tokens = server.calls.map { $0.header("authorization") }
        #expect(tokens.first == "Bearer old" && tokens.count { $0 == "Bearer old" } == 1)
        #expect(server.methods.count { $0 == "tools/call" } == 1)
    }
}
