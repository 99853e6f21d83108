import ParallelSystem
import ParallelTerminal

/// What a line of the shell means.
enum TypedLine: Sendable {
    case nothing
    case question(String)
    /// A command of the shell itself, with its slash.
    case own([String])
    case command([String])
    /// Either a question or a command with this mistake.
    case unclear(question: String, UsageError)
    case mistake(UsageError)

    init(_ line: String, _ tree: CommandTree, _ context: Context) {
        // A backslash has let the line go on.
        let text = line.parts(between: "\n").map(String.init).reduce(into: "") { text, part in
            text = text.isEmpty ? part : (text.ends(with: "\\") ? String(text.dropLast()) : text) + "\n" + part
        }
        let question = String(text.trimmed)
        guard !question.isEmpty else {
            self = .nothing
            return
        }
        if let first = text.utf8.first, " \t?".utf8.contains(first) {
            self = Self.forced(question)
            return
        }
        let split = CommandWords(line, home: context.environment["HOME"])
        var words = split.words
        if question.begins(with: "/") {
            self = split.open == nil ? .own(words) : .mistake(Self.isOpen)
            return
        }
        let isNamed = Self.isProgram(words[0], context)
        if isNamed { words.removeFirst() }
        guard let first = words.first else {
            self = .own(["/help"])
            return
        }
        if words.count == 1, ["exit", "quit", "logout"].contains(first) {
            self = .own(["/quit"])
            return
        }
        let names = tree.words(after: []).map(\.word)
        let isCommand = isNamed || names.contains(first) || first.begins(with: "-") && first != "-"
        // A mistyped command, or one of another shell, would be paid for as a question.
        let isNear = split.open == nil && Self.looksLikeCommand(question, words, tree)
        guard isCommand || isNear else {
            self = .question(question)
            return
        }
        var isWhole = isNamed || words.count == 1
        do throws(UsageError) {
            if split.operation == "\n" {
                throw UsageError("a command is one line", hint: "a \\ at its end lets it go on in the next one")
            }
            if let operation = split.operation {
                isWhole = true
                throw UsageError(
                    "'\(operation)' is of a shell that runs programs, which this one is not",
                    hint: "-o FILE writes a result to a file; a ? in front makes a line a question")
            }
            if split.open != nil { throw Self.isOpen }
            if case .command(let command, let rest) = try tree.resolve(words) {
                isWhole = isWhole || rest.isEmpty || rest.contains { $0.begins(with: "-") && $0 != "-" }
                var color = ColorChoice.auto
                do throws(UsageError) {
                    _ = try command.parse(rest, SettingSource(context.environment), color: &color)
                } catch {
                    throw UsageError(
                        error.message, hint: error.hint, command: error.command ?? command.name, quoted: error.quoted)
                }
            }
            self = .command(words)
        } catch {
            self = isWhole && isCommand ? .mistake(error) : .unclear(question: question, error)
        }
    }

    /// Whether a line that begins with no command may be meant as one. In some languages a question has no blanks.
    private static func looksLikeCommand(_ line: String, _ words: [String], _ tree: CommandTree) -> Bool {
        if line.ends(with: "?") || line.begins(with: "@") { return false }
        let names = tree.words(after: []).map(\.word)
        let first = words[0].asciiLowercased
        if words.count == 1, first.utf8.allSatisfy({ $0 < 0x80 }) { return true }
        if otherCommands.contains(words[0]) || first.begins(with: "parallel") { return true }
        if ["./", "../", "~/"].contains(where: { first.begins(with: $0) }) { return true }
        if let name = names.contains(first) ? first : Suggestions.nearest(to: first, among: names) {
            let isNamed = words.count > 1 && tree.words(after: [name]).contains { $0.word == words[1] }
            if words.count <= 3 || isNamed { return true }
        }
        // As in `sudo parallel task run`, `$(parallel task run`.
        if zip(words, words.dropFirst()).contains(where: { $0.ends(with: "parallel") && names.contains($1) }) {
            return true
        }
        return words.contains { word in
            let first = word.trimmed { $0 == "-" }.utf8.first
            return word.begins(with: "-") && first.map { $0.isASCIILetterOrDigit && !$0.isASCIIDigit } == true
        }
    }

    private static let otherCommands = [
        "bash", "cat", "cd", "clear", "curl", "docker", "echo", "exit", "export", "git", "history", "ls", "man", "npm",
        "npx",
        "pip", "printf", "pwd", "quit", "sudo", "unset", "vi", "vim",
    ]
    private static let isOpen = UsageError("a quotation mark is left open")

    /// Whether a word names this program, as in front of the commands that it prints.
    static func isProgram(_ word: String, _ context: Context) -> Bool {
        word == "parallel" || word == context.programName
    }

    /// Makes a question of a line that is meant as one. `@` begins no file in it.
    private static func forced(_ line: String) -> TypedLine {
        let start = line.unicodeScalars.firstIndex { $0 != "?" && !$0.properties.isWhitespace }
        let text = start.map { String(line[$0...]) } ?? ""
        if text.isEmpty {
            return line.isBlank ? .nothing : .mistake(UsageError("a ? in front makes any line a question"))
        }
        return .question(text.begins(with: "@") || text == "-" ? " " + text : text)
    }

    /// Whether Enter adds a line: behind a backslash, and where a command leaves a quotation mark open.
    static func isUnfinished(_ text: String, _ tree: CommandTree, _ context: Context) -> Bool {
        let isContinued = text.utf8.reversed().prefix { $0 == UInt8(ascii: "\\") }.count % 2 == 1
        if isContinued { return true }
        guard let first = text.utf8.first, !" \t?".utf8.contains(first) else { return false }
        let split = CommandWords(text)
        guard split.open != nil, !split.opensWithinWord, let word = split.words.first else { return false }
        return word.begins(with: "/") || isProgram(word, context) || tree.entries.contains { $0.path[0] == word }
    }
}
