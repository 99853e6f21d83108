import ParallelAPI
import ParallelHTTP
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// How an MCP server is reached.
struct MCPConnectionOptions: Sendable {
    var header = HeaderOptions()
    var connection = ConnectionOptions()
    /// Nil: the default of the command; `.some(nil)`: for ever.
    var timeout: Duration??
    var trustsProject = false

    /// How long a request other than a call may take.
    var patience: Duration? { timeout ?? .seconds(30) }

    /// Time for all requests but calls together; no limit where `--timeout` bounds each.
    var total: Duration? { timeout == nil ? ParallelClient.usualLimit : nil }

    /// The flags that reach the same server again, for a person to read: secrets are left out.
    var words: [String] {
        header.headers.flatMap { FlagSpec.words("header", "\($0.name): \(Self.shown($0))") }
            + (header.bearerVariable.map { ["--bearer-env", $0] } ?? []) + connection.words
            + (trustsProject ? ["--trust-project"] : [])
    }

    private static func shown(_ header: ServerDefinition.Header) -> String {
        SecretMask.hasLiteralSecret(header.value, inHeader: header.name) ? "…" : header.value
    }
}

enum MCPConnectionFlags {
    /// For commands that use a server of the registry.
    static func all(
        timeout summary: String = Self.timeout
    ) -> [Flag<MCPConnectionOptions>] {
        given(timeout: summary) + [TrustFlag.trustProject.embedded(at: \.trustsProject)]
    }

    private static let timeout = "How long one request may take (default 30s)"

    /// For one that is told on the command line how the server is reached.
    static func given(timeout summary: String = Self.timeout) -> [Flag<MCPConnectionOptions>] {
        HeaderFlags.all.map { $0.embedded(at: \.header) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + [
                Flag(
                    "timeout", value: FlagSpec.Value("DURATION"), summary: summary,
                    details: "A number with s, m or h, such as 90s, 10m or 2h; a bare number counts seconds, and 0 "
                        + "means for ever. Without it, all requests but calls have two minutes together."
                ) { options, text throws(InvalidValue) in
                    let duration = try DurationText.parse(text)
                    options.timeout = .some(duration == .zero ? nil : duration)
                }
            ]
    }
}

/// Makes what a command talks to an MCP server with.
enum MCPConnection {
    /// The word that names a server on the command line.
    static let positional = Positional(
        "SERVER", .required, completion: .mcpServers, summary: "a name of 'mcp list', or the URL of a server")

    /// The word that names a server, as a command may repeat it: an address without its secrets.
    static func shown(_ word: String) -> String {
        ServerDefinition.isURL(word) ? SecretMask.url(word, toType: true) : word
    }

    /// Looks a server up by name, or takes the URL that `word` is.
    ///
    /// Throws `RegistryError`, `UsageError`, `MissingKey`, `Interrupted`, and what the settings throw.
    static func server(
        _ word: String, _ options: MCPConnectionOptions, for use: ServerUse = .call, _ output: Output,
        _ context: Context
    ) async throws -> ServerConnection {
        let apiKey = try APIConnection.settings(options.connection, context, needsKey: false).apiKey
        let registry = ServerRegistry(context)
        let headers = try options.header.all()
        let connection: ServerConnection
        if ServerDefinition.isURL(word) {
            connection = try registry.connection(at: word, headers: headers, apiKey: apiKey)
        } else {
            guard headers.isEmpty else {
                throw UsageError(
                    "--header and --bearer-env go with a URL", hint: "the registry has the headers of '\(word)'")
            }
            connection = try registry.connection(named: word, apiKey: apiKey, for: use)
        }
        try requireKey(connection)
        try await ProjectTrust.settle([connection], isGiven: options.trustsProject, context)
        for note in connection.notes { output.note(note, behind: "note: ") }
        return connection
    }

    /// Throws `MissingKey` for a server that answers in its own way without one; the search server does without.
    static func requireKey(_ connection: ServerConnection) throws {
        if connection.builtIn == .task, connection.server.headers.isEmpty { throw MissingKey() }
    }

    /// Connects to the server that `word` names, does `work` with it, and ends the session.
    static func open(
        _ word: String, _ options: MCPConnectionOptions, _ output: Output, _ context: Context,
        _ work: (MCPClient, ServerConnection) async throws -> Void
    ) async throws {
        let connection = try await server(word, options, output, context)
        let client = client(connection, options, output, context)
        try await use(client, of: connection, context) {
            try await client.connect()
            try await work(client, connection)
        }
    }

    /// Does `work` with the server; where it refuses the credentials, the error says how this one gets others.
    static func use<Value: Sendable>(
        _ client: MCPClient, of connection: ServerConnection, _ context: Context, _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await client.use(work)
        } catch {
            throw advised(error, connection, context)
        }
    }

    /// `error` with what to do about credentials that were refused, which depends on where they come from.
    static func advised(_ error: any Error, _ connection: ServerConnection, _ context: Context) -> any Error {
        guard var error = error as? MCPError, error.kind == .unauthorized else { return error }
        error.hints.append(advice(on: connection, context))
        return error
    }

    private static func advice(on connection: ServerConnection, _ context: Context) -> Hint {
        let server = connection.server
        let references = Set(server.headers.flatMap { VariableReference.references(in: $0.value.template).map(\.name) })
        if references == [Settings.keyVariable] {
            return "check the key: \(Settings.keyVariable), or --api-key-file FILE"
        }
        guard case .registry(let origin) = connection.source else {
            return "a token is given with --bearer-env VAR, another header with --header 'Name: ${VAR}'"
        }
        if !references.isEmpty { return "check the value of \(references.sorted().joined(separator: ", "))" }
        let url = ShellQuoting.quoted(SecretMask.url(server.url.template, toType: true))
        let scope = if case .file(.project?, _) = origin { " --scope project" } else { "" }
        let words = ShellQuoting.operand(server.name, url, flags: " --bearer-env VAR --force\(scope)")
        return "give it others: \(command: "\(context.programName) mcp add \(words)")"
    }

    /// Warns of a token that is about to expire.
    static func warnOfExpiry(_ connection: ServerConnection, _ output: Output, _ context: Context) {
        guard let expiry = connection.server.tokenExpiry else { return }
        let rest = expiry - context.now()
        guard rest > 0, rest < 3600 else { return }
        output.warn(
            "the token of '\(connection.server.name)' expires in \(DurationText.describe(.seconds(rest))), "
                + "and a task's run can take longer")
    }

    static func client(
        _ connection: ServerConnection, _ options: MCPConnectionOptions, remembersEra: Bool = true, _ output: Output,
        _ context: Context, progress: RunProgress? = nil
    ) -> MCPClient {
        let endpoint = MCPEndpoint(connection.server, at: connection.url, secrets: context.streams.secrets)
        let notices = MCPNoticeView(output: output, progress: progress)
        return MCPClient(
            endpoint,
            transport: APIConnection.transport(output, context, policy: policy),
            clock: context.clock,
            clientVersion: Version.number,
            memory: remembersEra ? EraMemory(environment: context.environment) : nil, patience: options.patience,
            total: options.total
        ) { notices.show($0) }
    }

    /// A person waits: a server that refuses for longer than this is told of.
    private static let policy = RetryPolicy(maximumAttempts: 3, budget: .seconds(15))
}
