import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel mcp login`: signs in at an MCP server with OAuth.
struct MCPLoginCommand: RunnableCommand {
    let options: MCPLoginOptions
    let output: Output
    let context: Context

    static let name = "mcp login"

    static var command: Command {
        Command(
            summary: "Sign in at an MCP server with OAuth",
            description: """
                Finds out where the server's tokens come from, has you sign in there in a browser, and stores the token, \
                which only you can read. From then on 'mcp test', 'mcp tools', 'mcp call' and runs with --mcp use it, and \
                renew it when it expires.

                Without a terminal nobody is waited for unless --wait-for-auth says so: --print-handoff prints the address \
                for a person elsewhere, --client-credentials needs none, and --stored-auth-only tells by exit code 0 or 3 \
                whether the login that is stored can be used.
                """,
            usesNetwork: true,
            positionals: [MCPConnection.positional], defaults: MCPLoginOptions(), flags: MCPLoginOptions.flags,
            examples: [
                .init("parallel mcp login wiki --browser --wait-for-auth 2m", "Sign in, in a browser"),
                .init("parallel mcp login wiki --print-handoff", "Let somebody else open the address"),
                .init(
                    "parallel mcp login wiki --client-credentials --client-id ci-bot --client-secret-env CI_SECRET",
                    "Sign in without a person, as in CI"),
            ],
            check: { options, words throws(UsageError) in
                options.server = words[0]
                try options.check()
            }, runs: Self.self)
    }

    private var account: String? { options.connection.account }
    private var logins: StoredLogins { StoredLogins(output: output, context: context) }

    func run() async throws -> ExitCode {
        // A secret that is not there makes everything else useless.
        _ = try logins.flow().secret(of: OAuthClient(id: "", source: options.secret(context), method: "none"))
        let connection = MCPConnection(options.connection, output, context)
        let resolved = try await connection.server(options.server, for: .trial)
        let name = resolved.server.name
        guard !resolved.server.hasCredentials else {
            let names = resolved.server.headers.map(\.name).joined(separator: ", ")
            throw UsageError("'\(name)' has credentials of its own (\(names)), so that a login would not be used")
        }
        guard let store = logins.store,
            let credentials = logins.credentials(
                of: resolved, account: account, isRequired: options.connection.usesStoredLoginOnly)
        else {
            throw UsageError("there is no folder for logins, as neither HOME nor XDG_CONFIG_HOME is set")
        }
        do {
            let wait = LoginWait(
                store: store, server: resolved.url.description, account: account, options: options, output: output,
                context: context)
            if let file = options.callbackFile { return tell(try await wait.finish(withAddressIn: file), name) }
            if options.wait != nil, !options.beginsAnew {
                let (before, pending) = try await wait.standing()
                if let pending {
                    let listener = try? wait.listener(of: pending)
                    return tell(try await wait.login(pending, listener: listener, besides: before), name)
                }
            }
            if options.connection.usesStoredLoginOnly { return tell(try await credentials.fresh(), name) }
            return try await signIn(connection, resolved, credentials, wait)
        } catch let error as OAuthError {
            throw logins.advised(error, on: name, account: account)
        }
    }

    /// Says that there is a login.
    private func tell(_ login: OAuthLogin?, _ name: String) -> ExitCode {
        guard let login else { return .success }
        let scope = login.scope.map { "; scope: \($0)" } ?? ""
        output.note("'\(name)': \(login.shownState(now: context.now()))\(scope)")
        return .success
    }

    // MARK: - Signing in

    private func signIn(
        _ connection: MCPConnection, _ resolved: ResolvedServer, _ credentials: OAuthCredentials, _ wait: LoginWait
    ) async throws -> ExitCode {
        let flow = logins.flow()
        let (challenge, isRefused) = try await challenge(connection, resolved)
        let target = try await OAuthDiscovery(of: resolved.url, over: flow.transport)
            .target(challenge, isRefused: isRefused)
        var scope = options.scope ?? target.scope(asked: challenge?.scope)
        // The server may ask for more with each answer, but not for ever.
        for attempt in 0...2 {
            guard let login = try await login(flow, target, wait, scope: scope, try credentials.login()) else {
                return .success
            }
            guard let more = try await missingScope(connection, resolved, login) else {
                return tell(try credentials.login(), resolved.server.name)
            }
            guard attempt < 2 else { break }
            scope = OAuthTarget.union(scope, more)
            output.note("'\(resolved.server.name)' asks for more: \(scope ?? "")")
        }
        throw OAuthError(.untrusted, "the server goes on asking for other scopes")
    }

    /// Returns what the server asks for without a login, and whether it refuses requests without one.
    private func challenge(
        _ connection: MCPConnection, _ resolved: ResolvedServer
    ) async throws -> (BearerChallenge?, isRefused: Bool) {
        let client = connection.client(of: resolved, findsEra: true, usesLogin: false)
        do {
            try await client.use { try await client.connect() }
            return (nil, false)
        } catch let error as MCPError where error.kind == .unauthorized {
            return (error.challenge, true)
        }
    }

    /// Gets a token in the way that the flags choose, and stores it. Returns nil if the login is handed to somebody
    /// else.
    private func login(
        _ flow: OAuthFlow, _ target: OAuthTarget, _ wait: LoginWait, scope: String?, _ earlier: OAuthLogin?
    ) async throws -> OAuthLogin? {
        let server = wait.server
        if options.usesClientCredentials {
            let client = try OAuthFlow.client(
                id: options.client ?? "", secret: options.secret(context), at: target.issuer)
            let login = try await flow.clientCredentials(
                server: server, account: account, target, client, scope: scope)
            try await wait.keep(login)
            return login
        }
        let seconds = try wait.requireSomebody()
        // What was registered before at this issuer, for the same purpose, is used again.
        let grant: OAuthLogin.Grant = options.usesDevice ? .device : .code
        let known = earlier.flatMap { $0.issuer == target.issuer.issuer && $0.grant == grant ? $0.client : nil }
        if options.usesDevice {
            let grants = [OAuthLogin.Grant.device.rawValue, "refresh_token"]
            let client = try await client(flow, target, known) {
                try await flow.register(at: target.issuer, redirectURI: nil, scope: scope, grants: grants)
            }
            let login = try await wait.waiting {
                try await flow.deviceLogin(
                    server: server, account: account, target, client, scope: scope, show: wait.browser.show)
            }
            try await wait.keep(login)
            return login
        }
        let place = try wait.listener(reusing: known, mayMove: target.issuer.registrationEndpoint != nil)
        var (listener, redirectURI) = (place.listener, place.redirectURI)
        var client = try await client(flow, target, known?.redirectURI == nil || place.isRegistered ? known : nil) {
            [redirectURI] in
            try await flow.register(
                at: target.issuer, redirectURI: redirectURI, scope: scope,
                grants: [OAuthLogin.Grant.code.rawValue, "refresh_token"])
        }
        if options.client != nil { client.redirectURI = wait.givenRedirectURI }
        // A server may have registered another address.
        if let given = client.redirectURI {
            let port = try PendingLogin.port(of: given)
            if port != 0, port != listener.port { listener = try wait.listener(port: port) }
            redirectURI = PendingLogin.redirectURI(given, port: listener.port)
        }
        let pending = try PendingLogin(
            server: server, account: account, target, client, redirectURI: redirectURI, scope: scope,
            expiresAt: context.now() + seconds)
        return try await wait.handOver(pending, listener)
    }

    /// Returns the client to be: one given on the command line, a document, one known from before, or a new one.
    private func client(
        _ flow: OAuthFlow, _ target: OAuthTarget, _ known: OAuthClient?, register: () async throws -> OAuthClient
    ) async throws -> OAuthClient {
        if let id = options.client {
            return try OAuthFlow.client(id: id, secret: options.secret(context), at: target.issuer)
        }
        if let url = options.metadataURL, target.issuer.readsClientDocuments {
            return OAuthClient(id: url, method: "none")
        }
        if let known { return known }
        return try await register()
    }

    /// Tries the new login out. Returns the scopes that the server wants besides; nil if the login is good. Warns of
    /// any other failure of the server.
    private func missingScope(
        _ connection: MCPConnection, _ resolved: ResolvedServer, _ login: OAuthLogin
    ) async throws -> String? {
        let client = connection.client(of: resolved)
        do {
            try await client.use { try await client.connect() }
        } catch let error as OAuthError {
            if case .loginNeeded(let scope?) = error.kind { return scope }
            throw OAuthError(
                .loginNeeded(scope: nil), "the server does not accept the token that '\(login.issuer)' has issued")
        } catch let error as MCPError where error.kind == .unauthorized {
            throw OAuthError(
                .loginNeeded(scope: nil), "the server does not accept the token that '\(login.issuer)' has issued")
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            output.warn("signed in, but: \(ErrorReport(error, context).message)")
        }
        return nil
    }
}
