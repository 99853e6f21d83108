package import ParallelSystem

/// The error for a command line that can't be executed: exit code 2.
package struct UsageError: Error, Sendable, Equatable {
    /// The error on one line, with the invalid word.
    package let message: String
    /// Advice, if there is any.
    package let hint: Hint?
    /// The command that the words were meant for, once that is known.
    package let command: String?
    /// Further lines, such as the invalid rows of a file.
    let quoted: [String]
    /// The flag that the command does not have, without dashes, where nothing is known about it.
    var unknownFlag: String?

    package init(_ message: String, hint: Hint? = nil, command: String? = nil, quoted: [String] = []) {
        self.message = message
        self.hint = hint
        self.command = command
        self.quoted = quoted
    }

    /// Returns an unexpected word for an error message, without what follows `=` or `: `, which may be a secret.
    static func shown(_ word: String) -> String {
        let colon = word.utf8.indices.first { word[$0...].begins(with: ": ") }
        guard let end = [word.place(of: "="), colon].compactMap(\.self).min() else { return word }
        return "\(word[...end])…"
    }
}

extension UsageError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        let help = context.command(["help"] + (command?.parts(between: " ").map(String.init) ?? []))
        var report = ErrorReport(.usage, message, hints: [hint, "see: \(command: help)"])
        report.quoted = quoted
        return report
    }
}
