import ParallelAuth
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The options of `mcp login`.
struct MCPLoginOptions: CommandOptions {
    var server = ""
    var client: String?
    var secretVariable: String?
    var secretFile: String?
    var metadataURL: String?
    var usesClientCredentials = false
    var scope: String?
    var callbackPort: Int?
    /// The address that the browser comes back to, as it was registered; without a port, any is used.
    var redirectURI: String?
    /// Whether to open a browser; nil: on a terminal.
    var opensBrowser: Bool?
    var printsHandoff = false
    var wait: Duration?
    var callbackFile: String?
    var usesDevice = false
    var connection = MCPConnectionOptions()
    var output = OutputOptions()
    var needsOutputPlace: Bool { printsHandoff }

    static let flags: [Flag<MCPLoginOptions>] =
        [
            Flag(
                "client-id", value: FlagSpec.Value("ID"), summary: "Use a client that was registered by hand",
                details: "For servers that register none by themselves. It is remembered for this server."
            ) { options, text throws(InvalidValue) in options.client = try FilledText.parse(text, called: "id") },
            Flag(
                "client-secret-env", value: FlagSpec.Value("VAR"),
                summary: "Take the client's secret from the variable VAR",
                details: "The name is remembered, not the value: each renewal reads the variable again."
            ) { options, text throws(InvalidValue) in options.secretVariable = try HeaderFlags.variable(text) },
            Flag(
                "client-secret-file", value: FlagSpec.Value("FILE", completion: .file),
                summary: "Take it from FILE, which only you may read"
            ) { options, text throws(InvalidValue) in options.secretFile = try FileNameText.parse(text) },
            Flag(
                "client-metadata-url", value: FlagSpec.Value("URL"),
                summary: "Be the client that the document at URL is of",
                details:
                    "A client id metadata document, for servers that read such documents. Its redirect_uris need "
                    + "http://127.0.0.1/callback."
            ) { options, text throws(InvalidValue) in options.metadataURL = try FilledText.parse(text, called: "URL") },
            Flag(
                "client-credentials", summary: "Sign the client itself in, not a person",
                details: "For CI and daemons: needs --client-id and its secret."
            ) { $0.usesClientCredentials = $1 },
            Flag(
                "scope", value: FlagSpec.Value("SCOPE"), summary: "Ask for these scopes, with spaces between",
                details: "Without it: what the server asks for, or else what it says it has."
            ) { options, text throws(InvalidValue) in options.scope = try FilledText.parse(text, called: "scope") },
            Flag(
                "callback-port", value: FlagSpec.Value("N"), summary: "Have the browser come back to this port",
                details: "Without it any free port is used. A client that was registered by hand may need one."
            ) { options, text throws(InvalidValue) in options.callbackPort = try PortText.parse(text) },
            Flag(
                "redirect-uri", value: FlagSpec.Value("URL"), summary: "Have the browser come back to this address",
                details:
                    "That of a client that was registered by hand, on this machine, such as "
                    + "http://localhost:8123/cb. Without a port any free one is used."
            ) { options, text throws(InvalidValue) in
                guard (try? PendingLogin.port(of: text)) != nil else {
                    throw InvalidValue("'\(text)' is no http address of this machine, or has a fragment")
                }
                options.redirectURI = text
            },
            Flag(
                "browser", summary: "Open a browser, also without a terminal",
                details:
                    "On a terminal one is opened without this flag: BROWSER, or the system's. With --no-browser the "
                    + "address is printed, and the one where a browser elsewhere ends can be pasted."
            ) { $0.opensBrowser = $1 },
            Flag("device", summary: "Sign in by typing a code on another device") { $0.usesDevice = $1 },
            Flag(
                "print-handoff", summary: "Print the address for somebody else, as JSON",
                details:
                    "{\"authorization_url\": …, \"wait_command\": […], \"callback_command\": […], \"expires_at\": …}: a "
                    + "person or a program elsewhere opens the address. With --wait-for-auth this command waits itself."
            ) { $0.printsHandoff = $1 },
            Flag(
                "wait-for-auth", value: FlagSpec.Value("DURATION"),
                summary: "Wait this long for a person (terminal: 2m)",
                details:
                    "Without a terminal nobody is waited for unless it is given. Goes on with the login that --print-handoff has begun, if there is one; with "
                    + "--stored-auth-only it begins none itself."
            ) { options, text throws(InvalidValue) in options.wait = try PatienceText.parse(text) },
            Flag(
                "callback", value: FlagSpec.Value("FILE", completion: .file, takesStandardInput: true),
                summary: "Finish with the address where a browser ended",
                details: "FILE holds that address; - is standard input. This ends the wait of another process, too."
            ) { options, text throws(InvalidValue) in options.callbackFile = try FileNameText.parse(text) },
        ] + MCPConnectionFlags.all().map { $0.embedded(at: \.connection) }
        + OutputFlags.global().map { $0.embedded(at: \.output) }

    /// Where the secret of the client is.
    func secret(_ context: Context) -> OAuthClient.SecretSource {
        if let secretVariable { return .variable(secretVariable) }
        guard let secretFile else { return .none }
        let path = context.filePath(secretFile)
        return .file(path.begins(with: "/") ? path : "\(context.workingDirectory ?? ".")/\(path)")
    }

    /// Whether the flags say more of the login than that somebody waits for it.
    var beginsAnew: Bool {
        printsHandoff || usesDevice || usesClientCredentials || client != nil || metadataURL != nil || scope != nil
            || callbackPort != nil || redirectURI != nil
    }

    /// Throws if flags exclude each other.
    func check() throws(UsageError) {
        let ways = [
            (usesClientCredentials, "--client-credentials"), (usesDevice, "--device"),
            (printsHandoff, "--print-handoff"),
            (callbackFile != nil, "--callback"), (connection.usesStoredLoginOnly, "--stored-auth-only"),
        ].filter(\.0).map(\.1)
        if ways.count > 1 { throw UsageError("\(ways[0]) and \(ways[1]) exclude each other") }
        // Only a browser comes back to an address.
        let browser = [(callbackPort != nil, "--callback-port"), (redirectURI != nil, "--redirect-uri")]
            .filter(\.0).map(\.1).first
        if let browser, usesDevice || usesClientCredentials {
            throw UsageError("\(ways[0]) and \(browser) exclude each other")
        }
        if callbackPort != nil, let redirectURI, (try? PendingLogin.port(of: redirectURI)) ?? 0 != 0 {
            throw UsageError("--callback-port and the port in --redirect-uri exclude each other")
        }
        let hasSecret = secretVariable != nil || secretFile != nil
        if secretVariable != nil, secretFile != nil {
            throw UsageError("--client-secret-env and --client-secret-file exclude each other")
        }
        if hasSecret, client == nil { throw UsageError("a secret goes with --client-id") }
        if usesClientCredentials, client == nil || !hasSecret {
            throw UsageError(
                "--client-credentials needs --client-id and --client-secret-env or --client-secret-file")
        }
    }
}
