import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel mcp add`: stores an MCP server under a name.
struct MCPAddCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        /// The name of the server; nil to ask for it.
        var name: String?
        var url: String?
        var allowedTools: [String]?
        var scope: RegistryScope?
        var verifies = true
        var force = false
        var pins = true
        /// What the program of --command gets.
        var variables: [(name: String, value: String)] = []
        var connection = MCPConnectionOptions()
        var output = OutputOptions()
        var needsOutputPlace: Bool { false }

        static let flags: [Flag<Options>] =
            [
                MCPFlags.allowTool(
                    "Let tasks use this tool only (repeatable)", details: "Without it a task may use every tool."
                ).embedded(at: \.allowedTools),
                MCPFlags.scope("Where to store it: user (default) or project", finds: false).embedded(at: \.scope),
                Flag(
                    "verify", isOnByDefault: true, summary: "Connect to the server first (default)",
                    details:
                        "With --no-verify nothing is sent; the URL alone must still be one that a task can reach."
                ) { $0.verifies = $1 },
                Flag(
                    "pin", isOnByDefault: true,
                    summary: "Keep the tool definitions, for 'mcp check' (default)",
                    details: "As 'mcp pin' does. What is not verified is not pinned."
                ) { $0.pins = $1 },
                Flag(
                    "force", summary: "Replace a different entry, or store what would be refused",
                    details:
                        "Such as a server that no task could use, or a literal secret. Without it, a project's file, which others get with a clone, takes no literal secret."
                ) { $0.force = $1 },
                MCPConnectionFlags.command.embedded(at: \.connection.program),
                Flag(
                    "env", value: FlagSpec.Value("NAME[=VALUE]"), isRepeatable: true,
                    summary: "Give the program of --command this variable (repeatable)",
                    details: "NAME alone gives it the value that the variable has at each start; only NAME is stored."
                ) { options, text throws(InvalidValue) in
                    guard let equals = text.place(of: "=") else {
                        options.variables.append((try HeaderFlags.variable(text), "${\(text)}"))
                        return
                    }
                    let (name, value) = text.halves(around: equals)
                    options.variables.append((try HeaderFlags.variable(String(name)), String(value)))
                },
            ]
            + MCPConnectionFlags.given().map {
                $0.embedded(at: \.connection)
            } + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp add"

    static var command: Command {
        Command(
            summary: "Store an MCP server under a name",
            description: """
                Stores an MCP server for 'task run --mcp NAME', in the file format of other MCP clients. The server \
                must speak Streamable HTTP at a URL that Parallel's machines can reach: the command connects to it \
                first, shows its tools, and refuses what a task could not use.

                Parallel's own servers, parallel, parallel-search and parallel-task, are known without being added. An equal \
                entry is left as it is. Without NAME on a terminal, the command asks for what it needs.

                With --command, a program of this machine is stored in your own registry, after it was tried. Only \
                'mcp test', 'mcp tools', 'mcp call' and the like can use it: tasks run elsewhere.
                """,
            usesNetwork: true,
            positionals: [
                Positional("NAME", .optional, summary: "letters, digits, '.', '_' and '-', at most 64"),
                Positional("URL", .optional, summary: "the server's URL; Parallel's own servers need none"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel mcp add crm https://crm.example/mcp --bearer-env CRM_TOKEN",
                    "Add a server with a token that is in a variable"),
                .init(
                    "parallel mcp add docs https://docs.example/mcp --header 'X-Key: ${DOCS_KEY}' --scope project",
                    "For everybody who works on this project; single quotes keep ${DOCS_KEY} from the shell"),
                .init(
                    "parallel mcp add files --command 'npx -y @example/files .' --env FILES_KEY --no-verify",
                    "A program of this machine, which gets one of your variables"),
            ],
            mistake: { words in
                // Other clients start servers that are programs: `add fs npx -y @x/fs`.
                let names = words.filter { !$0.begins(with: "-") }
                return names.count > 1 && isProgram(names[1]) ? program : nil
            },
            check: { options, words throws(UsageError) in
                if let url = words.first, url.begins(with: "https://") || url.begins(with: "http://") {
                    throw UsageError("a name comes first: parallel mcp add NAME \(AddressMask.masked(url))")
                }
                options.name = words.first
                options.url = words.dropFirst().first
                if options.connection.program != nil { return try checkProgram(options) }
                if !options.variables.isEmpty { throw UsageError("--env goes with --command") }
                if let word = options.url, isProgram(word) { throw program }
            }, runs: Self.self)
    }

    private static var program: UsageError {
        UsageError(
            "a task can't use a server that is a program on this machine",
            hint:
                "it takes one with a URL: parallel mcp add NAME https://…; to call one from here: --command 'PROGRAM ARGS'"
        )
    }

    /// Checks what must hold for a program in place of a URL.
    private static func checkProgram(_ options: Options) throws(UsageError) {
        guard options.name != nil else { throw UsageError("missing NAME", hint: "a name for the program") }
        if options.url != nil { throw UsageError("--command takes the place of the URL") }
        if options.scope == .project {
            throw UsageError(
                "a program is stored in your own registry only",
                hint: "in a project's file, it would start wherever somebody has cloned the project")
        }
        if options.allowedTools != nil { throw UsageError("--allow-tool is for tasks, which can't use a program") }
        var names: Set<String> = []
        if let twice = options.variables.first(where: { !names.insert($0.name).inserted }) {
            throw UsageError("--env \(twice.name) is given twice")
        }
    }

    /// Whether a word in the place of the URL is rather a program, such as `npx` or `./server.py`.
    private static func isProgram(_ word: String) -> Bool {
        // One that means a URL without its scheme, such as `localhost`, gets the advice for that.
        guard !word.isEmpty, case .invalidURL(_, nil)? = ServerDefinition.error(inURL: word) else { return false }
        if word.begins(with: "/") || word.begins(with: "./") { return true }
        return word.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "-") }
    }

    func run() async throws -> ExitCode {
        var options = options
        let registry = ServerRegistry(context)
        if var program = options.connection.program {
            program.variables = options.variables
            let places = context.workingDirectory.map { program.settle(in: $0) } ?? []
            return try await store(program, with: places, named: options.name ?? "", registry)
        }
        if options.name == nil { try await ask(&options, registry) }
        let plan = try registry.plan(
            options.name ?? "", url: options.url, headers: options.connection.header.all(),
            allowedTools: options.allowedTools, to: options.scope ?? .user, force: options.force)
        if plan.standing == .builtIn {
            output.note("'\(plan.name)' is built in; nothing to add")
            return .success
        }
        var tools: [MCPTool]?
        if plan.standing == .new {
            let problem = TaskReach(context).problem(withTemplate: plan.reached.url)
            if let problem { try refuse(plan, because: problem, []) }
            if options.verifies { tools = try await verify(plan, registry, knowing: problem) }
        }
        let old = ServerTraces.entry(plan.name, in: options.scope ?? .user, context)
        let addition = try registry.store(plan)
        switch addition.change {
        case .added: output.note("added '\(plan.name)' to \(addition.path)")
        case .replaced: output.note("replaced '\(plan.name)' in \(addition.path)")
        case .unchanged: output.note("'\(plan.name)' is in \(addition.path) already; nothing to do")
        }
        for note in addition.notes { output.note(note.hint(context), behind: "note: ") }
        if addition.change == .replaced, let old {
            try await ServerTraces(output: output, context: context).forget(old)
        }
        if options.pins, let tools { pin(tools, plan.name, at: SecretMask.url(plan.definition.url)) }
        return .success
    }

    /// Tries a program of this machine and stores it.
    ///
    /// - Parameter places: the words of it that were made absolute.
    private func store(
        _ program: LocalProgram, with places: [String], named name: String, _ registry: ServerRegistry
    ) async throws -> ExitCode {
        if let name = program.nameOfLiteralSecret, !options.force {
            throw UsageError(
                "the value of \(name) looks like a secret, which others can read on a command line",
                hint: "write ${VARIABLE} in its place, which is expanded at each start; --force stores the value")
        }
        let secret = program.variables.first { KnownSecrets.looksGenerated($0.value) }
        if let secret, !options.force {
            throw UsageError(
                "the value of \(secret.name) looks like a secret, which others can read on a command line",
                hint: "--env \(secret.name) stores the name alone; --force stores the value")
        }
        guard try options.connection.header.all().isEmpty else {
            throw UsageError("--header and --bearer-env go with a URL")
        }
        var found: (tools: [MCPTool], url: String)?
        if try registry.change(name, program.entry, force: options.force) != .unchanged, options.verifies {
            let connection = MCPConnection(options.connection, output, context)
            do {
                let resolved = try registry.server(program, name: name)
                let check = try await connection.check(resolved, expecting: nil)
                if let failure = check.failure { throw failure }
                tell(of: check.tools, of: name)
                found = (check.tools, SecretMask.url(resolved.server.url.template))
            } catch {
                try tolerate(error)
            }
        }
        switch try registry.takeOver(name, program.entry, force: options.force) {
        case .added: output.note("added '\(name)', a program, to your registry")
        case .replaced: output.note("replaced '\(name)' in your registry")
        case .unchanged: output.note("'\(name)' is in your registry already; nothing to do")
        }
        if !places.isEmpty {
            let shown = places.map { "'\($0)'" }.joined(separator: ", ")
            output.note("note: stored with places that hold in any folder: \(shown)")
        }
        let call = context.command(["mcp", "call"], operands: [name])
        output.note("tasks can't use it; to call it from here: \(command: call)" as Hint, behind: "note: ")
        if options.pins, let found { pin(found.tools, name, at: found.url) }
        return .success
    }

    /// Keeps the tools' definitions. The server is stored by now, so an error is only a warning.
    private func pin(_ tools: [MCPTool], _ name: String, at url: String) {
        let definitions = tools.map { $0.json.masked(context.streams.secrets) }
        let pin = ToolPin(name: name, url: url, time: context.now(), account: nil, tools: definitions)
        do {
            try ToolPins(environment: context.environment).store(pin)
            let check = context.command(["mcp", "check"], operands: [name])
            output.note("pinned its tools; to see later whether they changed: \(command: check)")
        } catch {
            output.warn("its tools could not be pinned: \(ErrorReport(error, context).message)")
        }
    }

    // MARK: - Judging

    private static let withForce: Hint = "--force stores it all the same"

    /// Throws the reason why a task could not use the server; with `--force` only warns.
    private func refuse(_ plan: PlannedAddition, because problem: String, _ more: [String]) throws {
        let message = "a Parallel task could not use '\(plan.name)': \(problem)"
        guard options.force else { throw ErrorReport(.usage, message, hints: more.map { Hint($0) } + [Self.withForce]) }
        output.warn(message)
    }

    /// Connects, shows the tools, and throws if a task could not use the server. Returns the tools; nil if there was no
    /// connection.
    ///
    /// - Parameter known: a problem that was shown to the user before.
    private func verify(_ plan: PlannedAddition, _ registry: ServerRegistry, knowing known: String?) async throws
        -> [MCPTool]?
    {
        let check: ServerCheck
        do {
            check = try await connect(to: plan, registry)
        } catch let error as MCPError where error.offersLogin && plan.reached.headers.isEmpty {
            let login = context.command(["mcp", "login"], operands: [plan.name])
            output.note("'\(plan.name)' wants a login: \(command: login)" as Hint, behind: "note: ")
            return nil
        } catch {
            try tolerate(error)
            return nil
        }
        let names = check.tools.map(\.name)
        tell(of: check.tools, of: plan.name)
        let problems = check.problems.filter { $0 != known }
        if let problem = problems.first {
            let meant = (options.allowedTools ?? []).compactMap { word in
                names.contains(where: word.isExactly) ? nil : Suggestions.nearest(to: word, among: names)
            }
            try refuse(plan, because: problem, problems.dropFirst() + meant.map { "did you mean '\($0)'?" })
        }
        return check.tools
    }

    /// Throws the error that kept a server from being tried; with `--force` only warns.
    private func tolerate(_ error: any Error) throws {
        if Task.isCancelled || error is Interrupted { throw error }
        let hint: Hint = "--no-verify stores it without connecting, --force whatever the result"
        let report = ErrorReport.adding([hint], to: error, context)
        guard options.force else { throw report }
        output.warn(report.message)
    }

    private func tell(of tools: [MCPTool], of name: String) {
        let names = tools.map(\.name)
        output.note("'\(name)' has \(counted(names.count, "tool")): \(names.joined(separator: ", "))")
        DestructiveTools.tell(
            DestructiveTools.names(in: tools, allowing: options.allowedTools), of: name,
            remedy: "add it again with --force, and name each with --allow-tool", output)
    }

    /// Checks the server. Throws the error that ended the check early.
    private func connect(to plan: PlannedAddition, _ registry: ServerRegistry) async throws -> ServerCheck {
        let settings = try APIConnection.settings(options.connection.connection, context, needsKey: false)
        let resolved = try registry.server(plan.reached, name: plan.name, apiKey: settings.serverKey)
        try MCPConnection.requireKey(for: resolved)
        let connection = MCPConnection(options.connection, output, context)
        let check = try await connection.check(resolved, expecting: plan.definition.allowedTools)
        if let failure = check.failure { throw connection.advised(failure, on: resolved) }
        connection.warnOfExpiry(of: resolved)
        return check
    }

    // MARK: - Asking

    /// Asks for name, URL and credentials until each can be used.
    private func ask(_ options: inout Options, _ registry: ServerRegistry) async throws {
        guard context.terminal.canPrompt else {
            throw UsageError("missing NAME", hint: "a name for the server, and its URL")
        }
        let (scope, force) = (options.scope ?? .user, options.force)
        let name = try await answer("Name for the server: ") { name in
            guard let error = registry.error(inNewName: name, in: scope) else { return nil }
            return force && ServerRegistry.isValidName(name) ? nil : ErrorReport(error, context).message
        }
        options.name = name
        if BuiltInServer(rawValue: name) != nil { return }
        let reach = TaskReach(context)
        options.url = try await answer("Its URL: ") { url in
            if let error = ServerDefinition.error(inURL: url) {
                return error.reason + (error.hint(for: name, context).map { "; \($0)" } ?? "")
            }
            return force ? nil : reach.problem(withTemplate: url).map { "\($0); \(Self.withForce)" }
        }
        guard try options.connection.header.all().isEmpty else { return }
        let variable = try await answer(
            "Environment variable that holds its bearer token (empty for none): ", mayBeEmpty: true
        ) { text in
            do throws(InvalidValue) {
                _ = try HeaderFlags.variable(text)
                return nil
            } catch {
                return error.reason
            }
        }
        if !variable.isEmpty { options.connection.header.bearerVariable = variable }
    }

    /// Asks until `problem` returns nil for the answer. Does not repeat the answer, which may be a secret.
    private func answer(
        _ question: String, mayBeEmpty: Bool = false, problem: (String) -> String?
    ) async throws -> String {
        while true {
            switch try await context.ask(question) {
            case .line(let line):
                let text = line.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
                    .joined(separator: " ")
                if text.isEmpty {
                    if mayBeEmpty { return text }
                } else if let problem = problem(text) {
                    context.streams.note(ControlCharacters.neutralised(problem))
                } else {
                    return text
                }
            case .interrupted: throw Interrupted("interrupted; nothing was stored", context)
            case .endOfInput: throw ErrorReport(.unexpected, "no answer was given; nothing was stored")
            }
        }
    }
}
