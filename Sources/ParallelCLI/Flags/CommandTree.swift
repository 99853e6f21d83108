import ParallelSystem

/// Commands under their headings: dispatch, help, completions and man page walk the one tree that they are handed.
package struct CommandTree: Sendable {
    /// Commands under one heading of the overview.
    package struct Group: Sendable {
        package let heading: String
        package let commands: [Command]
    }

    package let groups: [Group]

    package var commands: [Command] { groups.flatMap(\.commands) }

    /// What the first words of a command line name.
    enum Resolution {
        case command(Command, words: [String])
        /// Help for everything below `path`, which names no command by itself; empty for the program.
        case help(path: [String], isFull: Bool)
        case version
        /// Nothing, or only the first word of longer commands.
        case incomplete(path: [String])
    }

    /// Finds the command; the words that do not name it stay in order, flags in front of it included.
    func resolve(_ words: [String]) throws(UsageError) -> Resolution {
        let commands = commands
        var path: [String] = []
        var rest: [String] = []
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            switch BuiltInFlags.named(word)?.name {
            case BuiltInFlags.help.name: return .help(path: path, isFull: word.begins(with: "--"))
            case BuiltInFlags.version.name: return .version
            default: break
            }
            if word.begins(with: "-"), word != "-" {
                rest.append(word)
                if OutputFlags.takesSeparateValue(word), index < words.count {
                    rest.append(words[index])
                    index += 1
                }
                continue
            }
            let candidates = commands.filter { $0.path.starts(with: path + [word]) }
            guard let first = candidates.first else {
                // It may be the value of a flag in front of it, and that a secret.
                if index > 1, words[index - 2].begins(with: "-"), rest.last == words[index - 2],
                    !isShared(words[index - 2])
                {
                    throw misplaced(words[index - 2], commands)
                }
                throw unknown(word, after: path, commands)
            }
            path.append(word)
            if candidates.count == 1, first.path == path {
                return .command(first, words: rest + words[index...])
            }
        }
        if path.isEmpty, let flag = rest.first { throw misplaced(flag, commands) }
        return .incomplete(path: path)
    }

    private func unknown(_ word: String, after path: [String], _ commands: [Command]) -> UsageError {
        let names = words(after: path).map(\.word)
        // `run` alone is most likely meant to be `task run`.
        let whole = path.isEmpty ? commands.first { $0.path.last == word }?.name : nil
        let near = Suggestions.nearest(to: word, among: names) ?? whole
        let prefix = path.isEmpty ? "" : path.joined(separator: " ") + " "
        return UsageError(
            "unknown command '\(prefix)\(UsageError.shown(word))'",
            hint: near.map { "did you mean '\(prefix)\($0)'?" } ?? "the commands are: \(names.joined(separator: ", "))")
    }

    /// Whether a flag may stand in front of a command.
    private func isShared(_ word: String) -> Bool { CommonFlags.all.contains { $0.spellings.contains(word) } }

    /// `word` is a flag, of which its value is not repeated: it may be a secret.
    private func misplaced(_ word: String, _ commands: [Command]) -> UsageError {
        let isLong = word.begins(with: "--")
        let flag = isLong ? String(word.upTo { $0 == "=" }) : String(word.unicodeScalars.prefix(2))
        let name = String(flag.trimmed { $0 == "-" })
        let owner = commands.first { $0.flags.contains { isLong && $0.name == name } }
        let known: Hint? = owner.map { "did you mean '\($0.name) \(flag)'?" }
        let names = isLong ? Set(commands.flatMap { $0.flags.map(\.name) }).sorted() : []
        let near: Hint? = Suggestions.nearest(to: name, among: names).map { "did you mean --\($0)?" }
        return UsageError("\(flag) without a command", hint: known ?? near)
    }
}
