import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// Leaves tools out of the events of a stream.
///
/// The stream is read and written anew, so that no reader finds an event in it that was not looked at here, whatever
/// ends its lines. Comments become empty ones, which keep the connection open, and an event that is no message of MCP
/// keeps its id only.
struct FilteredEvents: Sendable {
    private struct State {
        var parser = ServerSentEventParser()
        /// What the reader was told last.
        var id: String?
        var delay: Duration?
    }

    private let filter: ToolFilter
    private let state = Lock(State())

    init(_ filter: ToolFilter) { self.filter = filter }

    /// Returns what is to be passed on after `chunk` has come; nil is the end of the stream. Throws
    /// `ServerSentEventError`.
    func take(_ chunk: [UInt8]?) throws -> [UInt8] {
        try state.withLock { state in
            let before = state.parser.pieceCount
            // Some servers leave out the empty line behind the last event.
            let events = try state.parser.feed(chunk ?? [0x0A, 0x0A])
            var passed: [UInt8] = []
            for event in events {
                let data = event.bytes.isEmpty ? [] : filter.message(event.bytes)
                // A reader that knew the id of an event that broke off would not ask for it again.
                guard chunk != nil || data?.isEmpty == false else { continue }
                passed += Self.fields(event.id, event.retry, &state)
                if let data {
                    if event.event != "message" { passed += "event: \(event.event)\n".utf8 }
                    // Inside strings, JSON has no line ends.
                    passed += "data: ".utf8 + data.map { $0 == 0x0A ? 0x20 : $0 } + [0x0A]
                }
                passed.append(0x0A)
            }
            guard chunk != nil else { return passed }
            let rest = Self.fields(state.parser.lastEventID, state.parser.reconnectionDelay, &state)
            if !rest.isEmpty { passed += rest + [0x0A] }
            if passed.isEmpty, state.parser.pieceCount > before { passed = Array(":\n\n".utf8) }
            return passed
        }
    }

    /// Returns the lines that tell what the reader does not know yet.
    private static func fields(_ id: String?, _ delay: Duration?, _ state: inout State) -> [UInt8] {
        var lines = ""
        if let id, state.id?.isExactly(id) != true { lines += "id: \(id)\n" }
        if let delay, delay != state.delay { lines += "retry: \(delay.wholeMilliseconds)\n" }
        (state.id, state.delay) = (id, delay)
        return Array(lines.utf8)
    }
}

extension ToolFilter {
    /// Returns a message, or several in an array, without tools that a host must not use; nil for what is none, or can
    /// be read in two ways, and so may name some.
    func message(_ bytes: [UInt8]) -> [UInt8]? {
        guard let (json, isRepaired) = try? JSONValue.parseForgiving(bytes) else { return nil }
        var messages = json.array ?? [json]
        var isChanged = isRepaired
        for (index, message) in messages.enumerated() {
            guard var object = message.object, !message.repeatsMember else { return nil }
            guard let list = message["result"].flatMap({ listing($0) }) else { continue }
            isChanged = true
            object["result"] = list
            messages[index] = .object(object)
        }
        guard isChanged else { return bytes }
        return (json.array == nil ? messages[0] : .array(messages)).bytes()
    }
}
