import ParallelHTTP
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The whole program as a function from words and a `Context` to an exit code.
package enum Run {
    /// Whether a command line will probably need the network, decided before it is fully parsed, so that the network
    /// can be opened early.
    package static func mayConnect(_ arguments: [String]) -> Bool {
        guard case .command(let command, let words)? = try? CommandTree.program.resolve(arguments),
            command.usesNetwork
        else { return false }
        let offline = command.flags.filter(\.sendsNothing) + [BuiltInFlags.help]
        return !words.contains { word in offline.contains { $0.spellings.contains(word) } }
    }

    /// Executes a command line. Reports errors on standard error and by the exit code.
    package static func run(_ arguments: [String], _ context: Context) async -> ExitCode {
        var context = context
        hideSecrets(of: context)
        // Looked for here, because an error in any word before the flag is reported as JSON, too.
        let switches = arguments.prefix { $0 != "--" }.filter(OutputFlags.jsonErrors.contains)
        context.reportsErrorsAsJSON = switches.last == OutputFlags.jsonErrors[0]
        do {
            let code = try await execute(arguments, &context)
            // Some failures, such as that of a row, are no error of the command.
            guard code != .success, context.reportsErrorsAsJSON, !context.hasReportedError.withLock(\.self) else {
                return code
            }
            return ErrorReport(code, code.meaning).emit(to: context)
        } catch {
            return report(error, context)
        }
    }

    /// Registers the secrets in the environment for masking, whether or not this command uses them.
    private static func hideSecrets(of context: Context) {
        if let key = context.environment[Settings.keyVariable] { context.streams.secrets.hide(key) }
        for proxy in ProxySettings(environment: context.environment).urls {
            AddressMask.secrets(in: proxy).forEach(context.streams.secrets.hide)
        }
    }

    /// Reports an error on standard error and returns its exit code.
    package static func report(_ error: any Error, _ context: Context) -> ExitCode {
        ErrorReport(error, context).emit(to: context)
    }

    private static func execute(_ arguments: [String], _ context: inout Context) async throws -> ExitCode {
        let tree = CommandTree.program
        let isPerson = context.terminal.canPrompt && context.terminal.stdoutIsTerminal && context.transcript == nil
        switch try tree.resolve(arguments.isEmpty && isPerson ? [ShellCommand.name] : arguments) {
        case .version:
            return try printVersion(arguments, context)
        case .help(let path, _) where asksForJSON(arguments):
            return try printJSONHelp(below: path, context)
        case .help(let path, let isFull):
            try context.streams.write(HelpText(tree, context).overview(below: path, isFull: isFull))
            return .success
        case .incomplete(let path):
            if context.reportsErrorsAsJSON { throw UsageError("missing command") }
            context.streams.note(HelpText(tree, context).overview(below: path, isFull: false))
            return .usage
        case .command(let command, let words):
            context.arguments = words
            do {
                switch try command.parse(
                    words, SettingSource(context),
                    color: &context.color)
                {
                case .version:
                    return try printVersion(arguments, context)
                case .help where asksForJSON(arguments):
                    return try printJSONHelp(below: command.path, context)
                case .help(let isFull):
                    try context.streams.write(HelpText(tree, context).text(of: command, isFull: isFull))
                    return .success
                case .command(let run, let writesJSON):
                    context.printsErrorDocuments = writesJSON
                    return try await run(context)
                }
            } catch let error as UsageError {
                // Adds the command, so that the report can name its help. Help on help would be none.
                let name = command.name == HelpCommand.name ? nil : command.name
                let owner = error.unknownFlag.flatMap { tree.owner(of: $0, beside: command) }
                let hint: Hint? = owner.map { "'\($0.name)' has it" }
                throw UsageError(error.message, hint: error.hint ?? hint, command: name, quoted: error.quoted)
            }
        }
    }

    private static func asksForJSON(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains("--json")
    }

    /// Prints the help that `help --json` prints.
    private static func printJSONHelp(below path: [String], _ context: Context) throws -> ExitCode {
        try context.streams.write(JSONHelp(tree: .program, program: context.programName).text(below: path, context))
        return .success
    }

    /// Prints the version; with `--verbose` among the words also those of the parts, for a report of a bug.
    private static func printVersion(_ arguments: [String], _ context: Context) throws -> ExitCode {
        let isVerbose = arguments.prefix { $0 != "--" }.contains { $0 == "--verbose" || $0 == "-v" }
        let rows = isVerbose ? Versions.rows(context) : [(context.programName, Version.number)]
        try context.streams.write(rows.map { "\($0.0) \($0.1)\n" }.joined())
        return .success
    }
}
