import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel help`: what the program, a command or a topic is about.
struct HelpCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        enum Form: Sendable { case man, markdown, json }

        /// The commands that there is help on.
        let tree: @Sendable () -> CommandTree
        var subject = Subject.commands(below: [])
        var form: Form?
        var output = OutputOptions()
        var needsOutputPlace: Bool { false }
    }

    /// The subject of the help.
    enum Subject: Sendable {
        case command(Command)
        /// The commands that begin with these words, and the topic of that name if there is one.
        case commands(below: [String])
        case topic(HelpTopic)
    }

    static let name = "help"

    static func command(_ tree: @escaping @Sendable () -> CommandTree) -> Command {
        Command(
            summary: "Explain a command or a topic",
            description: """
                Without an argument, lists the commands. The topics are \
                \(HelpTopic.all.map(\.name).joined(separator: ", ")).
                """,
            takesSettings: false,
            positionals: [
                Positional(
                    "COMMAND|TOPIC", .zeroOrMore, completion: .commands,
                    summary: "a command such as 'task run', its first word, or a topic")
            ],
            defaults: Options(tree: tree), flags: flags,
            examples: [
                .init("parallel help task run", "Read about a command"),
                .init("parallel help exit-codes", "Read about a topic"),
                .init("parallel help --json task run", "Read it as JSON, as a program does"),
                .init("parallel help --man task | man -l -", "Read a manual page: task runs; without 'task', the rest"),
            ],
            check: { options, words throws(UsageError) in
                options.subject = try subject(words, options.tree())
                guard let form = options.form else { return }
                switch (form, options.subject) {
                case (.json, _), (_, .commands(below: [])), (.markdown, .topic): return
                case (.man, .commands(let path)) where path.count == 1: return
                case (.man, _):
                    throw UsageError(
                        "there is no manual page of that",
                        hint: "there are pages of \(ManPage.branches(of: options.tree()).joined(separator: ", ")); "
                            + "all else is in 'parallel help --man'")
                case (.markdown, _): throw UsageError("--markdown makes tables of all commands or of a topic only")
                }
            }, runs: Self.self)
    }

    private static let flags: [Flag<Options>] =
        [
            Flag(
                "man", summary: "Print a manual page",
                details: """
                    Of the commands that begin with COMMAND, such as task; without an argument, of all others, the \
                    topics and the common flags. Written with the roff macros of man(7).
                    """
            ) { $0.form = $1 ? .man : nil },
            Flag("markdown", summary: "Print a Markdown table of the commands, or of a topic") {
                $0.form = $1 ? .markdown : nil
            },
            Flag(
                "json", summary: "Print the commands as JSON, or those of COMMAND, or a topic",
                details: "With arguments, flags, types, defaults, choices and examples; of the whole program also exit "
                    + "codes, settings and topics. The member schema changes if a program must read it differently."
            ) { $0.form = $1 ? .json : nil },
        ] + OutputFlags.global().map { $0.embedded(at: \.output) }

    private static func subject(_ words: [String], _ tree: CommandTree) throws(UsageError) -> Subject {
        let topic = words.count == 1 ? HelpTopic.named(words[0]) : nil
        if tree.branches.contains(words) { return .commands(below: words) }
        // `processors` is a command, too, and has its flags in its own --help.
        if let topic { return .topic(topic) }
        if let entry = tree.entries.first(where: { $0.path == words }) { return .command(entry.command) }
        let known = words.indices.last { tree.branches.contains(Array(words[..<$0])) } ?? 0
        let path = Array(words[..<known])
        let commands = tree.words(after: path).map(\.word)
        // `mcp` begins commands and is a topic, too.
        let topics = path.isEmpty ? HelpTopic.all.map(\.name).filter { !commands.contains($0) } : []
        let names = commands + topics
        let near = Suggestions.nearest(to: words[known], among: names)
        let official = OfficialCommands.advice(for: words)
        throw UsageError(
            "no help on '\(words.joined(separator: " "))'",
            hint: official ?? near.map { "did you mean '\((path + [$0]).joined(separator: " "))'?" }
                ?? "there is help on: \(names.joined(separator: ", "))")
    }

    func run() async throws -> ExitCode {
        try context.streams.write(text())
        return .success
    }

    private func text() -> String {
        let tree = options.tree()
        let help = HelpText(tree, context, color: options.output.color)
        func json(below path: [String]) -> String {
            JSONHelp(tree: tree, program: context.programName).text(below: path, context)
        }
        switch (options.subject, options.form) {
        case (.topic(let topic), .json): return json(below: [topic.name])
        case (.command(let command), .json): return json(below: command.path)
        case (.commands(let path), .json): return json(below: path)
        case (.topic(let topic), .markdown): return MarkdownTables.entries(of: topic)
        case (_, .markdown): return MarkdownTables.commands(of: tree, as: context.programName)
        case (.commands(let path), .man):
            return ManPage(program: context.programName, tree: tree, branch: path.first).text
        case (.command(let command), _): return help.text(of: command, isFull: true)
        case (.topic(let topic), _): return help.text(of: topic)
        case (.commands(let path), nil):
            let topic = path.count == 1 ? HelpTopic.named(path[0]) : nil
            return ([help.overview(below: path, isFull: true)] + (topic.map { [help.text(of: $0)] } ?? []))
                .joined(separator: "\n")
        }
    }
}
