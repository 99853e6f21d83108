import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// Leaves tools out of the events of a stream; every other byte passes as it is, comments that keep a connection open
/// among them.
struct FilteredEvents: Sendable {
    private let filter: ToolFilter
    /// The beginning of an event whose end has not come, and how much of it was searched.
    private let rest = Lock<(bytes: [UInt8], searched: Int)>(([], 0))

    init(_ filter: ToolFilter) { self.filter = filter }

    /// Returns what is to be passed on after `chunk` has come; nil is the end of the stream.
    func take(_ chunk: [UInt8]?) -> [UInt8] {
        rest.withLock { rest in
            guard let chunk else { return rest.bytes }
            rest.bytes += chunk
            var passed: [UInt8] = []
            while let end = Self.end(in: rest.bytes[max(rest.searched - 3, 0)...]) {
                passed += changed(Array(rest.bytes[..<end]))
                rest.bytes.removeFirst(end)
                rest.searched = 0
            }
            rest.searched = rest.bytes.count
            // An event without an end must not fill the memory.
            guard rest.bytes.count > HTTPRequest.usualBodyBytes else { return passed }
            defer { rest = ([], 0) }
            return passed + rest.bytes
        }
    }

    /// Returns where the first event ends: behind an empty line.
    private static func end(in bytes: ArraySlice<UInt8>) -> Int? {
        var place = bytes.startIndex
        while let feed = bytes[place...].place(of: 0x0A) {
            let rest = bytes[(feed + 1)...]
            if rest.first == 0x0A { return feed + 2 }
            if rest.starts(with: [0x0D, 0x0A]) { return feed + 3 }
            place = feed + 1
        }
        return nil
    }

    private func changed(_ bytes: [UInt8]) -> [UInt8] {
        var parser = ServerSentEventParser()
        guard let event = try? parser.feed(bytes).first, let message = filter.message(event.bytes) else { return bytes }
        let id = parser.lastEventID.map { "id: \($0)\n" } ?? ""
        return Array("\(id)event: \(event.event)\ndata: ".utf8) + message + [0x0A, 0x0A]
    }
}

extension ToolFilter {
    /// Returns a message, or several in an array, without tools that a host must not use; nil if nothing changes.
    func message(_ bytes: [UInt8]) -> [UInt8]? {
        guard let json = try? JSONValue.parseForgiving(bytes).value else { return nil }
        var isChanged = false
        let messages = (json.array ?? [json]).map { message -> JSONValue in
            guard var object = message.object, let list = message["result"].flatMap({ listing($0) }) else {
                return message
            }
            isChanged = true
            object["result"] = list
            return .object(object)
        }
        guard isChanged else { return nil }
        return (json.array == nil ? messages[0] : .array(messages)).bytes()
    }
}
