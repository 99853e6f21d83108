import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelMCP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel mcp logout`: revokes and removes the login at an MCP server.
struct MCPLogoutCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var server = ""
        var connection = MCPConnectionOptions()
        var output = OutputOptions()
        var needsOutputPlace: Bool { false }

        static let flags: [Flag<Options>] =
            MCPConnectionFlags.all().map { $0.embedded(at: \.connection) }
            + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp logout"

    static var command: Command {
        Command(
            summary: "Sign out at an MCP server",
            description: """
                Has the authorization server revoke the tokens, if it can, and removes them from this machine. Says what \
                stays valid: where a server can't revoke tokens, they are valid until they expire.
                """,
            usesNetwork: true,
            positionals: [MCPConnection.positional], defaults: Options(), flags: Options.flags,
            examples: [.init("parallel mcp logout wiki", "Sign out")],
            check: { options, words in options.server = words[0] }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let resolved = try await MCPConnection(options.connection, output, context).server(options.server, for: .trial)
        let (name, account) = (resolved.server.name, options.connection.account)
        let logins = StoredLogins(output: output, context: context)
        let file = CredentialStore.name(of: resolved.url.description, account: account)
        guard let store = logins.store, let login = try store.read(file).flatMap(OAuthLogin.init) else {
            let others = logins.all.filter { $0.server.isExactly(resolved.url.description) }
            let command = context.command(
                ["mcp", "logout"], operands: [MCPConnection.shown(options.server)],
                flags: others.first?.account.map { FlagSpec.words("account", $0) } ?? [])
            let names = others.map { $0.account.map { "'\($0)'" } ?? "one without a name" }.joined(separator: ", ")
            throw UsageError(
                "'\(name)' has no login\(account.map { " for '\($0)'" } ?? (others.isEmpty ? "" : " without a name"))",
                hint: others.isEmpty ? nil : "it has \(names): \(command: command)")
        }
        try await logins.end(login, at: name)
        return .success
    }
}
