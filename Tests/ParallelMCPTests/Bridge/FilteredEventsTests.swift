import ParallelHTTP
import TestSupport
import Testing

@testable import ParallelMCP

@Suite struct FilteredEventsTests {
    private static let filter = ToolFilter(allowed: nil, denied: ["bad"])
    private static let list = #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"good"},{"name":"bad"}]}}"#
    private static let kept = #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"good"}]}}"#

    /// What is passed on of `text` that comes in chunks of so many bytes.
    private func passed(_ text: String, by size: Int = 10_000) throws -> String {
        let events = FilteredEvents(Self.filter)
        let bytes = Array(text.utf8)
        var all: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            all += try events.take(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        return try String(decoding: all + events.take(nil), as: UTF8.self)
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `whatever ends its lines, a stream means the same, but for tools that are not allowed`(_ end: String) throws {
        let lines = [
            "id: 1", "data:", "", "event: other", "data: {\"x\": 1.50}", "", "id: 7", "event: message",
            "data: \(Self.list)", "", "id: 8", "", "data: {\"jsonrpc\":\"2.0\",", "data: \"id\": 2, \"result\":{}}", "",
            "",
        ]
        let expected =
            "id: 1\ndata: \n\nevent: other\ndata: {\"x\": 1.50}\n\nid: 7\ndata: \(Self.kept)\n\n"
            + "id: 8\n\ndata: {\"jsonrpc\":\"2.0\", \"id\": 2, \"result\":{}}\n\n"
        for size in [1, 2, 3, 7, 64] {
            #expect(try passed(lines.joined(separator: end), by: size) == expected)
        }
    }

    @Test func `several messages in one event are each looked at`() throws {
        let text = "data: [\(Self.list),{\"method\":\"x\"}]\n\n"
        #expect(try passed(text, by: 5) == "data: [\(Self.kept),{\"method\":\"x\"}]\n\n")
    }

    @Test(arguments: [
        // Two events, for those who know only line feeds one.
        ("data: {}\r\rdata: \(list)\n\n", "data: {}\n\ndata: \(kept)\n\n"),
        (": \(list)\n\n", ":\n\n"),
        ("data: \(list)", "data: \(kept)\n\n"),
        ("data: \(list)\r", "data: \(kept)\n\n"),
        ("\u{FEFF}data: \(list)\n\n", "data: \(kept)\n\n"),
    ])
    func `no list passes by what is around it`(_ text: String, _ expected: String) throws {
        #expect(try passed(text) == expected)
    }

    @Test(arguments: [
        "{\"result\":{\"tools\":[{\"name\":\"bad\"}]},\"result\":{}}",
        "{\"result\":{\"tools\":[{\"name\":\"bad\"}],\"tools\":[]}}",
        "[[\(list)]]", "\(list) //", "bad",
    ])
    func `what is no message or can be read in two ways is left out, but not its id`(_ data: String) throws {
        #expect(try passed("id: 3\ndata: \(data)\n\n") == "id: 3\n\n")
    }

    @Test func `a tool whose name is no text is left out`() throws {
        #expect(
            try passed("data: {\"result\":{\"tools\":[{\"name\":[\"bad\"]},{}]}}\n\n")
                == "data: {\"result\":{\"tools\":[]}}\n\n")
    }

    @Test(arguments: ["id: 9\ndata: {\"re", "id: 9\ndata:", "id: 9\n", "retry: 7"])
    func `an event that broke off leaves no trace, so that it is asked for again`(_ end: String) throws {
        #expect(try passed("id: 1\ndata: {}\n\n\(end)", by: 4) == "id: 1\ndata: {}\n\n")
    }

    @Test func `the pause that the server asks for is told once`() throws {
        #expect(try passed("retry: 5\n\n: x\n\nretry: 5\ndata: {}\n\n", by: 10) == "retry: 5\n\n:\n\ndata: {}\n\n")
    }

    @Test func `comments keep a connection open`() throws {
        let events = FilteredEvents(Self.filter)
        #expect(try events.take(Array(": ping\n\n".utf8)) == Array(":\n\n".utf8))
        #expect(try events.take(Array("data: {\"id\"".utf8)) == [])
    }
}
