import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

/// What protects the user's money: libcurl, left alone, sends a request a second time when a connection that it used
/// before dies without an answer.
@Suite(.timeLimit(.minutes(10))) struct ResendTests {
    private let transport = CurlTransport(TransportOptions(userAgent: "test"))

    /// Answers the first request on each connection, then reads one more and closes without a word. Notes every
    /// request as `METHOD connection`.
    private func serverThatDropsTheSecond(_ seen: Lock<[String]>) throws -> RawServer {
        try RawServer { connection in
            for answer in [true, false] {
                guard let request = connection.readRequest() else { return }
                seen.withLock { $0.append("\(request.method) \(connection.index)") }
                if answer { connection.respond(body: "ok") }
            }
        }
    }

    @Test func `a read on a dying connection is repeated on a new one`() async throws {
        let seen = Lock<[String]>([])
        let url = try serverThatDropsTheSecond(seen).url()
        for _ in 0..<2 {
            #expect(try await transport.send(HTTPRequest(.get, url, resend: .safe)).status == 200)
        }
        #expect(seen.withLock { $0 } == ["GET 0", "GET 0", "GET 1"])
    }

    @Test(arguments: [nil, "{}"])
    func `what costs money never travels on a used connection`(body: String?) async throws {
        let seen = Lock<[String]>([])
        let url = try serverThatDropsTheSecond(seen).url()
        _ = try await transport.send(HTTPRequest(.get, url, resend: .safe))
        let request = HTTPRequest(.post, url, body: body.map { Array($0.utf8) }, resend: .never)
        #expect(try await transport.send(request).status == 200)
        #expect(seen.withLock { $0 } == ["GET 0", "POST 1"])
    }

    @Test(arguments: [nil, "{}"], [false, true])
    func `what costs money is sent once although the connection dies`(body: String?, resets: Bool) async throws {
        let posts = Lock(0)
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                if request.method == "POST" {
                    posts.withLock { $0 += 1 }
                    return resets ? connection.reset() : connection.finish()
                }
                connection.respond(body: "ok")
            }
        }
        let url = try server.url()
        _ = try await transport.send(HTTPRequest(.get, url, resend: .safe))
        let request = HTTPRequest(.post, url, body: body.map { Array($0.utf8) }, resend: .never)
        let error = await #expect(throws: HTTPError.self) { try await transport.send(request) }
        #expect(error?.kind == .connectionLost)
        #expect(error?.mayHaveBeenSent == true)
        // A request that libcurl had sent again would arrive before this one.
        _ = try await transport.send(HTTPRequest(.get, url, resend: .safe))
        #expect(posts.withLock { $0 } == 1)
    }

    @Test func `a read may use the connection on which something was bought`() async throws {
        let seen = Lock<[String]>([])
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                seen.withLock { $0.append("\(request.method) \(connection.index)") }
                connection.respond(body: "ok")
            }
        }
        let url = try server.url()
        _ = try await transport.send(HTTPRequest(.post, url, resend: .never))
        _ = try await transport.send(HTTPRequest(.get, url, resend: .safe))
        #expect(seen.withLock { $0 } == ["POST 0", "GET 0"])
    }
}
