import ParallelSystem
import TestSupport
import Testing

@testable import ParallelHTTP

/// What a server sends can't fill the memory or take for ever to look at.
@Suite struct LimitTests {
    private let transport = CurlTransport(TransportOptions(userAgent: "test"))

    private func answer(
        _ server: RawServer, upTo limit: Int = 1_000, streams: Bool = false
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(.post, try server.url(), resend: .never, streamsBody: streams)
        request.maximumBodyBytes = limit
        return try await transport.send(request)
    }

    /// A server that answers with `head` and the same bytes again and again until the client goes.
    private func endless(_ head: String, _ bytes: String) throws -> RawServer {
        try RawServer { connection in
            _ = connection.readRequest()
            connection.write(head)
            let chunk = Array(String(repeating: bytes, count: 1_000).utf8)
            while connection.write(chunk) {}
        }
    }

    @Test func `an answer that is too large is an error that has its beginning`() async throws {
        let server = try endless("HTTP/1.1 200 OK\r\n\r\n{\"run_id\":\"r1\",\"x\":\"", "xxxxxxxx")
        let error = await #expect(throws: HTTPError.self) { try await answer(server, upTo: 100_000) }
        #expect(error?.kind == .tooLarge && error?.mayHaveBeenSent == true)
        #expect(error?.message == "the answer is larger than 100000 bytes")
        #expect(error?.received.count == HTTPError.maximumReceived)
        #expect(error?.received.starts(with: #"{"run_id":"r1","x":"#.utf8) == true)
    }

