import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Waits for the first execution of a monitor that was just made, and prints its events.
struct MonitorWait {
    let id: String
    let client: ParallelClient
    let options: MonitorCreateCommand.Options
    let output: Output
    let context: Context

    /// - Parameter monitor: the monitor as the API made it.
    func run(_ monitor: JSONValue) async throws -> ExitCode {
        let execution = FirstExecution(id: id, client: client)
        let progress = RunProgress(
            context: context, output: output, events: .none, status: "running for the first time")
        let list = context.command(
            ["monitor", "events", context.maskedWord(id)],
            flags: ["--completions"] + options.output.words + options.connection.words)
        let events = try await ResumableWait.perform(
            interrupted: "interrupted; monitor \(id) continues",
            hints: { ["see what it finds with: \(command: list)"] }, context
        ) {
            try await progress.shown {
                try await LongRunningWait(clock: context.clock).outcome(
                    of: execution, within: options.wait.timeout, isKnown: true)
            }
        }
        try MonitorView(output: output).write(events: events)
        try output.finish()
        let failed = events["events"]?.array?.contains { $0["event_type"]?.string == "error" } ?? false
        guard !failed else { throw ErrorReport(.runFailed, "the first execution of monitor \(id) failed") }
        return .success
    }

    /// The first execution, which is over once the monitor has an outcome: events, an error, or that nothing was found.
    private struct FirstExecution: LongRunning {
        let id: String
        let client: ParallelClient

        var name: String { "the monitor's first execution" }

        func look() async throws -> Look<JSONObject> {
            let page = try await client.answer(
                to: .monitor(id, "events", query: [("include_completions", "true"), ("limit", "100")]))
            guard let object = page.object, let events = page["events"]?.array else {
                throw UnexpectedAnswer(message: "the API's answer has no list of events")
            }
            return events.isEmpty ? .goesOn(wasHeld: false) : .over(object)
        }
    }
}
