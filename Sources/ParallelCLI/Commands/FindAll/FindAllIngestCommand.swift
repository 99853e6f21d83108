import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel findall ingest`: shows what a run would look for.
struct FindAllIngestCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var objective = InputSource.literal("")
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "findall ingest"

    static var command: Command {
        Command(
            summary: "Show what a run would look for: the conditions in an objective",
            description: """
                Prints the kind of entity and the conditions that the API reads from an objective. No run is created.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "OBJECTIVE", .required, completion: .atFile,
                    summary: "what to find, in plain words: text, @FILE, or - for standard input")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel findall ingest 'AI startups that raised a Series A in 2026'", "Its conditions"),
                .init(
                    "parallel findall ingest 'Roofers in Charlotte' --json | jq .match_conditions",
                    "The same for a program"),
            ],
            check: { options, words throws(UsageError) in
                options.objective = InputSource(words[0])
                try options.preview.check(&options.output)
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let objective = try SourceText(context: context).text(of: options.objective, for: "OBJECTIVE")
        if objective.isBlank { throw UsageError("OBJECTIVE: \(options.objective.name) is empty") }
        let call = APICall(
            endpoint: .ingest, body: ["objective": .string(objective)],
            terms: "the conditions would be read from the objective, without creating a run",
            status: "reading the objective")
        if try await call.isShown(options.preview, client, output, context) { return .success }
        try FindAllSchemaView.write(try await call.send(client, output, context), output)
        try output.finish()
        return .success
    }
}
