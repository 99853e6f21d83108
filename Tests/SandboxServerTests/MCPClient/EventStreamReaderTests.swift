import Testing

@testable import SandboxServer

@Suite struct EventStreamReaderTests {
    @Test(arguments: [
        ("data: a\n\n", ["a"]), ("data:a\r\n\r\n", ["a"]), ("data: a\r\r", ["a"]),
        ("data: a\r\ndata:  b\r\n\r\n", ["a\n b"]),
        (": c\n\nid: 1\n\nevent: x\ndata: a\n\ndata: b\n\n", ["a", "b"]), ("data\n\n", [""]),
        ("data: unfinished\n", []),
        ("database: a\n\n", []),
    ])
    func `events come out however the bytes arrive`(stream: String, events: [String]) {
        let bytes = Array(stream.utf8)
        for size in 1...bytes.count {
            var reader = EventStreamReader()
            var seen: [String] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                seen += reader.feed(Array(bytes[start...].prefix(size))).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(seen == events, "in pieces of \(size)")
        }
    }
}
