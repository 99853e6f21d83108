import ParallelSystem

/// Reports what the tasks that send rows wait for or look at: of several at a time, the one that began last.
final class ActivityReporter: Sendable {
    private struct Current {
        let number: Int
        let activity: BatchSession.Activity
        /// The time when a wait ends.
        let end: Duration
    }

    private let elapsed: @Sendable () -> Duration
    private let report: @Sendable (BatchSession.Activity?) -> Void
    private let state = Lock<(last: Int, current: [Current])>((0, []))

    init(
        elapsed: @escaping @Sendable () -> Duration, report: @escaping @Sendable (BatchSession.Activity?) -> Void
    ) {
        self.elapsed = elapsed
        self.report = report
    }

    /// Reports an activity, and returns its number for `end`.
    func begin(_ activity: BatchSession.Activity) -> Int {
        var end = Duration.zero
        if case .waiting(let time) = activity { end = elapsed() + time }
        let number = state.withLock { state in
            state.last += 1
            state.current.append(Current(number: state.last, activity: activity, end: end))
            return state.last
        }
        report(activity)
        return number
    }

    /// Ends an activity, and reports the one before it that still goes on.
    func end(_ number: Int) {
        let last = state.withLock { state in
            state.current.removeAll { $0.number == number }
            return state.current.last
        }
        guard let last, case .waiting = last.activity else { return report(last?.activity) }
        report(.waiting(max(.zero, last.end - elapsed())))
    }
}
