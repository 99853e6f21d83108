import ParallelSystem
import ParallelTerminal

/// What may stand at the cursor of a line of the shell, by the definitions that the completion scripts are made of.
struct LineCompleter: Sendable {
    let session: ShellSession
    let context: Context

    private var tree: CommandTree { session.tree }

    /// Returns the candidates behind `text`. A question has none.
    func complete(_ text: String) -> LineCompletion {
        let split = CommandWords(text, home: context.environment["HOME"])
        guard text.utf8.first.map({ !" \t?".utf8.contains($0) }) ?? true else { return LineCompletion() }
        var words = split.words
        let current = split.endsInWord ? words.removeLast() : ""
        return LineCompletion(
            replaced: split.endsInWord ? text.utf8.count - split.lastStart : 0,
            candidates: candidates(after: words[...], current))
    }

    private func candidates(after words: ArraySlice<String>, _ current: String) -> [LineCompletion.Candidate] {
        guard let first = words.first else {
            if current.begins(with: "-") { return values(after: [], current) }
            let isSlash = current.begins(with: "/")
            let slash = ShellSession.commands.map { CommandTree.Word(word: $0.name, summary: $0.summary) }
            return Self.candidates(
                isSlash ? slash : tree.words(after: []) + [.init(word: "/help", summary: "The shell's own commands")],
                current)
        }
        if first.begins(with: "/") {
            guard let command = ShellSession.commands.first(where: { $0.name == first }) else { return [] }
            let isFlag = words.count > 1 ? words[1].begins(with: "--") : current.begins(with: "--")
            if command.name == "/flags" || isFlag {
                return values(after: session.commandWords + words.dropFirst(), current)
            }
            return values(for: command.completion, current)
        }
        let isNamed = TypedLine.isProgram(first, context)
        return values(after: isNamed ? Array(words.dropFirst()) : Array(words), current)
    }

    /// Returns what may follow the words of a command line, as the completion script for bash does.
    func values(after words: [String], _ current: String) -> [LineCompletion.Candidate] {
        var (path, operands): ([String], [String]) = ([], [])
        var flag: FlagSpec?
        var isEnded = false
        var node = Completions.Node(branch: [], of: tree)
        for word in words {
            if flag != nil {
                flag = nil
            } else if !isEnded, word == "--" {
                isEnded = true
            } else if !isEnded, word.begins(with: "-"), word != "-" {
                flag = node.flags.first { $0.value != nil && $0.spellings.contains(word) }
            } else if node.words.contains(where: { $0.word == word }) {
                path.append(word)
                let command = tree.entries.first { $0.path == path }?.command
                node = command.map { Completions.Node($0) } ?? Completions.Node(branch: path, of: tree)
            } else {
                operands.append(word)
            }
        }
        if let completion = flag?.value?.completion { return values(for: completion, current) }
        if !isEnded, current.begins(with: "-") {
            if let equals = current.place(of: "="), current.begins(with: "--") {
                let (name, value) = current.halves(around: equals)
                guard let flag = node.flags.first(where: { $0.spellings.contains(String(name)) }) else { return [] }
                return values(for: flag.value?.completion ?? .none, String(value), behind: "\(name)=")
            }
            let flags = node.flags.flatMap { flag in
                flag.spellings.map { CommandTree.Word(word: $0, summary: flag.summary) }
            }
            return Self.candidates(flags, current)
        }
        // Behind a word that is no command nothing is known.
        if !node.words.isEmpty { return operands.isEmpty ? Self.candidates(node.words, current) : [] }
        guard let last = node.positionals.last else { return [] }
        let positional = operands.count < node.positionals.count ? node.positionals[operands.count] : last
        guard operands.count < node.positionals.count || positional.isRepeatable else { return [] }
        guard positional.completion == .commands else {
            return values(for: positional.completion, current, after: operands.last ?? "")
        }
        let topics = operands.isEmpty ? Completions(program: "", tree: tree).topics : []
        return Self.candidates(tree.words(after: operands) + topics, current)
    }

    private static func candidates(
        _ words: [CommandTree.Word], _ current: String, behind prefix: String = ""
    ) -> [LineCompletion.Candidate] {
        words.filter { $0.word.begins(with: current) }.map {
            .init(text: "\(prefix)\($0.word) ", label: $0.word, summary: $0.summary)
        }
    }

    /// - Parameter previous: the word before, for the values of a setting.
    private func values(
        for completion: Completion, _ current: String, behind prefix: String = "", after previous: String = ""
    ) -> [LineCompletion.Candidate] {
        switch completion {
        case .none, .commands: return []
        case .words(let all): return Self.candidates(all.map { .init(word: $0, summary: "") }, current, behind: prefix)
        case .file: return files(current, behind: prefix)
        case .atFile:
            return current.begins(with: "@") ? files(String(current.dropping(bytes: 1)), behind: "\(prefix)@") : []
        case .mcpServers, .profiles, .settingValues, .ids:
            let word = completion == .settingValues ? previous : current
            let values = CompletionValues.all(completion.dynamicKind ?? "", word, tree, context)
            let words = values.filter { Self.isPlain($0.text) }.map {
                CommandTree.Word(word: $0.text, summary: $0.about)
            }
            let found = Self.candidates(words, current, behind: prefix)
            if case .ids(_, true) = completion { return found + files(current, behind: prefix) }
            return found
        }
    }

    /// Whether a name needs no quoting.
    private static func isPlain(_ name: String) -> Bool { ShellQuoting.quoted(name) == name }

    /// Returns the files whose paths begin with `current`. Names that can't be typed are left out.
    private func files(_ current: String, behind prefix: String) -> [LineCompletion.Candidate] {
        let folder = current.lastPlace(of: "/").map { String(current[...$0]) } ?? ""
        let start = current.dropping(bytes: folder.utf8.count)
        let names = Directory.names(in: context.filePath(folder.isEmpty ? "." : folder))
            .filter { $0.begins(with: start) && ControlCharacters.neutralised($0) == $0 }.sorted()
        let isQuoted = names.contains { !Self.isPlain(folder + $0) }
        return names.map { name in
            let isFolder = Directory.isFolder(context.filePath(folder + name))
            let path = prefix + folder + name + (isFolder ? "/" : "")
            // The quotation stays open where the path goes on.
            let end = isFolder ? "" : isQuoted ? "' " : " "
            let text = isQuoted ? "'" + path.parts(between: "'").joined(separator: #"'\''"#) : path
            return .init(text: text + end, label: name + (isFolder ? "/" : ""))
        }
    }
}
