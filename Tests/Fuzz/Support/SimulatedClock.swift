import ParallelSystem

/// A clock whose time stands still until somebody lets it pass.
final class SimulatedClock: Clock {
    typealias Instant = ContinuousClock.Instant

    private struct State {
        var now = ContinuousClock.now
        var sleepers: [(id: Int, deadline: Instant, continuation: CheckedContinuation<Void, any Error>)] = []
        /// Cancelled before they slept.
        var cancelled: Set<Int> = []
        var lastID = 0
    }

    private let state = Lock(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        defer { state.withLock { _ = $0.cancelled.remove(id) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.contains(id) { return true }
                    state.sleepers.append((id, deadline, continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.cancelled.insert(id)
                return state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Goes to the next moment at which somebody wakes, and wakes the first of them; false if nobody sleeps.
    func pass() -> Bool {
        let sleeper = state.withLock { state in
            let first = state.sleepers.indices.min { state.sleepers[$0].deadline < state.sleepers[$1].deadline }
            let sleeper = first.map { state.sleepers.remove(at: $0) }
            if let sleeper { state.now = max(state.now, sleeper.deadline) }
            return sleeper
        }
        sleeper?.continuation.resume()
        return sleeper != nil
    }
}
