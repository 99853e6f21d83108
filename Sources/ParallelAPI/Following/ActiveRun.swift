import ParallelHTTP
import ParallelSystem

/// A run that may still be active.
///
/// This folder waits for work at the API. A run is waited for by long-polls on its result, one after the other, and its
/// progress is followed by the event stream beside them. Nothing here prints; progress is reported through callbacks.
package struct ActiveRun: LongRunning {
    /// How the run ended.
    package enum Outcome: Sendable {
        case completed(TaskRunResult)
        /// The run is no longer active and has no result: it failed, was cancelled, is `action_required`, or has a
        /// status that this version does not know.
        case ended(TaskRun)
    }

    /// How long the server may hold one long-poll, in seconds.
    ///
    /// This is below the idle limits of common proxies. The status is checked after each long-poll, because a run can
    /// stop being active without ever having a result.
    private static let pollSeconds = 25
    /// The minimum duration of a long-poll that counts as held. After a shorter one, polling again at once would flood
    /// the server with requests.
    private static let minimumHold = Duration.seconds(1)

    let id: String
    let client: ParallelClient
    let clock: any Clock<Duration>
    private let onStatus: @Sendable (TaskRun) -> Void
    /// Is told when a connection of the event stream is open, and when it is not, with the error if there was one. An
    /// answer that refuses the stream is one of these then, and the stream is asked for again for as long as the run is
    /// active; if nil, such an answer ends the stream.
    package var onConnection: (@Sendable (_ isOpen: Bool, _ error: (any Error)?) -> Void)?

    package let name = "the run"

    /// - Parameter onStatus: gets the run each time that its status was asked for.
    package init(
        id: String, client: ParallelClient, clock: any Clock<Duration>,
        onStatus: @escaping @Sendable (TaskRun) -> Void = { _ in }
    ) {
        self.id = id
        self.client = client
        self.clock = clock
        self.onStatus = onStatus
    }

    /// Sends one long-poll and, if it brought no result, asks for the status.
    package func look() async throws -> Look<Outcome> {
        let elapsed = clock.stopwatch()
        var unexpected: UnexpectedAnswer?
        do {
            switch try await client.result(id, timeout: Self.pollSeconds) {
            case .finished(let result): return .over(.completed(result))
            case .ended(let run): return .over(.ended(run))
            case .stillActive, .withoutResult: break
            }
        } catch let error as UnexpectedAnswer {
            // A run that ended without a result may answer oddly; its status decides.
            unexpected = error
        }
        let run = try await client.run(id)
        onStatus(run)
        if run.endedWithoutResult { return .over(.ended(run)) }
        if let unexpected { throw unexpected }
        // A run that completed between the two requests has its result at the next poll.
        return .goesOn(wasHeld: elapsed() >= Self.minimumHold)
    }
}
