import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel monitor create`: has the API ask a question again and again.
struct MonitorCreateCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var query: InputSource?
        var runID: String?
        var monitor = MonitorOptions()
        var shape = ShapeOptions()
        var includesBackfill = false
        var memoryScopeKey: String?
        var waits = false
        var wait = WaitOptions()
        var preview = PreviewOptions()
        var spending = SpendingOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "task-run", value: FlagSpec.Value("RUN_ID", completion: .ids(of: "run")),
                    summary: "Watch the output of this run instead of a query",
                    details: "A snapshot: the run's question is asked again, and an event tells what has changed."
                ) { options, text throws(InvalidValue) in options.runID = try FilledText.parse(text) }
            ] + MonitorOptions.flags(isNew: true).map { $0.embedded(at: \.monitor) }
            + ShapeFlags.all.filter { !["output-text", "output-auto"].contains($0.spec.name) }.map {
                $0.embedded(at: \.shape)
            } + [
                Flag("backfill", summary: "Also report some of what happened before") { $0.includesBackfill = $1 },
                Flag(
                    "memory-scope-key", value: FlagSpec.Value("KEY"),
                    summary: "Use and update the memory kept under KEY"
                ) { options, text throws(InvalidValue) in options.memoryScopeKey = try FilledText.parse(text) },
                Flag("wait", summary: "Wait for the first execution, and print its events") { $0.waits = $1 },
            ] + WaitFlags.all.map { $0.embedded(at: \.wait) }
            + SpendingFlags.all(of: "a monitor").map { $0.embedded(at: \.spending) }
            + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }

        mutating func check(_ words: [String]) throws(UsageError) {
            query = words.first.map { InputSource($0) }
            try preview.check(&output)
            try monitor.check()
            try shape.check()
            if let runID {
                _ = try ResourceID.checked(runID, is: .run, in: "--task-run")
                let extra = [
                    (query != nil, "QUERY"), (includesBackfill, "--backfill"), (!shape.isEmpty, "--field"),
                    (monitor.advancedSettings != nil, "--include-domain, --exclude-domain and --location"),
                ].first { $0.0 }
                if let extra { throw UsageError("--task-run and \(extra.1) exclude each other") }
            } else if query == nil {
                throw UsageError(
                    "missing QUERY",
                    hint: "say what to look for, or name a run whose output is to be watched: --task-run")
            }
            if waits, preview.sendsNothing { throw UsageError("--wait has nothing to wait for if nothing is sent") }
        }
    }

    static let name = "monitor create"

    static var command: Command {
        Command(
            summary: "Have the API look for something again and again",
            description: """
                Makes a monitor, which runs at once and then on its schedule until 'monitor cancel' ends it. Each \
                execution costs money; what a month costs is told before, and above --confirm-above it is asked about. \
                'monitor events' shows what was found. The monitor's id is printed on standard error as soon as it \
                exists.
                """,
            usesNetwork: true,
            positionals: [
                Positional("QUERY", .optional, completion: .atFile, summary: "what to look for: text, @FILE, or -")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel monitor create 'AI startup funding announcements'", "Once a day, for nine cents a month"),
                .init(
                    "parallel monitor create 'Recalls of electric cars' -f 6h --field 'maker=The maker' --include-domain nhtsa.gov",
                    "Four times a day, with fields"),
                .init(
                    "parallel monitor create --task-run trun_9907962f83aa4d9d98fd7f4bf745d654 -f 1w",
                    "Tell what has changed since a run"),
            ],
            check: { options, words throws(UsageError) in try options.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        options.monitor.webhook.hideSecrets(context)
        let frequency = options.monitor.frequency ?? MonitorFrequency("1d")
        let processor = options.monitor.processor ?? MonitorProcessor.usual
        let cost = frequency.flatMap { MonitorProcessor.monthlyCost($0, on: processor) }
        let executions = frequency?.executionsPerMonth ?? 0
        let terms =
            "\(counted(executions, "execution")) a month on \(processor): about \(cost?.text ?? "an unknown price") a month"
        let body = body(try settings())
        let call = APICall(
            endpoint: .monitors(.post), body: .object(body),
            maskedBody: WebhookTarget.masked(body), terms: "it would be \(terms)", status: "creating the monitor",
            effect: .creating("monitor"))
        if try await call.isShown(options.preview, client, output, context) { return .success }
        let spending = Spending(
            options: options.spending, output: output, context: context, nothing: "nothing was created")
        try spending.checkMaximum(terms, cost, unpriced: "'\(processor)'", remedy: "a lower --frequency costs less")
        try await spending.approve(terms, cost)
        let monitor = try await call.send(client, output, context)
        let list = context.command(["monitor", "list"], flags: options.connection.words)
        guard let id = monitor["monitor_id"]?.string, TaskRun.isTypable(id) else {
            let broken = UnexpectedAnswer(message: "the API made a monitor, and its answer has no monitor_id")
            throw ErrorReport.adding(["find it with: \(command: list)"], to: broken, context)
        }
        output.note("monitor \(id) created")
        if options.waits {
            return try await MonitorWait(id: id, client: client, options: options, output: output, context: context)
                .run(monitor)
        }
        do {
            if output.format.isJSON {
                try output.write(document: monitor)
            } else {
                try output.write(networkText: id)
            }
            try output.finish()
        } catch {
            // Of a closed pipe nothing else is said.
            output.noteIfQuiet("monitor \(id) created", context)
            throw error
        }
        return .success
    }

    private func settings() throws -> JSONObject {
        if let runID = options.runID { return ["task_run_id": .string(runID)] }
        let sources = SourceText(context: context)
        let query = try options.query.map { try sources.text(of: $0, for: "QUERY") } ?? ""
        if query.isBlank { throw UsageError("QUERY is empty; say what to look for") }
        var settings: JSONObject = ["query": .string(query)]
        if let schema = try TaskRequest.outputSchema(options.shape, sources) {
            guard schema["type"]?.string == "json" else {
                throw UsageError("--output-schema: a monitor takes a JSON Schema only")
            }
            settings["output_schema"] = schema
        }
        if options.includesBackfill { settings["include_backfill"] = true }
        settings["advanced_settings"] = options.monitor.advancedSettings
        return settings
    }

    private func body(_ settings: JSONObject) -> JSONObject {
        var body: JSONObject = ["type": options.runID == nil ? "event_stream" : "snapshot"]
        body["frequency"] = "1d"
        body["processor"] = .string(MonitorProcessor.usual)
        for member in options.monitor.body { body[member.key] = member.value }
        body["settings"] = .object(settings)
        if let key = options.memoryScopeKey { body["memory_scope_key"] = .string(key) }
        return body
    }
}
