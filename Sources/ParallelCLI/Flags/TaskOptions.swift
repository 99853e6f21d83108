import ParallelAPI
import ParallelSystem

/// The options of a task, independent of its input. Files and standard input are read later.
struct TaskOptions: Sendable {
    var processor = "base"
    /// Whether a processor was given, so that the default doesn't apply.
    var choosesProcessor = false
    var shape = ShapeOptions()
    var inputSchema: InputSource?
    var mcpNames: [String] = []
    var mcpConfigFile: String?
    var trustsProject = false
    /// The accounts whose logins are used at MCP servers.
    var accounts = LoginAccounts()
    /// Whether MCP servers are looked at before a run is created.
    var checksServers = true
    /// Whether a run is only wanted with all of its MCP servers.
    var requiresServers = false
    var sources = SourceOptions()
    var dataSources = DataSources()
    var metadata: Metadata = []
    var webhookURL: String?
    /// Whether `--events` or `--no-events` was given; nil if neither was.
    var events: Bool?
    var previousInteractionID: String?
    var memoryScopeKey: String?
    var betas: [String] = []

    /// Which events are shown while waiting for the run: by default tool calls, if there are MCP servers.
    ///
    /// Only recorded events can be shown, so this also decides whether the API is asked to record them.
    var shownEvents: ShownEvents {
        switch events {
        case true?: .all
        case false?: .none
        case nil: mcpNames.isEmpty && mcpConfigFile == nil ? .none : .toolCalls
        }
    }

    /// Which events are shown on a terminal: also, without a line of their own, those of a processor that records them
    /// without being asked.
    var shownEventsOnTerminal: ShownEvents {
        events == nil && Processor.recordsEvents(processor) ? .onProgressLine : shownEvents
    }

    /// Checks what must hold between flags.
    func check() throws(UsageError) {
        try shape.check()
        try accounts.check(hasServers: !mcpNames.isEmpty || mcpConfigFile != nil)
        try Self.checkRequirement(requiresServers, looks: checksServers, !mcpNames.isEmpty || mcpConfigFile != nil)
    }

    /// Throws if `--require-mcp` is given where servers are not looked at, or where there are none.
    static func checkRequirement(_ isGiven: Bool, looks: Bool, _ hasServers: Bool) throws(UsageError) {
        guard isGiven else { return }
        if !looks { throw UsageError("--require-mcp and --no-check exclude each other") }
        if !hasServers { throw UsageError("--require-mcp goes with --mcp or --mcp-config") }
    }

    /// Takes a processor that is large enough for a report, unless one was given.
    mutating func chooseForReport() {
        if !choosesProcessor, !Processor.writesReports(processor) { processor = Processor.forReports }
    }
}

extension TaskOptions {
    static let flags = [processorFlag] + otherFlags

    static let processorFlag = Flag<TaskOptions>(
        "processor", short: "p", value: FlagSpec.Value("NAME", completion: .words(Processor.known)),
        summary: "Processor to run the task on (default: base)",
        details: "From quick and cheap to deep: \(Processor.standard.joined(separator: ", ")); "
            + "each also as NAME-fast. 'help processors' tells their prices and times. The API decides about names "
            + "that this version does not know. PARALLEL_PROCESSOR sets another default."
    ) { options, text throws(InvalidValue) in
        options.processor = try FilledText.parse(text, called: "name")
        options.choosesProcessor = true
    }.asSetting()

    /// All flags but the processor's, so that a command may put its own flags between.
    static let otherFlags: [Flag<TaskOptions>] =
        [inputSchemaFlag] + ShapeFlags.all.map { $0.embedded(at: \.shape) } + mcpFlags
        + SourceFlags.withSetting.map { $0.embedded(at: \.sources) }
        + DataSourceFlags.all(of: "the run", limit: "Not with NAME-fast processors.")
        .map { $0.embedded(at: \.dataSources) } + contextFlags + [eventsFlag]

    private static let inputSchemaFlag = Flag<TaskOptions>(
        "input-schema", value: FlagSpec.Value("JSON", completion: .atFile),
        summary: "JSON Schema of the input: JSON, @FILE or -"
    ) { $0.inputSchema = InputSource($1) }

    static let mcpFlags: [Flag<TaskOptions>] = [
        Flag(
            "mcp", value: FlagSpec.Value("NAME", completion: .mcpServers), isRepeatable: true,
            summary: "Let the run call this MCP server (repeatable)",
            details:
                "A name from 'mcp list' or of the file of --mcp-config, at most 10. Its variables are expanded now, and its headers go to Parallel, "
                + "which calls the server."
        ) { $0.mcpNames.append($1) },
        Flag(
            "mcp-config", value: FlagSpec.Value("FILE", completion: .file),
            summary: "Let the run call every server of this mcpServers file",
            details: "Together with --mcp, which may name servers of the file: only those."
        ) { options, text throws(InvalidValue) in options.mcpConfigFile = try FileNameText.parse(text) },
        TrustFlag.trustProject.embedded(at: \.trustsProject),
        LoginAccounts.flag.embedded(at: \.accounts),
        Flag(
            "check", isOnByDefault: true, summary: "Look at the MCP servers before money is spent (default)",
            details:
                "At most 5 s for all of them, and not again within ten minutes. Tools that may destroy something are "
                + "named; a server that can't be used from here causes a warning. In 'mcp call' --no-check means "
                + "something else: there arguments are not compared with the tool's schema."
        ) { $0.checksServers = $1 },
        Flag(
            "require-mcp", summary: "Send nothing if an MCP server can't be used from here",
            details:
                "The exit code is 7 if it can't be reached, else 4; and 6 if a run has ended without it, as its "
                + "warnings say."
        ) { $0.requiresServers = $1 },
    ]

    private static let contextFlags: [Flag<TaskOptions>] = [
        MetadataFlag.flag(of: "run", details: "Keys have at most 16 characters, values 512.")
            .embedded(at: \.metadata),
        Flag(
            "webhook", value: FlagSpec.Value("URL"), summary: "Have the API call URL when the run ends"
        ) { options, text throws(InvalidValue) in
            if let problem = WebhookURL.problem(in: text) { throw InvalidValue(problem) }
            options.webhookURL = text
        },
        Flag(
            "previous-interaction-id", value: FlagSpec.Value("ID", completion: .ids(of: "run")),
            summary: "Continue an earlier run or interaction"
        ) { options, text throws(InvalidValue) in options.previousInteractionID = try FilledText.parse(text) },
        Flag(
            "memory-scope-key", value: FlagSpec.Value("KEY"), summary: "Use and update the memory kept under KEY"
        ) { options, text throws(InvalidValue) in options.memoryScopeKey = try FilledText.parse(text) },
        Flag(
            "beta", value: FlagSpec.Value("VALUE"), isRepeatable: true,
            summary: "Add VALUE to the parallel-beta header (repeatable)",
            details: "Values that other flags need are added automatically."
        ) { options, text throws(InvalidValue) in
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }) else {
                throw InvalidValue("'\(text)' is no single word")
            }
            options.betas.append(text)
        },
    ]

    private static let eventsFlag = Flag<TaskOptions>(
        "events", isOnByDefault: true, summary: "Record progress events and show them while waiting",
        details:
            "Each gets a line. Processors from pro upwards record them by default, and on a terminal the latest is shown. Recording can't be switched on later. With MCP servers, "
            + "events are recorded and tool calls shown unless --no-events is given."
    ) { $0.events = $1 }
}
