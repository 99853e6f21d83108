import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The signal that ends the work: for code that asks, and for code that waits on descriptors.
final class Interruption: Sendable {
    private let first = Lock<Int32?>(nil)
    /// Readable from the first signal on; nil if the system refused a pipe.
    let descriptor: Int32?
    private let writer: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let isOpen = pipe(&ends) == 0
        for end in ends where isOpen { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        descriptor = isOpen ? ends[0] : nil
        writer = ends[1]
    }

    /// The first signal that came; nil before.
    var signal: Int32? { first.withLock { $0 } }

    /// Notes a signal; false if it is not the first.
    func note(_ signal: Int32) -> Bool {
        let isFirst = first.withLock { first in
            defer { first = first ?? signal }
            return first == nil
        }
        if isFirst, descriptor != nil { write(writer, "!", 1) }
        return isFirst
    }
}
