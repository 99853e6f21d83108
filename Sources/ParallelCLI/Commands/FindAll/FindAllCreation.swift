import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// The options of commands that create a FindAll run.
struct FindAllCreationOptions: Sendable {
    var enrichment = EnrichmentOptions()
    var stateFile: String?
    var doesNotWait = false
    var preview = PreviewOptions()
    var spending = SpendingOptions()
    var follow = FindAllFollowOptions()

    /// Those behind the flag `--state`, whose meaning the commands say themselves.
    static let flags: [Flag<FindAllCreationOptions>] =
        EnrichmentOptions.flags.map { $0.embedded(at: \.enrichment) }
        + [Flag("no-wait", summary: "Print the run id on standard output and exit") { $0.doesNotWait = $1 }]
        + PreviewFlags.withServers.map { $0.embedded(at: \.preview) }
        + SpendingFlags.all(of: "a run").map { $0.embedded(at: \.spending) }
        + FindAllFollowOptions.flags.map { $0.embedded(at: \.follow) }

    static func state(_ summary: String, details: String) -> Flag<FindAllCreationOptions> {
        Flag("state", value: FlagSpec.Value("FILE", completion: .file), summary: summary, details: details) {
            options, text throws(InvalidValue) in options.stateFile = try FileNameText.parse(text)
        }
    }
}

/// Creates a FindAll run, adds its enrichments, and waits for what it finds.
struct FindAllCreation {
    let options: FindAllCreationOptions
    let client: ParallelClient
    let output: Output
    let context: Context

    /// Returns what a run and its enrichments would be, and what they cost at most.
    private static func work(_ body: JSONObject, _ enrichments: [Enrichment]) -> (words: String, cost: Cost?) {
        let generator = body["generator"]?.string ?? ""
        let limit = body["match_limit"]?.int ?? 0
        return (
            "a run on \(generator) with \(FindAllCost.extent(generator, limit))\(enrichments.terms)",
            FindAllGenerator.cost(generator, matches: limit, processors: enrichments.map(\.processor))
        )
    }

    /// Returns the same as a sentence.
    static func terms(_ body: JSONObject, _ enrichments: [Enrichment]) -> String {
        let work = work(body, enrichments)
        return "it would be \(FindAllCost.estimate(work.words, work.cost))"
    }

    /// Prints the requests that would be sent.
    func show(_ body: JSONObject, _ enrichments: [Enrichment]) async throws {
        let calls =
            [creation(body, terms: Self.terms(body, enrichments), cost: Self.work(body, enrichments).cost)]
            + enrichments.map { Self.addition(of: $0, to: "FINDALL_ID", context) }
        for (index, call) in calls.enumerated() {
            _ = try await call.isShown(options.preview, client, output, context, isLast: index == calls.count - 1)
        }
    }

    /// - Parameter cost: what it costs with its enrichments, which are added to the run later.
    private func creation(_ body: JSONObject, terms: String = "", cost: Cost? = nil) -> APICall {
        APICall(
            endpoint: .createFindAll, body: .object(body), maskedBody: WebhookTarget.masked(body), terms: terms,
            status: "creating the run", cost: cost, effect: .creating("FindAll run"),
            created: { [resume, context] id in
                ["FindAll run \(id.text) exists all the same"] + resume.hints(for: [id.text], context)
            })
    }

    /// Returns the call that adds an enrichment to a run.
    static func addition(of enrichment: Enrichment, to id: String, terms: String = "", _ context: Context) -> APICall {
        let schema = context.command(["findall", "schema", id])
        return APICall(
            endpoint: .findAll(id, "enrich", changes: true), body: enrichment.json(.revealed),
            maskedBody: enrichment.json(.masked), terms: terms, status: "adding the enrichment",
            effect: Effect(
                work: "the enrichment was being added",
                uncertain: [
                    "it may have been added all the same; it was not sent again, since it would cost money twice",
                    "see what the run has with: \(command: schema)",
                ],
                nothing: "it was not added"))
    }

    private var resume: ResumeCommand { options.follow.resume(output.options) }

    /// Creates the run if its cost is approved, and does what follows. The state, if there is one, is saved before and
    /// after the creation.
    func run(
        _ body: JSONObject, _ enrichments: [Enrichment], state: FindAllState?, title: String?
    ) async throws -> ExitCode {
        let work = Self.work(body, enrichments)
        try await FindAllCost.approve(
            work.words, work.cost, options.spending, remedy: "a smaller --match-limit or --generator costs less",
            nothing: "no run was created", output, context)
        for enrichment in enrichments {
            try await TaskRequest(task: enrichment.task, output: output, context: context)
                .check(enrichment.servers, within: options.follow.wait.timeout)
        }
        try state?.saving(creatingSince: context.now())
        let answer: JSONValue
        var outcome: CreationOutcome?
        do {
            answer = try await creation(body, cost: work.cost).send(client, output, context) { outcome = $0 }
        } catch {
            state?.settle(outcome)
            throw error
        }
        guard let run = FindAllRun(answer) else {
            throw ErrorReport(
                .unexpected, "the API accepted the run but its answer has no findall_id",
                hints: ["a FindAll run may exist all the same; it was not sent again"])
        }
        output.note("FindAll run \(run.id) created")
        let elapsed = context.clock.stopwatch()
        try resume.guarding([run.id], context) { try state?.saving(created: run.id) }
        guard !Task.isCancelled else { throw interrupted(run.id) }
        for (index, enrichment) in enrichments.enumerated() {
            try await add(enrichment, to: run.id, missing: enrichments.count - index)
        }
        if options.doesNotWait {
            try resume.guarding([run.id], context) {
                if output.format.isJSON {
                    try output.write(document: run.json)
                } else {
                    try output.write(networkText: run.id)
                }
                try output.finish()
            }
            return .success
        }
        let following = FindAllFollowing(options: options.follow, client: client, output: output, context: context)
        try await following.conclude(
            run.id, within: options.follow.wait.rest(after: elapsed()), isKnown: true, title: title)
        return .success
    }

    private func interrupted(_ id: String) -> Interrupted {
        Interrupted("interrupted; FindAll run \(id) continues", hints: resume.hints(for: [id], context), context)
    }

    /// Adds an enrichment to the new run. An error says that the run exists, and how to go on.
    private func add(_ enrichment: Enrichment, to id: String, missing: Int) async throws {
        do {
            var call = Self.addition(of: enrichment, to: id, context)
            // It is in the cost of the run.
            call.cost = Cost(thousandths: 0)
            _ = try await call.send(client, output, context)
        } catch {
            let word = context.maskedWord(id)
            let words = options.enrichment.words
            let flags = words.isEmpty ? [] : words + options.enrichment.serverWords + options.follow.connection.words
            let again = context.command(["findall", "enrich", word], flags: flags, isUnfinished: words.isEmpty)
            throw ErrorReport.adding(
                [
                    "FindAll run \(id) exists and goes on; \(counted(missing, "enrichment")) may be missing",
                    "add one with: \(command: again)",
                ] + resume.hints(for: [id], context), to: error, context)
        }
    }
}
