import ParallelHTTP
import ParallelSystem

/// Decides when the next rows may be sent: below the rate, and not while the API has asked to wait. It also keeps the
/// time of the last success, because such waits do not count as time without one.
actor SubmissionPace {
    /// The maximum wait that a server may ask for.
    private static let longestWait = Duration.seconds(3600)

    private let connection: GroupConnection
    private let activities: ActivityReporter
    private var pacer: Pacer
    /// The number of requests that have ended; `changes` wakes those who wait for another one.
    private let answers = Lock(0)
    private let changes = Signal()
    /// The time before which nothing is sent, because the API asked one of the requests to wait.
    private var pauseEnd = Duration.zero
    /// The pauses after answers that ask to wait without saying how long.
    private var pauses = Backoff(first: .milliseconds(500), longest: .seconds(15))
    /// The time when rows were last accepted, moved on by waits. Reading the group successfully is no progress here.
    private(set) var lastSuccess = Duration.zero
    /// The time up to which waits have been kept out of the time without success.
    private var excusedEnd = Duration.zero

    init(rate: Int?, connection: GroupConnection, activities: ActivityReporter) {
        self.connection = connection
        self.activities = activities
        pacer = Pacer(rate: rate)
    }

    /// Waits until this many rows may be sent, and returns the number of their request for `end`.
    func begin(_ rows: Int) async throws -> Int {
        while true {
            try Task.checkCancellation()
            let now = connection.elapsed()
            let delay = pacer.delay(rows, at: now)
            let wait = max(delay ?? Pacer.window, pauseEnd - now)
            guard wait > .zero else { return pacer.begin(rows) }
            let activity = activities.begin(.waiting(wait))
            defer { activities.end(activity) }
            // Each answer may allow rows sooner.
            let seen = answers.withLock { $0 }
            let isAnswered: @Sendable () -> Bool = { [answers] in answers.withLock { $0 } > seen }
            if delay == nil {
                try await changes.wait(until: isAnswered)
            } else {
                try await changes.wait(atMost: wait, connection.clock, until: isAnswered)
            }
            if delay != .zero { excuse(from: now) }
        }
    }

    /// Counts the rows of a request that an earlier process sent this long ago.
    func count(_ rows: Int, sentBefore age: Duration) {
        pacer.count(rows, until: connection.elapsed() + Pacer.window - age)
    }

    /// Records that a request has created this many runs.
    func end(_ number: Int, created rows: Int) {
        pacer.end(number, created: rows, at: connection.elapsed())
        answers.withLock { $0 += 1 }
        changes.notify()
    }

    /// Makes all requests wait, because the API asked one of them to; nil if it did not say how long.
    func pause(for asked: Duration?) {
        let asked = min(asked ?? .zero, Self.longestWait)
        excuse(from: connection.elapsed(), for: asked)
        pauseEnd = max(pauseEnd, connection.elapsed() + max(pauses.next(), asked))
    }

    /// Forgets the pauses so far, because rows were accepted or requests become smaller.
    func resetPauses() { pauses.reset() }

    func noteSuccess() {
        lastSuccess = max(lastSuccess, connection.elapsed())
        pauses.reset()
    }

    /// Keeps a wait, by default until now, from counting as time without success; waits at the same time are kept out
    /// once.
    private func excuse(from start: Duration, for wait: Duration? = nil) {
        let end = wait.map { start + $0 } ?? connection.elapsed()
        let start = max(start, excusedEnd)
        guard end > start else { return }
        lastSuccess += end - start
        excusedEnd = end
    }
}
