import ParallelSystem

/// How long a batch goes on trying where a server fails; it can be gone on with later.
final class RetryBudget: Sendable {
    /// How long a server may fail without a break.
    private static let limit = Duration.seconds(300)
    /// How often a failure is reported, at the most.
    private static let reportInterval = Duration.seconds(30)

    private let elapsed: @Sendable () -> Duration
    private let onTrouble: @Sendable (any Error) -> Void
    /// When a failure was last reported.
    private let lastReport = Lock<Duration?>(nil)

    /// - Parameter onTrouble: hears of what goes wrong and is tried again, now and then.
    init(elapsed: @escaping @Sendable () -> Duration, onTrouble: @escaping @Sendable (any Error) -> Void) {
        self.elapsed = elapsed
        self.onTrouble = onTrouble
    }

    /// Rethrows `error` if what failed has not succeeded for five minutes; otherwise reports it.
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
