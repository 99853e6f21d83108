import ParallelCore

/// The exact command that goes on waiting for runs.
struct ResumeCommand {
    var output = OutputOptions()
    var connection = ConnectionOptions()
    var showsBasis = false

    func line(for ids: [String], _ context: Context) -> String {
        var words = [context.programName, "task", "result"] + ids
        if showsBasis { words.append("--basis") }
        words += output.words + connection.words
        return words.map(ShellQuoting.quoted).joined(separator: " ")
    }
}
