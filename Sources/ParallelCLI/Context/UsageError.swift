package import ParallelSystem

/// A command line that can't be obeyed: exit code 2.
package struct UsageError: Error, Sendable, Equatable {
    /// One line: what is wrong, with the offending word.
    package let message: String
    /// What to do about it.
    package let hint: Hint?
    /// The command it was meant for, once that is known.
    package let command: String?

    package init(_ message: String, hint: Hint? = nil, command: String? = nil) {
        self.message = message
        self.hint = hint
        self.command = command
    }

    /// A word that has no place, as an error repeats it: without what follows `=` or `: `, which may be a secret.
    static func shown(_ word: String) -> String {
        let colon = word.utf8.indices.first { word[$0...].begins(with: ": ") }
        guard let end = [word.place(of: "="), colon].compactMap(\.self).min() else { return word }
        return "\(word[...end])…"
    }
}

extension UsageError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        let help = "\(context.programName) help" + (command.map { " \($0)" } ?? "")
        return ErrorReport(.usage, message, hints: [hint, "see: \(command: help)"])
    }
}
