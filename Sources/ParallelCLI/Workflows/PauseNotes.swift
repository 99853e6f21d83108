import ParallelHTTP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Tells a person at a terminal why nothing happens: the pause before a request is sent again.
final class PauseNotes: Sendable {
    /// The shortest pause that is reported.
    private static let shortest = Duration.seconds(1)

    private let output: Output
    private let now: @Sendable () -> Duration
    /// The end of the longest pause that was told of. Many requests may pause at once, for the same reason.
    private let end = Lock(Duration.zero)

    init(output: Output, clock: any Clock<Duration>) {
        self.output = output
        now = clock.stopwatch()
    }

    func tell(of notice: RetryNotice) {
        guard output.redrawsProgress, notice.delay > Self.shortest else { return }
        let now = now()
        let isNews = end.withLock { end in
            defer { end = max(end, now + notice.delay) }
            return end <= now
        }
        if isNews { output.note(Self.text(for: notice)) }
    }

    /// Returns `rate limited, trying again in 20 s` or the same of another reason.
    static func text(for notice: RetryNotice) -> String {
        let reason = notice.isRateLimited ? "rate limited" : notice.reason
        let seconds = notice.delay.components.seconds
        return "\(reason), trying again in \(seconds < 120 ? "\(seconds) s" : DurationText.brief(.seconds(seconds)))"
    }
}
