import ParallelAPI
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Shows the progress of a run that is waited for: on a terminal a line that is redrawn, and above it or elsewhere one
/// line for each event that stays.
final class RunProgress: Sendable {
    /// Whether the line that is redrawn is shown.
    let isShown: Bool
    private let terminal: TerminalInfo
    private let streams: Streams
    private let events: ShownEvents
    private let output: Output
    private let clock: any Clock<Duration>
    private let state: Lock<ProgressLine.State>

    init(context: Context, output: Output, events: ShownEvents, status: String = "waiting") {
        state = Lock(ProgressLine.State(status: status))
        self.events = events
        self.output = output
        clock = context.clock
        streams = context.streams
        isShown = output.redrawsProgress
        terminal = context.terminal
    }

    func update(status: String? = nil, message: String?) {
        state.withLock { state in
            state.status = status ?? state.status
            state.message = shown(message)
        }
    }

    func update(_ run: TaskRun) {
        state.withLock { state in
            state.status = run.status.rawValue
            state.usualTime = run.processor.flatMap(ProcessorText.usualTime)
        }
    }

    /// Shows from now on how many of `total` runs are over.
    func count(of total: Int) { state.withLock { $0.total = total } }

    /// Counts a run that is over.
    func countEnded() { state.withLock { $0.ended += 1 } }

    func update(_ event: RunEvent) {
        // The stream tells the state only at its beginning; a run that sends messages is no longer queued.
        if case .message = event.kind {
            state.withLock { if $0.status != RunStatus.cancelling.rawValue { $0.status = RunStatus.running.rawValue } }
        }
        switch event.kind {
        case .state(let run):
            update(run)
        // Tool calls get lines of their own, because the next message would overwrite them in the progress line.
        case .message("tool_call", let text, _):
            output.note("tool_call: \(output.secrets.shortened(text))")
        case _ where events == .none || events == .toolCalls:
            break
        case .message(_, let text, _) where events == .onProgressLine:
            state.withLock { $0.message = shown(text) }
        case .message(let topic, let text, _):
            output.note("\(topic.shortened(to: 40)): \(output.secrets.shortened(text))")
        case .progress(_, let sourcesRead, let meter):
            state.withLock { state in
                state.sourcesRead = sourcesRead ?? state.sourcesRead
                state.percent = meter ?? state.percent
            }
        case .error(let error):
            output.warn(saying: error.message)
        case .other:
            break
        }
    }

    /// Returns the message with secrets masked. This comes before the line is cut to the terminal's width, as a cut
    /// secret would not be recognised.
    private func shown(_ message: String?) -> String? { message.map { streams.secrets.shortened($0) } }

    /// Does `work` while the line is on the screen.
    func shown<Value>(during work: () async throws -> Value) async rethrows -> Value {
        guard isShown else { return try await work() }
        // At the end of this function, the task is cancelled and waited for, so that the line is erased before anything
        // else is written.
        async let _: Void = draw()
        return try await work()
    }

    /// Draws the line until the task is cancelled, then erases it.
    private func draw() async {
        defer { streams.setStatus(nil) }
        let elapsed = clock.stopwatch()
        while !Task.isCancelled {
            redraw(elapsed())
            try? await clock.sleep(for: .milliseconds(100))
        }
    }

    private func redraw(_ elapsed: Duration) {
        var drawn = state.withLock { state in
            state.frame += 1
            state.elapsed = elapsed
            return state
        }
        drawn.status = streams.secrets.masked(drawn.status)
        streams.setStatus(ProgressLine.draw(drawn, columns: terminal.redrawnColumns))
    }
}