    @Test func `a limit below what is usual counts too, and its last byte is let through`() async throws {
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                connection.respond(body: String(repeating: "x", count: Int(request.target.dropFirst()) ?? 0))
            }
        }
        var request = HTTPRequest(.get, try server.url("/1000"), resend: .safe)
        request.maximumBodyBytes = 1_000
        #expect(try await transport.send(request).body.collect().count == 1_000)
        request.url = try server.url("/1001")
        let error = await #expect(throws: HTTPError.self) { try await transport.send(request) }
        #expect(error?.kind == .tooLarge && error?.received.count == 1_000)
    }

    @Test(arguments: [400, 500, 302])
    func `of an endless error no more than its beginning is read`(status: Int) async throws {
        let server = try endless("HTTP/1.1 \(status) X\r\n\r\nno: ", "xxxxxxxx")
        let response = try await answer(server)
        #expect(response.status == status)
        let body = try await response.body.collect()
        #expect(body.count == HTTPRequest.maximumErrorBytes && body.starts(with: "no: xxx".utf8))
        let streamed = try await answer(server, streams: true)
        #expect(await streamed.body.beginning(upTo: 10) == Array("no: xxxxxx".utf8))
    }

    // MARK: - Compression

    /// The beginning of a body that holds one byte and then runs of 258 of it, eight to a block of 13 bytes, in the
    /// format of RFC 1950 and 1951: 158 times as large once it is unpacked.
    private static func packed(blocks: Int) -> [UInt8] {
        // The last block of the stream, with fixed codes; the literal "x"; then the same bits again and again.
        let bits = Array(("110" + "10101000" + String(repeating: "11000101" + "00000", count: 24)).utf8)
        let bytes = (0..<39).map { index in
            bits[(8 * index)..<(8 * index + 8)].reversed().reduce(UInt8(0)) { $0 << 1 | $1 & 1 }
        }
        let block = bytes.suffix(13)
        return [0x78, 0x01] + bytes + repeatElement(block, count: blocks).joined()
    }

    private func packing(blocks: Int) throws -> RawServer {
        let bytes = Self.packed(blocks: blocks)
        return try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\ncontent-length: \(bytes.count)\r\n\r\n")
            connection.write(bytes)
        }
    }

    @Test func `what counts is how large an answer is once it is unpacked`() async throws {
        #expect(Self.packed(blocks: 100).count < 2_000)
        let error = await #expect(throws: HTTPError.self) { try await answer(packing(blocks: 100), upTo: 10_000) }
        #expect(error?.kind == .tooLarge && error?.received.count == 10_000)
    }

    @Test func `a large answer that is packed beyond reason is refused, and one that is not packed is taken`()
        async throws
    {
        let limit = 1 << 30
        let error = await #expect(throws: HTTPError.self) { try await answer(packing(blocks: 40_000), upTo: limit) }
        #expect(error?.kind == .tooLarge && error?.message.contains("packed") == true)
        let size = (64 << 20) + 1
        let plain = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n")
            connection.write([UInt8](repeating: 0x78, count: size))
        }
        #expect(try await answer(plain, upTo: limit).body.collect(upTo: limit).count == size)
    }

    // MARK: - Header and trailer sections

    @Test(arguments: [false, true])
    func `trailers that never end are an error`(streams: Bool) async throws {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
        let server = try endless(head, "x: \(String(repeating: "y", count: 99))\r\n")
        let error = await #expect(throws: HTTPError.self) {
            try await answer(server, streams: streams).body.collect()
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test func `a field that is folded into very many lines is put together at once`() async throws {
        let count = try await onThread {
            var headers = HTTPHeaders([("x", "y")])
            for _ in 0..<1_000_000 { headers.continueLast("z") }
            return headers["x"]?.utf8.count
        }
        #expect(count == 2_000_001)
    }

    // MARK: - Events

    @Test(arguments: ["\r", ":\r"])
    func `very many short lines are read at once`(line: String) async throws {
        let lines = Array(String(repeating: line, count: 1_000_000).utf8)
        let events = try await onThread {
            var parser = ServerSentEventParser()
            return try parser.feed(lines + Array("data: x\r\n\r\n".utf8)).count
        }
        #expect(events >= 1)
    }

    @Test func `an event of any size up to 64 MiB is read, and one beyond tells its beginning`() throws {
        var parser = ServerSentEventParser()
        let piece = [UInt8](repeating: 0x78, count: 1 << 20)
        #expect(try parser.feed(Array("data: ".utf8)).isEmpty)
        for _ in 0..<63 { #expect(try parser.feed(piece).isEmpty) }
        #expect(try parser.feed([0x0A, 0x0A]).first?.bytes.count == 63 << 20)
        let error = #expect(throws: ServerSentEventError.self) {
            _ = try parser.feed(Array("id: 5\ndata: {\"run_id\":\"trun_1\",".utf8))
            for _ in 0..<65 { _ = try parser.feed(piece) }
        }
        #expect(error?.description == "an event in the stream is larger than the limit of 64 MiB")
        #expect((65_000...HTTPError.maximumReceived).contains(error?.received.count ?? 0))
        #expect(error?.received.starts(with: #"{"run_id":"trun_1",xxx"#.utf8) == true)
    }

    @Test(arguments: [
        ("data: {\"a\":1,\ndata: \"b\":", "{\"a\":1,\n\"b\":"), ("event: x\ndata:{", "{"), ("id: 7\n: hi", ""),
        ("data: done\n\n", ""), ("dat", ""), ("data: {\n", "{"),
    ])
    func `what came of an event that broke off is kept`(stream: String, expected: String) throws {
        var parser = ServerSentEventParser()
        _ = try parser.feed(Array(stream.utf8))
        #expect(parser.unfinished == Array(expected.utf8))
    }

    // MARK: - Bodies from elsewhere

    @Test func `a body that breaks off while it is collected tells what came`() async throws {
        let chunks = AsyncThrowingStream<[UInt8], any Error> { stream in
            stream.yield([1, 2])
            stream.finish(throwing: HTTPError(.truncated, "it broke", mayHaveBeenSent: true))
        }
        let broken = await #expect(throws: HTTPError.self) { try await HTTPBody(chunks: chunks).collect() }
        #expect(broken?.received == [1, 2] && broken?.kind == .truncated)
        let large = await #expect(throws: HTTPError.self) { try await HTTPBody([1, 2, 3]).collect(upTo: 2) }
        #expect(large?.received == [1, 2])
    }

    @Test func `a message that is too long is shortened where it is made`() {
        let long = HTTPError(.protocolError, String(repeating: "x\u{301}", count: 100_000), mayHaveBeenSent: true)
        #expect(long.message.unicodeScalars.count == 2_001 && long.message.hasSuffix("…"))
        #expect(HTTPError(.protocolError, "short", mayHaveBeenSent: true).message == "short")
    }
}
