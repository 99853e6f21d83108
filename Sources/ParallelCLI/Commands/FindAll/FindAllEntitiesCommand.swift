import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel findall entities`: lists companies or people at once, without verifying them.
struct FindAllEntitiesCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var type = ""
        var objective = InputSource.literal("")
        var limit = 100
        var preview = PreviewOptions()
        var spending = SpendingOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "limit", short: "n", value: FlagSpec.Value("N"), summary: "List at most N, 5 to 1000 (default: 100)"
                ) { options, text throws(InvalidValue) in
                    options.limit = try NumberText.positive(text)
                    guard FindAllGenerator.limits.contains(options.limit) else {
                        throw InvalidValue("'\(text)' is not between 5 and 1000")
                    }
                }.formerly("match-limit")
            ] + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + SpendingFlags.all(of: "a search").map { $0.embedded(at: \.spending) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "findall entities"
    private static let types = ["companies", "people"]

    static var command: Command {
        Command(
            summary: "List companies or people at once, ranked but not verified",
            description: """
                Answers within seconds with companies or people that an objective describes, the best first. Nothing \
                is verified, and no conditions are checked: that is what 'findall run' does. A search costs about \
                $0.005 with up to 100 results, and $0.05 with 1,000.
                """,
            usesNetwork: true,
            positionals: [
                Positional("KIND", .required, completion: .words(types), summary: "companies or people"),
                Positional(
                    "OBJECTIVE", .required, completion: .atFile,
                    summary: "what to find, in plain words: text, @FILE, or - for standard input"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel findall entities companies 'AI startups in San Francisco' -n 20", "Twenty companies"),
                .init(
                    "parallel findall entities people 'Product managers at AI startups' --json | jq -r '.entities[].name'",
                    "The names of people"),
            ],
            check: { options, words throws(UsageError) in
                guard types.contains(where: words[0].isExactly) else {
                    let error = ChoiceText.unknown(words[0], among: types)
                    throw UsageError("KIND: \(error.reason)", hint: error.hint)
                }
                options.type = words[0]
                options.objective = InputSource(words[1])
                try options.preview.check(&options.output)
            }, runs: Self.self)
    }

    /// $5 for 1,000 searches with 100 results, and $0.05 for 1,000 further results.
    private var cost: Cost { Cost(thousandths: 5 + (max(0, options.limit - 100) + 19) / 20) }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let objective = try SourceText(context: context).text(of: options.objective, for: "OBJECTIVE")
        if objective.isBlank { throw UsageError("OBJECTIVE: \(options.objective.name) is empty") }
        let work = "a search for up to \(options.limit.grouped) \(options.type)"
        let call = APICall(
            endpoint: .entitySearch,
            body: [
                "entity_type": .string(options.type), "objective": .string(objective),
                "match_limit": .number(JSONNumber(options.limit)),
            ], terms: "it would be \(FindAllCost.estimate(work, cost))", status: "searching",
            effect: Effect(
                work: "the search was under way",
                uncertain: ["it may cost all the same; it was not sent again"], nothing: "nothing was searched"))
        if try await call.isShown(options.preview, client, output, context) { return .success }
        try await FindAllCost.approve(
            work, cost, options.spending, remedy: "a smaller --limit costs less", nothing: "nothing was searched",
            output,
            context)
        let answer = try await call.send(client, output, context)
        guard let entities = answer["entities"]?.array else {
            throw UnexpectedAnswer(message: "the API's answer has no entities")
        }
        if output.format.isJSON {
            try output.write(document: answer)
        } else {
            let rows = entities.map { entity in
                ["name", "url", "description"].map { entity[$0]?.string ?? "" }
            }
            if entities.isEmpty { output.note("nothing was found") }
            try output.write(
                table: Document.Table(headings: ["name", "url", "description"], rows: rows, kinds: [.text, .url]))
        }
        try output.finish()
        return .success
    }
}
