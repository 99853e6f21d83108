import ParallelSystem

/// Lets tasks wait for a condition that other tasks bring about.
final class Signal: Sendable {
    private struct Waiter {
        let isReached: @Sendable () -> Bool
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiters: [Int: Waiter] = [:]
        var lastID = 0
    }

    private let state = Lock(State())

    /// Wakes the waiters whose condition holds now. Must be called after every change.
    func notify() {
        let reached = state.withLock { state -> [Waiter] in
            let reached = state.waiters.filter { $0.value.isReached() }
            for id in reached.keys { state.waiters[id] = nil }
            return Array(reached.values)
        }
        for waiter in reached { waiter.continuation.resume() }
    }

    /// Waits until `isReached` returns true. It is called on any thread and must not call this signal. Throws
    /// `CancellationError` once the task is cancelled.
    func wait(until isReached: @escaping @Sendable () -> Bool) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = state.withLock { state -> Result<Void, any Error>? in
                    // A cancellation after this check finds the waiter in the list.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    // So does a change after this check.
                    if isReached() { return .success(()) }
                    state.waiters[id] = Waiter(isReached: isReached, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Waits until `isReached` returns true, at most for `limit` on `clock`. Throws `CancellationError` once the task
    /// is cancelled.
    func wait(
        atMost limit: Duration, _ clock: any Clock<Duration>, until isReached: @escaping @Sendable () -> Bool
    ) async throws {
        if isReached() { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await self.wait(until: isReached) }
            group.addTask { try await clock.sleep(for: limit) }
            try await group.next()
        }
    }
}
