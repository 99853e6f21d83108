import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelModels
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel mcp snippet`: prints a program that sends a model the request that `ask` would send.
struct MCPSnippetCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var ask = AskOptions()
        var language: ModelSnippet.Language?
        var output: OutputOptions { ask.output }
        /// What is printed is code, also with --as json.
        var writesJSON: Bool { false }

        /// The flags of `ask` that shape the request, and those of every command.
        private static let shared: Set = [
            "with", "model", "system", "max-tokens", "effort", "allow-tool", "beta", "output", "force", "quiet",
            "verbose", "color", "json-errors",
        ]

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "as",
                    value: FlagSpec.Value(
                        "LANGUAGE", completion: .words(ModelSnippet.Language.allCases.map(\.rawValue))),
                    summary: "What to print: curl, python, typescript or json",
                    details: """
                        Python and TypeScript use the SDK of OpenAI or Anthropic, and plain HTTP for Gemini; 'json' is \
                        the body of the request.
                        """
                ) { options, text throws(InvalidValue) in options.language = try ChoiceText.parse(text) },
                Flag(
                    "prompt", value: FlagSpec.Value("TEXT", completion: .atFile),
                    summary: "The question to ask: text, @FILE or -",
                    details: "Without it, one that suits the servers."
                ) { $0.ask.prompt = InputSource($1) },
                Flag(
                    "approve",
                    value: FlagSpec.Value("WHO", completion: .words(AskOptions.Approval.allCases.map(\.rawValue))),
                    summary: "Allow all calls, or ask before each (default: all)",
                    details:
                        "With ask, the model's first answer asks for approval, and the code prints that: your program "
                        + "answers it in a further request. Only OpenAI's models can ask."
                ) { options, text throws(InvalidValue) in options.ask.approval = try ChoiceText.parse(text) },
            ] + AskOptions.flags.filter { shared.contains($0.spec.name) }.map { $0.embedded(at: \.ask) }
    }

    static let name = "mcp snippet"

    static var command: Command {
        Command(
            summary: "Print code that lets a model use MCP servers",
            description: """
                Prints a curl command, or a program in Python or TypeScript, that sends a model the request that 'ask' \
                would send with these servers. No key and no token is in it: it reads the variables that the registry's \
                entries refer to, and where an entry holds a value itself, a variable that is named on standard error. \
                None has to be set now, and nothing is sent.

                OPENAI_BASE_URL, ANTHROPIC_BASE_URL, GOOGLE_GEMINI_BASE_URL and XAI_BASE_URL name other addresses, \
                which are then in the code.
                """,
            positionals: [
                Positional("NAME", .oneOrMore, completion: .mcpServers, summary: "a server of 'mcp list'")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel mcp snippet parallel-search --with openai --as python -o search.py",
                    "A program that lets a model search the web"),
                .init(
                    "parallel mcp snippet parallel-task --with anthropic --as curl",
                    "The same with research tasks, as a command"),
                .init(
                    "parallel mcp snippet crm docs --with openai --as typescript --prompt 'Which accounts renew?'",
                    "Servers of your own"),
            ],
            check: { options, words throws(UsageError) in
                options.ask.mcpNames = words
                options.ask.preview.printsCurl = true
                try options.ask.check([])
                guard options.language != nil else {
                    let languages = ModelSnippet.Language.allCases.map(\.rawValue).joined(separator: ", ")
                    throw UsageError("missing --as", hint: "one of \(languages)")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        guard let provider = options.ask.provider, let language = options.language else { return .usage }
        let address = try provider.address(context)
        let registry = ServerRegistry(context)
        let (servers, notes) = try registry.previews(named: options.ask.mcpNames, configFile: nil, apiKey: nil)
        for note in notes { output.note(note.hint(context)) }
        let model = options.ask.model ?? provider.facts.usualModel ?? ""
        var request = try options.ask.request(to: provider, model: model, asking: prompt(), output, context)
        request.isStreamed = false
        request.servers = options.ask.allowing(servers)
        try request.check(isLocal: address.isLoopback)
        var names = VariableNames(
            besides: request.servers.map(Self.stored), [provider.keyVariable(context), Settings.keyVariable])
        let open = request.servers.filter { !$0.headers.isEmpty && registry.withoutKey($0).headers.isEmpty }.map(\.name)
        request.servers = request.servers.map { withoutSecrets($0, &names) }
        let client = ModelClient(
            provider, at: address, key: nil, transport: APIConnection.transport(output, context),
            hiding: context.streams.secrets)
        let http = client.request(request)
        switch language {
        case .curl:
            try RequestPreview.printCurl(
                http, body: request.json(.revealed), servers: request.servers,
                keyField: provider.keyField(context), output)
        case .json:
            try output.write(bytes: Array("\(output.safe(json: request.json(.revealed).serialized(.pretty)))\n".utf8))
        case .python, .typescript:
            let code = ModelSnippet(
                request: request, http: http, keyVariable: provider.keyVariable(context), isPython: language == .python,
                openServers: open)
            try output.write(bytes: Array(code.text.utf8))
        }
        try output.finish()
        return .success
    }

    /// Returns a server as the code may hold it, and says which variables stand for what the registry or a login has.
    private func withoutSecrets(_ server: MCPServer, _ names: inout VariableNames) -> MCPServer {
        let stored = Self.stored(server)
        var open = stored.withoutSecrets(server.name, showing: BuiltInServer.openNames(inURL: stored.url), &names)
        let known = Set(stored.variables.map(\.name))
        let (before, after) = ([stored.url] + stored.headers.map(\.value), [open.url] + open.headers.map(\.value))
        for (old, new) in zip(before, after) {
            // A value with variables in it is replaced as a whole, and nothing expands what a variable holds.
            let rest =
                VariableReference.references(in: old).isEmpty ? "" : ", with the values of its variables in place"
            for variable in VariableReference.references(in: new) where !known.contains(variable.name) {
                output.note("note: set \(variable.name) to what the registry holds for '\(server.name)' itself\(rest)")
            }
        }
        for variable in stored.variables where variable.fallback != nil {
            output.note("note: the default of \(variable.name) is not printed; the code needs the variable")
        }
        if !server.hasCredentials, let url = try? HTTPURL(stored.url),
            StoredLogins(output: output, context: context).all.contains(where: { $0.server.isExactly(url.description) })
        {
            let header = ServerDefinition.tokenHeader(of: server.name, &names)
            open.headers.append(header)
            for variable in VariableReference.references(in: header.value) {
                output.note("note: set \(variable.name) to a token of '\(server.name)'; the login here stays here")
            }
        }
        return MCPServer(
            name: server.name, url: .init(template: open.url, expanded: open.url),
            headers: open.headers.map { ($0.name, .init(template: $0.value, expanded: $0.value)) },
            allowedTools: server.allowedTools, variablesToEscape: server.variablesToEscape)
    }

    /// Returns a server as the registry has it, with references to variables.
    private static func stored(_ server: MCPServer) -> ServerDefinition {
        ServerDefinition(
            url: server.url.template, headers: server.headers.map { .init(name: $0.name, value: $0.value.template) },
            allowedTools: server.allowedTools)
    }

    // MARK: - The prompt

    /// Questions that show what Parallel's own servers are for.
    private static let prompts = [
        BuiltInServer.search.rawValue: "Who is the CEO of Apple?",
        BuiltInServer.parallel.rawValue: "Who is the CEO of Apple?",
        BuiltInServer.task.rawValue: "Start deep research on the latest developments in AI safety",
    ]

    private func prompt() throws -> String {
        guard let source = options.ask.prompt else {
            return options.ask.mcpNames.lazy.compactMap { Self.prompts[$0] }.first
                ?? "What can you do with the tools that you have?"
        }
        let text = try SourceText(context: context).text(of: source, for: "--prompt")
        if text.isBlank { throw UsageError("--prompt: \(source.name) is empty") }
        return text
    }
}
