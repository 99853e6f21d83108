import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// `parallel findall enrich`: has fields filled in for each match of a run.
struct FindAllEnrichCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var enrichment = EnrichmentOptions()
        var preview = PreviewOptions()
        var spending = SpendingOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            EnrichmentOptions.flags.map { $0.embedded(at: \.enrichment) }
            + PreviewFlags.withServers.map { $0.embedded(at: \.preview) }
            + SpendingFlags.all(of: "a change").map { $0.embedded(at: \.spending) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "findall enrich"

    static var command: Command {
        Command(
            summary: "Have fields filled in for each match of a FindAll run",
            description: """
                Adds an enrichment to a run: fields that a processor fills in for each match, also for those that come \
                later. A run that has ended is queued again for it; 'findall result' waits for the values. What it \
                costs at most is said before, and asked about above --confirm-above. Prints the schema of the run.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "FINDALL_ID", .required, completion: .ids(of: "findall"), summary: "the id of a FindAll run"),
                Positional(
                    "SCHEMA", .optional, completion: .atFile,
                    summary: "the fields as a JSON Schema: JSON, @FILE or -; or use --enrich"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel findall enrich findall_9907962f83aa4d9d98fd7f4bf745d654 --enrich 'ceo=Name of the CEO'",
                    "A field for each match"),
                .init(
                    "parallel findall enrich findall_9907962f83aa4d9d98fd7f4bf745d654 -p core --enrich 'staff:integer=Employees' --dry-run",
                    "What would be sent"),
            ],
            check: { options, words throws(UsageError) in
                options.id = try RunIDs.single(words, .findAll)
                if words.count > 1 {
                    if options.enrichment.schema != nil {
                        throw UsageError("SCHEMA and --enrich-schema exclude each other")
                    }
                    options.enrichment.schema = InputSource(words[1])
                }
                if options.enrichment.isEmpty {
                    throw UsageError(
                        "missing SCHEMA", hint: "say what to fill in with --enrich NAME=DESCRIPTION, or a schema")
                }
                try options.enrichment.check()
                try options.preview.check(&options.output)
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let settings = try APIConnection.settings(options.connection, context, needsKey: !options.preview.sendsNothing)
        let client = APIConnection.client(settings, output, context)
        guard
            let enrichment = try await Enrichment.read(
                options.enrichment, apiKey: settings.serverKey, sendsNothing: options.preview.sendsNothing, output,
                context
            )
        else { throw UsageError("missing SCHEMA") }
        let each = Cost(runs: 1, processor: enrichment.processor)
        var call = FindAllCreation.addition(
            of: enrichment, to: options.id,
            terms: "each match would be enriched on '\(enrichment.processor)'"
                + (each.map { ", about $\($0.text.dropFirst()) for each" } ?? ""), context)
        if try await call.isShown(options.preview, client, output, context) { return .success }
        let run = try await client.findAll(options.id)
        var matches = run.matched ?? FindAllGenerator.limits.upperBound
        if run.isActive {
            // Matches that come later are enriched, too.
            let schema = try await client.answer(to: .findAll(options.id, "schema"))
            matches = FindAllGenerator.limit(in: schema) ?? FindAllGenerator.limits.upperBound
        }
        call.cost = Cost(runs: matches, processor: enrichment.processor)
        try await FindAllCost.approve(
            "an enrichment of up to \(matches.grouped) matches on '\(enrichment.processor)'", call.cost,
            options.spending, nothing: "nothing was added",
            output,
            context)
        try await TaskRequest(task: enrichment.task, output: output, context: context)
            .check(enrichment.servers, within: nil)
        let schema = try await call.send(client, output, context)
        let result = context.command(["findall", "result", options.id], flags: options.connection.words)
        output.note("the enrichment was added; wait for its values with: \(command: result)" as Hint)
        try FindAllSchemaView.write(schema, output)
        try output.finish()
        return .success
    }
}
