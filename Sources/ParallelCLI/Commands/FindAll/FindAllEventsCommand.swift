import ParallelAPI
import ParallelOutput
import ParallelSystem

/// `parallel findall events`: shows candidates as they come.
struct FindAllEventsCommand: RunnableCommand {
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
            [StreamCursor.flag.formerly("last-event-id").embedded(at: \.cursor)]
            + WaitFlags.all.map { $0.embedded(at: \.wait) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }
    }

    static let name = "findall events"

    static var command: Command {
        Command(
            summary: "Stream a FindAll run's events: candidates as they come and match",
            description: """
                Prints the events of a run from the first one, or the one after --after, until the run has ended, over \
                as many connections as that takes. With --json each event is a document on a line of its own.
                """,
            usesNetwork: true,
            positionals: [
                Positional("FINDALL_ID", .required, completion: .ids(of: "findall"), summary: "the id of a FindAll run")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel findall events findall_9907962f83aa4d9d98fd7f4bf745d654", "Watch a run"),
                .init(
                    "parallel findall events --json findall_9907962f83aa4d9d98fd7f4bf745d654 | jq -r .type",
                    "The types of its events"),
            ],
            check: { options, words throws(UsageError) in options.id = try RunIDs.single(words, .findAll) },
            runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let run = ActiveFindAll(id: options.id, after: options.cursor, client: client, clock: context.clock)
        let cursor = StreamCursor(
            after: options.cursor, "continue with", ["findall", "events", options.id], options.output,
            options.connection, context)
        try output.writeHeadings(["event_id", "kind", "text"])
        try await cursor.reportingResumeCommand {
            try await LongRunningWait(clock: context.clock).events(of: run, within: options.wait.timeout) { event in
                try output.write(document: event.json, asRow: row(event), widths: [0, 10])
                if !event.isStatus { cursor.advance(to: event.id) }
            }
        }
        try output.finish()
        return .success
    }

    /// Returns id, kind and text of an event.
    private func row(_ event: FindAllEvent) -> [[Document.Inline]] {
        let kind = event.type.parts(between: ".").last.map(String.init) ?? ""
        var text: [Document.Inline] = []
        if let run = event.run {
            text = [.mark(.status(run.status.rawValue))]
            if let progress = run.progress { text.append(.text("  \(progress)")) }
        } else if let candidate = event.candidate {
            text = [.text("\(candidate.name)  \(candidate.url)")]
        } else if let error = event.error {
            text = [.text(output.said(error.message))]
        }
        return [[.text(event.id ?? "")], [.mark(.eventKind(kind))], text]
    }
}
