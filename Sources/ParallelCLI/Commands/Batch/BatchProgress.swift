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
    }

    private enum Form { case bar, lines, none }

    /// The time over which the rate is computed.
    private static let span = Duration.seconds(30)
    private static let sampling = Duration.seconds(1)

    private let form: Form
    private let interval: Duration
    private let streams: Streams
    private let terminal: TerminalInfo
    private let clock: any Clock<Duration>
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

    /// Does `work` while showing its progress.
    func shown<Value: Sendable>(during work: @escaping @Sendable () async throws -> Value) async throws -> Value {
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
