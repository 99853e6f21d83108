import ParallelAPI
import ParallelHTTP
import ParallelOutput
import ParallelSystem

/// `parallel monitor list`: shows the account's monitors, the newest first.
struct MonitorListCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var list = ListOptions()
        var statuses: [String] = []
        var types: [String] = []
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "status", value: FlagSpec.Value("STATUS", completion: .words(["active", "cancelled"])),
                    isRepeatable: true, summary: "With this status (repeatable; default active)"
                ) { options, text throws(InvalidValue) in
                    options.statuses.append(try FilledText.parse(text, called: "status"))
                },
                Flag(
                    "type", value: FlagSpec.Value("TYPE", completion: .words(["event_stream", "snapshot"])),
                    isRepeatable: true, summary: "Of this type (repeatable)"
                ) { options, text throws(InvalidValue) in
                    options.types.append(try FilledText.parse(text, called: "type"))
                },
            ]
            + ListOptions.flags(of: "monitors", usually: MonitorListCommand.usualLimit).map { $0.embedded(at: \.list) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    private static let usualLimit = 100

    static let name = "monitor list"

    static var command: Command {
        Command(
            summary: "List the account's monitors, newest first",
            description: "Lists the account's monitors, the newest first: those that are active unless told otherwise.",
            usesNetwork: true,
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel monitor list", "Those that are active"),
                .init(
                    "parallel monitor list --all --status active --status cancelled --json | jq -r '.monitors[].monitor_id'",
                    "The ids of all"),
            ],
            check: { options, _ throws(UsageError) in try options.list.check() }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let filters = options.statuses.map { ("status", $0) } + options.types.map { ("type", $0) }
        // The API gives up to 10,000 at once, more than anybody waits for.
        let pages = PagedList(member: "monitors", largestPage: 1_000) { .monitors(.get, query: $0 + filters) }
        let list = try await pages.read(
            client, limit: options.list.limit(usually: Self.usualLimit), from: options.list.cursor)
        try MonitorView(output: output).write(list: list)
        try output.finish()
        return .success
    }
}
