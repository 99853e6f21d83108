package import ParallelOutput

/// A parsed command line, ready to run: its options, its output and its context.
package protocol RunnableCommand: Sendable {
    associatedtype Options: CommandOptions

    /// The words that name the command: `task run`.
    static var name: String { get }

    init(options: Options, output: Output, context: Context)

    /// Executes the command and returns its exit code.
    func run() async throws -> ExitCode
}

/// The options that the words of a command line set.
package protocol CommandOptions: Sendable {
    var output: OutputOptions { get }
    /// Whether the command prints data, so that without --output standard output must be open.
    var needsOutputPlace: Bool { get }
    /// Whether --json or an equal format was given. Then a failed run or an error of the API is also printed as JSON on
    /// standard output, even with --output, which makes no file in that case.
    var writesJSON: Bool { get }

    /// Takes what is set so far, which came from settings, as what nobody has given.
    mutating func takeAsDefaults()
}

extension CommandOptions {
    package var needsOutputPlace: Bool { true }
    package var writesJSON: Bool { output.format?.isJSON == true }

    package mutating func takeAsDefaults() {}
}
