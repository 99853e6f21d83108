/// Lets tasks wait until it is opened, once and for all.
package final class Latch: Sendable {
    /// The waiters by their number; nil once it is open.
    private let waiters = Lock<(lastNumber: Int, waiting: [Int: AsyncStream<Void>.Continuation]?)>((0, [:]))

    package init() {}

    package var isOpen: Bool { waiters.withLock { $0.waiting == nil } }

    package func open() {
        let waiting = waiters.withLock { waiters in
            defer { waiters.waiting = nil }
            return waiters.waiting ?? [:]
        }
        for waiter in waiting.values { waiter.finish() }
    }

    /// Returns once it is open, or the task is cancelled.
    package func wait() async {
        let (opening, waiter) = AsyncStream<Void>.makeStream()
        let number = waiters.withLock { waiters -> Int? in
            waiters.lastNumber += 1
            waiters.waiting?[waiters.lastNumber] = waiter
            return waiters.waiting == nil ? nil : waiters.lastNumber
        }
        guard let number else { return }
        for await _ in opening {}
        waiters.withLock { _ = $0.waiting?.removeValue(forKey: number) }
    }
}
