import ParallelAPI
import ParallelMCP
import ParallelSettings
import ParallelTerminal

/// The options for connecting to an MCP server.
struct MCPConnectionOptions: Sendable {
    var header = HeaderOptions()
    var connection = ConnectionOptions()
    /// The time limit; nil for the command's default, `.some(nil)` for none.
    var timeout: Duration??
    var trustsProject = false
    /// The account of the login to use; nil for the one without a name.
    var account: String?
    var usesStoredLoginOnly = false

    /// The time limit of a request other than a call; nil means none.
    var patience: Duration? { timeout ?? .seconds(30) }

    /// The time limit of all requests other than calls together; nil if `--timeout` limits each of them.
    var total: Duration? { timeout == nil ? ParallelClient.usualLimit : nil }

    /// The flags that select the same server again, for a command to type, without secrets.
    var words: [String] {
        header.headers.flatMap { FlagSpec.words("header", "\($0.name): \(Self.shown($0))") }
            + (header.bearerVariable.map { ["--bearer-env", $0] } ?? []) + connection.words
            + (trustsProject ? ["--trust-project"] : []) + (account.map { FlagSpec.words("account", $0) } ?? [])
            + (usesStoredLoginOnly ? ["--stored-auth-only"] : [])
    }

    private static func shown(_ header: ServerDefinition.Header) -> String {
        SecretMask.hasLiteralSecret(header.value, inHeader: header.name) ? "…" : header.value
    }
}

enum MCPConnectionFlags {
    /// Returns the flags of commands that use a server of the registry.
    static func all(
        timeout summary: String = Self.timeout
    ) -> [Flag<MCPConnectionOptions>] {
        given(timeout: summary) + [
            TrustFlag.trustProject.embedded(at: \.trustsProject),
            Flag(
                "account", value: FlagSpec.Value("NAME"), summary: "Use the login of this account",
                details: "For several accounts of one server. Without a login of that name nothing is sent."
            ) { options, text throws(InvalidValue) in options.account = try FilledText.parse(text, called: "name") },
            Flag(
                "stored-auth-only", summary: "End with 3 at once unless a stored login can be used",
                details: "Headers of the entry count as one."
            ) { $0.usesStoredLoginOnly = $1 },
        ]
    }

    private static let timeout = "How long one request may take (default 30s)"

    /// Returns the flags of commands that get the server's URL or credentials on the command line.
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
