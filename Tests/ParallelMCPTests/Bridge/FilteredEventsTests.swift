import TestSupport
import Testing

@testable import ParallelMCP

@Suite struct FilteredEventsTests {
    private static let filter = ToolFilter(allowed: nil, denied: ["bad"])
    private static let list = #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"good"},{"name":"bad"}]}}"#
    private static let kept = #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"good"}]}}"#

    /// What is passed on of `text` that comes in chunks of so many bytes.
    private func passed(_ text: String, by size: Int) -> String {
        let events = FilteredEvents(Self.filter)
        let bytes = Array(text.utf8)
        var all: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            all += events.take(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        return String(decoding: all + events.take(nil), as: UTF8.self)
    }

    @Test(arguments: ["\n", "\r\n"]) func `only lists with a tool that is not allowed change`(_ end: String) {
        let before = ": ping\(end)\(end)id: 1\(end)retry: 5\(end)data:\(end)\(end)event: other\(end)data: x\(end)\(end)"
        let after = "data: {\"jsonrpc\":\"2.0\", \"id\": 2, \"result\":{}}\(end)\(end)data: cut"
        let text = "\(before)id: 7\(end)event: message\(end)data: \(Self.list)\(end)\(end)\(after)"
        let expected = "\(before)id: 7\nevent: message\ndata: \(Self.kept)\n\n\(after)"
        for size in [1, 2, 3, 7, 64, 10_000] { #expect(passed(text, by: size) == expected) }
    }

    @Test func `several messages in one event are each looked at`() {
        let text = "data: [\(Self.list),{\"method\":\"x\"}]\n\n"
        #expect(passed(text, by: 5) == "event: message\ndata: [\(Self.kept),{\"method\":\"x\"}]\n\n")
    }
}
