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
            throw UsageError("'\(name)' has no login\(account.map { " for '\($0)'" } ?? "")")
        }
        var reason = "'\(login.issuer)' has no way to revoke tokens"
        var isRevoked = false
        do {
            isRevoked = try await logins.flow().revoke(login)
        } catch {
            if Task.isCancelled { throw error }
            reason = ErrorReport(error, context).message
        }
        try await store.locked(file, context.clock) { store.remove(file) }
        if isRevoked {
            output.note("signed out at '\(name)': the tokens are revoked and removed")
        } else {
            let until = login.expiresAt.map { expiry in
                expiry > context.now()
                    ? "until it expires in \(DurationText.describe(.seconds(expiry - context.now())))" : nil
            }
            let span = until.map { $0.map { "; the token is valid \($0)" } ?? "; the token has expired" } ?? ""
            let refresh = login.refreshToken == nil ? "" : "; the refresh token stays valid there"
            output.warn("the tokens of '\(name)' are removed here, but not revoked: \(reason)\(span)\(refresh)")
        }
        return .success
    }
}
