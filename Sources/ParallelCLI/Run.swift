import ParallelTerminal

/// The whole program as a function: words and a `Context` in, exit code out.
package enum Run {
    /// A command line that was read; nothing has been done yet.
    package struct Prepared: Sendable {
        fileprivate enum Step: Sendable {
            case version
            case help(path: [String], isFull: Bool)
            case incomplete(path: [String])
            case commandHelp(Command, isFull: Bool)
            case action(Command.Action, connects: Bool)
            case wrong(UsageError)
        }

        fileprivate let step: Step
        fileprivate let color: ColorChoice

        /// Whether it will talk to the API.
        package var connects: Bool {
            if case .action(_, let connects) = step { connects } else { false }
        }
    }

    /// Reads a command line: pure, quick, and never fails; what is wrong with it is told by `run`.
    package static func prepare(_ arguments: [String]) -> Prepared {
        let color = OutputFlags.color(in: arguments)
        do throws(UsageError) {
            return Prepared(step: try step(arguments), color: color)
        } catch {
            return Prepared(step: .wrong(error), color: color)
        }
    }

    private static func step(_ arguments: [String]) throws(UsageError) -> Prepared.Step {
        switch try CommandTree.resolve(arguments) {
        case .version: return .version
        case .help(let path, let isFull): return .help(path: path, isFull: isFull)
        case .incomplete(let path): return .incomplete(path: path)
        case .command(let command, let words):
            switch try parse(command, words) {
            case .version: return .version
            case .help(let isFull): return .commandHelp(command, isFull: isFull)
            case .action(let action, let connects): return .action(action, connects: connects)
            }
        }
    }

    /// Carries out a command line; whatever goes wrong is reported on standard error and told by the code.
    package static func run(_ arguments: [String], _ context: Context) async -> ExitCode {
        await run(prepare(arguments), context)
    }

    package static func run(_ prepared: Prepared, _ context: Context) async -> ExitCode {
        var context = context
        context.color = prepared.color
        do {
            return try await carryOut(prepared, context)
        } catch {
            return report(error, context)
        }
    }

    /// Reports an error the way every error is reported.
    package static func report(_ error: any Error, _ context: Context) -> ExitCode {
        ErrorReport(error, context).emit(to: context)
    }

    private static func carryOut(_ prepared: Prepared, _ context: Context) async throws -> ExitCode {
        switch prepared.step {
        case .version:
            try context.streams.write("\(context.programName) \(Version.number)\n")
        case .help(let path, let isFull):
            try context.streams.write(HelpText(context).overview(below: path, isFull: isFull))
        case .incomplete(let path):
            context.streams.note(HelpText(context).overview(below: path, isFull: false))
            return .usage
        case .wrong(let error):
            throw error
        case .commandHelp(let command, let isFull):
            try context.streams.write(HelpText(context).text(of: command, isFull: isFull))
        case .action(let action, _):
            return try await action(context)
        }
        return .success
    }

    /// Parses the words and tells where help for the command is when they are wrong.
    private static func parse(_ command: Command, _ words: [String]) throws(UsageError) -> Command.Parsed {
        do throws(UsageError) {
            return try command.parse(words)
        } catch {
            throw UsageError(error.message, hint: error.hint, command: command.name)
        }
    }

    /// `action` with usage errors that tell where help for the command is, as those of its words do.
    private static func naming(_ command: Command, _ action: @escaping Command.Action) -> Command.Action {
        { context in
            do {
                return try await action(context)
            } catch let error as UsageError {
                throw UsageError(error.message, hint: error.hint, command: command.name)
            }
        }
    }
}
