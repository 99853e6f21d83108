import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem

/// `parallel mcp tools`: shows the tools of a server.
struct MCPToolsCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var server = ""
        var tool: String?
        /// A regular expression.
        var pattern: String?
        var connection = MCPConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "schema", value: FlagSpec.Value("TOOL"), summary: "Print the JSON Schema of this tool's arguments"
                ) { options, text in options.tool = text },
                Flag(
                    "grep", value: FlagSpec.Value("RE"),
                    summary: "List only tools that the regular expression RE matches",
                    details:
                        "A POSIX extended expression, as of grep -E, which is looked for in names, titles and descriptions. "
                        + "Upper and lower case differ only if RE has a capital. Exit codes as of grep: 0 some, 1 none, "
                        + "2 for an RE that is none."
                ) { options, text throws(InvalidValue) in
                    let text = try FilledText.parse(text, called: "expression")
                    do throws(ExtendedExpression.Malformed) {
                        _ = try ExtendedExpression(text)
                    } catch {
                        throw InvalidValue("'\(text)' is no regular expression: \(error.reason)")
                    }
                    options.pattern = text
                },
            ]
            + [MCPConnectionFlags.command.embedded(at: \.connection.program)]
            + MCPConnectionFlags.all().map {
                $0.embedded(at: \.connection)
            } + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp tools"

    static var command: Command {
        Command(
            summary: "List the tools of an MCP server",
            description: """
                Lists the tools of a server: name, what it does, and its arguments, optional ones in brackets. A tool \
                that may destroy something is marked [destructive], one that only MCP tasks can call [task only]. With \
                --json, prints everything that the server sends, with the pages of its list joined.
                """,
            usesNetwork: true,
            positionals: [MCPConnection.positional(.optional)], defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp tools parallel-search", "The tools of Parallel's search server; no key is needed"),
                .init("parallel mcp tools crm --json | jq -r '.tools[].name'", "Their names, for a script"),
                .init("parallel mcp tools parallel-search --schema web_search", "What a tool wants to be given"),
                .init("parallel mcp tools crm --grep '^find|search'", "Only some of them"),
            ],
            check: { options, words throws(UsageError) in
                var words = words
                options.server = try options.connection.server(from: &words)
                try options.connection.refuse(words)
                if options.tool != nil, options.pattern != nil {
                    throw UsageError("--schema names one tool, and --grep lists some; give one of them")
                }
                if options.tool != nil { try options.output.refuseTables(for: "a schema") }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let connection = MCPConnection(options.connection, output, context)
        let resolved = try await connection.server(options.server)
        let client = connection.client(of: resolved)
        return try await connection.use(client, of: resolved) {
            try await client.connect()
            let (tools, listing) = try await client.tools()
            PinnedTools(output: output, context: context).warn(of: tools, on: resolved.server)
            let view = MCPToolsView(output: output)
            if let name = options.tool {
                try view.write(schemaOf: tools.named(name, of: resolved.server.name))
                try output.finish()
                return .success
            }
            let found = try matching(tools)
            if found.isEmpty, let pattern = options.pattern {
                output.note("no tool matches '\(pattern)'")
                // Like grep, nothing is printed; but a document that a program reads is one.
                if output.format == .json { try output.write(document: listing.json(of: [])) }
                try output.finish()
                return .unexpected
            }
            // Without an expression, everything that the server sent is shown, also what is no tool.
            try view.write(found, options.pattern == nil ? listing.json : listing.json(of: found))
            try output.finish()
            return .success
        }
    }

    /// Returns the tools that the expression matches; all of them without one.
    private func matching(_ tools: [MCPTool]) throws -> [MCPTool] {
        guard let pattern = options.pattern else { return tools }
        let expression = try ExtendedExpression(pattern)
        return tools.filter { tool in
            [tool.name, tool.title, tool.description].contains { $0.map(expression.matches) == true }
        }
    }
}

extension MCPClient.Listing {
    /// Returns the list with these tools alone.
    fileprivate func json(of tools: [MCPTool]) -> JSONValue {
        var object = json.object ?? [:]
        object["tools"] = .array(tools.map(\.json))
        return .object(object)
    }
}

extension [MCPTool] {
    /// Returns the tool of that name. Throws `ErrorReport` if there is none.
    func named(_ name: String, of server: String) throws -> MCPTool {
        if let tool = first(where: { $0.name.isExactly(name) }) { return tool }
        throw ErrorReport(
            .usage, "'\(server)' has no tool '\(name)'", hints: [Suggestions.hint(for: name, "tools", map(\.name))])
    }
}
