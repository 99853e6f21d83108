import ParallelAPI
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Watches work until it ends. On a terminal its state is redrawn in place, and what it has come to is written at the
/// end; elsewhere each change is a line of data.
struct StatusWatch: Sendable {
    let options: LookupOptions
    let output: Output
    let context: Context
    /// The command that watches: `["task", "status"]`.
    let command: [String]

    /// Whether a person sees the state as it is now, so that no change is written.
    var isLive: Bool { output.isLaidOut && output.redrawsProgress }

    /// Asks every `--interval` until there is an outcome. The error of a watch that ends early says how to go on.
    ///
    /// - Parameters:
    ///   - name: what is watched, such as `run trun_1`.
    ///   - word: how the command line names it.
    ///   - ask: returns nil as long as the work goes on.
    func outcome<Outcome: Sendable>(
        of name: String, word: String, within timeout: Duration?, _ ask: @escaping @Sendable () async throws -> Outcome?
    ) async throws -> Outcome {
        let work = WatchedWork(name: name, interval: options.interval, clock: context.clock, ask: ask)
        return try await ResumableWait.perform(
            interrupted: "interrupted; \(name) goes on", hints: { hints(for: [word]) }, context,
            unless: { ($0 as? APIError)?.status == 404 }
        ) {
            try await LongRunningWait(clock: context.clock).outcome(of: work, within: timeout, isKnown: false)
        }
    }

    /// What to type to go on watching.
    func hints(for words: [String]) -> [Hint] {
        var again = ResumeCommand(
            output: options.output, connection: options.connection, command: command, flags: ["--watch"])
        // Its file was not written, or would be another one.
        again.output.file = nil
        return again.hints(for: words, context)
    }

    /// Does `work` while the lines, as they are at each moment, are redrawn on a terminal.
    func shown<Value>(
        _ lines: @escaping @Sendable (_ frame: Int, _ elapsed: Duration) -> [String],
        during work: () async throws -> Value
    ) async throws -> Value {
        guard output.redrawsProgress else { return try await work() }
        // At the end of this function the task is cancelled and waited for, so that the lines are erased before
        // anything else is written.
        async let _: Void = draw(lines)
        return try await work()
    }

    private func draw(_ lines: @Sendable (_ frame: Int, _ elapsed: Duration) -> [String]) async {
        defer { context.streams.setStatus(nil) }
        let elapsed = context.clock.stopwatch()
        var frame = 0
        while !Task.isCancelled {
            // More lines than the terminal has could not be erased again.
            let room = max(1, context.terminal.rows - 1)
            var shown = lines(frame, elapsed())
            if shown.count > room {
                let rest = shown.count - room + 1
                shown = shown.prefix(room - 1) + ["… \(rest.grouped) more"]
            }
            context.streams.setStatus(shown.joined(separator: "\n"))
            frame += 1
            try? await context.clock.sleep(for: .milliseconds(100))
        }
    }
}

/// Work whose state is asked for again and again, as the server does not hold an answer.
private struct WatchedWork<Outcome: Sendable>: LongRunning {
    let name: String
    let interval: Duration
    let clock: any Clock<Duration>
    let ask: @Sendable () async throws -> Outcome?
    private let hasBegun = Lock(false)

    init(
        name: String, interval: Duration, clock: any Clock<Duration>,
        ask: @escaping @Sendable () async throws -> Outcome?
    ) {
        (self.name, self.interval, self.clock, self.ask) = (name, interval, clock, ask)
    }

    func look() async throws -> Look<Outcome> {
        let isFirst = hasBegun.withLock { hasBegun in
            defer { hasBegun = true }
            return !hasBegun
        }
        if !isFirst { try await clock.sleep(for: interval) }
        let outcome = try await ask()
        // The pause is made here.
        return outcome.map { .over($0) } ?? .goesOn(wasHeld: true)
    }
}
