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
        var connection = MCPConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "schema", value: FlagSpec.Value("TOOL"), summary: "Print the JSON Schema of this tool's arguments"
                ) { options, text in options.tool = text }
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
            ],
            check: { options, words throws(UsageError) in
                var words = words
                options.server = try options.connection.server(from: &words)
                try options.connection.refuse(words)
                if options.tool != nil { try options.output.refuseTables(for: "a schema") }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let connection = MCPConnection(options.connection, output, context)
        try await connection.open(options.server) { client, resolved in
            let (tools, listing) = try await client.tools()
            let view = MCPToolsView(output: output)
            if let name = options.tool {
                try view.write(schemaOf: tools.named(name, of: resolved.server.name))
            } else {
                try view.write(tools, listing)
            }
            try output.finish()
        }
        return .success
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
