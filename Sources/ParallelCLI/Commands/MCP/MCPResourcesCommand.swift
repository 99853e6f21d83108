import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem

/// `parallel mcp resources`: shows the resources of a server.
struct MCPResourcesCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var server = ""
        /// The URI of the resource; nil to list all resources.
        var uri: String?
        var connection = MCPConnectionOptions()
        var output = OutputOptions.ofAnyFileName

        static let flags: [Flag<Options>] =
            MCPConnectionFlags.all().map {
                $0.embedded(at: \.connection)
            } + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp resources"

    static var command: Command {
        Command(
            summary: "List the resources of an MCP server, or read one",
            description: """
                Lists the resources of a server and its templates, or with 'read URI' prints what one holds. A binary \
                resource is written to the file of --output.
                """,
            usesNetwork: true,
            positionals: [
                MCPConnection.positional,
                Positional("ACTION", .optional, completion: .words(["read"]), summary: "'read' to print one instead"),
                Positional("URI", .optional, summary: "the resource's uri"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp resources docs", "The resources that a server has"),
                .init("parallel mcp resources docs read docs://guide -o guide.md", "Read one of them into a file"),
            ],
            check: { options, words throws(UsageError) in
                options.server = words[0]
                options.uri = try MCPFlags.object(of: "read", in: words, named: "URI")
                if options.uri != nil { try options.output.refuseTables(for: "a resource") }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let connection = MCPConnection(options.connection, output, context)
        try await connection.open(options.server) { client, resolved in
            let view = MCPListView(output: output)
            if let uri = options.uri {
                try view.write(resource: await read(uri, client, resolved))
            } else {
                let resources = try await client.list(.resources)
                try view.write(resources: resources, templates: await client.list(.resourceTemplates))
            }
            try output.finish()
        }
        return .success
    }

    /// Returns the contents of a resource, also of a server that says it has none, as servers forget what they have.
    private func read(_ uri: String, _ client: MCPClient, _ resolved: ResolvedServer) async throws -> JSONValue {
        do {
            return try await client.readResource(uri)
        } catch let error as MCPError where error.kind != .unauthorized && client.session?.lacks("resources") == true {
            throw ErrorReport(
                .refused, "'\(resolved.server.name)' says that it has no resources", hints: [Hint(error.message)])
        }
    }
}
