import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The logins at MCP servers, as commands use them.
struct StoredLogins {
    let output: Output
    let context: Context

    var store: CredentialStore? { CredentialStore(environment: context.environment) }

    /// All logins that are stored, for showing them.
    var all: [OAuthLogin] { store?.values().compactMap(OAuthLogin.init) ?? [] }

    /// Returns what talks to authorization servers.
    func flow() -> OAuthFlow {
        OAuthFlow(
            transport: APIConnection.transport(output, context, policy: RetryPolicy(maximumAttempts: 2)),
            clock: context.clock, now: context.now, environment: context.environment, secrets: context.streams.secrets)
    }

    /// Returns the login at a server, if one can be there: none is looked for where the entry has credentials itself.
    func credentials(
        of resolved: ResolvedServer, account: String? = nil, isRequired: Bool = false,
        fields: HTTPHeaders = HTTPHeaders()
    ) -> OAuthCredentials? {
        guard !resolved.server.hasCredentials, let store else { return nil }
        return OAuthCredentials(
            store, server: resolved.url, account: account, isRequired: isRequired || account != nil, flow: flow(),
            fields: fields)
    }

    /// Returns the servers for a run, those with a login with its token, which is renewed if it would not outlast the
    /// run. Says how long each token lasts.
    ///
    /// - Parameter seconds: how long the run can take.
    func attached(to servers: [ResolvedServer], lasting seconds: Int, for work: String) async throws -> [MCPServer] {
        var attached: [MCPServer] = []
        for resolved in servers {
            let login = try await login(at: resolved, lasting: seconds)
            guard let login else {
                attached.append(resolved.server)
                continue
            }
            attached.append(resolved.server.adding("Authorization", "Bearer \(login.accessToken.reveal())"))
            let name = "MCP server '\(resolved.server.name)'"
            guard let rest = login.expiresAt.map({ $0 - context.now() }) else {
                output.note("\(name): signed in; nobody says how long the token lasts")
                continue
            }
            let span = DurationText.describe(.seconds(rest))
            if rest < seconds {
                let longest = DurationText.describe(.seconds(seconds))
                output.warn("\(name): the login's token expires in \(span), and \(work) can take \(longest)")
            } else {
                output.note("\(name): signed in; the token lasts \(span)")
            }
        }
        return attached
    }

    private func login(at resolved: ResolvedServer, lasting seconds: Int) async throws -> OAuthLogin? {
        do {
            return try await credentials(of: resolved)?.fresh(lasting: seconds)
        } catch let error as OAuthError {
            throw advised(error, on: resolved.server.name)
        }
    }

    /// Returns the report of an error about a login, with the command that signs in.
    func advised(_ error: OAuthError, on server: String, account: String? = nil) -> ErrorReport {
        guard case .loginNeeded(let scope) = error.kind else { return ErrorReport(error, context) }
        let flags = [("account", account), ("scope", scope)].flatMap { name, value in
            value.map { FlagSpec.words(name, context.maskedWord($0)) } ?? []
        }
        let command = context.command(["mcp", "login"], operands: [server], flags: flags)
        return ErrorReport(
            .notAuthenticated, "'\(server)': \(error.message)", hints: ["sign in with: \(command: command)"])
    }
}
