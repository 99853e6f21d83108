import ParallelAPI
import ParallelOutput
import ParallelSystem

/// `parallel monitor events`: shows what a monitor has found.
struct MonitorEventsCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var list = ListOptions()
        var group: String?
        var includesCompletions = false
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "group", value: FlagSpec.Value("ID"), summary: "Only those of one execution, by its event_group_id"
                ) { options, text throws(InvalidValue) in options.group = try FilledText.parse(text) },
                Flag("completions", summary: "Also show executions that found nothing") { $0.includesCompletions = $1 },
            ]
            + ListOptions.flags(of: "events", usually: MonitorEventsCommand.usualLimit).map { $0.embedded(at: \.list) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    private static let usualLimit = 20

    static let name = "monitor events"

    static var command: Command {
        Command(
            summary: "Show what a monitor has found, newest first",
            description: """
                Shows what a monitor has found, and which of its executions failed; the API keeps about the last 300. \
                In a pipe a line each: date, type, ids, content.
                """,
            usesNetwork: true,
            positionals: [MonitorGetCommand.positional],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel monitor events monitor_9907962f83aa4d9d98fd7f4bf745d654", "The latest"),
                .init(
                    "parallel monitor events monitor_9907962f83aa4d9d98fd7f4bf745d654 --all --json | jq '.events[].output.content'",
                    "All that was found"),
            ],
            check: { options, words throws(UsageError) in
                options.id = try ResourceID.checked(words[0], is: .monitor, in: "MONITOR")
                try options.list.check()
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        var filters = options.group.map { [("event_group_id", $0)] } ?? []
        if options.includesCompletions { filters.append(("include_completions", "true")) }
        let pages = PagedList(member: "events", largestPage: 100) { [id = options.id] query in
            .monitor(id, "events", query: query + filters)
        }
        let list = try await pages.read(
            client, limit: options.list.limit(usually: Self.usualLimit), from: options.list.cursor)
        try MonitorView(output: output).write(events: list)
        try output.finish()
        return .success
    }
}
