import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

/// Answers with what the request was.
private let echo: LoopbackServer.Handler = { request in
    var text = "\(request.method) \(request.path)"
    if let query = request.query { text += "?\(query)" }
    return LoopbackServer.Reply(200, "\(text) [\(String(decoding: request.body, as: UTF8.self))]")
}

/// Runs `work` beside a server that answers with `handler`, then stops the server.
private func serving<Value: Sendable>(
    _ handler: @escaping LoopbackServer.Handler = echo, limits: LoopbackServer.Limits = .init(),
    checksOrigin: Bool = false, _ work: @escaping @Sendable (Int) async throws -> Value
) async throws -> Value {
    let server = try LoopbackServer(limits: limits, checksOrigin: checksOrigin)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask {
            await server.run(handler)
            return nil
        }
        group.addTask { try await work(server.port) }
        defer { group.cancelAll() }
        while let value = try await group.next() { if let value { return value } }
        throw CancellationError()
    }
}

@Suite struct LoopbackServerTests {
    /// Sends `head` with a Host of the server and no further request, and returns the status line and the body.
    private func answer(
        _ line: String, _ fields: [String] = [], body: String = "", port: Int, host: String? = nil
    ) async throws -> (status: String, body: String) {
        let lines = [line, "Host: \(host ?? "127.0.0.1:\(port)")", "Connection: close"] + fields
        let text = try await RawClient.answer(to: lines.joined(separator: "\r\n") + "\r\n\r\n" + body, port: port)
        let status = text.utf8.split(separator: 0x0D).first.map { String(Substring($0)) } ?? ""
        let body = text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? ""
        return (status, body)
    }

    @Test(arguments: [
        ("GET /a?b=c%20d HTTP/1.1", [], "", "GET /a?b=c%20d []"),
        ("POST / HTTP/1.1", ["Content-Length: 5"], "hello", "POST / [hello]"),
        ("DELETE /x HTTP/1.1", [], "", "DELETE /x []"),
        (
            "POST / HTTP/1.1", ["Transfer-Encoding: chunked"], "5;x=1\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: 1\r\n\r\n",
            "POST / [hello!]"
        ),
        ("GET / HTTP/1.0", [], "", "GET / []"),
    ])
    func `a request is answered`(line: String, fields: [String], body: String, expected: String) async throws {
        let given = try await serving { try await answer(line, fields, body: body, port: $0) }
        #expect(given.status == "HTTP/1.1 200 OK" && given.body == expected)
    }

    @Test(arguments: [
        ("GET HTTP/1.1", [], "400"),
        ("GET http://127.0.0.1/ HTTP/1.1", [], "400"),
        ("GET / HTTP/2.0", [], "505"),
        ("GET / HTTP/1.1", ["No colon"], "400"),
        ("GET / HTTP/1.1", ["Name : value"], "400"),
        ("GET / HTTP/1.1", ["A: b", " folded"], "400"),
        ("GET / HTTP/1.1", ["Host: 127.0.0.1"], "400"),
        ("POST / HTTP/1.1", ["Content-Length: -1"], "400"),
        ("POST / HTTP/1.1", ["Content-Length: 1", "Content-Length: 2"], "400"),
        ("POST / HTTP/1.1", ["Content-Length: 1", "Transfer-Encoding: chunked"], "400"),
        ("POST / HTTP/1.1", ["Transfer-Encoding: gzip"], "501"),
        ("POST / HTTP/1.1", ["Content-Length: 99999999"], "413"),
        ("GET / HTTP/1.1", ["X: " + String(repeating: "x", count: 20_000)], "431"),
    ])
    func `a request that is wrong or too large is refused before anybody looks at it`(
        line: String, fields: [String], status: String
    ) async throws {
        let given = try await serving { _ in
            Issue.record("the handler was called")
            return LoopbackServer.Reply(200)
        } _: {
            try await answer(line, fields, port: $0)
        }
        #expect(given.status.hasPrefix("HTTP/1.1 \(status)"))
    }

    @Test(arguments: ["zz\r\n", "-1\r\n", "5\r\nhello!!", "FFFFFFFF\r\n", String(repeating: "1", count: 2000)])
    func `chunks that are none are refused`(body: String) async throws {
        let given = try await serving {
            try await answer("POST / HTTP/1.1", ["Transfer-Encoding: chunked"], body: body, port: $0)
        }
        #expect(given.status.hasPrefix("HTTP/1.1 4"))
    }

    @Test(arguments: [
        ("127.0.0.1:PORT", "200"), ("localhost:PORT", "200"), ("LOCALHOST:PORT", "200"), ("evil.example:PORT", "421"),
        ("127.0.0.1", "421"), ("127.0.0.1:1", "421"), ("", "421"),
    ])
    func `a request for another host is refused`(host: String, status: String) async throws {
        let given = try await serving { port in
            let host = host.split(separator: "PORT", omittingEmptySubsequences: false).joined(separator: "\(port)")
            return try await answer("GET / HTTP/1.1", port: port, host: host)
        }
        #expect(given.status.hasPrefix("HTTP/1.1 \(status)"))
    }

    @Test(arguments: [
        ("https://evil.example", true, "403"), ("null", true, "403"), ("http://127.0.0.1:PORT", true, "200"),
        ("https://evil.example", false, "200"),
    ])
    func `a page of another origin is refused where that is asked for`(
        origin: String, checks: Bool, status: String
    ) async throws {
        let given = try await serving(checksOrigin: checks) { port in
            let origin = origin.split(separator: "PORT", omittingEmptySubsequences: false).joined(separator: "\(port)")
            return try await answer("GET / HTTP/1.1", ["Origin: \(origin)"], port: port)
        }
        #expect(given.status.hasPrefix("HTTP/1.1 \(status)"))
    }

