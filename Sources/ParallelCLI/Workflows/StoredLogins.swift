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

    var store: CredentialStore? { CredentialStore(environment: context.environment, helper: context.helper) }

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

    /// The names of the accounts that have a login at a server.
    func accounts(at server: ResolvedServer) -> [String] {
        server.server.hasCredentials
            ? [] : all.filter { $0.server.isExactly(server.url.description) }.compactMap(\.account)
    }

    /// Returns the servers for a run, those with a login with its token, which is renewed if it would not outlast the
    /// run. Says how long each token lasts. Throws where only accounts with a name have a login and none is meant: the
    /// run would cost money, and go without the server.
    ///
    /// - Parameters:
    ///   - accounts: the accounts whose logins are used.
    ///   - seconds: how long the run can take.
    func attached(
        to servers: [ResolvedServer], as accounts: LoginAccounts, lasting seconds: Int, for work: String
    ) async throws -> [MCPServer] {
        var attached: [MCPServer] = []
        for (resolved, account) in zip(servers, try self.accounts(at: servers, accounts)) {
            let login = try await login(at: resolved, as: account, lasting: seconds)
            guard let login else {
                if account == nil { try refuseUnnamed(resolved, isAlone: servers.count == 1) }
                attached.append(resolved.server)
                continue
            }
            attached.append(
                resolved.server.adding("Authorization", "Bearer \(login.accessToken.reveal())", of: account))
            let name = "MCP server '\(resolved.server.name)'"
            let whose = account.map { " as '\($0)'" } ?? ""
            guard let rest = login.expiresAt.map({ $0 - context.now() }) else {
                output.note("\(name): signed in\(whose); nobody says how long the token lasts")
                continue
            }
            let span = DurationText.describe(.seconds(rest))
            if rest < seconds {
                let longest = DurationText.describe(.seconds(seconds))
                output.warn("\(name): the login's token expires in \(span), and \(work) can take \(longest)")
            } else {
                output.note("\(name): signed in\(whose); the token lasts \(span)")
            }
        }
        return attached
    }

    /// Throws where only accounts with a name have a login at a server, and none is meant.
    private func refuseUnnamed(_ resolved: ResolvedServer, isAlone: Bool) throws {
        let names = accounts(at: resolved)
        guard let first = names.first else { return }
        let word = isAlone ? first : "\(resolved.server.name)=\(first)"
        throw ErrorReport(
            .notAuthenticated,
            "signed in to '\(resolved.server.name)' as \(names.map { "'\($0)'" }.joined(separator: ", ")), "
                + "and no account is named; nothing was sent",
            hints: ["name the account, such as --account \(ShellQuoting.quoted(word))"])
    }

    /// Throws where `attached` would, as far as can be told without a request.
    func check(_ wanted: LoginAccounts, at servers: [ResolvedServer]) throws {
        for (resolved, account) in zip(servers, try accounts(at: servers, wanted)) {
            guard try credentials(of: resolved, account: account)?.login() == nil else { continue }
            guard let account else {
                try refuseUnnamed(resolved, isAlone: servers.count == 1)
                continue
            }
            throw advised(
                OAuthError(.loginNeeded(scope: nil), "there is no login for '\(account)'"), on: resolved.server.name,
                account: account)
        }
    }

    /// Returns the account to use at each of the servers; nil for the login without a name, or none.
    ///
    /// An account for all counts where there are logins; a server without any may need none, unless no other server has
    /// a login of that account. Throws `UsageError` for an account that no server uses.
    func accounts(at servers: [ResolvedServer], _ wanted: LoginAccounts) throws -> [String?] {
        try wanted.check(among: servers.map(\.server.name))
        let own = servers.map { wanted.own(of: $0.server.name) }
        for (resolved, account) in zip(servers, own) where account != nil && resolved.server.hasCredentials {
            throw UsageError("--account: '\(resolved.server.name)' has credentials of its own, so no login is used")
        }
        guard let general = wanted.general else { return own }
        let open = zip(servers, own).filter { $1 == nil && !$0.server.hasCredentials }.map { $0.0 }
        guard !open.isEmpty else {
            throw UsageError("--account \(general): each MCP server has a key, a token or an account of its own")
        }
        let stored = all
        let isAnywhere = try open.contains { try credentials(of: $0, account: general)?.login() != nil }
        return zip(servers, own).map { resolved, account in
            if account != nil || resolved.server.hasCredentials { return account }
            let hasLogin = stored.contains { $0.server.isExactly(resolved.url.description) }
            return hasLogin || !isAnywhere ? general : nil
        }
    }

    private func login(at resolved: ResolvedServer, as account: String?, lasting seconds: Int) async throws
        -> OAuthLogin?
    {
        do {
            return try await credentials(of: resolved, account: account)?.fresh(lasting: seconds)
        } catch let error as OAuthError {
            throw advised(error, on: resolved.server.name, account: account)
        }
    }

    /// Has the tokens of a login revoked, if its server can do that, and removes them from this machine. Says what
    /// stays valid.
    func end(_ login: OAuthLogin, at server: String) async throws {
        var reason = "'\(login.issuer)' has no way to revoke tokens"
        var isRevoked = false
        let file = CredentialStore.name(of: login.server, account: login.account)
        do {
            // Of a list of logins, none has the tokens that a program keeps.
            isRevoked = try await flow().revoke(store?.read(file).flatMap(OAuthLogin.init) ?? login)
        } catch {
            if Task.isCancelled { throw error }
            reason = ErrorReport(error, context).message
        }
        if let store { try await store.locked(file, context.clock) { try store.remove(file) } }
        let name = login.account.map { "'\(server)' as '\($0)'" } ?? "'\(server)'"
        if isRevoked {
            output.note("signed out at \(name): the tokens are revoked and removed")
            return
        }
        let until = login.expiresAt.map { expiry in
            expiry > context.now()
                ? "; the token is valid until it expires in \(DurationText.describe(.seconds(expiry - context.now())))"
                : "; the token has expired"
        }
        let refresh = login.refreshToken == nil ? "" : "; the refresh token stays valid there"
        output.warn("the tokens of \(name) are removed here, but not revoked: \(reason)\(until ?? "")\(refresh)")
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
