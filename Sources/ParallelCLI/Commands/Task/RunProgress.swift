import ParallelCore
import ParallelSystem
import ParallelTerminal

/// What a person sees while a run is waited for: a line that redraws itself on a terminal; elsewhere the messages of
/// `--events`, one to a line.
final class RunProgress: Sendable {
    private let line: ProgressLine?
    private let columns: Int
    private let output: Output
    private let clock: any Clock<Duration>
    private let state = Lock(ProgressLine.State(status: "waiting"))

    init(context: Context, output: Output) {
        self.output = output
        clock = context.clock
        let isShown = context.terminal.canAnimate && !output.options.isQuiet && !output.options.isVerbose
        line = isShown ? ProgressLine(streams: context.streams) : nil
        columns = context.terminal.columns
    }

    func update(_ run: TaskRun) { state.withLock { $0.status = run.status.rawValue } }

    func update(_ event: RunEvent) {
        switch event.kind {
        case .state(let run):
            update(run)
        case .message(let topic, let text, _):
            state.withLock { $0.message = text }
            if line == nil { output.note("\(topic): \(text)") }
        case .progress(_, let sourcesRead, _):
            state.withLock { $0.sourcesRead = sourcesRead ?? $0.sourcesRead }
        case .fault(let fault):
            output.warn(fault.message)
        case .other:
            break
        }
    }

    /// Redraws the line until the task is cancelled.
    func animate() async {
        guard let line else { return }
        await animate(line, clock)
    }

    private func animate<C: Clock<Duration>>(_ line: ProgressLine, _ clock: C) async {
        let start = clock.now
        while !Task.isCancelled {
            let drawn = state.withLock { state in
                state.frame += 1
                state.elapsed = start.duration(to: clock.now)
                return state
            }
            line.show(drawn, columns: columns)
            try? await clock.sleep(for: .milliseconds(100))
        }
    }

    func finish() { line?.finish() }
}
