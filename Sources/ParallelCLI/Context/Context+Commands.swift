import ParallelSystem
import ParallelTerminal

/// Every command of this program that is printed for a person to type is written here.
extension Context {
    /// Returns the command of these words, each quoted for a shell.
    ///
    /// - Parameters:
    ///   - words: the name of the command, and what needs no care.
    ///   - operands: words of which the first may look like a flag; then the flags stand in front of them, with `--`
    ///     between.
    ///   - isUnfinished: whether the person has flags to add, in whose place an ellipsis stands.
    func command(
        _ words: [String], operands: [String] = [], flags: [String] = [], isUnfinished: Bool = false
    ) -> String {
        let name = ShellQuoting.line([programName] + words)
        let flags = flags.map(ShellQuoting.quoted) + (isUnfinished ? ["…"] : [])
        let given = operands.map(ShellQuoting.quoted)
        let looksLikeFlag = operands.first?.begins(with: "-") == true
        return ([name] + (looksLikeFlag ? flags + ["--"] + given : given + flags)).joined(separator: " ")
    }

    /// Returns a word that a server gave, such as the id of a run, for a command that is printed. Known secrets in it
    /// are masked, because a server could repeat one that it was sent.
    func maskedWord(_ word: String) -> String { streams.secrets.masked(word) }
}
