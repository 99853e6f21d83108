/// Where a stream ends: in a descriptor or, for tests, in memory.
struct Sink {
    /// Nil keeps the bytes in `captured`.
    let descriptor: Int32?
    private(set) var captured: [UInt8] = []

    init(descriptor: Int32?) { self.descriptor = descriptor }

    mutating func write(_ bytes: [UInt8]) throws(StreamError) {
        guard let descriptor else { return captured += bytes }
        do {
            try FileDescriptor.write(bytes, to: descriptor)
        } catch {
            throw error.isClosedPipe ? .closedPipe : .failed(error.reason)
        }
    }
}
