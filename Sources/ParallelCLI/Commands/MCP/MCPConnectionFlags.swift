import ParallelAPI
import ParallelMCP
import ParallelSettings
import ParallelSystem
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
    /// The program to start in place of a named server.
    var program: LocalProgram?

    /// Takes the server off the words of a command: a name or URL, or the program of --command in its place.
    func server(from words: inout [String]) throws(UsageError) -> String {
        if let program { return program.name }
        let positional = MCPConnection.positional
        guard !words.isEmpty else {
            throw UsageError("missing \(positional.name)", hint: "\(positional.name): \(positional.summary)")
        }
        return words.removeFirst()
    }

    /// Throws for a word that is left where --command has taken the place of one.
    func refuse(_ words: [String]) throws(UsageError) {
        guard let word = words.first else { return }
        throw UsageError("unexpected argument '\(UsageError.shown(word))'", hint: "--command takes the place of SERVER")
    }

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
        timeout summary: String = Self.timeout, _ details: String = Self.total
    ) -> [Flag<MCPConnectionOptions>] {
        given(timeout: summary, details) + [
            TrustFlag.trustProject.embedded(at: \.trustsProject),
            Flag(
                "account", value: FlagSpec.Value("NAME"), summary: "Use the login of this account",
                details: "For several accounts of one server. No other login is used in its place."
            ) { options, text throws(InvalidValue) in options.account = try FilledText.parse(text, called: "name") },
            Flag(
                "stored-auth-only", summary: "End with 3 at once unless a stored login can be used",
                details: "Headers of the entry count as one."
            ) { $0.usesStoredLoginOnly = $1 },
        ]
    }

    private static let timeout = "How long one request may take (default 30s)"
    private static let total = "Without it, all requests but calls have two minutes together."

    /// The flag for a server that is started here.
    static let command = Flag<LocalProgram?>(
        "command", value: FlagSpec.Value("'PROGRAM ARGS'"), summary: "Start this program as the server instead",
        details: "It is split into words like a line of a shell, by spaces, quotation marks and backslashes, but no "
            + "shell runs it: variables and patterns mean nothing. The program gets PATH, HOME and the like, but none "
            + "of your keys; an entry of your own registry with 'command', 'args' and 'env' can give it more."
    ) { program, text throws(InvalidValue) in
        program = LocalProgram(words: try ProgramText.parse(text))
    }

    /// Returns the flags of commands that get the server's URL or credentials on the command line.
    static func given(
        timeout summary: String = Self.timeout, _ details: String = Self.total
    ) -> [Flag<MCPConnectionOptions>] {
        HeaderFlags.all.map { $0.embedded(at: \.header) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + [
                Flag(
                    "timeout", value: FlagSpec.Value("DURATION"), summary: summary,
                    details: "A number with s, m or h, such as 90s, 10m or 2h; a bare number counts seconds, and 0 "
                        + "means for ever. \(details)"
                ) { options, text throws(InvalidValue) in
                    let duration = try DurationText.parse(text)
                    options.timeout = .some(duration == .zero ? nil : duration)
                }
            ]
    }
}
