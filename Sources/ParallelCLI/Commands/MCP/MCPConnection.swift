import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Finds MCP servers and connects to them, with the options of one command.
struct MCPConnection: Sendable {
    let options: MCPConnectionOptions
    let output: Output
    let context: Context

    init(_ options: MCPConnectionOptions, _ output: Output, _ context: Context) {
        self.options = options
        self.output = output
        self.context = context
    }

    /// The positional argument that names a server.
    static let positional = positional(.required)

    static func positional(_ arity: Positional.Arity) -> Positional {
        Positional("SERVER", arity, completion: .mcpServers, summary: "a name from 'mcp list', or the URL of a server")
    }

    /// Returns the word that names a server for messages: a URL without its secrets.
    static func shown(_ word: String) -> String {
        ServerDefinition.isURL(word) ? SecretMask.url(word, toType: true) : word
    }

    /// Returns the server that `word` names, or whose URL it is, after the user has trusted it with variables.
    ///
    /// Throws `RegistryError`, `UsageError`, `UntrustedServer`, `MissingKey`, `Interrupted`, and what the settings
    /// throw.
    func server(_ word: String, for use: ServerUse = .call) async throws -> ResolvedServer {
        let apiKey = try APIConnection.settings(options.connection, context, needsKey: false).serverKey
        let registry = ServerRegistry(context)
        let headers = try options.header.all()
        let resolved: ResolvedServer
        let isURL = ServerDefinition.isURL(word)
        if let program = try options.program ?? (isURL ? nil : registry.program(named: word, for: use)) {
            guard headers.isEmpty else { throw UsageError("--header and --bearer-env go with a URL") }
            return try registry.server(program, name: word)
        }
        if isURL {
            resolved = try registry.server(at: word, headers: headers, apiKey: apiKey)
        } else {
            guard headers.isEmpty else {
                throw UsageError(
                    "--header and --bearer-env go with a URL", hint: "the registry has the headers of '\(word)'")
            }
            resolved = try registry.server(named: word, apiKey: apiKey, for: use)
        }
        try Self.requireKey(for: resolved)
        if options.account != nil, use == .call, resolved.server.hasCredentials {
            throw UsageError("--account: '\(resolved.server.name)' has credentials of its own, so no login is used")
        }
        try await ProjectTrust(isGiven: options.trustsProject, context: context).settle([resolved])
        for note in resolved.notes { output.note(note.hint(context), behind: "note: ") }
        return resolved
    }

    /// Throws `MissingKey` if the server is the task server and no key is set; the search server needs none.
    static func requireKey(for resolved: ResolvedServer) throws {
        if resolved.builtIn == .task, resolved.server.headers.isEmpty { throw MissingKey() }
    }

    /// Connects to the server that `word` names, does `work` with it, and ends the session.
    func open(_ word: String, _ work: (MCPClient, ResolvedServer) async throws -> Void) async throws {
        let resolved = try await server(word)
        let client = client(of: resolved)
        try await use(client, of: resolved) {
            try await client.connect()
            try await work(client, resolved)
        }
    }

