import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The destination of a stream: a descriptor or, for tests, memory.
struct Sink {
    /// Nil keeps the bytes in `captured`.
    let descriptor: Int32?
    /// A descriptor that becomes readable when the program is to end; see `Streams.system`.
    var interruption: Int32?
    private(set) var captured: [UInt8] = []
    /// Gets what is kept in `captured`.
    var onWrite: (@Sendable ([UInt8]) -> Void)?

    init(descriptor: Int32?, interruption: Int32? = nil) {
        self.descriptor = descriptor
        self.interruption = interruption
    }

    mutating func write(_ bytes: [UInt8]) throws(StreamError) {
        guard let descriptor else {
            captured += bytes
            onWrite?(bytes)
            return
        }
        JobControl.awaitTurnToWrite(to: descriptor)
        guard let interruption else { return try write(bytes[...], to: descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            // Being able to write takes precedence: only waiting for the reader is given up.
            guard FileDescriptor.wait(for: POLLOUT, on: descriptor, unless: interruption).isReady else {
                throw .interrupted
            }
            // PIPE_BUF bytes are what a ready pipe takes without blocking (pipe(7)).
            try write(rest.prefix(Int(PIPE_BUF)), to: descriptor)
            rest = rest.dropFirst(Int(PIPE_BUF))
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(StreamError) {
        do {
            try FileDescriptor.write(bytes, to: descriptor)
        } catch {
            throw error.isClosedPipe ? .closedPipe : .failed(error.reason)
        }
    }
}
