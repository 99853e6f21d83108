import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel mcp call`: calls one tool of a server.
struct MCPCallCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var server = ""
        var tool = ""
        var words: [ToolArguments.Word] = []
        var arguments: InputSource?
        var checks = true
        var asksBefore = true
        var waits = false
        var search = SearchSettings()
        var connection = MCPConnectionOptions()
        var output = OutputOptions.ofAnyFileName

        /// The time limit of the call and the wait together; nil means none. Tasks take longer than calls.
        var limit: Duration? { connection.timeout ?? (waits ? .seconds(3600) : .seconds(300)) }

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "arg", short: "a", value: FlagSpec.Value("NAME=VALUE", isAssignment: true), isRepeatable: true,
                    summary: "Give the tool this argument (repeatable)",
                    details:
                        "The value is read as the type that the tool's schema asks for. For a list, repeat the flag "
                        + "or write JSON."
                ) { options, text throws(InvalidValue) in
                    let (name, value) = try MCPFlags.pair(text)
                    options.words.append(.text(key: name, value: value))
                },
                Flag(
                    "arg-json", value: FlagSpec.Value("NAME=JSON"), isRepeatable: true,
                    summary: "Give the tool this argument as JSON (repeatable)"
                ) { options, text throws(InvalidValue) in
                    let (name, value) = try MCPFlags.pair(text)
                    guard let json = try? JSONValue.parse(value) else {
                        throw InvalidValue("the value of '\(name)' is not JSON")
                    }
                    options.words.append(.json(key: name, value: json))
                },
                Flag(
                    "args", value: FlagSpec.Value("JSON", completion: .atFile),
                    summary: "All arguments as a JSON object: JSON, @FILE or -",
                    details: "--arg and --arg-json replace single arguments of the object."
                ) { $0.arguments = InputSource($1) },
                Flag(
                    "check", isOnByDefault: true, summary: "Compare the arguments with the tool's schema (default)",
                    details:
                        "--no-check sends them as they are: the values of --arg as text. In 'task run' and 'batch "
                        + "run' it means something else: there servers are not looked at first."
                ) { $0.checks = $1 },
                Flag(
                    "yes", short: "y", summary: "Call a tool that may destroy something without asking",
                    details: "Without a terminal, nobody is asked in any case, and a line tells of the call."
                ) { $0.asksBefore = !$1 },
                Flag(
                    "wait", summary: "Wait for what the call has started, print its result",
                    details:
                        "For parallel-task: after createDeepResearch and createTaskGroup, or getStatus of "
                        + "what exists already. A call that costs money is sent again only if the server says "
                        + "that it did not accept it (429 or 503 with an error of its own, or 429 "
                        + "with a Retry-After)."
                ) { $0.waits = $1 },
            ] + SearchSettings.flags.map { $0.embedded(at: \.search) }
            + [MCPConnectionFlags.command.embedded(at: \.connection.program)]
            + MCPConnectionFlags.all(
                timeout: "How long call and wait may take (default 5m or 1h)"
            ).map { $0.embedded(at: \.connection) } + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp call"

    static var command: Command {
        Command(
            summary: "Call a tool of an MCP server",
            description: """
                Calls one tool and prints its result: text as text, structured content as JSON, and with --json the \
                whole result. Images, audio and other binary content go into the file of --output, without one into \
                a new file in $TMPDIR. The arguments are compared with the tool's schema before anything is called. A \
                tool's own error exits with 6, one of the protocol with 4. What searches on Parallel's servers have \
                cost is told on standard error.

                --mode, --location, --after-date and the flags for domains are for web_search of parallel-search, which \
                takes them with a key only: without one it searches in the mode fast, and everywhere.
                """,
            usesNetwork: true,
            positionals: [
                MCPConnection.positional(.optional), Positional("TOOL", .optional, summary: "a name from 'mcp tools'"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel mcp call parallel-search web_search -a objective='Who makes heat pumps?' -a search_queries='heat pump makers'",
                    "A web search; no key is needed"),
                .init("parallel mcp call crm find --args @query.json --json | jq .structuredContent", "For a script"),
                .init(
                    "parallel mcp call parallel-task createDeepResearch -a input='The HVAC market' --wait",
                    "Start research and print its report"),
            ],
            check: { options, words throws(UsageError) in
                var words = words
                options.server = try options.connection.server(from: &words)
                guard !words.isEmpty else {
                    throw UsageError("missing TOOL", hint: "TOOL: a name from 'mcp tools'")
                }
                options.tool = words.removeFirst()
                try options.connection.refuse(words)
                try options.output.refuseTables(for: "a tool's answer")
                if options.waits { try checkWait(for: options.tool) }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let base = try base()
        var connecting = options.connection
        // --timeout limits the call; a request before it takes the usual time at most.
        if let given = connecting.timeout { connecting.timeout = .some(min(.seconds(30), given ?? .seconds(30))) }
        let connection = MCPConnection(connecting, output, context)
        let resolved = try await connection.server(options.server)
        let progress = RunProgress(
            context: context, output: output, events: .none, status: "calling \(options.tool)")
        let settings = try options.search.headerValue(for: options.tool, of: resolved, context)
        let client = connection.client(of: resolved, settings: settings, progress: progress)
        return try await connection.use(client, of: resolved) {
            try await client.connect()
            let tool = try await tool(resolved, client)
            if let tool { PinnedTools(output: output, context: context).warn(of: [tool], on: resolved.server) }
            var arguments = try arguments(base, tool)
            addSessionID(to: &arguments, tool, resolved)
            try await confirm(resolved, arguments, tool)
            let call = MCPToolCall(client: client, resolved: resolved, options: options, connection: connection)
            let elapsed = context.clock.stopwatch()
            let (result, followed) = try await progress.shown { [arguments] in
                let result = try await call.result(arguments, tool)
                call.tellCost(of: result)
                guard options.waits, !result.saysToolFailed,
                    let wait = TaskMCPWait(call, arguments, result, elapsed, progress)
                else { return (result, (wait: TaskMCPWait, ending: TaskMCPFollowing.Ending)?.none) }
                return (result, (wait, try await wait.ending()))
            }
            if let followed { return try followed.wait.write(followed.ending) }
            try call.guarding(result) {
                try ToolResultView(output: output, tool: options.tool, keepsData: true).write(result)
                if options.waits {
                    output.note("note: the answer names no run or group, so there was nothing to wait for")
                }
                try output.finish()
            }
            return .success
        }
    }

    private static func checkWait(for tool: String) throws(UsageError) {
        let known = TaskMCPTool.allCases.filter(\.canBeFollowed).map(\.rawValue)
        guard !known.contains(tool) else { return }
        let near = Suggestions.nearest(to: tool, among: known)
        throw UsageError(
            "--wait: '\(tool)' starts nothing to wait for; nothing was called",
            hint: near.map { "did you mean '\($0)'?" } ?? "it goes with \(known.joined(separator: ", "))")
    }

    // MARK: - Arguments

    private func base() throws -> JSONObject {
        guard let source = options.arguments else { return [:] }
        let json = try SourceText(context: context).json(of: source, for: "--args")
        guard let object = json.object else {
            throw UsageError("--args: the arguments are \(json.typeName); a tool takes an object")
        }
        return object
    }

    /// Returns the tool's description; nil if it is not needed.
    private func tool(_ resolved: ResolvedServer, _ client: MCPClient) async throws -> MCPTool? {
        let tools: [MCPTool]
        if options.checks {
            tools = try await client.tools().tools
            return try tools.named(options.tool, of: resolved.server.name)
        }
        // The description is needed in the modern era, where its schema says which arguments are repeated as header
        // fields; and to ask a person at a terminal before a tool destroys something.
        let asks = options.asksBefore && context.terminal.canPrompt
        guard client.session?.era == .modern || asks else { return nil }
        return try await client.tools().tools.first { $0.name.isExactly(options.tool) }
    }

    private func arguments(_ base: JSONObject, _ tool: MCPTool?) throws -> JSONObject {
        let schema = options.checks ? tool?.inputSchema : nil
        let arguments: JSONObject
        do throws(InvalidArgument) {
            arguments = try ToolArguments.object(base: base, words: options.words, schema: schema)
        } catch {
            throw UsageError(error.message)
        }
        if options.checks { warn(ofUnknown: arguments, tool) }
        let mismatches = schema.map { SchemaCheck.mismatches(of: .object(arguments), with: $0) } ?? []
        guard mismatches.isEmpty else {
            let schema = context.command(
                ["mcp", "tools"], operands: [MCPConnection.shown(options.server)],
                flags: FlagSpec.words("schema", options.tool))
            throw ErrorReport(
                .usage, "the arguments don't fit the tool '\(options.tool)': \(mismatches[0])",
                hints: mismatches.dropFirst().map { Hint($0) } + [
                    "its schema: \(command: schema)",
                    "--no-check sends them all the same",
                ])
        }
        return arguments
    }

    /// Keywords besides `properties` that can allow further arguments.
    private static let openingKeywords = [
        "additionalProperties", "patternProperties", "$ref", "allOf", "anyOf", "oneOf", "if", "dependentSchemas",
    ]

    /// Warns of arguments that the tool doesn't declare. Servers ignore them, so a misspelt one would have no effect.
    private func warn(ofUnknown arguments: JSONObject, _ tool: MCPTool?) {
        guard let tool, let schema = tool.inputSchema?.object, let known = schema["properties"]?.object?.keys,
            Self.openingKeywords.allSatisfy({ schema[$0] == nil })
        else { return }
        for name in arguments.keys where !known.contains(where: name.isExactly) {
            let near = Suggestions.nearest(to: name, among: known)
            let names = known.isEmpty ? "it has none" : "its arguments: \(known.joined(separator: ", "))"
            output.warn(
                "the tool '\(tool.name)' has no argument '\(name)'; \(near.map { "did you mean '\($0)'?" } ?? names)")
        }
    }

    /// Adds a random session id, which Parallel's search uses to count free use; each invocation has a new one.
    private func addSessionID(to arguments: inout JSONObject, _ tool: MCPTool?, _ resolved: ResolvedServer) {
        guard let builtIn = resolved.builtIn, builtIn != .task, arguments["session_id"] == nil else { return }
        // Without its description, only a tool of the search server is known to take it.
        let takesID = tool.map { $0.inputSchema?["properties"]?["session_id"] != nil } ?? (builtIn == .search)
        guard takesID else { return }
        let digits = (0..<32).map { _ in String(min(15, Int(context.random() * 16)), radix: 16) }
        arguments["session_id"] = .string(digits.joined())
    }

    private func confirm(_ resolved: ResolvedServer, _ arguments: JSONObject, _ tool: MCPTool?) async throws {
        guard options.asksBefore, let tool, tool.isDestructive else { return }
        guard context.terminal.canPrompt else {
            return output.note(
                "'\(tool.name)' may destroy something; it is called without a question, as there is no terminal")
        }
        let shown = JSONValue.object(arguments).serialized().shortened(to: 200)
        let question = "'\(tool.name)' of '\(resolved.server.name)' may destroy something. Call it with \(shown)?"
        try await context.confirm(question, orElse: "nothing was called")
    }
}