    /// Does `work` with the server and ends the session. An error about credentials says how to give other ones.
    func use<Value: Sendable>(
        _ client: MCPClient, of resolved: ResolvedServer, _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await client.use(work)
        } catch {
            throw advised(error, on: resolved)
        }
    }

    /// Returns `error`. If the server refused the credentials, adds advice that depends on where they came from.
    func advised(_ error: any Error, on resolved: ResolvedServer) -> any Error {
        if let error = error as? OAuthError {
            return logins.advised(error, on: resolved.server.name, account: options.account)
        }
        guard var error = error as? MCPError, error.kind == .unauthorized else { return error }
        error.hints.append(advice(on: resolved))
        let isBare = resolved.server.headers.isEmpty && error.challenge != nil
        if !resolved.server.hasCredentials, error.offersLogin || isBare {
            let names = options.account == nil ? logins.accounts(at: resolved) : []
            let account = (options.account ?? names.first).map { FlagSpec.words("account", $0) } ?? []
            let command = context.command(
                ["mcp", "login"], operands: [resolved.server.name], flags: names.isEmpty ? account : [])
            let offer: Hint = error.offersLogin ? "it offers a login" : "if it has a login with OAuth"
            error.hints.insert("\(offer): \(command: command)", at: error.offersLogin ? 0 : error.hints.endIndex)
            if !names.isEmpty {
                let list = names.map { "'\($0)'" }.joined(separator: ", ")
                let words = account.map(ShellQuoting.quoted).joined(separator: " ")
                error.hints.insert("there is a login as \(list); use it with \(words)", at: 0)
            }
        }
        return error
    }

    private func advice(on resolved: ResolvedServer) -> Hint {
        let server = resolved.server
        let references = Set(server.headers.flatMap { VariableReference.references(in: $0.value.template).map(\.name) })
        if references == [Settings.keyVariable] {
            return "check the key: \(Settings.keyVariable), or --api-key-file FILE"
        }
        guard case .registry(let origin) = resolved.source else {
            return "a token is given with --bearer-env VAR, another header with --header 'Name: ${VAR}'"
        }
        if !references.isEmpty { return "check the value of \(references.sorted().joined(separator: ", "))" }
        let url = SecretMask.url(server.url.template, toType: true)
        let scope = if case .file(.project?, _) = origin { ["--scope", "project"] } else { [String]() }
        let command = context.command(
            ["mcp", "add"], operands: [server.name, url], flags: ["--bearer-env", "VAR", "--force"] + scope)
        return "give it others: \(command: command)"
    }

    /// Checks the server step by step, and whether a task could use it with `tools`. Warns if it redirects. Throws only
    /// `CancellationError`.
    func check(_ resolved: ResolvedServer, expecting tools: [String]?) async throws -> ServerCheck {
        // A check must not rely on what an earlier command has found out.
        let client = client(of: resolved, findsEra: true)
        let check = try await client.use {
            try await ServerCheck.run(
                on: resolved, with: client, expecting: tools,
                reach: TaskReach(context, tokenExpiry: resolved.server.tokenExpiry), clock: context.clock,
                now: context.now(), login: logins.credentials(of: resolved, account: options.account))
        }
        if let url = client.redirectedURL {
            output.warn("'\(resolved.server.name)' redirects to \(url.redacted()), which is the URL to store")
        }
        return check
    }

    /// Warns of a token that is about to expire.
    func warnOfExpiry(of resolved: ResolvedServer) {
        guard let expiry = resolved.server.tokenExpiry else { return }
        let rest = expiry - context.now()
        guard rest > 0, rest < 3600 else { return }
        output.warn(
            "the token of '\(resolved.server.name)' expires in \(DurationText.describe(.seconds(rest))), "
                + "and a task's run can take longer")
    }

    /// Returns a client of the server.
    ///
    /// - Parameters:
    ///   - findsEra: whether to ask the server which era it speaks, even if that is remembered.
    ///   - usesLogin: whether to send the token of a stored login.
    ///   - settings: what the search server is told in a header, if anything.
    func client(
        of resolved: ResolvedServer, findsEra: Bool = false, usesLogin: Bool = true, settings: String? = nil,
        progress: RunProgress? = nil
    ) -> MCPClient {
        var endpoint = MCPEndpoint(resolved.server, at: resolved.url, secrets: context.streams.secrets)
        if let settings { endpoint.headers.add(SearchSettings.header, settings) }
        let notices = MCPNoticeView(output: output, progress: progress)
        if let program = resolved.program {
            return MCPClient(
                endpoint, starting: program, clock: context.clock, clientVersion: Version.number,
                patience: options.patience, total: options.total
            ) { notices.show($0) }
        }
        return MCPClient(
            endpoint, transport: APIConnection.transport(output, context, policy: Self.policy, keepsCookies: true),
            credentials: usesLogin ? login(at: resolved, endpoint) : nil, clock: context.clock,
            clientVersion: Version.number,
            memory: findsEra || context.rules.zeroRetention != nil ? nil : EraCache(environment: context.environment),
            patience: options.patience, total: options.total
        ) { notices.show($0) }
    }

    /// Returns the way to a server for messages of other programs, and the login that authorises them, if there may be
    /// one.
    func passage(
        to resolved: ResolvedServer
    ) -> (endpoint: MCPEndpoint, transport: any HTTPTransport, login: OAuthCredentials?) {
        // A server that asks for patience gets it, as long as the request's time is not over.
        let policy = RetryPolicy(maximumAttempts: 4, budget: .seconds(300))
        let endpoint = MCPEndpoint(resolved.server, at: resolved.url, secrets: context.streams.secrets)
        return (
            endpoint, APIConnection.transport(output, context, policy: policy, keepsCookies: true, isBrief: true),
            login(at: resolved, endpoint)
        )
    }

    /// Returns the login at a server, if one can be there.
    private func login(at resolved: ResolvedServer, _ endpoint: MCPEndpoint) -> OAuthCredentials? {
        logins.credentials(
            of: resolved, account: options.account,
            isRequired: options.usesStoredLoginOnly && resolved.server.headers.isEmpty, fields: endpoint.headers)
    }

    private var logins: StoredLogins { StoredLogins(output: output, context: context) }

    /// Retries for a short time only, as a person is waiting.
    private static let policy = RetryPolicy(maximumAttempts: 3, budget: .seconds(15))
}
