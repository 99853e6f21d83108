import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel findall refresh`: begins a run like an earlier one, for what that has not found.
struct FindAllRefreshCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id: String?
        var excludesAll = false
        /// Whether a run that may have been created before is left alone.
        var forgets = false
        var matchLimit: Int?
        var creation = FindAllCreationOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                FindAllCreationOptions.state(
                    "The file of 'findall run --state', brought up to date",
                    details:
                        "It has what the API does not tell of a run: metadata, webhook, enrichments and what earlier "
                        + "runs have found. If it is not there, it is made from what the API tells of FINDALL_ID."
                ).embedded(at: \.creation),
                Flag(
                    "match-limit", short: "n", value: FlagSpec.Value("N"),
                    summary: "Find at most N matches (default: as before)"
                ) { options, text throws(InvalidValue) in options.matchLimit = try NumberText.positive(text) },
                Flag(
                    "exclude-all", summary: "Exclude every candidate, not just the matches",
                    details: "What did not match the last time may match now, so it is looked at again otherwise."
                ) { $0.excludesAll = $1 },
                Flag(
                    "forget-unfinished", summary: "Go on although a run may have been created before",
                    details: "A program that ended while it created a run has left that open in FILE. To take that run "
                        + "up, give its id instead."
                ) { $0.forgets = $1 },
            ] + FindAllCreationOptions.flags.map { $0.embedded(at: \.creation) }
            + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }
    }

    static let name = "findall refresh"

    static var command: Command {
        Command(
            summary: "Find what is new since a FindAll run",
            description: """
                Begins a new run with the conditions, generator and limit of an earlier one, which must have ended. What \
                that has found is excluded, and so is what FILE knows of runs before it. Enrichments are added again as \
                FILE has them; MCP servers are looked up by their names. It costs what a run costs, which is said \
                before, and asked about above --confirm-above.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "FINDALL_ID", .optional, completion: .ids(of: "findall"),
                    summary: "the id of the earlier run, if FILE does not have it")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel findall refresh --state found.state", "What is new since the last time"),
                .init(
                    "parallel findall refresh findall_9907962f83aa4d9d98fd7f4bf745d654 --state new.state --no-wait",
                    "Begin with a run that kept no state"),
            ],
            check: { options, words throws(UsageError) in
                guard options.creation.stateFile != nil else {
                    throw UsageError("missing --state FILE", hint: "it keeps what is known for the next time")
                }
                if !words.isEmpty { options.id = try RunIDs.single(words, .findAll) }
                try options.creation.enrichment.check()
                try options.creation.preview.check(&options.output)
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let file = options.creation.stateFile ?? ""
        let path = context.filePath(file)
        let state = try FindAllState.read(path)
        guard let id = options.id ?? state?.runID else {
            throw UsageError(
                state == nil ? "--state: \(file) is not there, and no FINDALL_ID is given" : "\(file) has no run's id",
                hint: "give the id of the run whose search is to be repeated")
        }
        if let since = state?.creatingSince, options.id == nil, !options.forgets {
            throw UsageError(
                "\(file): a run was being created \(DurationText.brief(.seconds(max(0, context.now() - since)))) ago, "
                    + "and it is not known whether it exists",
                hint: "if its id was printed, give it as FINDALL_ID; --forget-unfinished begins another run")
        }
        let isPrinted = options.creation.preview.sendsNothing
        // The earlier run is looked at also for a request that is only shown.
        let settings = try APIConnection.settings(options.creation.follow.connection, context)
        let client = APIConnection.client(settings, output, context)
        let earlier = try await client.findAllResult(id)
        if earlier.run.isActive {
            let wait = context.command(["findall", "result", id], flags: options.creation.follow.connection.words)
            throw ErrorReport(
                .stillRunning, "FindAll run \(id) is still active; what it finds is not known yet",
                hints: ["wait for it with: \(command: wait)"])
        }
        let schema = try await client.answer(to: .findAll(id, "schema"))
        let known = try known(state, earlier, file)
        let enrichments = try await enrichments(state, schema, settings.serverKey, sendsNothing: isPrinted)
        let body = try body(schema, state, known)
        if let url = body["webhook"]?["url"]?.string {
            AddressMask.secrets(in: url).forEach(context.streams.secrets.hide)
        }
        let creation = FindAllCreation(options: options.creation, client: client, output: output, context: context)
        if isPrinted {
            try await creation.show(body, enrichments)
            return .success
        }
        var next = FindAllState(path: path, body, enrichments, known: known, after: state)
        next.goOn(from: id)
        return try await creation.run(body, enrichments, state: next, title: schema["objective"]?.string)
    }

    /// Returns what is excluded: what the state knows, and what the earlier run has found. Throws if it is too much.
    private func known(
        _ state: FindAllState?, _ earlier: FindAllResult, _ file: String
    ) throws -> FindAllExclusions {
        var known = FindAllExclusions()
        for (index, entity) in (state?.known ?? []).enumerated() {
            try known.add(entity, at: "--state: \(file), known entity \(index + 1)")
        }
        let before = known.entries.count
        for candidate in earlier.candidates where options.excludesAll || candidate.isMatched {
            if candidate.name.isBlank || candidate.url.isBlank {
                output.warn("a candidate without name or url can't be excluded: \(candidate.name)\(candidate.url)")
            } else {
                known.add(candidate.name, candidate.url)
            }
        }
        try known.check("--state")
        let twice = known.duplicates > 0 ? "; \(known.duplicates.grouped) known already" : ""
        output.note(
            "excluded: \(before.grouped) of \(file) and \((known.entries.count - before).grouped) of run "
                + "\(earlier.run.id)\(twice)")
        return known
    }

    private func body(
        _ schema: JSONValue, _ state: FindAllState?, _ known: FindAllExclusions
    ) throws -> JSONObject {
        var body = JSONObject()
        for name in ["objective", "entity_type", "match_conditions", "generator", "match_limit"] {
            if let value = schema[name], !value.isNull { body[name] = value }
        }
        if let limit = options.matchLimit { body["match_limit"] = .number(JSONNumber(limit)) }
        guard body.count == 5, let generator = body["generator"]?.string,
            let limit = FindAllGenerator.limit(in: .object(body))
        else {
            throw UnexpectedAnswer(message: "the API's schema of the run lacks a part")
        }
        if FindAllGenerator.all.contains(where: { $0.name == generator }) {
            try FindAllSpecOptions.check(limit, of: generator)
        }
        if !known.entries.isEmpty { body["exclude_list"] = known.json }
        for member in state?.request ?? [:] { body[member.key] = member.value }
        return body
    }

    /// Returns the enrichments of the state, or else of the schema, and those of the flags.
    private func enrichments(
        _ state: FindAllState?, _ schema: JSONValue, _ apiKey: Secret?, sendsNothing: Bool
    ) async throws -> [Enrichment] {
        var saved = state?.enrichments ?? []
        if state == nil {
            for enrichment in schema["enrichments"]?.array ?? [] {
                guard let shape = enrichment["output_schema"] else { continue }
                saved.append(Enrichment(processor: enrichment["processor"]?.string ?? "core", schema: shape))
                if enrichment["mcp_servers"]?.array?.isEmpty == false {
                    output.warn(
                        "the API does not tell the secrets of MCP servers, so an enrichment goes without its servers")
                }
            }
        }
        var enrichments: [Enrichment] = []
        for var enrichment in saved {
            // Trust is given anew by each command, and so is how servers are looked at.
            let given = options.creation.enrichment.task
            enrichment.task.trustsProject = given.trustsProject
            enrichment.task.checksServers = given.checksServers
            enrichment.task.requiresServers = given.requiresServers
            enrichments.append(
                try await enrichment.resolved(apiKey: apiKey, sendsNothing: sendsNothing, output, context))
        }
        if let new = try await Enrichment.read(
            options.creation.enrichment, apiKey: apiKey, sendsNothing: sendsNothing, output, context)
        {
            enrichments.append(new)
        }
        return enrichments
    }
}
