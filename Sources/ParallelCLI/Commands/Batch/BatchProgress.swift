import ParallelAPI
import ParallelBatch
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// What a person sees while many rows are worked on: a bar that redraws itself on a terminal; elsewhere nothing, or
/// with `--progress` a line every so often.
final class BatchProgress: Sendable {
    private struct State {
        var bar: ProgressBar.State
        var cost: Cost?
        /// How many were done at points in time, the oldest first; the rate is taken from these.
        var samples: [(time: Duration, done: Int)] = []
        /// Before the first news it is not known how much was done already.
        var hasBegun = false
    }

    private enum Form { case bar, lines, none }

    /// How far the rate looks back: what happened before says little of what comes.
    private static let span = Duration.seconds(30)
    private static let sampling = Duration.seconds(1)

    private let form: Form
    private let interval: Duration
    private let streams: Streams
    private let terminal: TerminalInfo
    private let clock: any Clock<Duration>
    private let state: Lock<State>

    /// - Parameter interval: how often there is a plain line.
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

    /// Records how far a batch has come, whose runs cost what `processor` costs.
    func update(_ progress: BatchSession.Progress, processor: String) {
        update(
            done: progress.ended, total: progress.wanted, failed: progress.failed, running: progress.running,
            costSoFar: Cost(runs: progress.accepted - progress.failed, processor: processor))
    }

    /// Records the numbers of rows that are finished, of all, of failed and of running ones.
    func update(done: Int, total: Int, failed: Int, running: Int, costSoFar: Cost?) {
        // Nothing is shown.
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

    /// Does `work` with its progress shown.
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

    /// The bar as it stands, with rate and time left worked out.
    private func bar(at time: Duration) -> ProgressBar.State {
        state.withLock { state in
            state.bar.cost = state.cost?.text
            guard state.hasBegun else { return state.bar }
            if state.samples.last.map({ time - $0.time >= Self.sampling }) ?? true {
                state.samples.append((time, state.bar.done))
                // One that is older stays, to look back from.
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
