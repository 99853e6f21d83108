import ParallelTerminal

/// The whole program as a function: words in, exit code out.
package enum Run {
    /// Carries out a command line; whatever goes wrong is reported on standard error and told by the code.
    package static func run(_ arguments: [String], _ context: Context) async -> ExitCode {
        do {
            return try await dispatch(arguments, context)
        } catch {
            return report(error, context)
        }
    }

    /// Reports an error the way every error is reported.
    package static func report(_ error: any Error, _ context: Context) -> ExitCode {
        ErrorReport(error, context).emit(to: context)
    }

    private static func dispatch(_ arguments: [String], _ context: Context) async throws -> ExitCode {
        switch try CommandTree.resolve(arguments) {
        case .version:
            try writeVersion(context)
        case .help(let path, let isFull):
            try context.streams.write(HelpText(context).overview(below: path, isFull: isFull))
        case .incomplete(let path):
            context.streams.note(HelpText(context).overview(below: path, isFull: false))
            return .usage
        case .command(let command, let words):
            do {
                return try await carryOut(command, words, context)
            } catch let error as UsageError {
                // Tells where help for the command is.
                throw UsageError(error.message, hint: error.hint, command: command.name)
            }
        }
        return .success
    }

    private static func writeVersion(_ context: Context) throws {
        try context.streams.write("\(context.programName) \(Version.number)\n")
    }

    private static func carryOut(_ command: Command, _ words: [String], _ context: Context) async throws -> ExitCode {
        switch try command.parse(words) {
        case .help(let isFull):
            try context.streams.write(HelpText(context).text(of: command, isFull: isFull))
        case .version:
            try writeVersion(context)
        case .action(let action):
            return try await action(context)
        }
        return .success
    }
}
