/// Lets tasks wait until it is opened, once and for all.
package final class Latch: Sendable {
    /// The waiters; nil once it is open.
    private let waiters = Lock<[AsyncStream<Void>.Continuation]?>([])

    package init() {}

    package func open() {
        let waiting = waiters.withLock { waiters in
            defer { waiters = nil }
            return waiters ?? []
        }
        for waiter in waiting { waiter.finish() }
    }

    /// Returns once it is open, or the task is cancelled.
    package func wait() async {
        let (opening, waiter) = AsyncStream<Void>.makeStream()
        let isClosed = waiters.withLock { waiters in
            waiters?.append(waiter)
            return waiters != nil
        }
        if isClosed { for await _ in opening {} }
    }
}