    @Test func `a request that comes byte by byte is answered, and the connection serves the next one`() async throws {
        let text = try await serving { port in
            try await onThread {
                let client = try RawClient(port: port)
                for byte in "POST /1 HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\ncontent-length: 2\r\n\r\nab" {
                    client.send(String(byte))
                }
                let first = client.read(until: "[ab]")
                client.send("GET /2 HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\n\r\n")
                return first + client.read(until: "/2 []")
            }
        }
        #expect(text.contains("POST /1 [ab]") && text.contains("GET /2 []"))
        #expect(!text.contains("Connection: close"))
    }

    @Test func `a request before the answer to another gets no answer`() async throws {
        let text = try await serving { port in
            let one = "GET /1 HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n"
            return try await RawClient.answer(to: one + one, port: port)
        }
        #expect(text.components(of: "GET /1 []") == 1)
    }

    @Test func `the answer to HEAD has no body but its length`() async throws {
        let given = try await serving { try await answer("HEAD / HTTP/1.1", ["X: y"], port: $0) }
        #expect(given.status == "HTTP/1.1 200 OK" && given.body == "")
    }

    @Test func `a client that asks first is told to send its body`() async throws {
        let text = try await serving { port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(
                    "POST / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
                let interim = client.read(until: "\r\n\r\n")
                client.send("ok")
                return interim + client.read(until: "[ok]")
            }
        }
        #expect(text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"))
    }

    @Test func `a client that says nothing more is cut off`() async throws {
        var limits = LoopbackServer.Limits()
        limits.request = .milliseconds(20)
        limits.idle = .milliseconds(20)
        for beginning in ["", "GET / HT", "POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 9\r\n\r\nabc"] {
            let text = try await serving(limits: limits) { port in
                let text = beginning.split(separator: "PORT", omittingEmptySubsequences: false)
                    .joined(separator: "\(port)")
                return try await RawClient.answer(to: text, port: port)
            }
            #expect(text.isEmpty)
        }
    }

    @Test func `clients that ask for nothing do not keep others out`() async throws {
        let text = try await serving { port in
            let silent = try await onThread { try (0..<80).map { _ in try RawClient(port: port) } }
            return try await onThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
                return withExtendedLifetime(silent) { client.read() }
            }
        }
        #expect(text.hasSuffix("GET / []"))
    }

    @Test func `a body arrives in the parts in which it is made, on several connections at once`() async throws {
        let (chunks, more) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let text = try await serving { request in
            if request.path == "/stream" { return .init(HTTPResponse(status: 200, body: HTTPBody(chunks: chunks))) }
            more.yield(Array("two".utf8))
            more.finish()
            return .init(200)
        } _: { port in
            more.yield(Array("one".utf8))
            return try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /stream HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
                let first = client.read(until: "3\r\none\r\n")
                let other = try RawClient(port: port)
                other.send("GET / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
                return first + client.read()
            }
        }
        #expect(text.hasSuffix("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
    }

    @Test func `a body that breaks off has no end`() async throws {
        let given = try await serving { _ in
            let chunks = AsyncThrowingStream<[UInt8], any Error> { more in
                more.yield(Array("one".utf8))
                more.finish(throwing: CancellationError())
            }
            return .init(HTTPResponse(status: 200, body: HTTPBody(chunks: chunks)))
        } _: {
            try await answer("GET / HTTP/1.1", port: $0)
        }
        #expect(given.body == "3\r\none\r\n")
    }

    @Test func `a client that leaves cancels the work for it`() async throws {
        let (ended, end) = AsyncStream<Void>.makeStream()
        try await serving { _ in
            await withTaskCancellationHandler {
                try? await Task.sleep(for: .seconds(3600))
            } onCancel: {
                end.finish()
            }
            return .init(200)
        } _: { port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
            }
            try await untilFinished(ended, "the handler to be cancelled")
        }
    }

    @Test func `the last reply is sent whole, and closes the port`() async throws {
        let server = try LoopbackServer()
        let body = String(repeating: "x", count: 1 << 20)
        async let run: Void = server.run { _ in
            var reply = LoopbackServer.Reply(200, body)
            reply.isLast = true
            return reply
        }
        let text = try await RawClient.answer(
            to: "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n", port: server.port)
        #expect(text.hasSuffix(body))
        await run
        await #expect(throws: RawServerError.self) { try await RawClient.answer(to: "", port: server.port) }
    }

    @Test func `a port that is taken is an error`() throws {
        let server = try LoopbackServer()
        #expect(throws: SystemError.self) { try LoopbackServer(port: server.port) }
    }

    @Test func `an error of the handler is status 500, and fields that would break the answer are left out`()
        async throws
    {
        let failed = try await serving { _ in
            throw CancellationError()
        } _: {
            try await answer("GET / HTTP/1.1", port: $0)
        }
        #expect(failed.status.hasPrefix("HTTP/1.1 500") && failed.body.isEmpty)
        let text = try await serving { _ in
            let fields = [("a", "1\r\nb: 2"), ("content-length", "99"), ("c", "3")]
            return .init(HTTPResponse(status: 200, headers: HTTPHeaders(fields)))
        } _: { port in
            try await RawClient.answer(
                to: "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n", port: port)
        }
        #expect(text == "HTTP/1.1 200 OK\r\nc: 3\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }
}

extension String {
    /// How often `part` occurs.
    fileprivate func components(of part: String) -> Int {
        utf8.indices.count { self[$0...].utf8.starts(with: part.utf8) }
    }
}
