import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct FailureTests {
    private let transport = CurlTransport(TransportOptions(userAgent: "test"))

    private func failure(_ request: HTTPRequest) async -> HTTPError? {
        await #expect(throws: HTTPError.self) { try await transport.send(request) }
    }

    struct BrokenAnswer: CustomTestStringConvertible {
        let testDescription: String
        let answer: String
        let kind: HTTPError.Kind

        init(_ name: String, _ kind: HTTPError.Kind, _ answer: String) {
            testDescription = name
            self.answer = answer
            self.kind = kind
        }
    }

    private static let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

    @Test(arguments: [
        BrokenAnswer("nothing", .connectionLost, ""),
        .init("end in the header section", .truncated, "HTTP/1.1 200 OK\r\ncontent-le"),
        .init("end in the body", .truncated, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
        .init("end in a chunk", .truncated, chunked + "5\r\nab"),
        .init("no last chunk", .truncated, chunked + "3\r\nabc\r\n"),
        .init("a chunk without a size", .connectionLost, chunked + "zz\r\nabc\r\n"),
        .init(
            "not gzip", .protocolError,
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc"),
        .init(
            "a body above the limit", .tooLarge,
            "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n" + String(repeating: "x", count: 1001)),
        .init(
            "endless header fields", .tooLarge,
            "HTTP/1.1 200 OK\r\n" + String(repeating: "x: \(String(repeating: "y", count: 999))\r\n", count: 400)),
        .init("another protocol", .protocolError, "SSH-2.0-OpenSSH_9.2\r\n"),
        .init("no header section", .protocolError, "<html>no header at all</html>"),
    ])
    func `a broken answer is an error of its kind`(broken: BrokenAnswer) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(broken.answer)
        }
        var request = HTTPRequest(.post, try server.url(), body: [1], resend: .never)
        request.maximumBodyBytes = 1_000
        let error = await failure(request)
        #expect(error?.kind == broken.kind)
        #expect(error?.mayHaveBeenSent == true)
        #expect(error?.message.contains { $0.isNewline } == false)
        #expect(server.connectionCount == 1)
    }

    @Test func `a reset connection is lost`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.reset()
        }
        let error = await failure(HTTPRequest(.post, try server.url(), resend: .never))
        #expect(error?.kind == .connectionLost)
        #expect(error?.mayHaveBeenSent == true)
    }

    @Test func `nobody listening means nothing was sent`() async throws {
        let server = try RawServer { _ in }
        server.stop()
        let error = await failure(HTTPRequest(.post, try server.url(), resend: .never))
        #expect(error?.kind == .connect)
        #expect(error?.mayHaveBeenSent == false)
        #expect(error?.message == "cannot connect to \(server.baseURL): connection refused")
    }

    @Test func `an unknown host means nothing was sent`() async throws {
        let error = await failure(HTTPRequest(.post, try HTTPURL("http://nowhere.invalid/"), resend: .never))
        #expect(error?.kind == .resolve && error?.message == "cannot find the host nowhere.invalid")
        #expect(error?.mayHaveBeenSent == false)
    }

    @Test func `silence longer than the idle limit ends the request`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
            connection.waitForClose()
        }
        let timeouts = Timeouts(idle: .milliseconds(200))
        let error = await failure(HTTPRequest(.get, try server.url(), resend: .safe, timeouts: timeouts))
        #expect(error?.kind == .timeout)
        #expect(error?.mayHaveBeenSent == true)
        #expect(error?.message.contains("0.2 s") == true)
    }

    @Test func `a slow answer is not an idle one`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n")
            for _ in 0..<10 {
                Pause.milliseconds(350)
                connection.write("x")
            }
        }
        let timeouts = Timeouts(idle: .seconds(3))
        let request = HTTPRequest(.get, try server.url(), resend: .safe, timeouts: timeouts)
        #expect(try await transport.send(request).body.collect().count == 10)
    }

    @Test func `cancelling closes the connection`() async throws {
        let closed = Lock(false)
        let received = Lock(false)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            received.withLock { $0 = true }
            connection.waitForClose()
            closed.withLock { $0 = true }
        }
        let request = HTTPRequest(.post, try server.url(), resend: .never)
        let task = Task { try await transport.send(request) }
        try await poll("the request") { received.withLock { $0 } }
        task.cancel()
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(error?.mayHaveBeenSent == true)
        try await poll("the end of the connection") { closed.withLock { $0 } }
    }

    @Test func `a task cancelled beforehand sends nothing`() async throws {
        let server = try RawServer { _ in }
        let request = HTTPRequest(.post, try server.url(), resend: .never)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await transport.send(request)
        }
        task.cancel()
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(error?.mayHaveBeenSent == false)
        #expect(server.connectionCount == 0)
    }

    @Test func `256 cancelled requests all end`() async throws {
        let server = try RawServer { $0.waitForClose() }
        let request = HTTPRequest(.get, try server.url(), resend: .safe)
        await withTaskGroup(of: HTTPError?.self) { group in
            for _ in 0..<256 {
                group.addTask {
                    do {
                        _ = try await transport.send(request)
                        return nil
                    } catch { return error as? HTTPError }
                }
            }
            group.cancelAll()
            for await error in group { #expect(error?.kind == .cancelled) }
        }
    }
}
