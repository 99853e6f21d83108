import ParallelSystem

/// Limits how long a batch keeps trying while a server fails. The batch can be resumed later.
final class RetryBudget: Sendable {
    /// The maximum time without a success.
    private static let limit = Duration.seconds(300)
    /// The minimum time between two reports of failures.
    private static let reportInterval = Duration.seconds(30)

    private let elapsed: @Sendable () -> Duration
    private let onTrouble: @Sendable (any Error) -> Void
    /// The time when a failure was last reported.
    private let lastReport = Lock<Duration?>(nil)

    /// - Parameter onTrouble: called with the errors that are reported.
    init(elapsed: @escaping @Sendable () -> Duration, onTrouble: @escaping @Sendable (any Error) -> Void) {
        self.elapsed = elapsed
        self.onTrouble = onTrouble
    }

    /// Throws `error` if the last success is more than five minutes ago; otherwise reports it.
    func spend(on error: any Error, lastSuccess: Duration) throws {
        let now = elapsed()
        if now - lastSuccess > Self.limit { throw error }
        let isDue = lastReport.withLock { last in
            if let last, now - last < Self.reportInterval { return false }
            last = now
            return true
        }
        if isDue { onTrouble(error) }
    }
}
