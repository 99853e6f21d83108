import ParallelSystem

/// The work was ended by a signal.
struct Interrupted: Error {
    let code: ExitCode
    let message: String
    var hints: [Hint] = []

    init(_ message: String, hints: [Hint] = [], _ context: Context) {
        code = Self.code(of: context)
        self.message = message
        self.hints = hints
    }

    /// 128 and the signal's number, as shells have it.
    static func code(of context: Context) -> ExitCode {
        context.interruption().flatMap { ExitCode(rawValue: 128 + $0) } ?? .interrupted
    }
}

extension Interrupted: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(code, message, hints: hints) }
}
