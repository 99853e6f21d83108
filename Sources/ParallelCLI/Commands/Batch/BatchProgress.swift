import ParallelAPI
import ParallelBatch
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Shows the progress of a batch: on a terminal a bar that is redrawn; elsewhere nothing, or with `--progress` a line
/// from time to time.
final class BatchProgress: Sendable {
    private struct State {
        var bar: ProgressBar.State
        var cost: Cost?
        /// The number of finished rows at earlier times, the oldest first, for computing the rate.
        var samples: [(time: Duration, done: Int)] = []
        /// Whether there was an update. Before that, the number of finished rows is not known.
        var hasBegun = false
        /// Whether the bar, or lines, are shown at the moment.
        var isShown = false
        /// What the batch waits for or looks at, and the time when a wait ends.
        var activity: (text: String, end: Duration?)?
        /// The times of the latest lines about waiting and about looking, where no progress is shown.
        var lastLine: [Bool: Duration] = [:]
    }

    private enum Form { case bar, lines, none }

    /// The time over which the rate is computed.
    private static let span = Duration.seconds(30)
    private static let sampling = Duration.seconds(1)
    /// The minimum time between two lines that say the same, where no progress is shown.
    private static let repetition = Duration.seconds(300)
    /// Shorter waits get no line.
    private static let shortWait = Duration.seconds(5)

    private let form: Form
    private let interval: Duration
    private let streams: Streams
    private let terminal: TerminalInfo
    private let clock: any Clock<Duration>
    private let isQuiet: Bool
    private let elapsed: @Sendable () -> Duration
    private let state: Lock<State>

    /// - Parameter interval: the time between plain lines.
    init(
        context: Context, output: Output, total: Int, showsPlainLines: Bool, interval: Duration = .seconds(5)
    ) {
        form = output.redrawsProgress ? .bar : showsPlainLines && !output.options.isQuiet ? .lines : .none
        self.interval = interval
        streams = context.streams
        terminal = context.terminal
        clock = context.clock
        isQuiet = output.options.isQuiet
        elapsed = clock.stopwatch()
        state = Lock(State(bar: ProgressBar.State(total: total)))
    }

    /// Records the progress of a batch, whose runs cost as much as `processor` does.
    func update(_ progress: BatchSession.Progress, processor: String) {
        update(
            done: progress.ended, total: progress.wanted, failed: progress.failed, running: progress.running,
            costSoFar: Cost(runs: progress.completed, processor: processor))
    }

    /// Records the numbers of finished, of all, of failed and of running rows.
    func update(done: Int, total: Int, failed: Int, running: Int, costSoFar: Cost?) {
        if form == .none { return }
        state.withLock { state in
            state.hasBegun = true
            state.bar.done = done
            state.bar.total = total
            state.bar.failed = failed
            state.bar.running = running
            state.cost = costSoFar
        }
    }

    /// Records what the batch waits for or looks at; nil if it goes on. Where no progress is shown, says so on a line.
    func note(_ activity: BatchSession.Activity?) {
        if isQuiet { return }
        let now = elapsed()
        let line = state.withLock { state -> String? in
            switch activity {
            case .waiting(let time): state.activity = ("waiting for the rate limit", now + time)
            case .asking(let rows): state.activity = ("asking the group what became of \(counted(rows, "row"))", nil)
            case nil: state.activity = nil
            }
            guard !state.isShown, let activity = state.activity else { return nil }
            if let end = activity.end, end - now < Self.shortWait { return nil }
            if let last = state.lastLine[activity.end == nil], now - last < Self.repetition { return nil }
            state.lastLine[activity.end == nil] = now
            return Self.text(activity, at: now)
        }
        if let line { streams.note(line) }
    }

    private static func text(_ activity: (text: String, end: Duration?), at now: Duration) -> String {
        guard let end = activity.end else { return activity.text }
        return "\(activity.text), \(Int((max(.zero, end - now) / .seconds(1)).rounded(.up))) s"
    }

    /// Does `work` while showing its progress.
    func shown<Value: Sendable>(during work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        state.withLock { $0.isShown = form != .none }
        defer { state.withLock { $0.isShown = false } }
        switch form {
        case .none:
            return try await work()
        case .bar:
            defer { streams.setStatus(nil) }
            return try await clock.repeating(every: .milliseconds(100)) { elapsed in
                self.streams.setStatus(ProgressBar.draw(self.bar(at: elapsed), columns: self.terminal.redrawnColumns))
            } during: {
                try await work()
            }
        case .lines:
            let elapsed = clock.stopwatch()
            defer { streams.note(ProgressBar.plain(bar(at: elapsed()))) }
            return try await clock.repeating(every: interval) { elapsed in
                let bar = self.bar(at: elapsed)
                if elapsed > .zero { self.streams.note(ProgressBar.plain(bar)) }
            } during: {
                try await work()
            }
        }
    }

    /// Returns the bar with its rate and the time left.
    private func bar(at time: Duration) -> ProgressBar.State {
        state.withLock { state in
            state.bar.cost = state.cost.map { "\($0.text) so far" }
            state.bar.activity = state.activity.map { Self.text($0, at: elapsed()) }
            guard state.hasBegun else { return state.bar }
            if state.samples.last.map({ time - $0.time >= Self.sampling }) ?? true {
                state.samples.append((time, state.bar.done))
                // One sample that is older than the span is kept, so that the rate covers the whole span.
                while state.samples.count > 2, time - state.samples[1].time >= Self.span { state.samples.removeFirst() }
            }
            let past = state.samples[0]
            let count = state.bar.done - past.done
            let rate = count > 0 && time > past.time ? Double(count) / ((time - past.time) / .seconds(1)) : nil
            state.bar.rate = rate
            let left = state.bar.total - state.bar.done
            state.bar.timeLeft = rate.flatMap { left > 0 ? .seconds((Double(left) / $0).rounded(.up)) : nil }
            return state.bar
        }
    }
}
