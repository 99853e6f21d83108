import ParallelSystem

/// A clock whose sleepers are woken by `WorkThread`: the time is that of `ContinuousClock`, but sleeping takes no other
/// thread, and so works where the system refuses one.
///
/// A task that sleeps on another thread, as the last words of a cancelled one do, makes it look for sleepers anew.
final class WorkClock: Clock {
    typealias Instant = ContinuousClock.Instant

    private struct Sleepers {
        var waiting: [Int: (deadline: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
        /// Cancelled before they slept.
        var cancelled: Set<Int> = []
        var lastID = 0
    }

    private let sleepers = Lock(Sleepers())
    private let onSleep: @Sendable () -> Void

    init(onSleep: @escaping @Sendable () -> Void) { self.onSleep = onSleep }

    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { ContinuousClock().minimumResolution }

    func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
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

    /// How long it is until somebody has to be woken; nil if nobody sleeps.
    func untilNext() -> Duration? {
        sleepers.withLock { sleepers in
            sleepers.waiting.values.map(\.deadline).min().map { now.duration(to: $0) }
        }
    }

    /// Wakes all whose time has come, in its order.
    func wake() {
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
