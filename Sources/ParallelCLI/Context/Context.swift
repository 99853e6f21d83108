package import ParallelHTTP
package import ParallelSettings
import ParallelSystem
package import ParallelTerminal

/// Everything outside the program that a command may use, passed in: no code below looks at the process by itself.
package struct Context: Sendable {
    /// The name that the program was called by, for the commands it prints.
    package var programName: String
    /// The words after the command's name, for printing a command to type again.
    package var arguments: [String] = []
    /// The words after `batch rerun`, which runs another command; nil for all other commands.
    var typed: [String]?
    /// The absolute path of this program, for files that start it; nil if it is not known.
    package var programPath: String?
    package var streams: Streams
    package var terminal: TerminalInfo
    /// The value of `--color`, for text printed outside a command's own output.
    package var color = ColorChoice.auto
    /// Whether errors are reported as lines of JSON.
    var reportsErrorsAsJSON = false
    /// Whether the JSON that the API answers an error with goes to standard output, as results do.
    var printsErrorDocuments = false
    /// Whether a word of the command line makes it read standard input.
    var readsStandardInput = false
    /// Whether an error has been reported.
    private(set) var hasReportedError = Lock(false)
    package internal(set) var environment: [String: String]
    /// The file whose rules hold for all users of this machine.
    package var systemConfiguration: String?
    /// What is configured for this call.
    package var settings = ChosenSettings()
    /// What may leave this machine, and stay on it.
    package var rules = CallRules()
    /// Where the key came from that a command has taken last, for those who ask where a request would go.
    let keyOrigin = Lock<SettingOrigin?>(nil)
    /// Where calls that cost something are put down; nil before the command line is read.
    package var log: ActivityLog?
    /// What the questions of the shell have brought; nil outside one.
    var transcript: Transcript?
    /// The address of the API, resolved once from `environment` and the settings, or the error that ends a command
    /// which calls the API.
    package internal(set) var apiAddress: Result<APIAddress, SettingsError>
    /// The absolute path of the working directory, for finding the project's files; nil if unknown, as in a deleted
    /// directory.
    package var workingDirectory: String?
    /// The folder that relative file paths are resolved against; nil for the process's working directory.
    package var fileDirectory: String?
    package var clock: any Clock<Duration>
    /// Returns seconds since 1970, for dates in `Retry-After`.
    package var now: @Sendable () -> Int
    /// Returns how far local time is ahead of UTC, in seconds, at a time given in seconds since 1970.
    package var localOffset: @Sendable (_ seconds: Int) -> Int = { _ in 0 }
    /// Returns a random number, uniform in 0..<1, for the jitter of retries.
    package var random: @Sendable () -> Double
    /// The network. It is opened by the first request.
    package var transport: any HTTPTransport
    /// The same below the rules of a command; nil where there are none.
    var unruledTransport: (any HTTPTransport)?
    /// Asks the person at the terminal.
    package var prompter: Prompter
    /// Runs another program with these words, the first of which is its path, and returns its exit code. What it prints
    /// goes to standard error, and it reads nothing.
    package var runProgram: @Sendable (_ words: [String]) throws -> Int32 = { words in
        throw ErrorReport(.unexpected, "no program can be run here: \(words[0])")
    }
    /// Returns the name of the program that started this one, which is a shell where a person did; nil if unknown.
    package var parentName: @Sendable () -> String? = { nil }
    /// Opens an address in a browser; returns false if there is none, or it fails at once.
    package var openBrowser: @Sendable (_ url: String) async -> Bool = { _ in false }
    /// Returns the signal that ended the work; nil if none has.
    package var interruption: @Sendable () -> Int32?
    /// Runs a line of a shell. Ctrl-C ends the line and not the program; from the first line on, it has no effect
    /// between lines.
    package var runLine: @Sendable (_ line: @escaping @Sendable () async -> ExitCode) async -> ExitCode = { await $0() }

    package init(
        programName: String, streams: Streams, terminal: TerminalInfo, environment: [String: String],
        workingDirectory: String?, fileDirectory: String? = nil, clock: any Clock<Duration>,
        now: @escaping @Sendable () -> Int,
        random: @escaping @Sendable () -> Double, transport: any HTTPTransport,
        prompter: Prompter, interruption: @escaping @Sendable () -> Int32?
    ) {
        self.programName = programName
        self.streams = streams
        self.terminal = terminal
        self.environment = environment
        apiAddress = Result { () throws(SettingsError) in try APIAddress(environment: environment) }
        self.workingDirectory = workingDirectory
        self.fileDirectory = fileDirectory
        self.clock = clock
        self.now = now
        self.random = random
        self.transport = transport
        self.prompter = prompter
        self.interruption = interruption
    }

    /// Returns the context of a line of a shell, which knows nothing of the lines before.
    func ofLine() -> Context {
        var line = self
        line.hasReportedError = Lock(false)
        (line.arguments, line.typed, line.readsStandardInput) = ([], nil, false)
        (line.settings, line.log, line.printsErrorDocuments) = (ChosenSettings(), nil, false)
        line.apiAddress = Result { () throws(SettingsError) in try APIAddress(environment: environment) }
        return line
    }

    /// Returns the path under which to open the file that the user calls `path`.
    func filePath(_ path: String) -> String { FileFolder(fileDirectory).path(of: path) }

    /// The folder for temporary files.
    var temporaryDirectory: String { environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp" }
}
