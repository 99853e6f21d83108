import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel findall extend`: has a run find more.
struct FindAllExtendCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var count = 0
        var preview = PreviewOptions()
        var spending = SpendingOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + SpendingFlags.all(of: "a change").map { $0.embedded(at: \.spending) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "findall extend"

    static var command: Command {
        Command(
            summary: "Let a FindAll run find more matches",
            description: """
                Raises the match limit of a run by N. The matches cost what they cost on its generator, and their \
                enrichments; the fixed price is not paid again. It works while the run is active, and after it has \
                ended because its limit was reached, up to 1,000 matches in all; not for previews.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "FINDALL_ID", .required, completion: .ids(of: "findall"), summary: "the id of a FindAll run"),
                Positional("N", .required, summary: "how many matches more"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel findall extend findall_9907962f83aa4d9d98fd7f4bf745d654 20", "Twenty matches more")
            ],
            check: { options, words throws(UsageError) in
                options.id = try RunIDs.single(words, .findAll)
                do throws(InvalidValue) { options.count = try NumberText.positive(words[1]) } catch {
                    throw UsageError("N: \(error.reason)")
                }
                if options.count >= FindAllGenerator.limits.upperBound {
                    throw UsageError(
                        "N: a run finds at most \(FindAllGenerator.limits.upperBound.grouped) matches in all")
                }
                try options.preview.check(&options.output)
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let result = context.command(["findall", "result", options.id], flags: options.connection.words)
        let look = context.command(["findall", "schema", options.id], flags: options.connection.words)
        var call = APICall(
            endpoint: .findAll(options.id, "extend", changes: true),
            body: ["additional_match_limit": .number(JSONNumber(options.count))],
            terms: "the run would find up to \(options.count.grouped) matches more, at the price of its generator",
            status: "extending the run",
            effect: Effect(
                work: "the run was being extended",
                uncertain: [
                    "it may have been extended all the same; it was not sent again, since it would cost money twice",
                    "see its match limit with: \(command: look)",
                ],
                nothing: "it was not extended"))
        if try await call.isShown(options.preview, client, output, context) { return .success }
        let known = try await client.answer(to: .findAll(options.id, "schema"))
        let generator = known["generator"]?.string ?? ""
        let limit = FindAllGenerator.limit(in: known) ?? 0
        if generator == FindAllGenerator.preview {
            throw UsageError("a preview can't be extended; begin a run instead")
        }
        if options.count > FindAllGenerator.limits.upperBound - limit {
            throw UsageError(
                "the run's limit is \(limit.grouped) matches, and with \(options.count.grouped) more it would exceed "
                    + FindAllGenerator.limits.upperBound.grouped)
        }
        let processors = (known["enrichments"]?.array ?? []).map { $0["processor"]?.string ?? "core" }
        call.cost = FindAllGenerator.cost(generator, matches: options.count, processors: processors, isNew: false)
        try await FindAllCost.approve(
            "up to \(options.count.grouped) further matches on \(generator)", call.cost, options.spending,
            nothing: "nothing was extended", output, context)
        let schema = try await call.send(client, output, context)
        output.note("the run was extended; wait for its matches with: \(command: result)" as Hint)
        try FindAllSchemaView.write(schema, output)
        try output.finish()
        return .success
    }
}
