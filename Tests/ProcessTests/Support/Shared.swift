import ParallelSystem

/// Counts how often something happened, across threads.
final class Counter: Sendable {
    private let value = Lock(0)

    var count: Int { value.withLock { $0 } }
    func increment() { value.withLock { $0 += 1 } }
}
