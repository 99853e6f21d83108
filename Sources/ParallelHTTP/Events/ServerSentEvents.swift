import ParallelSystem

/// One event of a `text/event-stream`.
package struct ServerSentEvent: Sendable, Hashable {
    /// The event's name; `message` if the stream gives none.
    package var event: String
    /// The `data` lines as received, joined by line feeds; should be UTF-8.
    package var bytes: [UInt8]
    /// The `data` lines as text.
    package var data: String { String(decoding: bytes, as: UTF8.self) }
    /// The last id of the stream, in this event or an earlier one. Send it as `Last-Event-ID` to resume.
    package var id: String?
    /// The delay before reconnecting that the server last asked for.
    package var retry: Duration?

    package init(event: String = "message", data: String, id: String? = nil, retry: Duration? = nil) {
        self.init(event: event, bytes: Array(data.utf8), id: id, retry: retry)
    }

    init(event: String, bytes: [UInt8], id: String?, retry: Duration?) {
        self.event = event
        self.bytes = bytes
        self.id = id
        self.retry = retry
    }
}

/// The error for an event larger than the limit; an endless one would fill the memory.
package struct ServerSentEventError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The limit, in bytes.
    package let limit: Int
    /// The beginning of the event's data, at most `HTTPError.maximumReceived` bytes.
    package let received: [UInt8]
    package var description: String { "an event in the stream is larger than the limit of \(limit >> 20) MiB" }
}

/// Parses a `text/event-stream` into events, however its bytes are split into chunks.
///
/// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
package struct ServerSentEventParser: Sendable {
    /// The last id. Blocks without data, which make no event, set it too; one that has not ended does not, because
    /// what is asked for behind its id would be without it.
    package private(set) var lastEventID: String?
    /// The id that counts from the end of this block on.
    private var nextEventID: String?
    /// The delay before reconnecting that `retry` last asked for.
    package private(set) var reconnectionDelay: Duration?

    /// The number of complete events and comments; servers send comments to show that they are alive.
    package private(set) var pieceCount = 0

    private static let maximumIDBytes = 4_096

    private let limit: Int
    private var line: [UInt8] = []
    private var isAtStart = true
    private var lastWasCarriageReturn = false
    private var name = ""
    private var data: [UInt8] = []
    private var hasData = false

    /// - Parameter limit: the maximum size of an event, in bytes.
    package init(limit: Int = HTTPRequest.usualBodyBytes) {
        self.limit = limit
    }

    /// The beginning of the data of an unfinished event, at most `HTTPError.maximumReceived` bytes.
    package var unfinished: [UInt8] {
        var ended = self
        ended.data = Array(data.prefix(HTTPError.maximumReceived))
        // An empty line would end the event.
        if !line.isEmpty { _ = ended.endLine(line.prefix(HTTPError.maximumReceived)) }
        return Array(ended.data.prefix(HTTPError.maximumReceived))
    }

    /// Returns the events that `bytes` complete. An event without its final blank line at the end of the stream is
    /// dropped.
    package mutating func feed(_ bytes: [UInt8]) throws(ServerSentEventError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var rest = bytes[...]
        if lastWasCarriageReturn, let first = rest.first {
            lastWasCarriageReturn = false
            if first == 0x0A { rest = rest.dropFirst() }
        }
        // Searched for only once, not again for each carriage return before it.
        var lineFeed = rest.place(of: 0x0A)
        while let end = rest[..<(lineFeed ?? rest.endIndex)].place(of: 0x0D) ?? lineFeed {
            try check(adding: rest[..<end])
            // Usually a line arrives whole and needs no joining.
            if line.isEmpty {
                if let event = endLine(rest[..<end]) { events.append(event) }
            } else {
                line += rest[..<end]
                if let event = endLine(line[...]) { events.append(event) }
                line.removeAll(keepingCapacity: true)
            }
            let next = end + 1
            if rest[end] == 0x0D {
                // The line feed of a CR LF pair may come with the next bytes.
                lastWasCarriageReturn = next == rest.endIndex
                rest = rest[next...].first == 0x0A ? rest[(next + 1)...] : rest[next...]
            } else {
                rest = rest[next...]
            }
            if let passed = lineFeed, passed < rest.startIndex { lineFeed = rest.place(of: 0x0A) }
        }
        try check(adding: rest)
        line += rest
        return events
    }

    private mutating func check(adding piece: ArraySlice<UInt8>) throws(ServerSentEventError) {
        if line.count + data.count + piece.count > limit {
            line += piece.prefix(HTTPError.maximumReceived)
            throw ServerSentEventError(limit: limit, received: unfinished)
        }
    }

    private mutating func endLine(_ whole: ArraySlice<UInt8>) -> ServerSentEvent? {
        var line = whole
        if isAtStart {
            isAtStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        }
        if line.isEmpty { return dispatch() }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            field(line, [])
            return nil
        }
        if colon == line.startIndex {
            pieceCount += 1
            return nil
        }
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
        // The id goes back to the server in a header field, and no server accepts a long one.
        case "id" where !value.contains(0) && value.count <= Self.maximumIDBytes:
            nextEventID = String(decoding: value, as: UTF8.self)
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
        lastEventID = nextEventID
        guard hasData else { return nil }
        pieceCount += 1
        return ServerSentEvent(
            event: name.isEmpty ? "message" : name, bytes: data, id: lastEventID,
            retry: reconnectionDelay)
    }
}
