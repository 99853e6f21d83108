import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// stdin with what was read of it but not handed out yet.
struct StandardInput {
    /// Nil if `buffer` is all there is.
    let source: Int32?
    /// Readable once the program is to end; see `Streams.system`.
    private let interruption: Int32?
    private var buffer: [UInt8]
    /// Where in `buffer` the bytes start that were not handed out yet.
    private var position = 0

    init(source: Int32?, buffer: [UInt8], interruption: Int32? = nil) {
        self.source = source
        self.interruption = interruption
        self.buffer = buffer
    }

    mutating func read(upTo count: Int) throws(StreamError) -> [UInt8] {
        if position == buffer.count {
            return try receive(upTo: count)
        }
        let bytes = buffer[position...].prefix(count)
        position = bytes.endIndex
        return Array(bytes)
    }

    mutating func readLine(upTo limit: Int) throws(StreamError) -> [UInt8]? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                return try takeLine(until: end, next: end + 1, limit: limit)
            }
            // One more for a CR that turns out to belong to the line end.
            if buffer.count - position - 1 > limit { throw .tooLong(limit: limit) }
            buffer.removeFirst(position)
            position = 0
            searched = buffer.count
            let chunk = try receive(upTo: 1 << 16)
            if chunk.isEmpty {
                return buffer.isEmpty ? nil : try takeLine(until: buffer.count, next: buffer.count, limit: limit)
            }
            buffer += chunk
        }
    }

    private func receive(upTo count: Int) throws(StreamError) -> [UInt8] {
        guard let source else { return [] }
        if let interruption, Descriptor.wait(for: POLLIN, on: source, unless: interruption).isInterrupted {
            throw .interrupted
        }
        do {
            return try Descriptor.read(upTo: count, from: source)
        } catch {
            throw .unreadable(error.reason)
        }
    }

    private mutating func takeLine(until end: Int, next: Int, limit: Int) throws(StreamError) -> [UInt8] {
        var line = buffer[position..<end]
        if next > end, line.last == UInt8(ascii: "\r") { line.removeLast() }
        if line.count > limit { throw .tooLong(limit: limit) }
        position = next
        return Array(line)
    }
}
