import TestSupport

/// Somebody at a shell: a home folder that is the working directory too, an environment, and an API.
struct Session: Sendable {
    let home: TemporaryDirectory
    /// The folder for state, which is none of home, so that tests can say what a command leaves there.
    let state: TemporaryDirectory
    var environment: [String: String]
    /// The server, which runs as long as the session.
    private let server: (any Sendable)?

    /// A key that is easy to find where it must not be.
    static let key = "key-471100-do-not-show"
    /// The key of every provider of models.
    static let modelKey = "model-key-471200-do-not-show"

    /// Knows the way to `api` and has a key.
    init(_ api: String, _ server: (any Sendable)? = nil) throws {
        self.server = server
        home = try TemporaryDirectory()
        state = try TemporaryDirectory()
        environment = [
            "HOME": home.path, "XDG_STATE_HOME": state.path, "PATH": "\(Program.folder):/usr/local/bin:/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "PARALLEL_BASE_URL": api, "PARALLEL_API_KEY": Self.key, "SWIFT_BACKTRACE": "enable=no",
        ]
    }

    init(_ server: ScriptedAPI) throws { try self.init(server.baseURL, server) }

    init(_ sandbox: RunningSandbox) throws {
        try self.init(sandbox.baseURL, sandbox)
        for (name, path) in [("OPENAI", "/openai/v1"), ("ANTHROPIC", "/anthropic"), ("XAI", "/xai")] {
            environment[name + "_BASE_URL"] = sandbox.baseURL + path
            environment[name + "_API_KEY"] = Self.modelKey
        }
        environment["PARALLEL_PLATFORM_URL"] = sandbox.baseURL
        environment["PARALLEL_SERVICE_API_URL"] = sandbox.baseURL + "/account"
        environment["GOOGLE_GEMINI_BASE_URL"] = sandbox.baseURL + "/gemini"
        environment["GOOGLE_API_KEY"] = Self.modelKey
    }

    /// Runs `parallel` to its end in pipes.
    func run(
        _ words: String..., input: ChildProcess.Input = .closed, adding variables: [String: String] = [:]
    ) async throws -> ChildProcess.Result {
        try await run(words, input: input, adding: variables)
    }

    func run(
        _ words: [String], input: ChildProcess.Input = .closed, adding variables: [String: String] = [:]
    ) async throws -> ChildProcess.Result {
        try await ChildProcess.run(
            Program.parallel, words, environment: environment.merging(variables) { $1 }, input: input,
            directory: home.path)
    }

    /// Starts `parallel` in pipes and leaves it running.
    func start(_ words: String...) throws -> ChildProcess { try start(words) }

    func start(_ words: [String], input: ChildProcess.Input = .closed) throws -> ChildProcess {
        try ChildProcess.start(
            Program.parallel, words, environment: environment, input: input, directory: home.path)
    }

    /// Has a shell carry out `script`.
    func shell(
        _ script: String, _ shell: String = "/bin/sh", adding variables: [String: String] = [:]
    ) async throws -> ChildProcess.Result {
        try await ChildProcess.run(
            shell, ["-c", script], environment: environment.merging(variables) { $1 }, directory: home.path)
    }

    /// Starts `parallel` on a terminal of its own, xterm unless `variables` say otherwise.
    func terminal(
        _ words: String..., columns: Int = 80, adding variables: [String: String] = [:]
    ) throws -> PseudoTerminal {
        try terminal(words, columns: columns, adding: variables)
    }

    func terminal(
        _ words: [String], columns: Int = 80, adding variables: [String: String] = [:]
    ) throws -> PseudoTerminal {
        let terminal = try PseudoTerminal(columns: columns)
        try terminal.start(
            Program.parallel, words,
            environment: environment.merging(["TERM": "xterm"]) { $1 }.merging(variables) { $1 }, directory: home.path)
        return terminal
    }

    /// Runs the program in a terminal whose screen can be compared as text; `words` are words of sh, and so is a
    /// `command` that runs before. At the end the
    /// screen shows the exit code, and whether the settings of the terminal are what they were.
    func screen(
        _ words: String, after command: String = ":", columns: Int = 80, rows: Int = 12,
        adding variables: [String: String] = [:]
    ) async throws -> TmuxScreen {
        try await TmuxScreen(
            columns: columns, rows: rows,
            command: """
                \(command)
                before=$(stty -g)
                parallel \(words)
                echo "code $?"
                if [ "$before" = "$(stty -g)" ]; then echo restored; fi
                exec sleep 86400
                """,
            environment: environment.merging(["TERM": "screen"]) { $1 }.merging(variables) { $1 }, directory: home.path,
            keeping: self)
    }
}

extension ChildProcess.Result {
    /// The id of the run that was created, from the line on stderr.
    var runID: String { Self.runID(in: error) }

    /// The first run id in `text`; empty where there is none.
    static func runID(in text: String) -> String {
        guard let range = text.firstRange(of: "trun_") else { return "" }
        return "trun_" + text[range.upperBound...].prefix { $0.isHexDigit }
    }

    /// The command that is offered to go on; empty where there is none.
    var resumeCommand: String {
        command(after: " up again with: ") ?? ""
    }

    /// The command printed behind `mark`; where a word ends with line feeds, its quote closes on a later line.
    func command(after mark: String) -> String? {
        guard let place = error.firstRange(of: mark) else { return nil }
        return error[place.upperBound...].prefixMatch(of: /.*(?:\n+'.*)*/).map { String($0.output) }
    }
}
