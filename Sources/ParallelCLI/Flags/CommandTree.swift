import ParallelSystem

/// All commands under their headings. Dispatch, help, completions and man page get the tree as a value and walk it.
package struct CommandTree: Sendable {
    /// The commands under one heading of the overview.
    package struct Group: Sendable {
        package let heading: String
        let entries: [Entry]
        package var commands: [Command] { entries.map(\.command) }
    }

    /// A command's name and how to create the command. Finding one command creates no other.
    struct Entry: Sendable {
        let path: [String]
        private let makeCommand: @Sendable () -> Command

        init(_ name: String, _ command: @autoclosure @escaping @Sendable () -> Command) {
            path = name.parts(between: " ").map(String.init)
            makeCommand = command
        }

        var name: String { path.joined(separator: " ") }
        var command: Command { makeCommand() }
    }

    package let groups: [Group]
    /// Whether `help` has a page of this name.
    var hasTopic: @Sendable (String) -> Bool = { _ in false }

    package var commands: [Command] { groups.flatMap(\.commands) }
    var entries: [Entry] { groups.flatMap(\.entries) }

    /// What the first words of a command line mean.
    enum Resolution {
        case command(Command, words: [String])
        /// Help for all commands below `path`, which is no command itself; an empty path means the program.
        case help(path: [String], isFull: Bool)
        case version
        /// No words, or only the beginning of commands.
        case incomplete(path: [String])
    }

    /// Finds the command. Returns the other words in order, including flags before the command.
    func resolve(_ words: [String]) throws(UsageError) -> Resolution {
        let entries = entries
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
            let candidates = entries.filter { $0.path.starts(with: path + [word]) }
            guard let first = candidates.first else {
                // The word may be the value of the flag before it, and thus a secret.
                if index > 1, words[index - 2].begins(with: "-"), rest.last == words[index - 2],
                    !isShared(words[index - 2])
                {
                    throw flagWithoutCommand(words[index - 2], after: path)
                }
                throw unknown(word, after: path, before: words[index...].filter { !$0.begins(with: "-") })
            }
            path.append(word)
            if candidates.count == 1, first.path == path {
                return .command(first.command, words: rest + words[index...])
            }
        }
        if let flag = rest.first(where: { path.isEmpty || !isShared($0) }) {
            throw flagWithoutCommand(flag, after: path)
        }
        return .incomplete(path: path)
    }

    /// What other programs call commands.
    private static let otherNames = [
        (name: "ls", command: "list"), (name: "rm", command: "remove"), (name: "delete", command: "remove"),
        (name: "show", command: "get"), (name: "poll", command: "result"), (name: "entity-search", command: "entities"),
        (name: "retrieve", command: "search"),
    ]

    private func unknown(_ word: String, after path: [String], before next: [String]) -> UsageError {
        if path.isEmpty, let advice = OfficialCommands.advice(for: [word] + next) {
            return UsageError("unknown command '\(UsageError.shown(word))'", hint: advice)
        }
        if path.isEmpty, word.has(" ") || word.ends(with: "?") {
            let shown = UsageError.shown(word)
            // What is shown may be a part, without what looks like a secret.
            let isWhole = shown.isExactly(word) && word.unicodeScalars.count <= 80
            return UsageError(
                "unknown command '\(shown)'",
                hint: "a question follows a command: task run \(isWhole ? ShellQuoting.quoted(word) : "'QUESTION'")")
        }
        let names = words(after: path).map(\.word)
        // `run` alone most likely means `task run`.
        let whole = path.isEmpty ? entries.first { $0.path.last == word }?.name : nil
        let topic = path.isEmpty && hasTopic(word) ? "help \(word)" : nil
        let version = path.isEmpty && word == "version" ? "--version" : nil
        let here = Self.otherNames.first { $0.name == word && names.contains($0.command) }?.command
        let near = here ?? topic ?? version ?? Suggestions.nearest(to: word, among: names) ?? whole
        let prefix = path.isEmpty ? "" : path.joined(separator: " ") + " "
        return UsageError(
            "unknown command '\(prefix)\(UsageError.shown(word))'",
            hint: near.map { "did you mean '\(prefix)\($0)'?" } ?? "the commands are: \(names.joined(separator: ", "))",
            command: path.isEmpty ? nil : path.joined(separator: " "))
    }

    /// Returns the command that has a flag of this name, first among those with the same first word.
    func owner(of flag: String, beside command: Command) -> Command? {
        let near = groups(below: Array(command.path.prefix(1))).flatMap(\.commands)
        return near.first { $0.flags.contains { $0.isNamed(flag) } }
    }

    /// Whether a flag may precede a command.
    private func isShared(_ word: String) -> Bool { CommonFlags.all.contains { $0.spellings.contains(word) } }

    /// Makes the error for a flag without a command. It doesn't repeat the flag's value, which may be a secret.
    private func flagWithoutCommand(_ word: String, after path: [String]) -> UsageError {
        let commands = groups(below: path).flatMap(\.commands)
        let isLong = word.begins(with: "--")
        let flag = isLong ? String(word.upTo { $0 == "=" }) : String(word.unicodeScalars.prefix(2))
        let name = String(flag.trimmed { $0 == "-" })
        let owner = commands.first { $0.flags.contains { isLong && $0.name == name } }
        let known: Hint? = owner.map { "did you mean '\($0.name) \(flag)'?" }
        let specs = commands.flatMap(\.flags) + BuiltInFlags.all
        let names = isLong ? Set(specs.map(\.name)).sorted() : []
        let near: Hint? = Suggestions.nearest(to: name, among: names).map { "did you mean --\($0)?" }
        let place = path.isEmpty ? "without a command" : "in place of a command of '\(path.joined(separator: " "))'"
        return UsageError("\(flag) \(place)", hint: known ?? near)
    }
}
