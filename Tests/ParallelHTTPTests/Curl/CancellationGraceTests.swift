import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

/// What becomes of a request whose task is cancelled but whose answer is worth waiting for.
@Suite(.timeLimit(.minutes(10))) struct CancellationGraceTests {
    private let transport = CurlTransport(TransportOptions(userAgent: "test"))

    private func creation(_ server: RawServer, grace: Duration) throws -> HTTPRequest {
        HTTPRequest(.post, try server.url(), body: Array("{}".utf8), resend: .never, timeouts: Timeouts(grace: grace))
    }

    @Test func `an answer that comes within the grace is handed over`() async throws {
        let isRead = Lock(false)
        let isCancelled = Gate()
        let server = try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            isRead.withLock { $0 = true }
            isCancelled.waitUntilOpen()
            connection.respond(202, headers: [], body: "run")
        }
        let request = try creation(server, grace: .seconds(60))
        let work = Task { try await transport.send(request) }
        try await poll("the request") { isRead.withLock { $0 } }
        work.cancel()
        isCancelled.open()
        #expect(try await work.value.status == 202)
    }

    @Test func `an answer that does not come is given up after the grace`() async throws {
        let isRead = Lock(false)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            isRead.withLock { $0 = true }
            connection.waitForClose()
        }
        let request = try creation(server, grace: .milliseconds(50))
        let work = Task { try await transport.send(request) }
        try await poll("the request") { isRead.withLock { $0 } }
        work.cancel()
        let error = await #expect(throws: HTTPError.self) { try await work.value }
        #expect(error?.kind == .cancelled && error?.mayHaveBeenSent == true)
    }

    @Test func `a request that is still connecting ends at once and is never sent`() async throws {
        // A TLS handshake that nobody answers: nothing of the request can have left.
        let server = try RawServer { connection in connection.waitForClose() }
        let url = try HTTPURL("https://127.0.0.1:\(server.port)/")
        let request = HTTPRequest(
            .post, url, resend: .never, timeouts: Timeouts(connect: .seconds(300), grace: .seconds(300)))
        let hasEnded = Lock(false)
        let work = Task {
            defer { hasEnded.withLock { $0 = true } }
            return try await transport.send(request)
        }
        try await poll("a connection") { server.connectionCount > 0 }
        work.cancel()
        // Long before the grace is over.
        try await poll("the end of the request") { hasEnded.withLock { $0 } }
        let error = await #expect(throws: HTTPError.self) { try await work.value }
        #expect(error?.kind == .cancelled && error?.mayHaveBeenSent == false)
    }

    @Test func `a long-poll in clear text holds nothing else up`() async throws {
        let isDone = Gate()
        defer { isDone.open() }
        let isAsked = Lock(false)
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                if request.target == "/slow" {
                    isAsked.withLock { $0 = true }
                    isDone.waitUntilOpen()
                }
                connection.respond(200, headers: [], body: "ok")
            }
        }
        let slow = HTTPRequest(.get, try server.url("/slow"), resend: .safe)
        async let first = transport.send(slow)
        try await poll("the long-poll") { isAsked.withLock { $0 } }
        for _ in 0..<8 {
            #expect(try await transport.send(HTTPRequest(.get, try server.url("/quick"), resend: .safe)).status == 200)
        }
        isDone.open()
        #expect(try await first.status == 200)
    }
}
