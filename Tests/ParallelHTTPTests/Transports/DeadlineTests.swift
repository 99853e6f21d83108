import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

/// Limits that a server can't put off by sending a byte now and then.
struct DeadlineTests {
    private let transport = CurlTransport(TransportOptions(userAgent: "test"))

    /// Far beyond any of these tests: what ends them is the limit that they are about.
    private static let never = Duration.seconds(3600)

    /// Does nothing for so long that a test without the limit that it is about fails, instead of hanging.
    private static func stall(_ isOver: () -> Bool = { false }) {
        for _ in 0..<6_000 where !isOver() { Pause.milliseconds(50) }
    }

    /// A server that answers with `head` and then with `piece` again and again until the client goes, or five
    /// minutes are over.
    private func drip(_ head: String, _ piece: String) throws -> RawServer {
        try RawServer { connection in
            _ = connection.readRequest()
            connection.write(head)
            for _ in 0..<15_000 where connection.write(piece) { Pause.milliseconds(20) }
        }
    }

    private func failure(_ request: HTTPRequest) async -> HTTPError? {
        await #expect(throws: HTTPError.self) {
            for try await _ in try await transport.send(request).body {}
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 ", "O"), ("HTTP/1.1 200 OK\r\nx: ", "y"), ("HTTP/1.1 200 OK\r\n", "x: y\r\n"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", "z"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\nz\r\n"),
    ])
    func `an answer that trickles in ends with the time for the whole request`(head: String, piece: String) async throws
    {
        let server = try drip(head, piece)
        let timeouts = Timeouts(idle: Self.never, total: .seconds(2))
        let error = await failure(HTTPRequest(.get, try server.url(), resend: .safe, timeouts: timeouts))
        #expect(error?.kind == .timeout && error?.mayHaveBeenSent == true)
        #expect(error?.message.contains("did not answer in full in the time it had") == true, "\(error as Any)")
    }

    @Test func `an upload that nobody takes in ends with the time for the whole request`() async throws {
        let isOver = Lock(false)
        let server = try RawServer { _ in
            Self.stall { isOver.withLock { $0 } }
        }
        defer { isOver.withLock { $0 = true } }
        let request = HTTPRequest(
            .post, try server.url(), body: [UInt8](repeating: 0x61, count: 32 << 20), resend: .never,
            timeouts: Timeouts(idle: Self.never, total: .seconds(2)))
        let error = await failure(request)
        #expect(error?.kind == .timeout && error?.mayHaveBeenSent == true)
    }

    @Test func `a stream has its whole time for its head, and goes on after it`() async throws {
        let isHeadHere = Lock(false)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n")
            Self.stall { isHeadHere.withLock { $0 } }
            Pause.milliseconds(400)
            connection.write("abc")
        }
        // The limit is over before the body begins.
        let request = HTTPRequest(
            .get, try server.url(), resend: .safe, timeouts: Timeouts(total: .milliseconds(300)), streamsBody: true)
        let response = try? await transport.send(request)
        isHeadHere.withLock { $0 = true }
        // A machine that took 300 ms for the head has shown nothing.
        if let response { #expect(try await response.body.collect() == Array("abc".utf8)) }

        let slow = try drip("HTTP/1.1 200 OK\r\nx: ", "y")
        var late = request
        late.url = try slow.url()
        #expect(await failure(late)?.kind == .timeout)
    }

    struct Drip: CustomTestStringConvertible {
        let piece: String
        var isNews: (@Sendable (ServerSentEvent) -> Bool)?
        let testDescription: String
    }

    @Test(arguments: [
        Drip(piece: "d", testDescription: "a line without an end"),
        Drip(piece: "data: x\n", testDescription: "an event without an end"),
        Drip(piece: "\n", testDescription: "blank lines"),
        Drip(piece: "id: 1\n\n", testDescription: "ids without data"),
        Drip(piece: ": ping\n", isNews: { _ in true }, testDescription: "comments where they mean nothing"),
        Drip(piece: "data: x\n\n", isNews: { $0.data == "first" }, testDescription: "events that mean nothing"),
    ])
    func `a stream ends where nothing of use comes to its end for too long`(drip: Drip) async throws {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: first\n\n"
        let server = try self.drip(head, drip.piece)
        let request = HTTPRequest(
            .get, try server.url(), resend: .safe,
            timeouts: Timeouts(idle: Self.never, total: Self.never, progress: .seconds(1)), streamsBody: true)
        let error = await #expect(throws: HTTPError.self) {
            let body = try await transport.send(request).body
            for try await _ in ServerSentEventStream(body, isNews: drip.isNews) {}
        }
        #expect(error?.kind == .timeout)
        #expect(error?.message.contains("nothing of use for 1 s") == true, "\(error as Any)")
    }

    @Test(arguments: [": ping\n", "data: x\n\n"])
    func `events and comments keep a stream open`(piece: String) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\n")
            for _ in 0..<12 where connection.write(piece) { Pause.milliseconds(500) }
            connection.write("data: last\n\n")
        }
        let request = HTTPRequest(
            .get, try server.url(), resend: .safe, timeouts: Timeouts(progress: .seconds(5)), streamsBody: true)
        var last: String?
        for try await event in ServerSentEventStream(try await transport.send(request).body) { last = event.data }
        #expect(last == "last")
    }

    @Test func `a reader that takes its time is not the server's fault`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n")
            connection.write("data: 2\n\n")
            Self.stall()
        }
        let request = HTTPRequest(
            .get, try server.url(), resend: .safe, timeouts: Timeouts(progress: .seconds(1)), streamsBody: true)
        let body = try await transport.send(request).body
        // Bytes are here that nobody has looked at.
        try await Task.sleep(for: .seconds(2))
        var events = ServerSentEventStream(body).makeAsyncIterator()
        #expect(try await events.next()?.data == "1")
        #expect(try await events.next()?.data == "2")
        await #expect(throws: HTTPError.self) { try await events.next() }
    }

    // MARK: - What costs money

    private func creation(_ url: HTTPURL, total: Duration, grace: Duration) -> HTTPRequest {
        HTTPRequest(
            .post, url, body: Array("{}".utf8), resend: .never,
            timeouts: Timeouts(connect: Self.never, total: total, grace: grace))
    }

    @Test func `an answer that may be under way when the time is over is awaited a little longer`() async throws {
        let server = try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            Pause.milliseconds(2500)
            connection.respond(202, body: "run")
        }
        let request = creation(try server.url(), total: .seconds(2), grace: Self.never)
        #expect(try await transport.send(request).status == 202)

        let silent = try RawServer { _ in Self.stall() }
        let unanswered = creation(try silent.url(), total: .seconds(2), grace: .milliseconds(100))
        let error = await failure(unanswered)
        #expect(error?.kind == .timeout && error?.mayHaveBeenSent == true)
    }

    @Test func `what has surely not left is not awaited when the time is over`() async throws {
        // A TLS handshake that nobody answers.
        let server = try RawServer { _ in Self.stall() }
        let url = try HTTPURL("https://127.0.0.1:\(server.port)/")
        let error = await failure(creation(url, total: .milliseconds(200), grace: Self.never))
        #expect(error?.kind == .timeout && error?.mayHaveBeenSent == false)
        #expect(error?.message.contains("no connection to") == true, "\(error as Any)")
    }

    @Test(arguments: [(scheme: "http", isTold: true), (scheme: "https", isTold: false)])
    func `a cancellation that waits for an answer is reported`(_ example: (scheme: String, isTold: Bool)) async throws {
        let hasRequest = Lock(false)
        let server = try RawServer { connection in
            if connection.readRequest() != nil { hasRequest.withLock { $0 = true } }
            connection.waitForClose()
        }
        let isTold = Lock(0)
        var request = creation(
            try HTTPURL("\(example.scheme)://127.0.0.1:\(server.port)/"), total: Self.never, grace: .milliseconds(50))
        request.onGrace = { _ in isTold.withLock { $0 += 1 } }
        let work = Task { [request] in try await transport.send(request) }
        try await poll("a connection") { example.isTold ? hasRequest.withLock { $0 } : server.connectionCount > 0 }
        work.cancel()
        let error = await #expect(throws: HTTPError.self) { try await work.value }
        #expect(error?.kind == .cancelled && error?.mayHaveBeenSent == example.isTold)
        #expect(isTold.withLock { $0 } == (example.isTold ? 1 : 0))
    }
}
