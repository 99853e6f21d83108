extension CommandTree {
    /// Returns the commands that begin with `path`, under their headings.
    func groups(below path: [String]) -> [Group] {
        groups.map { Group(heading: $0.heading, commands: $0.commands.filter { $0.path.starts(with: path) }) }
            .filter { !$0.commands.isEmpty }
    }

    /// A word that may follow the words typed so far.
    struct Word: Sendable {
        let word: String
        /// The summary of the command that it names, or the heading of the commands that begin with it.
        let summary: String
    }

    /// Returns the words that may follow `path`, in the order of the overview.
    func words(after path: [String]) -> [Word] {
        var words: [Word] = []
        for group in groups(below: path) {
            for command in group.commands where command.path.count > path.count {
                let word = command.path[path.count]
                if words.contains(where: { $0.word == word }) { continue }
                let isWhole = command.path.count == path.count + 1
                words.append(Word(word: word, summary: isWhole ? command.summary : group.heading))
            }
        }
        return words
    }

    /// All beginnings of commands that are no commands themselves, such as the empty path and `["task"]`.
    var branches: [[String]] {
        var branches: [[String]] = [[]]
        for command in commands {
            for count in 1..<max(1, command.path.count) {
                let branch = Array(command.path.prefix(count))
                if !branches.contains(branch) { branches.append(branch) }
            }
        }
        return branches
    }
}
