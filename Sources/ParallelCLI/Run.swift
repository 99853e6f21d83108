import ParallelHTTP
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The whole program as a function: words and a `Context` in, exit code out.
package enum Run {
    /// Whether a command line will probably need the network, told from single words before it is read: for a head
    /// start. A wrong guess costs a moment and nothing else.
    package static func mayConnect(_ arguments: [String]) -> Bool {
        guard let first = arguments.first else { return false }
        let second = arguments.dropFirst().first ?? ""
        let speaksMCP = first == "mcp" && ["test", "tools", "call", "resources", "prompts", "add"].contains(second)
        guard ["task", "batch", "group", "search"].contains(first) || speaksMCP else { return false }
        return !arguments.contains { ["-h", "--help", "--dry-run", "--curl"].contains($0) }
    }

    /// Carries out a command line; whatever goes wrong is reported on standard error and told by the code.
    package static func run(_ arguments: [String], _ context: Context) async -> ExitCode {
        var context = context
        context.color = OutputFlags.color(in: arguments)
        hideSecrets(of: context)
        do {
            return try await carryOut(arguments, context)
        } catch {
            return report(error, context)
        }
    }

    /// What the environment says that nobody should see, whether or not this command uses it.
    private static func hideSecrets(of context: Context) {
        if let key = context.environment[Settings.keyVariable] { context.streams.secrets.hide(key) }
        for proxy in ProxySettings(environment: context.environment).urls {
            AddressMask.secrets(in: proxy).forEach(context.streams.secrets.hide)
        }
    }

    /// Reports an error the way every error is reported.
    package static func report(_ error: any Error, _ context: Context) -> ExitCode {
        ErrorReport(error, context).emit(to: context)
    }

    private static func carryOut(_ arguments: [String], _ context: Context) async throws -> ExitCode {
        switch try CommandTree.resolve(arguments) {
        case .version:
            return try printVersion(context)
        case .help(let path, let isFull):
            try context.streams.write(HelpText(context).overview(below: path, isFull: isFull))
            return .success
        case .incomplete(let path):
            context.streams.note(HelpText(context).overview(below: path, isFull: false))
            return .usage
        case .command(let command, let words):
            var context = context
            context.arguments = words
            do {
                return try await carryOut(command, words, context)
            } catch let error as UsageError {
                // Tells where help for the command is.
                throw UsageError(error.message, hint: error.hint, command: command.name)
            }
        }
    }

    private static func carryOut(
        _ command: Command, _ words: [String], _ context: Context
    ) async throws -> ExitCode {
        switch try command.parse(words) {
        case .version:
            return try printVersion(context)
        case .help(let isFull):
            try context.streams.write(HelpText(context).text(of: command, isFull: isFull))
            return .success
        case .action(let action):
            return try await action(context)
        }
    }

    private static func printVersion(_ context: Context) throws -> ExitCode {
        try context.streams.write("\(context.programName) \(Version.number)\n")
        return .success
    }
}
