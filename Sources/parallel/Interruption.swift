import ParallelSystem

/// The signal that ends the work: for code that asks, and for code that waits on descriptors.
final class Interruption: Sendable {
    private let first = Lock<Int32?>(nil)
    private let pipe = WakePipe()

    /// Readable from the first signal on; nil if the system refused a pipe.
    var descriptor: Int32? { pipe?.reader }

    /// The first signal that came; nil before.
    var signal: Int32? { first.withLock { $0 } }

    /// Notes a signal; false if it is not the first.
    func note(_ signal: Int32) -> Bool {
        let isFirst = first.withLock { first in
            defer { first = first ?? signal }
            return first == nil
        }
        if isFirst { pipe?.wake(with: UInt8(ascii: "!")) }
        return isFirst
    }
}
