package import ParallelHTTP
package import ParallelSettings
import ParallelSystem
package import ParallelTerminal

/// Everything a command may use of the world, handed in: nothing below looks at the process by itself.
package struct Context: Sendable {
    /// The name the program was called by, for the commands it prints.
    package var programName: String
    /// The words that the command was given but for its name, for one that is to be given again.
    package var arguments: [String] = []
    package var streams: Streams
    package var terminal: TerminalInfo
    /// What `--color` says, for what is printed outside a command's own output.
    package var color = ColorChoice.auto
    package let environment: [String: String]
    /// Where the API is, resolved once from `environment`; or why it can't be told, which ends a command that calls it.
    package let apiAddress: Result<APIAddress, SettingsError>
    /// Where the working tree is looked for: absolute; nil when it is not known, as in a directory that was deleted.
    package var workingDirectory: String?
    /// The folder that relative paths of files count from; nil leaves them to the system, which needs no name for it.
    package var fileDirectory: String?
    package var clock: any Clock<Duration>
    /// Seconds since 1970, for dates in `Retry-After`.
    package var now: @Sendable () -> Int
    /// Uniform in 0..<1, for the jitter of retries.
    package var random: @Sendable () -> Double
    /// The network, which the first request opens.
    package var transport: any HTTPTransport
    /// Asks the person at the terminal.
    package var prompter: Prompter
    /// The signal that ended the work, once the task is cancelled.
    package var interruption: @Sendable () -> Int32?

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

    /// Returns `path` as a file of the user is opened by.
    func filePath(_ path: String) -> String { FileFolder(fileDirectory).path(of: path) }

    /// Where files without a name may be.
    var temporaryDirectory: String { environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp" }
}
