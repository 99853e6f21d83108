import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem

/// `parallel mcp prompts`: shows the prompts of a server.
struct MCPPromptsCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var server = ""
        /// The name of the prompt; nil to list all prompts.
        var prompt: String?
        var arguments: [(name: String, value: String)] = []
        var connection = MCPConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "arg", short: "a", value: FlagSpec.Value("NAME=VALUE", isAssignment: true), isRepeatable: true,
                    summary: "Give the prompt this argument (repeatable)"
                ) { options, text throws(InvalidValue) in
                    let (name, value) = try MCPFlags.pair(text)
                    options.arguments.append((name, value))
                }
            ]
            + MCPConnectionFlags.all().map {
                $0.embedded(at: \.connection)
            } + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp prompts"

    static var command: Command {
        Command(
            summary: "List the prompts of an MCP server, or get one",
            description: """
                Lists the prompts of a server with their arguments, or with 'get PROMPT' prints the messages of one, \
                each with its role.
                """,
            usesNetwork: true,
            positionals: [
                MCPConnection.positional,
                Positional("ACTION", .optional, completion: .words(["get"]), summary: "'get' to fill one in instead"),
                Positional("PROMPT", .optional, summary: "the prompt's name"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp prompts docs", "The prompts that a server has"),
                .init("parallel mcp prompts docs get summarize --arg topic=billing", "Get one of them, filled in"),
            ],
            check: { options, words throws(UsageError) in
                options.server = words[0]
                options.prompt = try MCPFlags.object(of: "get", in: words, named: "PROMPT")
                if options.prompt == nil, !options.arguments.isEmpty {
                    throw UsageError("--arg goes with 'get PROMPT'")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let connection = MCPConnection(options.connection, output, context)
        try await connection.open(options.server) { client, resolved in
            let view = MCPListView(output: output)
            if let name = options.prompt {
                let listing = try await client.list(.prompts)
                if listing.elements.isEmpty, client.session?.lacks("prompts") == true {
                    throw ErrorReport(.refused, "'\(resolved.server.name)' says that it has no prompts")
                }
                try check(options.arguments, of: name, in: listing, resolved.server.name)
                try view.write(prompt: await client.prompt(name, arguments: options.arguments))
            } else {
                try view.write(prompts: await client.list(.prompts))
            }
            try output.finish()
        }
        return .success
    }

    /// Checks the arguments against those that the prompt declares. Throws `ErrorReport`.
    private func check(
        _ arguments: [(name: String, value: String)], of name: String, in listing: MCPClient.Listing, _ server: String
    ) throws {
        guard let prompt = listing.elements.first(where: { $0["name"]?.string?.isExactly(name) == true }) else {
            let names = listing.elements.compactMap { $0["name"]?.string }
            throw ErrorReport(
                .usage, "'\(server)' has no prompt '\(name)'", hints: [Suggestions.hint(for: name, "prompts", names)])
        }
        let declared = prompt["arguments"]?.array ?? []
        let given = Set(arguments.map { ExactText($0.name) })
        let missing = declared.filter { $0["required"]?.bool == true }.compactMap { $0["name"]?.string }
            .filter { !given.contains(ExactText($0)) }
        guard missing.isEmpty else {
            throw ErrorReport(
                .usage, "the prompt '\(name)' needs more arguments: \(missing.joined(separator: ", "))",
                hints: ["each is given with --arg NAME=VALUE"])
        }
        let known = declared.compactMap { $0["name"]?.string }
        for (argument, _) in arguments where !known.contains(where: argument.isExactly) {
            output.warn("the prompt '\(name)' declares no argument '\(argument)'")
        }
    }
}
