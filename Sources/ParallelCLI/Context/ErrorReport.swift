import ParallelJSON
import ParallelSystem
import ParallelTerminal

/// An error as shown to the user: an exit code, one line that says what went wrong, and lines that say what to do.
struct ErrorReport: Error {
    let code: ExitCode
    var message: String
    /// Further lines of a foreign message, shown as they are.
    var quoted: [String] = []
    var hints: [Hint] = []
    /// The JSON that the API answered with.
    var document: JSONValue?

    /// Makes the report of a `ReportedError`; any other error is unexpected.
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

    /// Returns the report of `error` with another message; code and hints stay.
    static func replacingMessage(of error: any Error, by message: String, _ context: Context) -> ErrorReport {
        var report = ErrorReport(error, context)
        report.message = message
        return report
    }

    /// Returns the report of `error` with further hints.
    static func adding(_ hints: [Hint], to error: any Error, _ context: Context) -> ErrorReport {
        var report = ErrorReport(error, context)
        report.hints += hints
        return report
    }

    /// Prints the report and returns its code; for a closed pipe, which is no error, prints nothing.
    func emit(to context: Context) -> ExitCode {
        guard code != .success else { return code }
        context.hasReportedError.withLock { $0 = true }
        if context.printsErrorDocuments, let document {
            let text = document.masked(context.streams.secrets).serialized() + "\n"
            let isShown = context.terminal.stdoutIsTerminal
            // The line on standard error says what there is to say if nobody reads this.
            try? context.streams.write(isShown ? ControlCharacters.escaped(inJSON: text) : text)
        }
        if context.reportsErrorsAsJSON {
            context.streams.note(line(hiding: context.streams.secrets))
            return code
        }
        // Only the error's line is labelled; the lines after it are help.
        let isColored = context.terminal.usesColor(on: .stderr, choice: context.color)
        let label = isColored ? "\u{1B}[1;31merror:\u{1B}[0m" : "error:"
        // Secrets are masked first: neutralising control characters could change one so that it is not recognised.
        let secrets = context.streams.secrets
        context.streams.note("\(label) \(ControlCharacters.neutralised(secrets.masked(message)))")
        for line in quoted { context.streams.note(ControlCharacters.neutralisedLines(secrets.masked(line))) }
        for hint in hints { context.streams.note(hint, behind: "  ") }
        return code
    }

    /// Returns the report as one line of JSON: `{"error":{"code":4,"message":"…","hints":["…"]}}`, where the code is
    /// the exit code.
    private func line(hiding secrets: KnownSecrets) -> String {
        func shown(_ text: String) -> String { ControlCharacters.neutralisedLines(secrets.masked(text)) }
        let message = ([message] + quoted).joined(separator: "\n")
        var error: JSONObject = ["code": .number(JSONNumber(Int(code.rawValue))), "message": .string(shown(message))]
        if !hints.isEmpty { error["hints"] = .array(hints.map { .string($0.shown(shown)) }) }
        return ControlCharacters.escaped(inJSON: (["error": .object(error)] as JSONValue).serialized())
    }
}

/// An error that knows its report. Reports depend on types and codes, never on the text of a message.
///
/// The libraries' errors conform in `Program/Reports`, those of this module where they are declared.
protocol ReportedError: Error {
    func report(_ context: Context) -> ErrorReport
}
