import ParallelHTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ServerSentEventsTests {
    private static let table: [(name: String, stream: String, events: [ServerSentEvent])] = [
        ("one line", "data: a\n\n", [.init(data: "a")]),
        ("CR LF", "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", [.init(data: "a\nb"), .init(data: "c")]),
        ("CR", "data: a\rdata: b\r\rdata: c\r\r", [.init(data: "a\nb"), .init(data: "c")]),
        (
            "all line ends mixed", "data: a\r\ndata: b\ndata: c\r\n\rdata: d\n\n",
            [.init(data: "a\nb\nc"), .init(data: "d")]
        ),
        ("name", "event: ping\ndata: x\n\ndata: y\n\n", [.init(event: "ping", data: "x"), .init(data: "y")]),
        ("no colon", "data\ndata\n\n", [.init(data: "\n")]),
        ("empty data", "data:\n\n", [.init(data: "")]),
        ("one blank is dropped", "data:  a \n\n", [.init(data: " a ")]),
        ("a name goes with its block", "event: ping\n\ndata: x\n\n", [.init(data: "x")]),
        ("no data, no event", "event: ping\nid: 1\n\n\n", []),
        ("id stays", "id: 1\ndata: a\n\ndata: b\n\n", [.init(data: "a", id: "1"), .init(data: "b", id: "1")]),
        (
            "id is taken back", "id: 1\ndata: a\n\nid\ndata: b\n\n",
            [.init(data: "a", id: "1"), .init(data: "b", id: "")]
        ),
        ("id with NUL", "id: 1\u{0}2\ndata: a\n\n", [.init(data: "a")]),
        (
            "id too long to be sent back", "id: 1\nid: \(String(repeating: "9", count: 5_000))\ndata: a\n\n",
            [.init(data: "a", id: "1")]
        ),
        ("retry", "retry: 1500\ndata: a\n\n", [.init(data: "a", retry: .milliseconds(1500))]),
        ("bad retry", "retry: 1.5\nretry: -1\nretry:\nretry: 99999999999\ndata: a\n\n", [.init(data: "a")]),
        ("comments", ": hi\n:\ndata: a\n: mid\ndata: b\n\n", [.init(data: "a\nb")]),
        ("mark at the start", "\u{FEFF}data: a\n\n", [.init(data: "a")]),
        ("mark later is a field", "data: a\n\n\u{FEFF}data: b\n\n", [.init(data: "a")]),
        ("unknown fields", "foo: x\nDATA: y\n data: z\ndata: a\n\n", [.init(data: "a")]),
        ("end without blank line", "data: a\n\ndata: b\n", [.init(data: "a")]),
        ("end within a line", "data: a\n\ndata: b", [.init(data: "a")]),
        ("beyond ASCII", "data: grüße 🎉\n\n", [.init(data: "grüße 🎉")]),
        ("colons in data", "data: a: b\n\n", [.init(data: "a: b")]),
    ]

    @Test(arguments: table.indices)
    func `a stream means the same however it is cut`(index: Int) throws {
        let (name, stream, expected) = Self.table[index]
        let bytes = Array(stream.utf8)
        for size in 1...max(1, bytes.count) {
            var parser = ServerSentEventParser()
            var events: [ServerSentEvent] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                events += try parser.feed(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(events == expected, "\(name), pieces of \(size)")
        }
    }

    @Test func `lone ids and delays leave a trace`() throws {
        var parser = ServerSentEventParser()
        #expect(try parser.feed(Array(": one\nid: 7\nretry: 20\n\n".utf8)).isEmpty)
        #expect(parser.lastEventID == "7")
        #expect(parser.reconnectionDelay == .milliseconds(20))
    }

    @Test func `an id counts from the end of its event on, because one that breaks off is asked for again`() throws {
        var parser = ServerSentEventParser()
        #expect(try parser.feed(Array("id: 7\ndata: a\n\nid: 8\ndata: b\n".utf8)).count == 1)
        #expect(parser.lastEventID == "7")
        #expect(try parser.feed(Array("\n".utf8)) == [.init(data: "b", id: "8")])
        #expect(parser.lastEventID == "8")
    }

    @Test func `broken UTF-8 is kept, and repaired as text`() throws {
        var parser = ServerSentEventParser()
        let events = try parser.feed(Array("data: a".utf8) + [0xFF, 0x62, 0x0A, 0x0A])
        #expect(events.map(\.data) == ["a\u{FFFD}b"] && events.map(\.bytes) == [[0x61, 0xFF, 0x62]])
    }

    @Test(arguments: ["data: 0123456789", "data: 0123456789\n", ": comment 0123456789"])
    func `an endless event is an error that names the limit`(piece: String) {
        var parser = ServerSentEventParser(limit: 1 << 20)
        let error = #expect(throws: ServerSentEventError.self) {
            for _ in 0..<(1 << 20) { _ = try parser.feed(Array(piece.utf8)) }
        }
        #expect(error?.description.contains("1 MiB") == true)
    }

    @Test func `many small events do not add up to the limit`() throws {
        var parser = ServerSentEventParser(limit: 64)
        for _ in 0..<100 { #expect(try parser.feed(Array("data: 0123456789\n\n".utf8)).count == 1) }
    }

    @Test func `a body becomes events, then its error`() async throws {
        let error = HTTPError(.truncated, "gone", mayHaveBeenSent: true)
        let (chunks, feed) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        feed.yield(Array("data: a\n\ndata: b\n".utf8))
        feed.yield(Array("\ndata: c".utf8))
        feed.finish(throwing: error)
        var seen: [String] = []
        await #expect(throws: error) {
            for try await event in ServerSentEventStream(HTTPBody(chunks: chunks)) { seen.append(event.data) }
        }
        #expect(seen == ["a", "b"])
    }

    @Test func `events arrive while the answer goes on`() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hello\n\ndata: first\n\n")
            // Whatever comes from the client now is its close: the second event is never sent.
            connection.waitForClose()
        }
        let transport = CurlTransport(TransportOptions(userAgent: "test"))
        var request = HTTPRequest(.get, try server.url(), resend: .safe)
        request.streamsBody = true
        let response = try await transport.send(request)
        var events = ServerSentEventStream(response.body).makeAsyncIterator()
        #expect(try await events.next() == .init(data: "first"))
    }
}
