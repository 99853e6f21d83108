import ParallelHTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CurlTransportTests {
    private let transport = CurlTransport(TransportOptions(userAgent: "parallel-test/1"))

    /// Answers every request with what it looked like.
    private func echo() throws -> RawServer {
        try RawServer { connection in
            while let request = connection.readRequest() {
                let fields = request.headers.map { "\($0.name): \($0.value)\n" }.joined()
                let body = String(decoding: request.body.prefix(100), as: UTF8.self)
                connection.respond(
                    201, headers: [("X-Connection", "\(connection.index)"), ("X-Length", "\(request.body.count)")],
                    body: "\(request.method) \(request.target)\n\(fields)\n\(body)")
            }
        }
    }

    private func text(_ response: HTTPResponse) async throws -> String {
        String(decoding: try await response.body.collect(), as: UTF8.self)
    }

    @Test(arguments: [
        (HTTPMethod.get, nil), (.post, nil), (.post, ""), (.post, "{}"), (.delete, nil),
        (.delete, "x"), (.put, "{}"), (.put, nil), (.patch, "{}"), (.patch, nil),
    ])
    func `method, target, fields and body arrive as given`(method: HTTPMethod, body: String?) async throws {
        let url = try echo().url("/v1/a%2Fb/../c?d=e%20f")
        var request = HTTPRequest(method, url, body: body.map { Array($0.utf8) }, resend: .never)
        request.headers.set("x-api-key", "k: v", secret: true)
        request.headers.set("x-empty", "")
        let response = try await transport.send(request)
        #expect(response.status == 201)
        let seen = try await text(response)
        #expect(seen.hasPrefix("\(method.rawValue) /v1/a%2Fb/../c?d=e%20f\n"))
        #expect(seen.hasSuffix("\n\n" + (body ?? "")))
        for line in ["x-api-key: k: v\n", "x-empty: \n", "User-Agent: parallel-test/1\n"] {
            #expect(seen.contains(line))
        }
        for name in ["Expect:", "Content-Type:"] { #expect(!seen.contains(name)) }
        #expect(
            seen.contains("Content-Length: \(body?.utf8.count ?? 0)\n")
                == (method != .get && (body != nil || method != .delete)))
    }

    @Test func `a large body needs no permission to continue`() async throws {
        let body = [UInt8](repeating: 0x61, count: 3 << 20)
        let response = try await transport.send(HTTPRequest(.post, try echo().url(), body: body, resend: .never))
        #expect(response.headers["x-length"] == "\(body.count)")
        #expect(try await !text(response).lowercased().contains("expect:"))
    }

    @Test func `reads share a connection`() async throws {
        let server = try echo()
        for attempt in 0..<3 {
            let response = try await transport.send(HTTPRequest(.get, try server.url(), resend: .safe))
            #expect(response.timings.reusedConnection == (attempt > 0))
        }
        #expect(server.connectionCount == 1)
    }

    @Test func `256 requests at once all get their own answer`() async throws {
        let server = try echo()
        let url = try server.url()
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for index in 0..<256 {
                group.addTask {
                    let request = HTTPRequest(.get, url.appending(path: "\(index)"), resend: .safe)
                    return (index, try await text(transport.send(request)))
                }
            }
            for try await (index, seen) in group { #expect(seen.hasPrefix("GET /\(index)\n")) }
        }
    }

    @Test func `a compressed body is unpacked`() async throws {
        let packed: [UInt8] = [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 87, 200, 64, 39, 1, 227, 81, 61, 141, 23, 0, 0, 0,
        ]
        let server = try RawServer { connection in
            guard let request = connection.readRequest() else { return }
            let accepts = request.headers["accept-encoding"]?.contains("gzip") == true
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: \(packed.count)\r\n")
            connection.write(accepts ? "content-encoding: gzip\r\n\r\n" : "\r\n")
            connection.write(packed)
        }
        let response = try await transport.send(HTTPRequest(.get, try server.url(), resend: .safe))
        #expect(try await text(response) == "hello hello hello hello")
    }

    @Test func `interim answers, folded lines and trailers do not confuse`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nx-early: 1\r\n\r\n")
            connection.write("HTTP/1.1 200\r\nX-Folded: a\r\n  b\r\nX-Twice: 1\r\nx-twice:2 \r\n")
            connection.write("transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-late: 1\r\n\r\n")
        }
        let response = try await transport.send(HTTPRequest(.get, try server.url(), resend: .safe))
        #expect(response.status == 200)
        #expect(response.headers["x-early"] == nil)
        #expect(response.headers["x-late"] == nil)
        #expect(response.headers["x-folded"] == "a b")
        #expect(response.headers.filter { $0.name.lowercased() == "x-twice" }.map(\.value) == ["1", "2"])
        #expect(try await text(response) == "abc")
    }

    @Test func `an HTML page with status 502 is an answer`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.respond(502, headers: [("content-type", "text/html")], body: "<h1>Bad Gateway</h1>")
        }
        let response = try await transport.send(HTTPRequest(.get, try server.url(), resend: .safe))
        #expect(response.status == 502)
        #expect(try await text(response) == "<h1>Bad Gateway</h1>")
    }

    @Test(arguments: [
        ("x-a", "1\r\nx-b: 2"), ("x-a", "1\n"), ("x-a\r\nx-b", "1"), ("x a", "1"), ("", "1"), ("x-a", "\u{0}"),
        ("Content-Length", "1"), ("transfer-encoding", "chunked"),
    ])
    func `a field that could smuggle another is refused before anything is sent`(name: String, value: String)
        async throws
    {
        let server = try echo()
        var request = HTTPRequest(.post, try server.url(), resend: .never)
        request.headers.add(name, value)
        let error = await #expect(throws: HTTPError.self) { try await transport.send(request) }
        #expect(error?.kind == .invalidRequest)
        #expect(error?.mayHaveBeenSent == false)
        #expect(server.connectionCount == 0)
    }

    @Test func `a head start changes nothing for later requests`() async throws {
        transport.prepare()
        transport.prepare()
        let server = try echo()
        #expect(try await transport.send(HTTPRequest(.get, try server.url(), resend: .safe)).status == 201)
    }
}
