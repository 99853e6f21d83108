import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The options of `login`.
struct LoginOptions: CommandOptions {
    var usesWeb = false
    var readsKey = false
    /// Whether to open a browser; nil: on a terminal.
    var opensBrowser: Bool?
    var callbackPort: Int?
    var wait: Duration?
    /// The app in which the key is created.
    var app: String?
    /// The program that is to keep secrets, and its arguments; empty for none, nil for what was chosen before.
    var store: [String]?
    var profile: String?
    /// Whether events are written as lines of JSON.
    var writesEvents = false
    var output = OutputOptions()
    var needsOutputPlace: Bool { writesEvents }

    static let flags: [Flag<LoginOptions>] =
        [
            Flag(
                "web", summary: "Choose a key in a browser of this machine",
                details: "It comes back to a port of this machine, or the address where it ends is pasted here. "
                    + "No login of the account goes with the key, so that 'balance' and 'key' can't be used."
            ) { $0.usesWeb = $1 },
            Flag(
                "with-key", summary: "Read a key from standard input and store it",
                details: "On a terminal it is asked for and not shown. The API is asked whether it accepts the key."
            ) { $0.readsKey = $1 },
            Flag("browser", summary: "Open a browser, also without a terminal") { $0.opensBrowser = $1 },
            Flag(
                "callback-port", value: FlagSpec.Value("N"), summary: "Have the browser of --web come back to this port"
            ) { options, text throws(InvalidValue) in options.callbackPort = try PortText.parse(text) },
            Flag(
                "wait-for-auth", value: FlagSpec.Value("DURATION"), summary: "Wait this long for a person",
                details:
                    "Without a terminal nobody is waited for unless it is given. On one, it is as long as the code "
                    + "is valid, and two minutes with --web."
            ) { options, text throws(InvalidValue) in options.wait = try PatienceText.parse(text) },
            Flag(
                "store", value: FlagSpec.Value("'PROGRAM ARGS'"),
                summary: "Have this program keep all secrets of logins",
                details: "It is called as PROGRAM ARGS get|store|erase NAME, without a shell, and has 10 seconds. The "
                    + "secret is a line on its standard output or input. It is remembered, also for logins at MCP "
                    + "servers; --store '' goes back to files."
            ) { options, text throws(InvalidValue) in
                options.store = text.isEmpty ? [] : try ProgramText.parse(text)
            },
            AccountFlags.app.embedded(at: \.app), ConnectionFlags.profile.embedded(at: \.profile),
            Flag(
                "json", summary: "Print what happens as lines of JSON",
                details:
                    "With the member 'event': auth_start, device_code, auth_waiting, and auth_success or auth_error."
            ) { $0.writesEvents = $1 },
        ] + OutputFlags.global().map { $0.embedded(at: \.output) }

    /// Throws if flags exclude each other.
    func check() throws(UsageError) {
        if usesWeb, readsKey { throw UsageError("--web and --with-key exclude each other") }
        if callbackPort != nil, !usesWeb { throw UsageError("--callback-port goes with --web") }
    }
}
