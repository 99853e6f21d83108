import ParallelCore
import ParallelHTTP
import ParallelTerminal

/// How an MCP server is reached.
struct MCPConnectionOptions: Sendable {
    var header = HeaderOptions()
    var connection = ConnectionOptions()
    /// Nil: the default of the command; `.some(nil)`: for ever.
    var timeout: Duration??

    /// How long a request other than a call may take.
    var patience: Duration? { timeout ?? .seconds(30) }

    /// The flags that reach the same server again, for a person to read: secrets are left out.
    var words: [String] {
        header.headers.flatMap { ["--header", "\($0.name): \(Self.shown($0))"] }
            + (header.bearerVariable.map { ["--bearer-env", $0] } ?? []) + connection.words
    }

    private static func shown(_ header: ServerDefinition.Header) -> String {
        SecretMask.hasLiteralSecret(header.value, inHeader: header.name) ? "…" : header.value
    }
}

enum MCPConnectionFlags {
    static func all(
        timeout summary: String = "How long one request may take (default 30s)"
    ) -> [Flag<MCPConnectionOptions>] {
        HeaderFlags.all.map { $0.embedded(at: \.header) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + [
                Flag(
                    "timeout", value: FlagSpec.Value("DURATION"), summary: summary,
                    details: "A number with s, m or h, such as 90s, 10m or 2h; a bare number counts seconds, and 0 "
                        + "means for ever."
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
    static func shown(_ word: String) -> String { ServerRegistry.isURL(word) ? SecretMask.url(word) : word }

    /// Looks a server up by name, or takes the URL that `word` is.
    ///
    /// Throws `RegistryError`, `UsageError`, `MissingKey`, and what the settings throw.
    static func server(
        _ word: String, _ options: MCPConnectionOptions, _ output: Output, _ context: Context
    ) throws -> ServerConnection {
        let apiKey = try APIConnection.settings(options.connection, context, needsKey: false).apiKey
        let registry = ServerRegistry(context)
        let headers = try options.header.all()
        let connection: ServerConnection
        if ServerRegistry.isURL(word) {
            connection = try registry.connection(at: word, headers: headers, apiKey: apiKey)
        } else {
            guard headers.isEmpty else {
                throw UsageError(
                    "--header and --bearer-env go with a URL", hint: "the registry has the headers of '\(word)'")
            }
            connection = try registry.connection(named: word, apiKey: apiKey)
        }
        // The search server does without; this one answers in its own way.
        if connection.builtIn == .task, connection.server.headers.isEmpty { throw MissingKey() }
        for note in connection.notes { output.note("note: \(note)") }
        return connection
    }

    /// Throws `UsageError` where the URL can't be used.
    static func client(
        _ connection: ServerConnection, _ options: MCPConnectionOptions, remembersEra: Bool = true, _ output: Output,
        _ context: Context, progress: RunProgress? = nil
    ) throws -> MCPClient {
        let endpoint: MCPEndpoint
        do {
            endpoint = try MCPEndpoint(connection.server)
        } catch {
            throw UsageError(error.reason)
        }
        let notices = MCPNoticeView(output: output, progress: progress)
        return MCPClient(
            endpoint,
            transport: APIConnection.transport(output, context, policy: policy, hiding: endpoint.hidingSecrets),
            clock: context.clock,
            clientVersion: Version.number,
            memory: remembersEra ? EraMemory(environment: context.environment) : nil, patience: options.patience
        ) { notices.show($0) }
    }

    /// A person waits: a server that refuses for longer than this is told of.
    private static let policy = RetryPolicy(maximumAttempts: 3, budget: .seconds(15))
}
