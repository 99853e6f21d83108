import ParallelAPI
import ParallelOutput
import ParallelSystem

/// `parallel group events`: shows the events of a group as they happen.
struct GroupEventsCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var cursor: String?
        var wait = WaitOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [StreamCursor.flag.embedded(at: \.cursor)] + WaitFlags.all.map { $0.embedded(at: \.wait) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }
    }

    static let name = "group events"

    static var command: Command {
        Command(
            summary: "Stream a group's events until none of its runs is active",
            description: """
                Prints the events of a group as they happen: ends of runs, and the number of runs in each status. It \
                ends when no run of the group is active any more, over as many connections as that takes. With \
                --json each event is a document on a line of its own.
                """,
            usesNetwork: true,
            positionals: [GroupID.positional],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel group events tgrp_9907962f83aa4d9d98fd7f4bf745d654", "Watch a group"),
                .init(
                    "parallel group events --json tgrp_9907962f83aa4d9d98fd7f4bf745d654 | jq -r '.run.run_id // empty'",
                    "The ids of its runs as they end"),
            ],
            check: { options, words throws(UsageError) in options.id = try GroupID.check(words[0]) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let view = GroupEventsView(output: output)
        let group = ActiveGroup(id: options.id, after: options.cursor, client: client, clock: context.clock)
        let cursor = StreamCursor(
            after: options.cursor, "continue with", ["group", "events", options.id], options.output, options.connection,
            context)
        try view.writeHeading()
        try await cursor.reportingResumeCommand {
            try await LongRunningWait(clock: context.clock).events(of: group, within: options.wait.timeout) { event in
                try view.write(event)
                cursor.advance(to: event.id)
            }
        }
        try output.finish()
        return .success
    }
}
