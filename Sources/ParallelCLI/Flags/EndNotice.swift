import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Tells the end of a long wait to somebody who has turned to something else.
enum EndNotice {
    /// How long a command has to take for it.
    private static let threshold = Duration.seconds(60)

    /// Does `work`, the command of this name, and tells its end as `--notify` and `--notify-command` ask for.
    static func around(
        _ name: String, _ output: Output, _ context: Context, _ work: () async throws -> ExitCode
    ) async throws -> ExitCode {
        if !output.options.rings, output.options.noticeProgram.isEmpty { return try await work() }
        try check(output.options.noticeProgram, context)
        // What it runs is another command.
        let name = context.typed == nil ? name : "batch rerun"
        let elapsed = context.clock.stopwatch()
        do {
            let code = try await work()
            tell(name, code, after: elapsed(), output, context)
            return code
        } catch {
            // Who has interrupted it knows.
            if !Task.isCancelled { tell(name, ErrorReport(error, context).code, after: elapsed(), output, context) }
            throw error
        }
    }

    /// Throws where the program is not there, which would only be noticed after the wait.
    private static func check(_ words: [String], _ context: Context) throws(UsageError) {
        guard let program = words.first else { return }
        let isThere =
            program.has("/")
            ? UserFile.isExecutable(context.filePath(program))
            : ProgramPath.find(program, in: context.environment["PATH"]) != nil
        if !isThere { throw UsageError("--notify-command: there is no program '\(program)'") }
    }

    private static func tell(
        _ name: String, _ code: ExitCode, after elapsed: Duration, _ output: Output, _ context: Context
    ) {
        guard elapsed >= threshold else { return }
        let ending = code == .success ? "done" : "exit code \(code.rawValue)"
        let text = ControlCharacters.neutralised("\(context.programName) \(name): \(ending)")
        if output.options.rings, context.terminal.stderrIsTerminal {
            context.streams.ring(text, showsText: context.terminal.term != "dumb")
        }
        let program = output.options.noticeProgram
        guard let first = program.first else { return }
        do {
            let code = try context.runProgram(program + [text])
            if code != 0 { output.warn("--notify-command: \(first) ended with \(code)") }
        } catch {
            let reason = (error as? SystemError)?.reason ?? ErrorReport(error, context).message
            output.warn("--notify-command: \(first): \(reason)")
        }
    }
}
