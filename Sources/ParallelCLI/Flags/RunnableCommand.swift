package import ParallelOutput

/// A command line as a value: what was asked for, where its data goes, and what it may use of the world.
package protocol RunnableCommand: Sendable {
    associatedtype Options: CommandOptions

    init(options: Options, output: Output, context: Context)

    /// Does the work; what goes wrong is thrown.
    func run() async throws -> ExitCode
}

/// What the words of a command line say.
package protocol CommandOptions: Sendable {
    var output: OutputOptions { get }
    /// Whether there will be data, for which standard output has to be open where no file is named.
    var needsOutputPlace: Bool { get }
}

extension CommandOptions {
    package var needsOutputPlace: Bool { true }
}
