import ParallelSystem
import ParallelTerminal

/// Any error as an exit code, one line of what went wrong and, where there is something, lines of what to do.
struct ErrorReport: Error {
    let code: ExitCode
    var message: String
    /// Further lines of what somebody else said, which are shown as they are.
    var quoted: [String] = []
    var hints: [Hint] = []

    /// Reports an error as its type says; one of a type that says nothing is unexpected.
    init(_ error: any Error, _ context: Context) {
        switch error {
        case let report as ErrorReport: self = report
        case let error as any ReportedError: self = error.report(context)
        default: self.init(.unexpected, "unexpected error: \(error)")
        }
    }

    init(_ code: ExitCode, _ message: String, hints: [Hint?] = []) {
        self.code = code
        self.message = message.shortened(to: 4_000)
        self.hints = hints.compactMap(\.self)
    }

    /// `error` in other words, with what is known of its cause.
    static func retelling(_ error: any Error, as message: String, _ context: Context) -> ErrorReport {
        var report = ErrorReport(error, context)
        report.message = message
        return report
    }

    /// `error` with `hints` added to what is told about it.
    static func adding(_ hints: [Hint], to error: any Error, _ context: Context) -> ErrorReport {
        var report = ErrorReport(error, context)
        report.hints += hints
        return report
    }

    /// Prints the report; a closed pipe is no error and prints nothing.
    func emit(to context: Context) -> ExitCode {
        guard code != .success else { return code }
        // The error is one line; what follows it is help.
        let isColored = context.terminal.usesColor(on: .stderr, choice: context.color)
        let label = isColored ? "\u{1B}[1;31merror:\u{1B}[0m" : "error:"
        // Secrets go first: what is done to control characters could hide one from the mask.
        let secrets = context.streams.secrets
        context.streams.note("\(label) \(ControlCharacters.neutralised(secrets.masked(message)))")
        for line in quoted { context.streams.note(ControlCharacters.neutralisedLines(secrets.masked(line))) }
        for hint in hints { context.streams.note(hint, behind: "  ") }
        return code
    }
}

/// An error that knows how it is reported: by types and codes, never by the text of another message.
///
/// Errors of the libraries conform in `Program/Reports`, those of this module where they are declared.
protocol ReportedError: Error {
    func report(_ context: Context) -> ErrorReport
}
