import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel findall run`: finds all entities that fulfil conditions.
struct FindAllRunCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var objective = InputSource.literal("")
        var spec = FindAllSpecOptions()
        var creation = FindAllCreationOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            FindAllSpecOptions.flags.map { $0.embedded(at: \.spec) }
            + [
                Flag(
                    "enrich-suggested", summary: "Add the enrichments that the API suggests"
                ) { $0.creation.enrichment.takesSuggested = $1 },
                FindAllCreationOptions.state(
                    "Keep what 'findall refresh' needs in FILE",
                    details: "The run's id, metadata, webhook, enrichments and what is excluded; MCP servers as names, "
                        + "without a secret. The file is readable by you alone, and must not exist yet."
                ).embedded(at: \.creation),
            ] + FindAllCreationOptions.flags.map { $0.embedded(at: \.creation) }
            + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }
    }

    static let name = "findall run"

    static var command: Command {
        Command(
            summary: "Find all companies, people or other things that fulfil conditions",
            description: """
                Has the web searched for everything that an objective describes, checks each candidate against \
                conditions, and prints what matched, with a column for each condition and each field of --enrich. \
                The conditions are read from the objective and shown, unless --entity-type and --condition give \
                them. A run costs a fixed price and one for each match; what it costs at most is said before it is \
                created, and asked about above --confirm-above.

                The run's id is printed on standard error as soon as the run exists; if the wait ends early, \
                'findall result' resumes it. Creating a run costs money, so the request is never sent again if it \
                may have been accepted. 'findall entities' is quicker and cheaper, and verifies nothing.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "OBJECTIVE", .required, completion: .atFile,
                    summary: "what to find, in plain words: text, @FILE, or - for standard input")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel findall run 'AI startups that raised a Series A in 2026'",
                    "Find at most ten, for up to $0.55"),
                .init(
                    "parallel findall run 'Roofers in Charlotte' -n 20 --enrich 'phone=Phone number' -o roofers.csv",
                    "With a field for each match, into a file"),
                .init(
                    "parallel findall run 'Chip makers' --entity-type companies --condition 'fab=Owns a fab' --dry-run",
                    "With conditions of your own: what would be sent, and its price"),
                .init(
                    "parallel findall run 'YC companies in robotics' -g preview -n 5 --all-candidates",
                    "Try the conditions out for $0.10"),
            ],
            check: { options, words throws(UsageError) in
                options.objective = InputSource(words[0])
                try options.spec.check()
                try options.creation.enrichment.check()
                try options.creation.preview.check(&options.output)
                if options.spec.entityType != nil, options.creation.enrichment.takesSuggested {
                    throw UsageError(
                        "--enrich-suggested: with --entity-type the API is not asked, so it suggests nothing")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let isPrinted = options.creation.preview.sendsNothing
        let settings = try APIConnection.settings(options.creation.follow.connection, context, needsKey: !isPrinted)
        let client = APIConnection.client(settings, output, context)
        let objective = try SourceText(context: context).text(of: options.objective, for: "OBJECTIVE")
        if objective.isBlank { throw UsageError("OBJECTIVE: \(options.objective.name) is empty") }
        options.spec.webhook.hideSecrets(context)
        var enrichments: [Enrichment] = []
        if let enrichment = try await Enrichment.read(
            options.creation.enrichment, apiKey: settings.serverKey, sendsNothing: isPrinted, output, context)
        {
            enrichments.append(enrichment)
        }
        let excluded = try exclusions()
        let statePath = options.creation.stateFile.map(context.filePath)
        if let statePath, UserFile.exists(statePath) {
            let refresh = context.command(
                ["findall", "refresh"], flags: ["--state=\(options.creation.stateFile ?? "")"])
            throw UsageError(
                "--state: \(options.creation.stateFile ?? "") exists already",
                hint: "find what is new with: \(command: refresh)")
        }
        let creation = FindAllCreation(options: options.creation, client: client, output: output, context: context)
        let ingestion = APICall(
            endpoint: .ingest, body: ["objective": .string(objective)],
            terms: "the conditions would be read from the objective first; then "
                + FindAllCreation.terms(body(objective, [:], excluded), enrichments),
            status: "reading the objective")
        if options.spec.entityType == nil,
            try await ingestion.isShown(options.creation.preview, client, output, context)
        {
            return .success
        }
        let schema = options.spec.entityType == nil ? try await ingestion.send(client, output, context) : given
        if options.spec.entityType == nil { try tell(of: schema, &enrichments) }
        let body = body(objective, schema, excluded)
        if isPrinted {
            try await creation.show(body, enrichments)
            return .success
        }
        let state = statePath.map { FindAllState(path: $0, body, enrichments, known: excluded) }
        return try await creation.run(body, enrichments, state: state, title: objective)
    }

    /// The conditions of the command line, in the form of a schema.
    private var given: JSONValue {
        [
            "entity_type": .string(options.spec.entityType ?? ""),
            "match_conditions": .array(
                options.spec.conditions.map { ["name": .string($0.name), "description": .string($0.description)] }),
        ]
    }

    private func body(_ objective: String, _ schema: JSONValue, _ excluded: FindAllExclusions) -> JSONObject {
        var body: JSONObject = [
            "objective": .string(objective), "entity_type": schema["entity_type"] ?? .null,
            "match_conditions": schema["match_conditions"] ?? [],
            "generator": .string(options.spec.generator ?? FindAllGenerator.usual),
            "match_limit": .number(JSONNumber(options.spec.matchLimit ?? FindAllSpecOptions.usualMatchLimit)),
        ]
        if !excluded.entries.isEmpty { body["exclude_list"] = excluded.json }
        options.spec.complete(&body)
        return body
    }

    private func exclusions() throws -> FindAllExclusions {
        var excluded = FindAllExclusions()
        guard let source = options.spec.exclusions else { return excluded }
        try excluded.read(source, SourceText(context: context))
        try excluded.check("--exclude")
        if excluded.duplicates > 0 {
            output.note(
                "--exclude: \(counted(excluded.duplicates, "row")) left out, as what they name stood there before")
        }
        return excluded
    }

    /// Says what the API has read from the objective, and takes the enrichments that it suggests if they are wanted.
    private func tell(of schema: JSONValue, _ enrichments: inout [Enrichment]) throws {
        guard schema["entity_type"]?.string != nil, schema["match_conditions"]?.array?.isEmpty == false else {
            throw ErrorReport(
                .unexpected, "the API has found no conditions in the objective; no run was created",
                hints: ["say it in other words, or give --entity-type and --condition"])
        }
        for field in FindAllSchemaView.fields(of: schema)
        where field.name.begins(with: "condition ") || field.name == "entity_type" {
            output.note("\(output.secrets.shortened(field.name)): \(output.secrets.shortened(field.value))")
        }
        let suggested = (schema["enrichments"]?.array ?? []).compactMap { value -> Enrichment? in
            guard let schema = value["output_schema"], schema["json_schema"] != nil else { return nil }
            return Enrichment(processor: value["processor"]?.string ?? "core", schema: schema)
        }
        if options.creation.enrichment.takesSuggested {
            enrichments += suggested
        } else if !suggested.isEmpty {
            output.note("the API suggests \(counted(suggested.count, "enrichment")); --enrich-suggested adds it")
        }
    }
}
