import ParallelSystem

/// One event of a `text/event-stream`.
package struct ServerSentEvent: Sendable, Hashable {
    /// `message` where the stream gives no name.
    package var event: String
    /// The `data` lines, joined by line feeds.
    package var data: String
    /// The last id the stream has given, in this event or before; send it as `Last-Event-ID` to continue.
    package var id: String?
    /// The wait before a reconnection, as last asked for.
    package var retry: Duration?

    package init(event: String = "message", data: String, id: String? = nil, retry: Duration? = nil) {
        self.event = event
        self.data = data
        self.id = id
        self.retry = retry
    }
}

/// An event that never ends: it would fill the memory.
package struct ServerSentEventError: Error, Sendable, Hashable, CustomStringConvertible {
    /// In bytes.
    package let limit: Int
    package var description: String { "an event in the stream is larger than the limit of \(limit >> 20) MiB" }
}

/// Turns the bytes of a `text/event-stream` into events, however they are cut into pieces.
///
/// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
package struct ServerSentEventParser: Sendable {
    /// Also set by blocks without data, which make no event.
    package private(set) var lastEventID: String?
    /// The wait before a reconnection, as last asked for with `retry`.
    package private(set) var reconnectionDelay: Duration?

    private let limit: Int
    private var line: [UInt8] = []
    private var isAtStart = true
    private var lastWasCarriageReturn = false
    private var name = ""
    private var data: [UInt8] = []
    private var hasData = false

    /// - Parameter limit: the most one event may hold, in bytes.
    package init(limit: Int = 16 << 20) {
        self.limit = limit
    }

    /// The events that `bytes` complete. An event that the stream's end leaves without its blank line never appears.
    package mutating func feed(_ bytes: [UInt8]) throws(ServerSentEventError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var rest = bytes[...]
        if lastWasCarriageReturn, let first = rest.first {
            lastWasCarriageReturn = false
            if first == 0x0A { rest = rest.dropFirst() }
        }
        while let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
            try append(rest[..<end])
            if let event = endLine() { events.append(event) }
            let next = end + 1
            if rest[end] == 0x0D {
                // The line feed of a pair may come with the next bytes.
                lastWasCarriageReturn = next == rest.endIndex
                rest = rest[next...].first == 0x0A ? rest[(next + 1)...] : rest[next...]
            } else {
                rest = rest[next...]
            }
        }
        try append(rest)
        return events
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) throws(ServerSentEventError) {
        if line.count + data.count + bytes.count > limit { throw ServerSentEventError(limit: limit) }
        line += bytes
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isAtStart {
            isAtStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        if line.isEmpty { return dispatch() }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            field(line[...], [])
            return nil
        }
        // A comment, with which servers show that they are alive.
        if colon == 0 { return nil }
        let value = line[(colon + 1)...]
        field(line[..<colon], value.first == UInt8(ascii: " ") ? value.dropFirst() : value)
        return nil
    }

    private mutating func field(_ fieldName: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
        switch String(decoding: fieldName, as: UTF8.self) {
        case "event":
            name = String(decoding: value, as: UTF8.self)
        case "data":
            if hasData { data.append(0x0A) }
            data += value
            hasData = true
        case "id" where !value.contains(0):
            lastEventID = String(decoding: value, as: UTF8.self)
        case "retry" where !value.isEmpty && value.allSatisfy(\.isASCIIDigit):
            if let milliseconds = Int32(String(decoding: value, as: UTF8.self)) {
                reconnectionDelay = .milliseconds(milliseconds)
            }
        default:
            break
        }
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            name = ""
            data = []
            hasData = false
        }
        guard hasData else { return nil }
        return ServerSentEvent(
            event: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self), id: lastEventID,
            retry: reconnectionDelay)
    }
}
