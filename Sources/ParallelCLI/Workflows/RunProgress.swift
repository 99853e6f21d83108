import ParallelAPI
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// What a person sees while a run is waited for: a line that redraws itself on a terminal, and above it the tool calls;
/// elsewhere a line for each of the events.
final class RunProgress: Sendable {
    /// Whether there is a line that says what goes on.
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

    func update(_ run: TaskRun) { state.withLock { $0.status = run.status.rawValue } }

    func update(_ event: RunEvent) {
        switch event.kind {
        case .state(let run):
            update(run)
        // A call stays to be read, where the next message would redraw the line.
        case .message("tool_call", let text, _):
            output.note("tool_call: \(output.secrets.shortened(text))")
        case _ where events != .all:
            break
        case .message(let topic, let text, _):
            state.withLock { $0.message = shown(text) }
            if !isShown { output.note("\(topic.shortened(to: 40)): \(output.secrets.shortened(text))") }
        case .progress(_, let sourcesRead, _):
            state.withLock { $0.sourcesRead = sourcesRead ?? $0.sourcesRead }
        case .fault(let fault):
            output.warn(saying: fault.message)
        case .other:
            break
        }
    }

    /// The line is cut to the terminal's width, so secrets go before.
    private func shown(_ message: String?) -> String? { message.map { streams.secrets.shortened($0) } }

    /// Does `work` with the line on the screen.
    func shown<Value: Sendable>(
        during work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard isShown else { return try await work() }
        defer { streams.setStatus(nil) }
        return try await clock.ticking(every: .milliseconds(100), redraw, during: work)
    }

    private func redraw(_ elapsed: Duration) {
        let drawn = state.withLock { state in
            state.frame += 1
            state.elapsed = elapsed
            return state
        }
        streams.setStatus(ProgressLine.draw(drawn, columns: terminal.redrawnColumns))
    }
}
