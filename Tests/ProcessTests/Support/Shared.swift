import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Counts how often something happened, across threads.
final class Counter: Sendable {
    private let value = Lock(0)

    var count: Int { value.withLock { $0 } }
    func increment() { value.withLock { $0 += 1 } }
}

/// Holds a server's script until the test has seen what it wanted to.
final class Gate: Sendable {
    private let isOpen = Lock(false)

    func open() { isOpen.withLock { $0 = true } }

    /// Blocks the calling thread, for a minute at most, so that a failed test leaves no thread behind.
    func waitUntilOpen() {
        for _ in 0..<12_000 where !isOpen.withLock({ $0 }) { usleep(5_000) }
    }
}
