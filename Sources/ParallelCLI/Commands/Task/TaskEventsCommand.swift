import ParallelAPI
import ParallelHTTP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel task events`: shows the progress of a run as it happens.
struct TaskEventsCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var wait = WaitOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            WaitFlags.all.map { $0.embedded(at: \.wait) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }
    }

    static let name = "task events"

    static var command: Command {
        Command(
            summary: "Stream a run's progress: plan, searches, tool calls, sources",
            description: """
                Prints a run's events as they happen, from the start of its trace until it ends, over as many \
                connections as that takes. With --json each event is a document on a line of its own. Runs record \
                events when they were created with --events, or on a processor from pro upwards. A run that has ended \
                has no trace any more, only its final state; 'task run --events-file' records it in time.
                """,
            usesNetwork: true,
            positionals: [Positional("RUN_ID", .required, completion: .ids(of: "run"), summary: "the id of a run")],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel task events trun_9907962f83aa4d9d98fd7f4bf745d654", "Watch a run"),
                .init(
                    "parallel task events --json trun_9907962f83aa4d9d98fd7f4bf745d654 | jq -r .type",
                    "The types of its events"),
            ],
            check: { options, words throws(UsageError) in options.id = try RunIDs.single(words) }, runs: Self.self)
    }

    /// Returns the hint with the command that watches the run again; it shows the whole trace again.
    private func again() -> Hint {
        let flags = options.output.words + options.connection.words
        return "watch it again with: \(command: context.command(["task", "events", options.id], flags: flags))"
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let view = EventView(output: output)
        let active = ActiveRun(id: options.id, client: client, clock: context.clock)
        let eventCount = Lock(0)
        try view.writeHeading()
        let run = try await ResumableWait.perform(
            interrupted: "interrupted; run \(options.id) continues", hints: { [again()] }, context,
            unless: { ($0 as? APIError)?.status == 404 }
        ) {
            try await LongRunningWait(clock: context.clock).events(of: active, within: options.wait.timeout) { event in
                eventCount.withLock { $0 += 1 }
                try view.write(event)
            }
        }
        try output.finish()
        if eventCount.withLock(\.self) == 1 {
            output.note(
                "the API keeps no events of a run that has ended; 'task run --events-file FILE' records them in time")
        }
        if run.status != .completed { throw RunNotCompleted(run, hiding: context.streams.secrets) }
        return .success
    }
}
