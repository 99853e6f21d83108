import ParallelOutput
import ParallelSystem

extension Output {
    /// Prints the summary of a command, with hints, and returns its code. If the command did not succeed and errors are
    /// JSON, the summary is the error.
    func conclude(_ code: ExitCode, _ summary: String, _ hints: [Hint], _ context: Context) -> ExitCode {
        if code != .success, context.reportsErrorsAsJSON {
            return ErrorReport(code, summary, hints: hints).emit(to: context)
        }
        note(summary)
        for hint in hints { note(hint) }
        return code
    }
}
