import ParallelHTTP
import ParallelJSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The MCP client of the built program, where time, sockets and signals are real.
@Suite(.limited) struct MCPClientTests {
    private static func message(_ request: RawRequest) -> JSONValue {
        (try? JSONValue.parse(request.body)) ?? .null
    }

    private static func result(_ request: RawRequest, _ result: JSONValue) -> ScriptedAPI.Answer {
        .ok(JSONValue.object(["jsonrpc": "2.0", "id": message(request)["id"] ?? .null, "result": result]).serialized())
    }

    /// A legacy server with a session, apart from what `answer` says.
    private static func server(
        _ answer: @escaping @Sendable (RawRequest, String?) -> ScriptedAPI.Answer?
    ) throws -> ScriptedAPI {
        try ScriptedAPI { request in
            let method = message(request)["method"]?.string
            if let answer = answer(request, method) { return answer }
            switch method {
            case "initialize":
                let hello: JSONValue = ["protocolVersion": "2025-06-18", "capabilities": ["tools": [:]]]
                guard case .whole(let status, let headers, let body) = result(request, hello) else {
                    return .whole(500)
                }
                return .whole(status, headers: headers + [("mcp-session-id", "s-1")], body: body)
            case "tools/list": return result(request, ["tools": [["name": "slow"]]])
            case nil where request.method != "POST": return .whole(405)
            case "server/discover": return .whole(404)
            default: return .whole(202)
            }
        }
    }

    private static let stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"

    @Test func `Ctrl-C ends a call soon, even if the server wants to hear nothing of it`() async throws {
        let server = try Self.server { _, method in
            switch method {
            case "tools/call": .stalled(Self.stream + ": working\n\n")
            case "notifications/cancelled": .stalled("")
            default: nil
            }
        }
        let session = try Session(server)
        let process = try session.start("mcp", "call", server.baseURL + "/mcp", "slow")
        try await poll("the call") { server.requests.contains { Self.message($0)["method"] == "tools/call" } }
        let start = ContinuousClock.now
        process.send(signal: SIGINT)
        let result = try await process.wait()
        #expect(result.exit == .code(130), "\(result)")
        #expect(result.error.contains("interrupted"))
        // Not a measurement: the program would end by an alarm after 7 s, without a word.
        #expect(start.duration(to: result.endTime) < .seconds(6))
        #expect(server.requests.contains { Self.message($0)["method"] == "notifications/cancelled" })
    }

    @Test func `a server that only keeps the stream alive is given up at the timeout`() async throws {
        let server = try Self.server { _, method in
            method == "tools/call" ? .endless(head: Self.stream, repeating: ": ping\n\n") : nil
        }
        let session = try Session(server)
        let result = try await session.run("mcp", "call", server.baseURL + "/mcp", "slow", "--timeout", "1s")
        #expect(result.exit == .code(5), "\(result)")
        #expect(result.error.contains("did not answer tools/call of 'slow' within 1 s"))
    }

    @Test func `a look at a server before a run keeps to the timeout of the run`() async throws {
        let server = try Self.server { request, method in
            method == "tools/list" || method == "notifications/cancelled" || request.method == "DELETE"
                ? .stalled("") : nil
        }
        let session = try Session("http://127.0.0.1:9")
        try session.home.write(#"{"slow": {"url": "\#(server.baseURL)/mcp"}}"#, to: "servers.json")
        let result = try await session.run(
            "task", "run", "x", "--mcp-config", "servers.json", "--require-mcp", "--timeout", "2s")
        #expect(result.exit == .code(7) && result.error.contains("within 1.6 s for all requests"), "\(result)")
        #expect(!server.requests.contains { $0.target.hasPrefix("/v1") })
    }

    @Test func `a look finds a server usable that says nothing to what it does not know`() async throws {
        let server = try Self.server { _, method in
            method == "server/discover" || method == "notifications/initialized" ? .stalled("") : nil
        }
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        try session.home.write(#"{"slow": {"url": "\#(server.baseURL)/mcp"}}"#, to: "servers.json")
        let result = try await session.run(
            "task", "run", "x", "--mcp-config", "servers.json", "--require-mcp", "--no-wait")
        #expect(result.exit == .code(0), "\(result)")
    }

    @Test(arguments: [302, 307, 308])
    func `a redirect to another origin is refused, and nothing gets there`(status: Int) async throws {
        let other = try ScriptedAPI { _ in .whole(200) }
        let server = try ScriptedAPI { _ in .whole(status, headers: [("location", other.baseURL + "/mcp?x=1")]) }
        var session = try Session(server)
        session.environment["TOKEN"] = "tok-471100"
        let result = try await session.run("mcp", "tools", server.baseURL + "/mcp", "--bearer-env", "TOKEN")
        #expect(result.exit == .code(4))
        #expect(result.error.contains(other.baseURL) && result.error.contains("use that URL"))
        #expect(other.requests.isEmpty)
    }

    @Test(arguments: [307, 308])
    func `a redirect on the same origin is followed with everything in it`(status: Int) async throws {
        let server = try Self.server { request, _ in
            request.target == "/old" ? .whole(status, headers: [("location", "/mcp")]) : nil
        }
        var session = try Session(server)
        session.environment["TOKEN"] = "tok-471100"
        let result = try await session.run("mcp", "tools", server.baseURL + "/old", "--bearer-env", "TOKEN")
        #expect(result.exit == .code(0), "\(result)")
        let followed = server.requests.filter { $0.target == "/mcp" && $0.method == "POST" }
        #expect(!followed.isEmpty)
        #expect(followed.allSatisfy { $0.headers["authorization"] == "Bearer tok-471100" && !$0.body.isEmpty })
    }

    @Test func `a stream that breaks goes on where it was, after the wait that the server asked for`() async throws {
        let server = try Self.server { request, method in
            if method == "tools/call" {
                return .text(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                        + "1e\r\nid: e1\r\nretry: 300\r\ndata: \r\n\r\n\r\n")
            }
            guard request.method == "GET", request.headers["last-event-id"] == "e1" else { return nil }
            let id = 4
            return .text(
                Self.stream
                    + "data: {\"jsonrpc\":\"2.0\",\"id\":\(id),\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"late\"}]}}\n\n"
            )
        }
        let session = try Session(server)
        let start = ContinuousClock.now
        let result = try await session.run("mcp", "call", server.baseURL + "/mcp", "slow")
        #expect(result.output == "late\n", "\(result)")
        #expect(start.duration(to: .now) >= .milliseconds(300))
        let resumptions = server.requests.filter { $0.headers["last-event-id"] == "e1" }
        #expect(resumptions.count == 1)
        #expect(resumptions.first?.headers["mcp-session-id"] == "s-1")
    }

    @Test func `a token is in no argument, no trace and no file`() async throws {
        let server = try Self.server { _, _ in nil }
        var session = try Session(server)
        session.environment["TOKEN"] = "tok-471100-secret"
        let result = try await session.run(
            "mcp", "call", server.baseURL + "/mcp", "slow", "--no-check", "-v", "--bearer-env", "TOKEN")
        #expect(server.requests.contains { $0.headers["authorization"] == "Bearer tok-471100-secret" })
        #expect(!(result.output + result.error).contains("471100"))
        let files = try await session.shell("grep -rl 471100 . || true")
        #expect(files.output == "")
    }
}
