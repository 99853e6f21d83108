import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelModels
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel ask`: asks a model that can use MCP servers, and shows its calls of tools.
struct AskCommand: RunnableCommand {
    let options: AskOptions
    let output: Output
    let context: Context

    static let name = "ask"

    static var command: Command {
        Command(
            summary: "Ask a model that can use MCP servers",
            description: """
                Sends a question to a model of OpenAI, Anthropic, Gemini, xAI or Parallel, which may call tools of the \
                MCP servers named. Its text is printed as it comes, and below it the calls. The servers are called by \
                the provider, with the headers that the registry has for them. An answer costs money, so a request is \
                never sent again if it may have been accepted.

                OPENAI_BASE_URL, ANTHROPIC_BASE_URL, GOOGLE_GEMINI_BASE_URL and XAI_BASE_URL name other addresses; a \
                key goes to its own provider's address only. The exit code is 8 if an answer came but a call failed, a \
                server gave no tools, or the answer is cut, and 6 if the provider has failed to answer.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "PROMPT", .optional, completion: .atFile,
                    summary: "the question: text, @FILE, or - for standard input")
            ],
            defaults: AskOptions(), flags: AskOptions.flags,
            examples: [
                .init(
                    "parallel ask --with openai --mcp parallel-search 'Who makes heat pumps in Norway?'",
                    "A model that searches the web"),
                .init(
                    "parallel ask --with anthropic --mcp parallel-task --wait 'Research the HVAC market'",
                    "Start research, wait for it, and let the model use it"),
                .init(
                    "parallel ask --with openai --mcp crm --allow-tool find 'Which accounts renew this month?'",
                    "A server of your own, of which one tool may be called"),
                .init("parallel ask --with openai --continue 'And in Sweden?'", "Go on with the conversation"),
                .init(
                    "parallel ask --with anthropic --mcp crm --dry-run @question.txt",
                    "See what would be sent"),
            ],
            check: { options, words throws(UsageError) in try options.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        var options = options
        guard let provider = options.provider else { return .usage }
        let facts = provider.facts
        let prompt = PromptSource(given: options.prompt, context: context)
        try prompt.check()
        let address = try provider.address(context)
        // A tool may repeat any key that the program behind it can see.
        for name in ModelProvider.allCases.flatMap(\.facts.keyVariables) {
            context.environment[name].map(context.streams.secrets.hide)
        }
        let key = try key(of: provider)
        let turns = LastTurn.File(provider, at: address, context)
        let last = options.continues ? try turns.read(from: options.continuesFrom) : nil
        if let last {
            options.goOn(from: last)
            try options.respond?.check(options.effort)
            if options.respond == nil, !last.policy.isEmpty {
                output.warn(
                    "the turn before was limited to some domains; this one is not, as 'respond --continue' would be")
            }
        }
        guard let model = options.model ?? facts.usualModel else {
            throw UsageError("missing --model", hint: "the id alone doesn't tell which model it was")
        }
        let question = try await prompt.read()
        var request = try options.request(to: provider, model: model, asking: question, output, context)
        request.system = request.system ?? last?.system
        request.previousID = last?.id
        request.messages = last?.messages ?? []
        request.isStreamed = options.isStreamed && output.format != .json
        let file = options.mcpConfigFile.map(context.filePath)
        let servers = try await servers(of: options, in: file)
        request.servers = servers.allowed
        try options.respond?.complete(&request, SourceText(context: context))
        try request.check(isLocal: address.isLoopback)
        let client = ModelClient(
            provider, at: address, key: key, transport: APIConnection.transport(output, context),
            hiding: context.streams.secrets)
        if options.preview.sendsNothing { return try show(request, client) }
        if request.asksForApproval, !request.servers.isEmpty, !context.terminal.canPrompt {
            throw ErrorReport(
                .refused, "--approve ask: nobody can be asked without a terminal; nothing was sent",
                hints: ["--approve all allows every call; --allow-tool names the tools that may be called"])
        }
        if let respond = options.respond {
            try await Spending(options: respond.spending, output: output, context: context).approveOne(
                of: "an answer costs \(Conversation.price(of: request) ?? "")",
                respond.dataSources.paid.isEmpty ? Conversation.cost(of: request) : nil, unpriced: "paid data sources")
        }
        if options.checksServers {
            try await ServerPreflight(
                isRequired: options.requiresServers, caller: facts.title,
                work: options.approval == .ask ? nil : "the model", allowedTools: options.allowedTools,
                remembers: false, timeout: nil, output: output, context: context
            ).look(at: request.servers)
        }
        var conversation = Conversation(
            request: request, client: client, servers: servers.resolved, configFile: file, turns: turns,
            options: options, output: output, context: context)
        return try await conversation.run()
    }

    /// Prints the request instead of sending it.
    private func show(_ request: ModelRequest, _ client: ModelClient) throws -> ExitCode {
        let http = client.request(request)
        if options.preview.isDryRun {
            output.note(
                "nothing is sent; \(Conversation.price(of: request).map { "an answer costs \($0)" } ?? "an answer costs what the provider charges")"
            )
            Destination.tell(of: http, output, context)
            try RequestPreview.printJSON(http, body: request.json(.masked), output)
        } else {
            try RequestPreview.printCurl(
                http, body: request.json(.masked), servers: request.servers,
                keyField: request.provider.keyField(context), output)
        }
        try output.finish()
        return .success
    }

    // MARK: - Keys and servers

    /// Returns the provider's key, which is not needed for a request that is only shown.
    private func key(of provider: ModelProvider) throws -> Secret? {
        if provider == .parallel, options.keyFile == nil {
            return try APIConnection.settings(options.connection, context, needsKey: !options.preview.sendsNothing)
                .apiKey
        }
        let key = try APIConnection.readingKey(options.keyFile, of: "--key-file", context) { file in
            try Settings.key(of: provider.facts.keyVariables, environment: context.environment, keyFile: file) {
                try context.streams.readAll(upTo: UserFile.secretLimit)
            }
        }
        if let key { context.streams.secrets.hide(key.reveal()) }
        let variable = provider.facts.keyVariables.first { context.environment[$0]?.isEmpty == false }
        let origin = options.keyFile.map(SettingOrigin.file) ?? variable.map(SettingOrigin.variable)
        context.keyOrigin.withLock { $0 = origin }
        guard key != nil || options.preview.sendsNothing else {
            throw ErrorReport(
                .notAuthenticated, "no key for \(provider.facts.title) is set",
                hints: [
                    Hint("set one: export \(provider.facts.keyVariables[0])=…"),
                    "or put it in a file only you can read: --key-file FILE",
                ])
        }
        return key
    }

    /// Returns the servers as the request names them, and, unless it is only shown, those that they were made from.
    private func servers(
        of options: AskOptions, in file: String?
    ) async throws -> (allowed: [MCPServer], resolved: [ResolvedServer]) {
        let (names, accounts) = (options.mcpNames, options.accounts)
        let hasServers = !names.isEmpty || file != nil
        try accounts.check(hasServers: hasServers)
        guard hasServers else { return ([], []) }
        let registry = ServerRegistry(context)
        let apiKey = try APIConnection.settings(options.connection, context, needsKey: false).serverKey
        var resolved: [ResolvedServer] = []
        let servers: [MCPServer]
        let notes: [RegistryNote]
        if options.preview.sendsNothing {
            let (shown, more) = try registry.previews(named: names, configFile: file, apiKey: apiKey)
            (servers, notes) = (apiKey == nil ? shown.map(registry.withoutKey) : shown, more)
            try accounts.check(among: servers.map(\.name))
        } else {
            (resolved, notes) = try registry.servers(named: names, configFile: file, apiKey: apiKey, for: .model)
            if resolved.contains(where: { $0.builtIn == .task && $0.server.headers.isEmpty }) { throw MissingKey() }
            try await ProjectTrust(isGiven: options.trustsProject, context: context).settle(resolved)
            servers = try await StoredLogins(output: output, context: context)
                .attached(to: resolved, as: accounts, lasting: Self.longestAnswer, for: "an answer")
        }
        for note in notes { output.note(note.hint(context)) }
        return (options.allowing(servers), resolved)
    }

    /// How long an answer can take, in seconds.
    private static let longestAnswer = 600
}

extension AskOptions {
    /// Returns the request with a question, without servers and without an earlier turn.
    func request(
        to provider: ModelProvider, model: String, asking prompt: String, _ output: Output, _ context: Context
    ) throws -> ModelRequest {
        var request = ModelRequest(provider, model: model, input: .text(prompt))
        request.system = try system.map { try SourceText(context: context).text(of: $0, for: "--system") }
        request.maximumTokens = maximumTokens
        request.effort = effort?.rawValue
        request.asksForApproval = approval == .ask
        request.beta = beta
        if provider == .parallel, maximumTokens != nil { output.warn("Parallel ignores --max-tokens") }
        return request
    }

    /// Returns the servers with the tools of --allow-tool, if any are given.
    func allowing(_ servers: [MCPServer]) -> [MCPServer] {
        allowedTools.isEmpty ? servers : servers.map { $0.allowing(allowedTools) }
    }
}

extension ModelProvider {
    /// Returns the base URL that the environment chooses, or for Parallel a setting.
    func address(_ context: Context) throws -> HTTPURL {
        if self == .parallel { return try context.apiAddress.get().url }
        return try APIAddress(
            environment: context.environment, variables: facts.addressVariables, preset: facts.usualAddress
        ).url
    }

    /// Returns the variable that holds the key, or would.
    func keyVariable(_ context: Context) -> String {
        facts.keyVariables.first { context.environment[$0]?.isEmpty == false } ?? facts.keyVariables[0]
    }

    /// Returns the field of the header section with the key as a variable.
    func keyField(_ context: Context) -> String {
        "\(facts.keyField.name): \(facts.keyField.prefix)$\(keyVariable(context))"
    }
}
