import ParallelHTTP
import ParallelSystem

/// Follows a run until it ends.
///
/// This folder knows how runs are waited for: long-polls on the result, one after the other, and beside them, where
/// progress is wanted, the event stream. Nothing here prints; progress is reported through a callback.
package struct RunFollower: Sendable {
    /// How a wait ended.
    package enum Ending: Sendable {
        case completed(TaskRunResult)
        /// The run is no longer active and has no result: failed, cancelled, `action_required`, or a status that this
        /// version does not know.
        case ended(TaskRun)
    }

    /// How long the server is asked to hold one long-poll, in seconds.
    ///
    /// Below the idle limits of common proxies; after each, the status is looked at, since a run can stop being active
    /// without ever having a result.
    static let pollSeconds = 25
    /// A 408 sooner than this did not wait; polling again at once would hammer the server.
    private static let quickest = Duration.seconds(1)

    private let client: ParallelClient
    private let clock: any Clock<Duration>

    package init(client: ParallelClient, clock: any Clock<Duration>) {
        self.client = client
        self.clock = clock
    }

    /// Waits for the end of run `id`, at most for `timeout` (nil: for ever).
    ///
    /// `isKnown` says that the run surely exists, as after creating it: then no failure to reach the server ends the
    /// wait before its time, and only several answers in a row that deny the run or can't be understood do. Throws
    /// `WaitTimedOut`, `APIError`, `UnexpectedAnswer`, `HTTPError` and `CancellationError`.
    package func follow(
        _ id: String, timeout: Duration?, isKnown: Bool, onStatus: @escaping @Sendable (TaskRun) -> Void = { _ in }
    ) async throws -> Ending {
        let lastError = Lock<(any Error)?>(nil)
        do {
            return try await Deadline.run(within: timeout, clock) { try await poll(id, isKnown, lastError, onStatus) }
        } catch is WaitTimedOut {
            throw WaitTimedOut(lastError: lastError.withLock { $0 })
        }
    }

    private func poll(
        _ id: String, _ isKnown: Bool, _ lastError: Lock<(any Error)?>, _ onStatus: @Sendable (TaskRun) -> Void
    ) async throws -> Ending {
        var patience = WaitPatience(isKnown: isKnown)
        while true {
            try Task.checkCancellation()
            do {
                let elapsed = clock.stopwatch()
                if let ending = try await step(id, onStatus) { return ending }
                patience.answered(held: elapsed() >= Self.quickest)
                lastError.withLock { $0 = nil }
            } catch  where patience.bears(error) {
                lastError.withLock { $0 = error }
            }
            if let pause = patience.pause { try await clock.sleep(for: pause) }
        }
    }

    /// One long-poll and, if it brought no result, a look at the run.
    private func step(_ id: String, _ onStatus: @Sendable (TaskRun) -> Void) async throws -> Ending? {
        var unexpected: UnexpectedAnswer?
        do {
            switch try await client.result(id, timeout: Self.pollSeconds) {
            case .finished(let result): return .completed(result)
            case .ended(let run): return .ended(run)
            case .stillActive, .withoutResult: break
            }
        } catch let error as UnexpectedAnswer {
            // A run that ended without a result may have an odd one; its status tells.
            unexpected = error
        }
        let run = try await client.run(id)
        onStatus(run)
        if run.endedWithoutResult { return .ended(run) }
        if let unexpected { throw unexpected }
        // A run that completed between the two calls has its result at the next poll.
        return nil
    }
}
