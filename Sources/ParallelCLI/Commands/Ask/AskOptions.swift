import ParallelAPI
import ParallelModels
import ParallelOutput
import ParallelSystem

/// The options of `ask`, as typed. Files and standard input are read later.
struct AskOptions: CommandOptions {
    /// Who allows calls of tools.
    enum Approval: String, CaseIterable { case all, ask }
    enum Effort: String, CaseIterable { case low, medium, high }

    /// The domains of the turn before, which `respond` goes on with and `ask` only keeps.
    var policy = SourcePolicy()
    var prompt: InputSource?
    var provider: ModelProvider?
    var model: String?
    var system: InputSource?
    var maximumTokens: Int?
    var effort: Effort?
    var mcpNames: [String] = []
    var mcpConfigFile: String?
    var trustsProject = false
    /// The accounts whose logins are used at the servers.
    var accounts = LoginAccounts()
    var checksServers = true
    var requiresServers = false
    /// The tools that the model may call, in place of those that the registry allows; empty for those.
    var allowedTools: [String] = []
    var approval: Approval?
    var continuesLast = false
    var continuesFrom: String?
    var beta: String?
    var waits = false
    var isStreamed = true
    var keyFile: String?
    /// What `respond` sends beside it; nil for `ask`.
    var respond: RespondOptions?
    var preview = PreviewOptions()
    var wait = WaitOptions()
    var connection = ConnectionOptions()
    var output = OutputOptions()

    /// Whether an earlier answer is continued.
    var continues: Bool { continuesLast || continuesFrom != nil }

