import ParallelSystem

/// The error for work that a signal ended.
struct Interrupted: Error {
    let code: ExitCode
    let message: String
    var hints: [Hint] = []

    init(_ message: String, hints: [Hint] = [], _ context: Context) {
        code = Self.code(of: context)
        self.message = message
        self.hints = hints
    }

    /// Returns 128 plus the signal's number, as shells do.
    static func code(of context: Context) -> ExitCode {
        context.interruption().flatMap { ExitCode(rawValue: 128 + $0) } ?? .interrupted
    }
}

extension Interrupted: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(code, message, hints: hints) }
}
