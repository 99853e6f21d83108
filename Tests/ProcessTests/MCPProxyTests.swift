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

/// `mcp proxy` as a host starts it.
@Suite(.limited) struct MCPProxyTests {
    private static let initialize = #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#
    private static let initialized = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
    private static let token = "tok-471100-secret"

    private static func message(_ request: RawRequest) -> JSONValue { (try? JSONValue.parse(request.body)) ?? .null }

    /// A server with a session that wants a token, apart from what `answer` says.
    private static func server(
        _ answer: @escaping @Sendable (RawRequest, String?) -> ScriptedAPI.Answer? = { _, _ in nil }
    ) throws -> ScriptedAPI {
        try ScriptedAPI { request in
            let method = message(request)["method"]?.string
            guard request.headers["authorization"] == "Bearer \(token)" else { return .whole(401) }
            if let answer = answer(request, method) { return answer }
            let id = (message(request)["id"] ?? .null).serialized()
            let result =
                switch method {
                case "initialize": #"{"protocolVersion":"2025-11-25","capabilities":{}}"#
                case "tools/list": #"{"tools":[{"name":"find"},{"name":"delete_all"}]}"#
                default: "{}"
                }
            guard request.method == "POST" else { return .whole(405) }
            if id == "null" { return .whole(202) }
            return .whole(
                200, headers: [("content-type", "application/json"), ("mcp-session-id", "s-1")],
                body: Array(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#.utf8))
        }
    }

    private func session(_ server: ScriptedAPI) throws -> Session {
        var session = try Session("http://127.0.0.1:1", server)
        session.environment["TOKEN"] = Self.token
        return session
    }

    private func words(_ server: ScriptedAPI, _ more: String...) -> [String] {
        ["mcp", "proxy", server.baseURL + "/mcp", "--bearer-env", "TOKEN"] + more
    }

    @Test func `lines from a file are answered, the session is ended and nothing else is written`() async throws {
        let server = try Self.server()
        let lines = [Self.initialize, Self.initialized, #"{"jsonrpc":"2.0","id":"a","method":"ping"}"#, ""]
        let result = try await session(server).run(words(server), input: .text(lines.joined(separator: "\r\n")))
        #expect(result.exit == .code(0))
        #expect(result.error == "")
        #expect(result.output.split(separator: "\n").count == 2, "\(result)")
        #expect(result.output.hasSuffix(#"{"jsonrpc":"2.0","id":"a","result":{}}"# + "\n"))
        #expect(Self.endedSessions(server) == ["s-1"])
    }

    /// The sessions that the program has ended. The request that listens for messages has a connection of its own, so
    /// the server may get it last.
    private static func endedSessions(_ server: ScriptedAPI) -> [String?] {
        server.requests.filter { $0.method == "DELETE" }.map { $0.headers["mcp-session-id"] }
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func `a signal ends it with 0, soon, and the session with it`(_ signal: Int32) async throws {
        let server = try Self.server { _, method in
            method == "tools/call" ? .stalled("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n") : nil
        }
        let process = try session(server).start(words(server), input: .open)
        process.write(Self.initialize + "\n" + Self.initialized + "\n")
        process.write(#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"find"}}"# + "\n")
        try await poll("the call", state: { process.output }) { server.stallCount == 1 }
        process.send(signal: signal)
        let result = try await process.wait()
        #expect(result.exit == .code(0), "\(result)")
        #expect(result.error == "")
        #expect(result.output.contains(#""id":5,"error":{"code":-32000,"message":"the bridge has ended;"#))
        #expect(Self.endedSessions(server) == ["s-1"])
    }

    @Test func `the end of input does not wait for a call that takes long`() async throws {
        let server = try Self.server { _, method in method == "ping" ? .stalled("") : nil }
        let start = ContinuousClock.now
        let result = try await session(server).run(
            words(server), input: .text(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n"))
        #expect(result.exit == .code(0), "\(result)")
        #expect(result.endTime - start < .seconds(20))
        #expect(result.output.contains("the bridge has ended"))
    }

    @Test func `a host that closes its end is no error`() async throws {
        let server = try Self.server()
        let session = try session(server)
        let request = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
        let result = try await session.shell(
            "(echo '\(request)'; sleep 1; echo '\(request)'; sleep 1) | parallel \(words(server).joined(separator: " ")) "
                + "2>errors | head -c 5; cat errors")
        #expect(result.exit == .code(0), "\(result)")
        #expect(result.output == #"{"jso"#)
    }

    @Test func `without the credentials, each request says what to do, and no secret is shown`() async throws {
        let server = try Self.server()
        var session = try session(server)
        session.environment["TOKEN"] = "wrong-471100"
        let result = try await session.run(words(server, "-v"), input: .text(Self.initialize + "\n"))
        #expect(result.exit == .code(0))
        let error = try JSONValue.parse(result.outputBytes)["error"]
        #expect(error?["code"] == -32000)
        #expect(error?["message"]?.string?.contains("did not accept the credentials (401)") == true, "\(result)")
        #expect(error?["message"]?.string?.contains("--bearer-env") == true)
        #expect(!"\(result)".contains("wrong-471100"))
    }

    @Test func `verbosely, each request is one line, without secrets`() async throws {
        let server = try Self.server()
        let lines = [Self.initialize, Self.initialized, #"{"jsonrpc":"2.0","id":"a","method":"ping"}"#, ""]
        let result = try await session(server).run(words(server, "-v"), input: .text(lines.joined(separator: "\n")))
        // The server's own stream is given up at the end, if it has not been refused by then.
        let shown = result.error.split(separator: "\n").filter { !$0.contains(" GET ") }
        #expect(shown.count == server.requests.count { $0.method != "GET" }, "\(result)")
        #expect(shown.allSatisfy { $0.hasPrefix("> ") && $0.contains(" < ") }, "\(result)")
        #expect(shown.count { $0.hasPrefix("> POST ") && $0.contains(" bytes) < 20") } == 3, "\(result)")
        #expect(result.error.split(separator: "\n").count <= shown.count + 1, "\(result)")
        #expect(!result.error.contains(Self.token) && !result.error.contains("s-1"))
    }

    @Test func `the options of mcp-remote are understood, and tools can be left out`() async throws {
        let server = try Self.server()
        let session = try session(server)
        let list = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
        let url = server.baseURL + "/mcp"
        let result = try await session.run(
            "mcp", "proxy", url, "--header", "Authorization:Bearer ${TOKEN}", "--transport", "http-first",
            "--allow-http",
            "--ignore-tool", "DELETE*", "--resource", url, "--auth-timeout", "30", input: .text(list))
        #expect(result.output == #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"find"}]}}"# + "\n", "\(result)")
        let refused = try await session.run("mcp", "proxy", url, "--transport", "sse-only")
        #expect(refused.exit == .code(2))
        #expect(refused.error.contains("only Streamable HTTP is supported"))
        let keyed = try await session.run("mcp", "proxy", url, "--api-key-file", "-", input: .text(list))
        #expect(keyed.exit == .code(2))
        #expect(keyed.output == "")
    }

    @Test func `the registry's tools and headers are those of the bridge`() async throws {
        let server = try Self.server()
        let session = try session(server)
        let added = try await session.run(
            "mcp", "add", "crm", server.baseURL + "/mcp", "--bearer-env", "TOKEN", "--allow-tool", "find", "--no-verify"
        )
        #expect(added.exit == .code(0), "\(added)")
        let calls = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all"}}"#
        let result = try await session.run("mcp", "proxy", "crm", input: .text(calls))
        #expect(result.output.contains("-32602"), "\(result)")
        #expect(server.requests.isEmpty)
        let unknown = try await session.run("mcp", "proxy", "cm")
        #expect(unknown.exit == .code(2))
        #expect(unknown.error.contains("did you mean 'crm'?"))
    }

    // MARK: - The address on this machine

    @Test func `an address passes requests on with the credentials, and only for those who know it`() async throws {
        let server = try Self.server()
        let session = try session(server)
        let process = try session.start(words(server, "--listen", "0", "--deny-tool", "delete*"))
        try await process.waitUntil(outputContains: "/mcp\n")
        let url = String(process.output.dropLast())
        func curl(_ address: String, _ body: String?, _ more: String = "") async throws -> String {
            let data = body.map { "--data-binary '\($0)'" } ?? ""
            return try await session.shell(
                "curl -sS \(more) -w '%{http_code}' -H 'content-type: application/json' \(data) '\(address)'"
            ).output
        }
        let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
        let list = #"{"jsonrpc":"2.0","id":3,"method":"tools/list"}"#
        #expect(
            try await curl(url, list) == #"{"jsonrpc":"2.0","id":3,"result":{"tools":[{"name":"find"}]}}200"#)
        #expect(try await curl(url, ping) == #"{"jsonrpc":"2.0","id":1,"result":{}}200"#)
        #expect(try await curl(url, ping, "-i").contains("mcp-session-id: s-1"))
        #expect(try await curl(url, nil, "-X DELETE -H 'mcp-session-id: s-1' -H 'authorization: Bearer x'") == "405")
        #expect(server.requests.last?.method == "DELETE")
        #expect(server.requests.last?.headers["mcp-session-id"] == "s-1")
        let count = server.requests.count
        let call = #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"Delete_all"}}"#
        #expect(try await curl(url, call).contains("-32602"))
        let hidden = call.replacing(#""id":2,"#, with: "")
        for body in [
            hidden, call.replacing("2,", with: "null,"), "[\(ping),\(call.replacing("2,", with: "true,"))]",
            #"[\#(ping),{"id":2,"method":"tools/call","params":{"name":"read","name":"Delete_all"}}]"#,
            "[\(hidden),\(call)]",
        ] {
            #expect(try await curl(url, body).hasSuffix("400"), "\(body)")
        }
        for other in [url + "/", url.replacing("/mcp", with: "x/mcp"), server.baseURL.replacing("/mcp", with: "")] {
            guard !other.hasPrefix(server.baseURL) else { continue }
            #expect(try await curl(other, ping) == "404")
        }
        #expect(try await curl(url, ping, "-H 'Host: evil.example'") == "421")
        #expect(try await curl(url, ping, "-H 'Origin: https://evil.example'") == "403")
        #expect(try await curl(url, "nonsense").hasSuffix("400"))
        #expect(server.requests.count == count)
        process.send(signal: SIGTERM)
        let result = try await process.wait()
        #expect(result.exit == .code(0), "\(result)")
        #expect(result.error == "")
    }

    private static let list = #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"find"},{"name":"delete_all"}]}}"#
    /// Answers with a list, with the status that the client gets, and whether it sees what is left of the list.
    private static let lists: [(type: String, status: Int, body: String, seen: Int, isShown: Bool)] = [
        ("application/json", 200, list, 200, true),
        ("application/json", 500, list, 500, true),
        ("application/json", 200, "[\(list),{}]", 200, true),
        ("text/plain", 404, list, 404, true),
        ("text/event-stream", 200, "data: \(list)\n\n", 200, true),
        ("text/event-stream", 200, "data: \(list)\r\r", 200, true),
        ("text/event-stream", 200, "data: {}\r\rdata: \(list)\r\n\r\n", 200, true),
        ("Text/Event-Stream;x", 500, "data: \(list)", 500, true),
        ("application/json", 200, "data: \(list)\n\n", 502, false),
        ("application/json; text/event-stream", 500, "data: \(list)\n\n", 500, false),
        ("text/html", 200, "<p>\(list)</p>", 502, false),
        ("application/json", 200, list.replacing(#""id":1"#, with: #""result":{}"#), 502, false),
    ]

    @Test func `no answer of any kind names tools that are not allowed`() async throws {
        let server = try Self.server { request, method in
            guard let row = method.flatMap({ Int($0) }) else { return nil }
            let answer = Self.lists[row]
            return .whole(answer.status, headers: [("content-type", answer.type)], body: Array(answer.body.utf8))
        }
        let process = try session(server).start(words(server, "--listen", "0", "--deny-tool", "delete*"))
        try await process.waitUntil(outputContains: "/mcp\n")
        let url = String(process.output.dropLast())
        for (row, answer) in Self.lists.enumerated() {
            let body = #"{"jsonrpc":"2.0","id":1,"method":"\#(row)"}"#
            let seen = try await session(server).shell(
                "curl -sS -w '%{http_code}' -H 'content-type: application/json' --data-binary '\(body)' '\(url)'"
            ).output
            #expect(seen.hasSuffix("\(answer.seen)") && seen.contains("find") == answer.isShown, "\(answer): \(seen)")
            #expect(!seen.contains("delete_all"), "\(answer): \(seen)")
        }
        // What only acknowledges is no list.
        for (row, answer) in Self.lists.enumerated() where answer.seen == 502 {
            let seen = try await session(server).shell(
                "curl -sS -w '%{http_code}' --data-binary '{\"jsonrpc\":\"2.0\",\"method\":\"\(row)\"}' '\(url)'"
            ).output
            #expect(seen == "\(answer.status)", "\(answer): \(seen)")
        }
        process.send(signal: SIGTERM)
        #expect(try await process.wait().exit == .code(0))
    }

    @Test func `a port that is taken is an error, and so is what is no port`() async throws {
        let server = try Self.server()
        let session = try session(server)
        let port = server.baseURL.split(separator: ":").last.map(String.init) ?? ""
        let taken = try await session.run(words(server, "--listen", port))
        #expect(taken.exit == .code(1))
        #expect(taken.error.contains("cannot listen on port \(port): "), "\(taken)")
        for wrong in ["65536", "-1", "x", ""] {
            #expect(try await session.run(words(server, "--listen=\(wrong)")).exit == .code(2))
        }
    }
}
