import ParallelAPI
import ParallelModels
import ParallelOutput
import ParallelSystem

/// `parallel respond`: asks Parallel's own model, which researches the web for each answer.
struct RespondCommand: RunnableCommand {
    let options: AskOptions
    let output: Output
    let context: Context

    static let name = "respond"

    static var command: Command {
        Command(
            summary: "Ask for an answer that is researched on the web",
            description: """
                Asks Parallel's own model, which searches the web and may call tools of MCP servers and data sources \
                before it answers. The text is printed as it comes, with its sources and the calls below it on a \
                terminal; with --format jsonl each event of the answer, with --json the whole answer at once.

                The id of the response is printed on standard error as soon as there is one. An answer costs money, so \
                a question is never sent again if it may have been accepted. The exit code is 6 if there is no whole \
                answer, and 8 if one came but a call failed or a server gave no tools. It is the model of 'ask --with \
                parallel', and each goes on with the conversation of the other.
                """,
            usesNetwork: true,
            positionals: [
                Positional("PROMPT", .optional, completion: .atFile, summary: "the question: text, @FILE, or -")
            ],
            defaults: defaults, flags: flags,
            examples: [
                .init("parallel respond 'Which heat pump is the quietest?'", "Ask, with sources below the answer"),
                .init(
                    "parallel respond --effort low --include-domain who.int 'How many people have asthma?'",
                    "The cheapest, from one place"),
                .init(
                    "parallel respond --effort low 'The United Nations' --field 'founded:integer=Year of founding' | jq .founded",
                    "As JSON"),
                .init(
                    "parallel respond --mcp crm --allow-tool find 'Which accounts renew this month?'",
                    "A server of your own, of which one tool may be called"),
                .init("parallel respond --continue 'And the cheapest?'", "Go on with the conversation"),
            ],
            check: { options, words throws(UsageError) in try options.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        try await AskCommand(options: options, output: output, context: context).run()
    }

    private static var defaults: AskOptions {
        var options = AskOptions()
        options.provider = .parallel
        options.model = ModelProvider.parallel.facts.usualModel
        options.respond = RespondOptions()
        return options
    }

    private static let flags: [Flag<AskOptions>] =
        answerFlags + sourceFlags + AskOptions.serverFlags + turnFlags
        + SpendingFlags.all(of: "an answer").map { $0.embedded(at: \.further.spending) }
        + PreviewFlags.withServers.map { $0.embedded(at: \.preview) }
        + WaitFlags.ofAnswer().map { $0.embedded(at: \.wait) }
        + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
        + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }

    private static let answerFlags: [Flag<AskOptions>] =
        [
            Flag(
                "effort",
                value: FlagSpec.Value("LEVEL", completion: .words(AskOptions.Effort.allCases.map(\.rawValue))),
                summary: "How much is researched: low, medium (default) or high",
                details: "An answer costs $0.01 with low and comes within 10 s, $0.05 with medium (20 s), $0.25 with "
                    + "high (60 s)."
            ) { options, text throws(InvalidValue) in options.effort = try ChoiceText.parse(text) },
            Flag(
                "instructions", value: FlagSpec.Value("TEXT", completion: .atFile),
                summary: "Instructions for the model: text, @FILE or -",
                details: "At most 20,000 characters together with the question."
            ) { $0.system = InputSource($1) },
            Flag(
                "json-schema", value: FlagSpec.Value("JSON", completion: .atFile),
                summary: "JSON Schema of the answer: JSON, @FILE or -"
            ) { $0.respond?.shape.choose(.schema(InputSource($1)), by: "--json-schema") },
        ] + ShapeFlags.fields.map { $0.embedded(at: \.further.shape) }

    private static let sourceFlags: [Flag<AskOptions>] =
        [
            Flag(
                "web-search", summary: "Name the web search as a tool of the request",
                details: "The web is searched for every answer. --include-domain and --exclude-domain name the tool by "
                    + "themselves."
            ) { $0.respond?.namesSearch = $1 }
        ] + SourceFlags.domains(both: "Not together with --include-domain.").map { $0.embedded(at: \.further.sources) }
        + DataSourceFlags.all(of: "the model", limit: "Only with --effort medium or high.")
        .map { $0.embedded(at: \.further.dataSources) }

    private static let turnFlags: [Flag<AskOptions>] = [
        MetadataFlag.flag(of: "response", details: "At most 16 entries; keys have at most 64 characters, values 512.")
            .embedded(at: \.further.metadata),
        Flag(
            "continue", summary: "Go on from the last answer",
            details:
                "The last turn is kept on this machine, readable by you alone. Effort, instructions, domains, and MCP "
                + "servers with their tools and accounts are those of that turn unless others are given; data sources, "
                + "which may cost, and fields are not."
        ) { $0.continuesLast = $1 },
        AskOptions.continueFrom().formerly("previous-response-id"), AskOptions.stream,
    ]
}

extension AskOptions {
    /// The options of `respond`, for its flags.
    fileprivate var further: RespondOptions {
        get { respond ?? RespondOptions() }
        set { respond = newValue }
    }
}