    /// Checks what must hold between flags and words.
    mutating func check(_ words: [String]) throws(UsageError) {
        if let word = words.first { prompt = InputSource(word) }
        guard let provider else {
            throw UsageError(
                "missing --with",
                hint: "the provider: \(ModelProvider.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        try preview.check(&output)
        let title = provider.facts.title
        if model == nil, provider.facts.usualModel == nil, !continues {
            throw UsageError("missing --model", hint: "\(title) has no usual one here; name one of its models")
        }
        for (one, first, other, second) in [
            (continuesLast, "--continue", continuesFrom != nil, "--continue-from"),
            (preview.sendsNothing, preview.isDryRun ? "--dry-run" : "--curl", waits, "--wait"),
        ] where one && other {
            throw UsageError("\(first) and \(second) exclude each other")
        }
        let hasServers = !mcpNames.isEmpty || mcpConfigFile != nil || continues
        try accounts.check(hasServers: hasServers)
        if !allowedTools.isEmpty, !hasServers { throw UsageError("--allow-tool goes with --mcp or --mcp-config") }
        if approval == .ask, !provider.canAskForApproval {
            throw UsageError("--approve ask: \(title) asks nobody before it calls a tool")
        }
        if beta != nil, provider != .anthropic { throw UsageError("--beta goes with --with anthropic") }
        if effort != nil, !provider.takesEffort { throw UsageError("--effort: \(title) has no such setting here") }
        try TaskOptions.checkRequirement(requiresServers, looks: checksServers, hasServers)
        try respond?.check(effort)
        if connection.keyFile != nil, provider != .parallel, !hasServers {
            throw UsageError(
                "--api-key-file has Parallel's key, and nothing here uses it", hint: "--key-file has that of \(title)")
        }
        if let format = (try? output.settledFormat()) ?? output.format, format.isDelimited {
            throw UsageError("a model's answer can't be printed as \(format.rawValue)")
        }
    }

    /// Takes over from an earlier turn what is not given now. Tools and accounts belong to its servers.
    mutating func goOn(from last: LastTurn) {
        model = model ?? last.model
        approval = approval ?? (respond == nil ? last.approval : nil)
        effort = effort ?? last.effort
        policy = last.policy
        if respond?.sources.policy.isEmpty == true, respond?.namesSearch != false {
            respond?.sources.policy = last.policy
        }
        guard mcpNames.isEmpty, mcpConfigFile == nil else { return }
        (mcpNames, mcpConfigFile) = (last.servers, last.configFile)
        if accounts.isEmpty { accounts = LoginAccounts(last.accounts) }
        if allowedTools.isEmpty { allowedTools = last.allowedTools }
    }

    static let flags: [Flag<AskOptions>] =
        [
            Flag(
                "with",
                value: FlagSpec.Value("PROVIDER", completion: .words(ModelProvider.allCases.map(\.rawValue))),
                summary: "Whose model: openai, anthropic, parallel, gemini or xai",
                details: "xAI's interface is taken to be OpenAI's, which is a preview."
            ) { options, text throws(InvalidValue) in options.provider = try ChoiceText.parse(text) },
            Flag(
                "model", short: "m", value: FlagSpec.Value("NAME"), summary: "The model to ask",
                details: "By default gpt-6-astra, claude-sonnet-5 or parallel; Gemini and xAI need one."
            ) { options, text throws(InvalidValue) in options.model = try FilledText.parse(text, called: "name") },
        ] + serverFlags + [
            Flag(
                "approve", value: FlagSpec.Value("WHO", completion: .words(Approval.allCases.map(\.rawValue))),
                summary: "Allow all calls, or ask before each (default: all)",
                details:
                    "With ask, each call is shown and a person allows or refuses it; without a terminal nothing is "
                    + "sent, and the exit code is 4. Only OpenAI's models can ask."
            ) { options, text throws(InvalidValue) in options.approval = try ChoiceText.parse(text) },
            Flag(
                "system", value: FlagSpec.Value("TEXT", completion: .atFile),
                summary: "Instructions for the model: text, @FILE or -"
            ) { $0.system = InputSource($1) },
            Flag(
                "max-tokens", value: FlagSpec.Value("N"), summary: "At most N tokens of answer",
                details: "Anthropic gets 8000 without it. Parallel ignores it."
            ) { options, text throws(InvalidValue) in options.maximumTokens = try NumberText.positive(text) },
            Flag(
                "effort", value: FlagSpec.Value("LEVEL", completion: .words(Effort.allCases.map(\.rawValue))),
                summary: "How much the model thinks: low, medium or high",
                details: "With Parallel it sets the price of an answer: $0.01, $0.05 (medium, the default) or $0.25."
            ) { options, text throws(InvalidValue) in options.effort = try ChoiceText.parse(text) },
            Flag(
                "continue", summary: "Go on from the last answer of this provider",
                details:
                    "The last turn is kept on this machine, readable by you alone. Model, instructions, MCP servers, "
                    + "their tools and accounts and who allows calls are those of that turn unless others are given."
            ) { $0.continuesLast = $1 },
            continueFrom("Anthropic keeps no answers, so of its only the last can be named."),
            Flag(
                "beta", value: FlagSpec.Value("VALUE", completion: .words(ModelRequest.betas)),
                summary: "Use this revision of Anthropic's MCP connector",
                details: "By default \(ModelRequest.betas[0])."
            ) { options, text throws(InvalidValue) in
                guard ModelRequest.betas.contains(text) else {
                    throw InvalidValue("'\(text)' is none of \(ModelRequest.betas.joined(separator: ", "))")
                }
                options.beta = text
            },
            Flag(
                "wait", summary: "Wait for a task the model starts; hand its result back",
                details:
                    "When a call of Parallel's Task MCP has started a run or a group, it is followed to its end, and "
                    + "its result is the next turn. That turn costs, too."
            ) { $0.waits = $1 },
            stream,
            Flag(
                "key-file", value: FlagSpec.Value("FILE", completion: .file, takesStandardInput: true),
                summary: "Read the provider's key from FILE; - is standard input",
                details:
                    "Otherwise it is in OPENAI_API_KEY, ANTHROPIC_API_KEY, PARALLEL_API_KEY, GEMINI_API_KEY (or "
                    + "GOOGLE_API_KEY) or XAI_API_KEY. A file that others can read is refused. --api-key-file has "
                    + "Parallel's key, which Parallel's model and MCP servers use."
            ) { options, text throws(InvalidValue) in options.keyFile = try FileNameText.parse(text) },
        ] + PreviewFlags.ofModels.map { $0.embedded(at: \.preview) }
        + WaitFlags.ofAnswer("For each answer, and for a task of --wait. ").map { $0.embedded(at: \.wait) }
        + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
        + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }

    /// The flags about MCP servers.
    static let serverFlags: [Flag<AskOptions>] = [
        Flag(
            "mcp", value: FlagSpec.Value("NAME", completion: .mcpServers), isRepeatable: true,
            summary: "Let the model use this MCP server (repeatable)",
            details:
                "A name from 'mcp list', Parallel's own included, or of the file of --mcp-config. Its variables are "
                + "expanded now, and URL and headers go to the provider, which calls the server."
        ) { $0.mcpNames.append($1) },
        Flag(
            "mcp-config", value: FlagSpec.Value("FILE", completion: .file),
            summary: "Let the model use every server of this mcpServers file"
        ) { options, text throws(InvalidValue) in options.mcpConfigFile = try FileNameText.parse(text) },
        TrustFlag.trustProject.embedded(at: \.trustsProject),
        LoginAccounts.flag.embedded(at: \.accounts),
        Flag(
            "check", isOnByDefault: true, summary: "Look at the MCP servers before money is spent (default)",
            details: "Tools that may destroy something are named. Parallel's own servers are never looked at."
        ) { $0.checksServers = $1 },
        Flag(
            "require-mcp", summary: "Send nothing if an MCP server can't be used from here",
            details:
                "The exit code is 7 if it can't be reached, else 4; and 6 if the answer came without its tools."
        ) { $0.requiresServers = $1 },
        Flag(
            "allow-tool", value: FlagSpec.Value("TOOL"), isRepeatable: true,
            summary: "Let the model call no other tool (repeatable)",
            details: "In place of the tools that the registry allows, and for each of the servers."
        ) { options, text throws(InvalidValue) in
            options.allowedTools.append(try FilledText.parse(text, called: "name"))
        },
    ]

    static func continueFrom(_ details: String = "") -> Flag<AskOptions> {
        Flag(
            "continue-from", value: FlagSpec.Value("ID"), summary: "Go on from the answer with this id",
            details: details
        ) { options, text throws(InvalidValue) in options.continuesFrom = try FilledText.parse(text) }
    }

    static let stream = Flag<AskOptions>(
        "stream", isOnByDefault: true, summary: "Show the answer as it comes (default)"
    ) {
        $0.isStreamed = $1
    }
}
