import ParallelSystem

/// A clock that only a test moves.
///
/// Sleeps end when `advance(by:)` reaches their deadline. With `passing`, sleeps of up to that duration end at once and
/// advance the clock themselves, so that loops of short waits need no help while the test still controls long
/// deadlines.
package final class ManualClock: Clock {
    package struct Instant: InstantProtocol {
        /// The time since the clock was created.
        package var offset = Swift.Duration.zero

        package func advanced(by duration: Swift.Duration) -> Instant { Instant(offset: offset + duration) }
        package func duration(to other: Instant) -> Swift.Duration { other.offset - offset }
        package static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
    }

    private struct Sleeper {
        let id: Int
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant()
        var sleepers: [Sleeper] = []
        var sleeps: [Swift.Duration] = []
        var lastID = 0
        /// Sleeps that were cancelled before they were added to `sleepers`.
        var cancelled: Set<Int> = []
    }

    private let state = Lock(State())
    private let passing: Swift.Duration?

    package init(passing: Swift.Duration? = nil) { self.passing = passing }

    package var now: Instant { state.withLock { $0.now } }
    package var minimumResolution: Swift.Duration { .nanoseconds(1) }

    /// The durations of all sleeps so far, in order.
    package var sleeps: [Swift.Duration] { state.withLock { $0.sleeps } }

    /// The number of current sleepers.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// Advances the time and ends the sleeps whose deadline it reaches, the earliest first.
    package func advance(by duration: Swift.Duration) {
        let woken = state.withLock { state -> [Sleeper] in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.deadline <= state.now }
            state.sleepers.removeAll { $0.deadline <= state.now }
            return due.sorted { $0.deadline < $1.deadline }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Waits until there are `count` sleepers. Throws `CancellationError`, or `TimedOut` if there never are.
    package func untilAsleep(_ count: Int = 1) async throws {
        try await poll("\(count) to sleep") { sleeperCount >= count }
    }

    package func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws {
        try Task.checkCancellation()
        let (id, span) = state.withLock { state in
            state.lastID += 1
            let span = state.now.duration(to: deadline)
            state.sleeps.append(span)
            return (state.lastID, span)
        }
        if let passing, span <= passing {
            advance(by: max(span, .zero))
            // A loop of such sleeps would keep its thread for itself, while time passes.
            return await Task.yield()
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let ending = state.withLock { state -> Result<Void, any Error>? in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if deadline <= state.now { return .success(()) }
                    state.sleepers.append(Sleeper(id: id, deadline: deadline, continuation: continuation))
                    return nil
                }
                if let ending { continuation.resume(with: ending) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
