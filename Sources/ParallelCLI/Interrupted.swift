/// The work was ended by a signal.
struct Interrupted: Error {
    let code: ExitCode
    let message: String
    var hints: [String] = []

    init(_ message: String, hints: [String] = [], _ context: Context) {
        code = Self.code(of: context)
        self.message = message
        self.hints = hints
    }

    /// 143 for SIGTERM (15), else 130.
    static func code(of context: Context) -> ExitCode { context.interruption() == 15 ? .terminated : .interrupted }
}
