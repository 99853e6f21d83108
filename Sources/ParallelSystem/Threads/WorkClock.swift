/// A clock with the time of `ContinuousClock` that needs no thread for sleeping, so that waiting for a paid run works
/// even where the system refuses more threads. `WorkThread` wakes the sleepers.
package final class WorkClock: Clock {
    package typealias Instant = ContinuousClock.Instant

    private struct Sleepers {
        var waiting: [Int: (deadline: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
        /// Sleepers whose task was cancelled, possibly before they were added to `waiting`.
        var cancelled: Set<Int> = []
        var lastID = 0
    }

    private let sleepers = Lock(Sleepers())
    private let onSleep: @Sendable () -> Void

    /// - Parameter onSleep: called on the sleeper's thread when there is a new sleeper, so that the waking thread asks
    ///   `untilNext` again.
    package init(onSleep: @escaping @Sendable () -> Void) { self.onSleep = onSleep }

    package var now: Instant { ContinuousClock.now }
    package var minimumResolution: Duration { ContinuousClock().minimumResolution }

    /// Sleeps until `wake` is called at `deadline` or later. Throws `CancellationError` as soon as the task is
    /// cancelled.
    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = sleepers.withLock { sleepers in
            sleepers.lastID += 1
            return sleepers.lastID
        }
        defer { sleepers.withLock { _ = $0.cancelled.remove(id) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = sleepers.withLock { sleepers in
                    if sleepers.cancelled.contains(id) { return true }
                    sleepers.waiting[id] = (deadline, continuation)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) } else { onSleep() }
            }
        } onCancel: {
            let sleeper = sleepers.withLock { sleepers in
                sleepers.cancelled.insert(id)
                return sleepers.waiting.removeValue(forKey: id)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Returns the time until the first sleeper's deadline, negative if it has passed; nil if nobody sleeps.
    package func untilNext() -> Duration? {
        sleepers.withLock { sleepers in
            sleepers.waiting.values.map(\.deadline).min().map { now.duration(to: $0) }
        }
    }

    /// Wakes all sleepers whose deadline has passed, the earliest first.
    package func wake() {
        let due = sleepers.withLock { sleepers in
            guard !sleepers.waiting.isEmpty else { return [CheckedContinuation<Void, any Error>]() }
            let due = sleepers.waiting.filter { $0.value.deadline <= now }.sorted {
                $0.value.deadline < $1.value.deadline
            }
            for sleeper in due { sleepers.waiting[sleeper.key] = nil }
            return due.map(\.value.continuation)
        }
        for continuation in due { continuation.resume() }
    }
}
