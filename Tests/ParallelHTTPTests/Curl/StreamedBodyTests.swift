import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct StreamedBodyTests {
    private let transport = CurlTransport(TransportOptions(userAgent: "test"))

    private func stream(_ url: HTTPURL, timeouts: Timeouts = Timeouts()) async throws -> HTTPResponse {
        try await transport.send(
            HTTPRequest(.get, url, resend: .safe, timeouts: timeouts, streamsBody: true))
    }

    @Test func `chunks arrive before the answer is complete`() async throws {
        let mayGoOn = Gate()
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc")
            mayGoOn.waitUntilOpen()
            connection.write("def")
        }
        let response = try await stream(server.url())
        var chunks = response.body.makeAsyncIterator()
        #expect(try await chunks.next() == Array("abc".utf8))
        mayGoOn.open()
        #expect(try await chunks.next() == Array("def".utf8))
        #expect(try await chunks.next() == nil)
        #expect(try await chunks.next() == nil)
    }

    @Test func `a slow reader holds the server back and loses nothing`() async throws {
        let total = 50 << 20
        let sent = Lock(0)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: \(total)\r\n\r\n")
            let block = [UInt8](repeating: 0x61, count: 1 << 16)
            while sent.withLock({ $0 }) < total, connection.write(block) { sent.withLock { $0 += block.count } }
        }
        // Although nothing moves while the reader waits, that is no idle server.
        let idle = Duration.seconds(2)
        let response = try await stream(server.url(), timeouts: Timeouts(idle: idle))
        var chunks = response.body.makeAsyncIterator()
        var received = try await chunks.next()?.count ?? 0
        var before = -1
        while sent.withLock({ $0 }) != before {
            before = sent.withLock { $0 }
            try await Task.sleep(for: .milliseconds(500))
        }
        try await Task.sleep(for: idle)
        // The rest is what the system holds for both sockets.
        #expect(before < total / 2)
        var largest = 0
        while let chunk = try await chunks.next() {
            received += chunk.count
            largest = max(largest, chunk.count)
        }
        #expect(received == total)
        #expect(largest <= 512 * 1024)
    }

    @Test func `a truncated stream ends with an error after what came`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
        }
        let response = try await stream(server.url())
        var received: [UInt8] = []
        let error = await #expect(throws: HTTPError.self) {
            for try await chunk in response.body { received += chunk }
        }
        #expect(error?.kind == .truncated)
        #expect(received == Array("abc".utf8))
    }

    @Test func `dropping a body ends its transfer`() async throws {
        let closed = Lock(false)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\nabc")
            connection.waitForClose()
            closed.withLock { $0 = true }
        }
        let status = try await stream(server.url()).status
        #expect(status == 200)
        try await poll("the end of the connection") { closed.withLock { $0 } }
    }

    @Test func `cancelling the reader ends its transfer`() async throws {
        let closed = Lock(false)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\nabc")
            connection.waitForClose()
            closed.withLock { $0 = true }
        }
        let response = try await stream(server.url())
        let reader = Task { try await response.body.collect() }
        try await Task.sleep(for: .milliseconds(20))
        reader.cancel()
        let error = await #expect(throws: HTTPError.self) { try await reader.value }
        #expect(error?.kind == .cancelled)
        try await poll("the end of the connection") { closed.withLock { $0 } }
    }

    @Test func `a silent stream ends after the idle limit`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\nabc")
            connection.waitForClose()
        }
        let response = try await stream(server.url(), timeouts: Timeouts(idle: .milliseconds(200)))
        let error = await #expect(throws: HTTPError.self) { try await response.body.collect() }
        #expect(error?.kind == .timeout)
    }

    @Test func `an empty stream ends at once`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 204 No Content\r\n\r\n")
        }
        let response = try await stream(server.url())
        #expect(response.status == 204)
        #expect(try await response.body.collect().isEmpty)
    }

    @Test func `collecting has a limit`() async throws {
        let body = HTTPBody([1, 2, 3])
        #expect(try await body.collect(upTo: 3) == [1, 2, 3])
        let error = await #expect(throws: HTTPError.self) { try await body.collect(upTo: 2) }
        #expect(error?.kind == .tooLarge)
    }
}
