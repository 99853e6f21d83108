import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

/// What becomes of a request whose task is cancelled but whose answer is worth waiting for.
struct CancellationGraceTests {
    private let transport = CurlTransport(TransportOptions(userAgent: "test"))

    private func creation(_ server: RawServer, grace: Duration) throws -> HTTPRequest {
        HTTPRequest(.post, try server.url(), body: Array("{}".utf8), resend: .never, timeouts: Timeouts(grace: grace))
    }

    @Test func `an answer that comes within the grace is handed over`() async throws {
        let isCancelled = Lock(false)
        let server = try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            while !isCancelled.withLock({ $0 }) { Pause.milliseconds(1) }
            connection.respond(202, headers: [], body: "run")
        }
        let request = try creation(server, grace: .seconds(60))
        let work = Task { try await transport.send(request) }
        while server.connectionCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
        try await Task.sleep(for: .milliseconds(100))
        work.cancel()
        isCancelled.withLock { $0 = true }
        #expect(try await work.value.status == 202)
    }

    @Test func `an answer that does not come is given up after the grace`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.waitForClose()
        }
        let request = try creation(server, grace: .milliseconds(50))
        let work = Task { try await transport.send(request) }
        while server.connectionCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
        try await Task.sleep(for: .milliseconds(100))
        work.cancel()
        let error = await #expect(throws: HTTPError.self) { try await work.value }
        #expect(error?.kind == .cancelled && error?.mayHaveBeenSent == true)
    }

    @Test func `a request that is still connecting ends at once and is never sent`() async throws {
        // A TLS handshake that nobody answers: nothing of the request can have left.
        let server = try RawServer { connection in connection.waitForClose() }
        let url = try HTTPURL("https://127.0.0.1:\(server.port)/")
        let request = HTTPRequest(.post, url, resend: .never, timeouts: Timeouts(grace: .seconds(3600)))
        let work = Task { try await transport.send(request) }
        while server.connectionCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
        work.cancel()
        let error = await #expect(throws: HTTPError.self) { try await work.value }
        #expect(error?.kind == .cancelled && error?.mayHaveBeenSent == false)
    }

    @Test func `a long-poll in clear text holds nothing else up`() async throws {
        let isDone = Lock(false)
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                while request.target == "/slow", !isDone.withLock({ $0 }) { Pause.milliseconds(1) }
                connection.respond(200, headers: [], body: "ok")
            }
        }
        let slow = HTTPRequest(.get, try server.url("/slow"), resend: .safe)
        async let first = transport.send(slow)
        while server.connectionCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
        for _ in 0..<8 {
            #expect(try await transport.send(HTTPRequest(.get, try server.url("/quick"), resend: .safe)).status == 200)
        }
        isDone.withLock { $0 = true }
        #expect(try await first.status == 200)
    }
}
