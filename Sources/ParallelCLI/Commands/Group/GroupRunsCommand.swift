import ParallelAPI
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel group runs`: lists the runs of a group as they are now.
struct GroupRunsCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var query = GroupRunsQuery()
        /// The maximum number of runs that are listed; nil means all.
        var limit: Int?
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "status",
                    value: FlagSpec.Value(
                        "STATUS",
                        completion: .words(["queued", "running", "completed", "failed", "cancelling", "cancelled"])),
                    summary: "Only runs with this status",
                    details: "The API decides about a status that this version does not know."
                ) { options, text throws(InvalidValue) in
                    options.query.status = try FilledText.parse(text, called: "status")
                },
                Flag("with-input", summary: "Also show the input of each run") { $0.query.includesInput = $1 },
                Flag("with-output", summary: "Also show the output of completed runs") { $0.query.includesOutput = $1 },
                Flag("limit", value: FlagSpec.Value("N"), summary: "List at most N runs") {
                    options, text throws(InvalidValue) in options.limit = try NumberText.positive(text)
                },
                StreamCursor.flag.embedded(at: \.query.lastEventID),
            ] + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "group runs"

    static var command: Command {
        Command(
            summary: "List the runs of a group as they are now",
            description: """
                Prints the runs of a group, in the order they were added, without waiting for any: id, status, \
                processor and error, then input and output if these are asked for; in a pipe a line for each. With \
                --json each is the API's event on a line of its own, whose event_id --after takes; header values of \
                MCP servers are masked.
                """,
            usesNetwork: true,
            positionals: [GroupID.positional],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel group runs tgrp_9907962f83aa4d9d98fd7f4bf745d654", "All runs"),
                .init(
                    "parallel group runs tgrp_9907962f83aa4d9d98fd7f4bf745d654 --status completed --with-output --json | jq -c .output.content",
                    "What those that completed found"),
            ],
            check: { options, words throws(UsageError) in options.id = try GroupID.check(words[0]) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let view = GroupRunsView(output: output, query: options.query)
        let group = ActiveGroup(id: options.id, client: client, clock: context.clock)
        let cursor = StreamCursor(
            after: options.query.lastEventID, "list the rest with", ["group", "runs", options.id] + words,
            options.output, options.connection, context)
        let hasUnreadableRun = Lock(false)
        let listed = Lock(0)
        try view.writeHeading()
        try await cursor.reportingResumeCommand {
            do {
                try await group.list(options.query) { event in
                    try view.write(event)
                    if case .error(let error) = event.kind {
                        output.warn(saying: error.message)
                        hasUnreadableRun.withLock { $0 = true }
                    }
                    cursor.advance(to: event.id)
                    guard case .run = event.kind, let limit = options.limit else { return }
                    let count = listed.withLock { count in
                        count += 1
                        return count
                    }
                    if count >= limit { throw LimitReached() }
                }
            } catch is LimitReached {
                // The rest was not asked for.
            } catch {
                // The command that lists the rest begins after the runs that were read.
                try view.finish()
                throw error
            }
            try view.finish()
        }
        try output.finish()
        // A run that the API could not read is missing from the list.
        return hasUnreadableRun.withLock { $0 } ? .partial : .success
    }

    /// Ends the listing after the runs that were asked for.
    private struct LimitReached: Error {}

    /// The flags that ask for the same runs again.
    private var words: [String] {
        (options.query.status.map { FlagSpec.words("status", $0) } ?? [])
            + (options.query.includesInput ? ["--with-input"] : [])
            + (options.query.includesOutput ? ["--with-output"] : [])
    }
}
