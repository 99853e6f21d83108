import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// stdin, or the bytes that stand in for it in a test.
struct StandardInput {
    enum Source {
        /// `interruption` is readable once the program is to end; see `Streams.system`.
        case descriptor(Int32, interruption: Int32?)
        case bytes([UInt8])
    }

    private var source: Source
    /// Whether somebody has read all of it, or begun to read it in pieces.
    var isTaken: (whole: Bool, inPieces: Bool) = (false, false)

    init(source: Source) { self.source = source }

    /// The next bytes; waits for the first of them, empty at the end.
    mutating func read() throws(StreamError) -> [UInt8] {
        switch source {
        case .bytes(let bytes):
            source = .bytes([])
            return bytes
        case .descriptor(let descriptor, let interruption):
            if let interruption, Descriptor.wait(for: POLLIN, on: descriptor, unless: interruption).isInterrupted {
                throw .interrupted
            }
            do {
                return try Descriptor.read(upTo: 1 << 16, from: descriptor)
            } catch {
                throw .unreadable(error.reason)
            }
        }
    }
}
