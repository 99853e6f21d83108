import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel monitor update`: changes a monitor.
struct MonitorUpdateCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var query: InputSource?
        var monitor = MonitorOptions()
        var cleared: [String] = []
        var spending = SpendingOptions()
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        /// What can be taken away.
        private static let clearable = ["webhook", "metadata", "sources"]

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "query", value: FlagSpec.Value("TEXT", completion: .atFile),
                    summary: "Other words for what to look for",
                    details: "For small changes of the wording. For another question, make another monitor."
                ) { $0.query = InputSource($1) },
                Flag(
                    "clear", value: FlagSpec.Value("WHAT", completion: .words(clearable)), isRepeatable: true,
                    summary: "Take away webhook, metadata or sources (repeatable)",
                    details: "With the sources, the location, too."
                ) { options, text throws(InvalidValue) in
                    guard clearable.contains(where: text.isExactly) else {
                        throw ChoiceText.unknown(text, among: clearable)
                    }
                    options.cleared.append(text)
                },
            ] + MonitorOptions.flags(isNew: false).map { $0.embedded(at: \.monitor) }
            + SpendingFlags.all(of: "a monitor").map { $0.embedded(at: \.spending) }
            + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }

        mutating func check(_ words: [String]) throws(UsageError) {
            id = try ResourceID.checked(words[0], is: .monitor, in: "MONITOR")
            try preview.check(&output)
            try monitor.check()
            for (isSet, flag, name) in [
                (monitor.webhook.url != nil, "--webhook", "webhook"),
                (!monitor.metadata.isEmpty, "--metadata", "metadata"),
                (
                    monitor.advancedSettings != nil, "--include-domain, --exclude-domain and --location",
                    "sources"
                ),
            ] where isSet && cleared.contains(name) {
                throw UsageError("\(flag) and --clear \(name) exclude each other")
            }
            if query == nil, cleared.isEmpty, monitor.body.isEmpty, monitor.advancedSettings == nil {
                throw UsageError("nothing to change", hint: "say what, such as --frequency 6h")
            }
        }
    }

    static let name = "monitor update"

    static var command: Command {
        Command(
            summary: "Change a monitor",
            description: """
                Changes what is given and leaves the rest as it is. Where frequency or processor change, what the \
                monitor costs from now on is told before. Of a cancelled monitor only the metadata can be changed.
                """,
            usesNetwork: true,
            positionals: [MonitorGetCommand.positional],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel monitor update monitor_9907962f83aa4d9d98fd7f4bf745d654 -f 6h", "Look more often"),
                .init(
                    "parallel monitor update monitor_9907962f83aa4d9d98fd7f4bf745d654 --clear webhook",
                    "Call no webhook any more"),
            ],
            check: { options, words throws(UsageError) in try options.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        options.monitor.webhook.hideSecrets(context)
        let body = body(try settings())
        var call = APICall(
            endpoint: .monitor(options.id, "update", method: .post), body: .object(body),
            maskedBody: WebhookTarget.masked(body), terms: "the monitor would be changed",
            status: "changing the monitor")
        if try await call.isShown(options.preview, client, output, context) { return .success }
        call.cost = try await approve(client)
        try MonitorView(output: output).write(try await call.send(client, output, context))
        try output.finish()
        return .success
    }

    /// Tells or asks what the monitor costs a month from now on, where that changes, and returns it.
    private func approve(_ client: ParallelClient) async throws -> Cost? {
        guard options.monitor.frequency != nil || options.monitor.processor != nil else { return nil }
        let now = try await client.answer(to: .monitor(options.id))
        let frequency = options.monitor.frequency ?? now["frequency"]?.string.flatMap { MonitorFrequency($0) }
        let processor = options.monitor.processor ?? now["processor"]?.string ?? MonitorProcessor.usual
        let cost = frequency.flatMap { MonitorProcessor.monthlyCost($0, on: processor) }
        let terms =
            "monitor \(options.id), \(counted(frequency?.executionsPerMonth ?? 0, "execution")) a month on \(processor): "
            + "about \(cost?.text ?? "an unknown price") a month"
        let spending = Spending(
            options: options.spending, output: output, context: context, nothing: "nothing was changed")
        try spending.checkMaximum(terms, cost, unpriced: "'\(processor)'")
        try await spending.approve(terms, cost)
        return cost
    }

    private func settings() throws -> JSONObject {
        var settings = JSONObject()
        if let source = options.query {
            let query = try SourceText(context: context).text(of: source, for: "--query")
            if query.isBlank { throw UsageError("--query is empty; say what to look for") }
            settings["query"] = .string(query)
        }
        settings["advanced_settings"] = options.monitor.advancedSettings
        if options.cleared.contains("sources") { settings["advanced_settings"] = .some(.null) }
        return settings
    }

    private func body(_ settings: JSONObject) -> JSONObject {
        var body = options.monitor.body
        for name in options.cleared where name != "sources" { body[name] = .some(.null) }
        if !settings.isEmpty {
            body["type"] = "event_stream"
            body["settings"] = .object(settings)
        }
        return body
    }
}
