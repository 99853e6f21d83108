import ParallelCore
import ParallelTerminal

/// `parallel mcp add`: stores an MCP server under a name.
enum MCPAddCommand {
    struct Options: Sendable {
        /// Nil: to be asked for.
        var name: String?
        var url: String?
        var allowedTools: [String]?
        var scope = RegistryScope.user
        var verifies = true
        var force = false
        var connection = MCPConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                MCPFlags.allowTool(
                    "Let tasks use this tool only (repeatable)", details: "Without it a task may use every tool."
                ).embedded(at: \.allowedTools),
                MCPFlags.scope("Where to store it: user (default) or project").embedded(at: \.scope),
                Flag(
                    "verify", summary: "Connect to the server first (default)",
                    details: "With --no-verify nothing is sent, and what the server can do stays unknown."
                ) { $0.verifies = $1 },
                Flag(
                    "force", summary: "Replace a different entry, or store what would be refused",
                    details:
                        "Such as a server that no task could use, or a literal secret. Without it, a project's file, which others get with a clone, takes no literal secret."
                ) { $0.force = $1 },
            ]
            + MCPConnectionFlags.all().map {
                $0.embedded(at: \.connection)
            } + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static var command: Command {
        Command(
            "mcp add", summary: "Store an MCP server under a name",
            description: """
                Stores an MCP server for 'task run --mcp NAME', in the file format of other MCP clients. The server must \
                speak Streamable HTTP at a URL that Parallel's side can reach: it is connected to first, its tools are \
                shown, and what a task could not use is refused. Parallel's own servers, parallel-search and \
                parallel-task, are known without being added. An equal entry is left as it is.

                With no NAME on a terminal, what is needed is asked for.
                """,
            positionals: [
                Positional("NAME", .optional, summary: "letters, digits, '.', '_' and '-', at most 64"),
                Positional("URL", .optional, summary: "where the server is; Parallel's own need none"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp add crm https://crm.example/mcp --bearer-env CRM_TOKEN", "A server with a token"),
                .init(
                    "parallel mcp add docs https://docs.example/mcp --header 'X-Key: ${DOCS_KEY}' --scope project",
                    "For everybody who works on this project; single quotes keep ${DOCS_KEY} from the shell"),
            ],
            check: { options, words in
                options.name = words.first
                options.url = words.dropFirst().first
            }, run: run)
    }

    private static func run(_ options: Options, _ context: Context) async throws -> ExitCode {
        let output = try Output(options.output, context)
        var options = options
        if options.name == nil { try ask(&options, context) }
        let registry = ServerRegistry(context)
        let plan = try registry.plan(
            options.name ?? "", url: options.url, headers: options.connection.header.all(),
            allowedTools: options.allowedTools, to: options.scope, force: options.force)
        if options.verifies, !plan.isThere { try await verify(plan, registry, options, output, context) }
        let addition = try registry.store(plan)
        switch addition.change {
        case .added: output.note("added '\(plan.name)' to \(addition.path)")
        case .replaced: output.note("replaced '\(plan.name)' in \(addition.path)")
        case .unchanged: output.note("'\(plan.name)' is in \(addition.path) already; nothing to do")
        }
        for note in addition.notes { output.note("note: \(note)") }
        return .success
    }

    // MARK: - Connecting

    private static let withoutVerifying = "--no-verify stores it without connecting"

    /// Connects, shows the tools, and refuses what a task could not use; with force only warns of it.
    private static func verify(
        _ plan: PlannedAddition, _ registry: ServerRegistry, _ options: Options, _ output: Output, _ context: Context
    ) async throws {
        do {
            let examination = try await examine(plan, registry, options, output, context)
            if let failure = examination.failure { throw failure }
            let names = examination.tools.map(\.name).joined(separator: ", ")
            output.note("'\(plan.name)' has \(examination.tools.count) tools: \(names)")
            if let problem = examination.problems.first {
                throw ErrorReport(
                    .usage, "a Parallel task could not use '\(plan.name)': \(problem)",
                    hints: examination.problems.dropFirst() + ["--force stores it all the same"])
            }
        } catch {
            if Task.isCancelled { throw error }
            let report = ErrorReport.adding(error is ErrorReport ? [] : [withoutVerifying], to: error, context)
            guard options.force else { throw report }
            output.warn(report.message)
        }
    }

    private static func examine(
        _ plan: PlannedAddition, _ registry: ServerRegistry, _ options: Options, _ output: Output, _ context: Context
    ) async throws -> ServerExamination {
        let settings = try APIConnection.settings(options.connection.connection, context, needsKey: false)
        let connection = try registry.connection(plan.definition, name: plan.name, apiKey: settings.apiKey)
        let client = try MCPConnection.client(connection, options.connection, remembersEra: false, output, context)
        return try await client.use {
            try await ServerExamination.examine(
                connection, expecting: plan.definition.allowedTools, with: client,
                reach: TaskReach(environment: context.environment), clock: context.clock, now: context.now())
        }
    }

    // MARK: - Asking

    private static func ask(_ options: inout Options, _ context: Context) throws {
        guard context.terminal.canPrompt else {
            throw UsageError("missing NAME", hint: "a name for the server, and its URL")
        }
        let name = try answer("Name for the server: ", context)
        options.name = name
        if BuiltInServer(rawValue: name) != nil { return }
        options.url = try answer("Its URL: ", context)
        guard try options.connection.header.all().isEmpty else { return }
        let variable = try answer(
            "Environment variable that holds its bearer token (empty for none): ", mayBeEmpty: true, context)
        if variable.isEmpty { return }
        do {
            options.connection.header.bearerVariable = try HeaderFlags.variable(variable)
        } catch {
            throw UsageError(error.reason)
        }
    }

    private static func answer(
        _ question: String, mayBeEmpty: Bool = false, _ context: Context
    ) throws -> String {
        while true {
            switch try context.prompter.ask(question) {
            case .line(let line):
                let words = line.split(whereSeparator: \.isWhitespace)
                if !words.isEmpty || mayBeEmpty { return words.joined(separator: " ") }
            case .interrupted: throw Interrupted("interrupted; nothing was stored", context)
            case .endOfInput: throw UsageError("no answer was given; nothing was stored")
            }
        }
    }
}
