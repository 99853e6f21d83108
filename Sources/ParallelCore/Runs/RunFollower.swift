import ParallelHTTP
import ParallelJSON

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

    /// The wait is over, the run is not.
    package struct TimedOut: Error, Sendable {
        /// What went wrong last, where the server could not be reached to the end.
        package let lastError: (any Error)?
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
    /// wait before its time. Throws `TimedOut`, `APIError`, `HTTPError` and `CancellationError`.
    package func follow(
        _ id: String, timeout: Duration?, isKnown: Bool, onStatus: @escaping @Sendable (TaskRun) -> Void = { _ in }
    ) async throws -> Ending {
        let lastError = Lock<(any Error)?>(nil)
        do {
            return try await Deadline.run(within: timeout, clock) { try await poll(id, isKnown, lastError, onStatus) }
        } catch is TimedOut {
            throw TimedOut(lastError: lastError.withLock { $0 })
        }
    }

    private func poll(
        _ id: String, _ isKnown: Bool, _ lastError: Lock<(any Error)?>, _ onStatus: @Sendable (TaskRun) -> Void
    ) async throws -> Ending {
        var hasAnswered = isKnown
        var failures = 0
        while true {
            try Task.checkCancellation()
            do {
                var ending: Ending?
                let waited = try await measure { ending = try await step(id, onStatus) }
                if let ending { return ending }
                hasAnswered = true
                failures = waited < Self.quickest ? failures + 1 : 0
                lastError.withLock { $0 = nil }
            } catch  where hasAnswered && Self.mayPass(error) {
                failures += 1
                lastError.withLock { $0 = error }
            }
            if failures > 0 { try await clock.sleep(for: Self.pause(after: failures)) }
        }
    }

    /// One long-poll and, if it brought no result, a look at the run.
    private func step(_ id: String, _ onStatus: @Sendable (TaskRun) -> Void) async throws -> Ending? {
        if case .finished(let result) = try await client.result(id, timeout: Self.pollSeconds) {
            return .completed(result)
        }
        let run = try await client.run(id)
        onStatus(run)
        // A run that completed between the two calls has its result at the next poll.
        return run.isActive || run.status == .completed ? nil : .ended(run)
    }

    private func measure(_ work: () async throws -> Void) async rethrows -> Duration {
        try await clock.measuring(work)
    }

    /// Whether going on may help: the connection broke or the server stumbled, but the request was right.
    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let error as APIError: error.status == 429 || error.status >= 500
        case let error as HTTPError: error.isTransient
        case is UnexpectedAnswer: true
        default: false
        }
    }

    private static func pause(after failures: Int) -> Duration {
        .milliseconds(min(250 << min(failures - 1, 5), 5_000))
    }
}

extension Clock where Duration == Swift.Duration {
    fileprivate func measuring(_ work: () async throws -> Void) async rethrows -> Duration {
        let start = now
        try await work()
        return start.duration(to: now)
    }
}
