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
    /// Whether the API's JSON is asked for. Then standard output gets it for errors, too, also if the data is for a
    /// file, which is not made then.
    var writesJSON: Bool { get }

    /// Sets what the words have left open and variables decide.
    mutating func complete(from environment: [String: String])
}

extension CommandOptions {
    package var needsOutputPlace: Bool { true }
    package var writesJSON: Bool { output.format?.isJSON == true }

    package mutating func complete(from environment: [String: String]) {}
}
