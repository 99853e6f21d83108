/// A stream that breaks off within an event.
actor CutStream: ReplyStream {
    private let stream: any ReplyStream
    private var eventsLeft: Int
    private var isCut = false

    init(_ stream: any ReplyStream, after events: Int) {
        self.stream = stream
        eventsLeft = events
    }

    func next() async throws -> [UInt8]? {
        if isCut { throw ConnectionAborted() }
        guard let bytes = try await stream.next() else { return nil }
        var start = 0
        while let end = Self.end(ofEventAt: start, in: bytes) {
            // Comments don't count as events.
            if bytes[start] != UInt8(ascii: ":") {
                if eventsLeft == 0 {
                    isCut = true
                    return Array(bytes[..<((start + end) / 2)])
                }
                eventsLeft -= 1
            }
            start = end
        }
        return bytes
    }

    /// Returns the index after the blank line that ends an event.
    private static func end(ofEventAt start: Int, in bytes: [UInt8]) -> Int? {
        var index = start + 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\n"), bytes[index - 1] == UInt8(ascii: "\n") { return index + 1 }
            index += 1
        }
        return nil
    }
}
