import ParallelAPI
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// `parallel mcp test`: checks whether a server can be reached, and whether a task could use it.
struct MCPTestCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var server = ""
        var allowedTools: [String]?
        var connection = MCPConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [MCPFlags.allowTool("Expect the server to have this tool (repeatable)").embedded(at: \.allowedTools)]
            + [MCPConnectionFlags.command.embedded(at: \.connection.program)]
            + MCPConnectionFlags.all().map {
                $0.embedded(at: \.connection)
            } + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp test"

    static var command: Command {
        Command(
            summary: "Test an MCP server step by step",
            description: """
                Connects to a server and reports each step with its time: address, TLS, authentication, protocol, \
                name, tools, and whether a Parallel task could use it: at a public https URL, over Streamable HTTP, \
                with credentials in headers, and with the tools of --allow-tool. No tool is called. With --command, or \
                an entry of your own registry that starts a program, the server is started here, and ended again.

                Exit codes: 0 all is well, 8 it works but no task could use it, 3 credentials are missing or not \
                accepted, 7 it can't be reached, 4 or 1 it does not speak MCP as it should.
                """,
            usesNetwork: true,
            positionals: [MCPConnection.positional(.optional)], defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp test parallel-search", "Try out one of Parallel's own servers"),
                .init(
                    "parallel mcp test https://crm.example/mcp --bearer-env CRM_TOKEN",
                    "Try a server out before it is added"),
                .init("parallel mcp test crm --json | jq .usable_by_tasks", "For a script"),
                .init(
                    "parallel mcp test --command './server data'",
                    "A server that is not deployed yet"),
            ],
            check: { options, words throws(UsageError) in
                var words = words
                options.server = try options.connection.server(from: &words)
                try options.connection.refuse(words)
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let view = ServerCheckView(output: output)
        let connection = MCPConnection(options.connection, output, context)
        let resolved: ResolvedServer
        do {
            resolved = try await connection.server(options.server, for: .trial)
        } catch  where Self.isAboutCredentials(error) {
            let report = ErrorReport(error, context)
            try view.write(refusal: report, of: options.server, url: url(options.server))
            try output.finish()
            throw report
        }
        let check = try await connection.check(
            resolved, expecting: options.allowedTools ?? resolved.server.allowedTools)
        connection.warnOfExpiry(of: resolved)
        let allowed = options.allowedTools ?? resolved.server.allowedTools
        DestructiveTools.tell(
            DestructiveTools.names(in: check.tools, allowing: allowed), of: resolved.server.name,
            remedy: DestructiveTools.entryRemedy, output)
        let code =
            check.failure.map { ErrorReport($0, context).code } ?? (check.problems.isEmpty ? .success : .partial)
        try view.write(check, resolved, code)
        try output.finish()
        if let failure = check.failure { throw connection.advised(failure, on: resolved) }
        return code
    }

    private static func isAboutCredentials(_ error: any Error) -> Bool {
        error is MissingKey || error is UntrustedServer || (error as? RegistryError)?.isAboutCredentials == true
    }

    /// Returns the URL of the server that `word` names, without its secrets; nil if it is not known.
    private func url(_ word: String) -> String? {
        if ServerDefinition.isURL(word) { return SecretMask.url(word) }
        let entries = try? ServerRegistry(context).readableEntries().entries
        return (try? entries?.first { $0.name.isExactly(word) }?.definition()).map { SecretMask.url($0.url) }
    }
}
