import ParallelHTTP
import ParallelSystem

/// Follows a run until it ends.
///
/// This folder knows how what goes on at the API is waited for: long-polls on the result of a run, one after the other,
/// and beside them, where progress is wanted, the event stream. Nothing here prints; progress is reported through a
/// callback.
package struct RunFollower: Sendable {
    /// How a wait ended.
    package enum Ending: Sendable {
        case completed(TaskRunResult)
        /// The run is no longer active and has no result: failed, cancelled, `action_required`, or a status that this
        /// version does not know.
        case ended(TaskRun)
    }

    private let client: ParallelClient
    private let clock: any Clock<Duration>

    package init(client: ParallelClient, clock: any Clock<Duration>) {
        self.client = client
        self.clock = clock
    }

    /// Waits for the end of run `id`, at most for `timeout` (nil: for ever); see `LongRunningWait`.
    package func follow(
        _ id: String, timeout: Duration?, isKnown: Bool, onStatus: @escaping @Sendable (TaskRun) -> Void = { _ in }
    ) async throws -> Ending {
        let run = ActiveRun(id: id, client: client, clock: clock, onStatus: onStatus)
        return try await LongRunningWait(clock: clock).outcome(of: run, within: timeout, isKnown: isKnown)
    }
}

/// A run that is waited for.
private struct ActiveRun: LongRunning {
    /// How long the server is asked to hold one long-poll, in seconds.
    ///
    /// Below the idle limits of common proxies; after each, the status is looked at, since a run can stop being active
    /// without ever having a result.
    private static let pollSeconds = 25
    /// A 408 sooner than this did not wait; polling again at once would hammer the server.
    private static let quickest = Duration.seconds(1)

    let id: String
    let client: ParallelClient
    let clock: any Clock<Duration>
    let onStatus: @Sendable (TaskRun) -> Void

    let name = "the run"

    /// One long-poll and, if it brought no result, a look at the run.
    func look() async throws -> Look<RunFollower.Ending> {
        let elapsed = clock.stopwatch()
        var unexpected: UnexpectedAnswer?
        do {
            switch try await client.result(id, timeout: Self.pollSeconds) {
            case .finished(let result): return .over(.completed(result))
            case .ended(let run): return .over(.ended(run))
            case .stillActive, .withoutResult: break
            }
        } catch let error as UnexpectedAnswer {
            // A run that ended without a result may have an odd one; its status tells.
            unexpected = error
        }
        let run = try await client.run(id)
        onStatus(run)
        if run.endedWithoutResult { return .over(.ended(run)) }
        if let unexpected { throw unexpected }
        // A run that completed between the two calls has its result at the next poll.
        return .goesOn(wasHeld: elapsed() >= Self.quickest)
    }
}
