import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel mcp trust`: approves an entry of a project's file, which somebody else may have written.
struct MCPTrustCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var name = ""
        var lists = false
        var revokes = false
        var isConfirmed = false
        var output = OutputOptions()
        var needsOutputPlace: Bool { lists }

        static let flags: [Flag<Options>] =
            [
                Flag("list", summary: "List what is approved") { $0.lists = $1 },
                Flag(
                    "revoke", summary: "Forget the approval of NAME",
                    details: "That of the working tree's entry; outside of one, those of all entries of that name."
                ) { $0.revokes = $1 },
                Flag("yes", short: "y", summary: "Approve without a question, as in a script") { $0.isConfirmed = $1 },
            ] + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp trust"

    static var command: Command {
        Command(
            summary: "Approve a server of the project's file",
            description: """
                Anybody may have written the .mcp.json of a working tree, so its servers get values of your environment \
                only once you have approved it. This shows the file, the variables and where they would be sent, and \
                asks; other commands ask by themselves on a terminal. The approval counts for this entry of this file, \
                until a byte of the entry changes that has a meaning in JSON, or a further variable of it is set.

                Your own servers and Parallel's need no approval, nor does an entry without variables.
                """,
            positionals: [
                Positional("NAME", .optional, completion: .mcpServers, summary: "a name from 'mcp list'")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp trust team --yes", "Approve an entry in a script that has looked at it"),
                .init("parallel mcp trust --list", "What is approved, and for which files"),
            ],
            check: { options, words throws(UsageError) in
                if options.lists, options.revokes || options.isConfirmed || !words.isEmpty {
                    throw UsageError("--list shows all approvals, and goes with no NAME")
                }
                if !options.lists, words.isEmpty {
                    throw UsageError("missing NAME", hint: "the name of an entry in .mcp.json; or --list")
                }
                if !options.lists, options.output.format != nil || options.output.file != nil {
                    throw UsageError("--json, --format and --output go with --list", hint: "an approval prints no data")
                }
                options.name = words.first ?? ""
            }, runs: Self.self)
    }

    private var trusted: TrustedServers { TrustedServers(environment: context.environment) }

    func run() async throws -> ExitCode {
        if options.lists { return try list() }
        if options.revokes { return try revoke() }
        let registry = ServerRegistry(context)
        let (entries, errors) = registry.listedEntries()
        guard let entry = entries.first(where: { $0.name.isExactly(options.name) }) else {
            if let error = errors[.project] ?? errors[.user] { throw error }
            throw UsageError.unknownServer(options.name, among: entries, context)
        }
        if let problem = registry.problem(with: entry) {
            throw RegistryError.unusable(name: entry.name, entry.origin, problem)
        }
        guard let wish = registry.approval(neededBy: entry), let definition = try? entry.definition() else {
            output.note("'\(entry.name)' needs no approval; nothing to do")
            return .success
        }
        let file = entry.origin.path ?? wish.file
        let standing = try trusted.standing(of: wish)
        if standing == .approved {
            output.note("'\(entry.name)' in \(file) is approved already; nothing to do")
            return .success
        }
        if !options.isConfirmed, !context.terminal.canPrompt {
            throw UsageError("nobody can be asked without a terminal", hint: "--yes approves it without a question")
        }
        output.note("'\(entry.name)' in \(file): \(SecretMask.url(definition.url))")
        for header in definition.headers {
            let value = SecretMask.headerValue(header.value, of: header.name)
            output.note("  \(SecretMask.headerName(header.name)): \(value)")
        }
        if !options.isConfirmed {
            let question = ProjectTrust.question(
                file, [(wish.variables, wish.origin)], changed: standing == .changed ? [entry.name] : [], isKept: true)
            try await context.confirm(question, orElse: "nothing was approved")
        }
        try trusted.approve([wish])
        output.note("approved: it may send \(wish.variables.joined(separator: ", ")) to \(wish.origin)")
        return .success
    }

    private func list() throws -> ExitCode {
        let approvals = try trusted.all()
        if approvals.isEmpty { output.note("nothing is approved") }
        let rows = approvals.map { [$0.name, $0.file, $0.variables.joined(separator: ", "), $0.origin] }
        try output.write(
            list: approvals.map(\.json),
            Document.Table(headings: ["name", "file", "variables", "sent to"], rows: rows))
        try output.finish()
        return .success
    }

    private func revoke() throws -> ExitCode {
        let count = try trusted.revoke(options.name, in: ServerRegistry(context).resolvedProjectPath)
        guard count > 0 else {
            let list = context.command(["mcp", "trust", "--list"])
            throw UsageError("'\(options.name)' is not approved here", hint: "what is: \(command: list)")
        }
        output.note("forgot \(counted(count, "approval")) of '\(options.name)'")
        return .success
    }
}
