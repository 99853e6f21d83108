extension CommandTree {
    /// Returns the commands that begin with `path`, under their headings.
    func groups(below path: [String]) -> [Group] {
        groups.map { Group(heading: $0.heading, entries: $0.entries.filter { $0.path.starts(with: path) }) }
            .filter { !$0.entries.isEmpty }
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
            for entry in group.entries where entry.path.count > path.count {
                let word = entry.path[path.count]
                if words.contains(where: { $0.word == word }) { continue }
                let isWhole = entry.path.count == path.count + 1
                words.append(Word(word: word, summary: isWhole ? entry.command.summary : group.heading))
            }
        }
        return words
    }

    /// All beginnings of commands that are no commands themselves, such as the empty path and `["task"]`.
    var branches: [[String]] {
        var branches: [[String]] = [[]]
        for entry in entries {
            for count in 1..<max(1, entry.path.count) {
                let branch = Array(entry.path.prefix(count))
                if !branches.contains(branch) { branches.append(branch) }
            }
        }
        return branches
    }
}
