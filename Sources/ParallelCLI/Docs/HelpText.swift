import ParallelTerminal

/// The texts that `-h`, `--help` and `help` print; each ends with a line feed.
struct HelpText {
    /// What the program does, in a sentence.
    static let purpose = "Research the web with Parallel's API: ask, wait, read the answer"

    private let tree: CommandTree
    private let program: String
    /// The maximum width of a line, in columns; one column is left free, because some terminals wrap a line that fills
    /// them.
    private let width: Int
    private let usesColor: Bool

    /// - Parameter tree: the commands that an overview lists.
    init(_ tree: CommandTree, _ context: Context, color: ColorChoice = .auto) {
        self.tree = tree
        program = context.programName
        width = max(20, min(context.terminal.columns, 100)) - 1
        usesColor = context.terminal.usesColor(on: .stdout, choice: color)
    }

    /// Returns the overview of the commands that begin with `path`; an empty path means the whole program.
    func overview(below path: [String], isFull: Bool) -> String {
        let layout = layout(isFull: false)
        let call = ([program] + path + ["COMMAND", "[ARGUMENT]...", "[FLAG]..."]).joined(separator: " ")
        var parts = [usage(call, layout)]
        if path.isEmpty { parts.insert(layout.paragraphs("\(Self.purpose)."), at: 0) }
        let isShort = path.isEmpty && !isFull
        var sections = tree.groups(below: path).map { group in
            let entries = (isShort ? group.entries.prefix(1) : group.entries[...]).map {
                DocumentSection.Entry($0.command)
            }
            let others = isShort ? names(of: group.entries) : ""
            return DocumentSection(
                heading: group.heading, blocks: [.entries(entries)] + (others.isEmpty ? [] : [.text("also: \(others)")])
            )
        }
        if isFull, path.isEmpty {
            let topics = HelpTopic.all.map { DocumentSection.Entry(term: $0.name, summary: $0.summary) }
            sections.append(DocumentSection(heading: "Help topics", blocks: [.entries(topics)]))
            let flags = (CommonFlags.all + BuiltInFlags.all).map(DocumentSection.Entry.init)
            sections.append(DocumentSection(heading: "Common flags", blocks: [.entries(flags)]))
        }
        parts.append(layout.render(sections))
        if isFull, !path.isEmpty {
            let examples = tree.groups(below: path).flatMap(\.commands).compactMap(\.examples.first)
            parts.append(layout.render([DocumentSection(heading: "Examples", blocks: [.examples(examples)])]))
        }
        parts.append(layout.paragraphs(closing(below: path, isFull: isFull)))
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// The names of all but the first command, each without the words that it shares with the one before.
    private func names(of entries: [CommandTree.Entry]) -> String {
        zip(entries.dropFirst(), entries).map { entry, before in
            let isOfSameGroup = entry.path.count > 1 && entry.path[0] == before.path[0]
            return isOfSameGroup ? entry.path.dropFirst().joined(separator: " ") : entry.name
        }.joined(separator: ", ")
    }

    func text(of command: Command, isFull: Bool) -> String {
        let layout = layout(isFull: isFull)
        var parts = [usage(command.usage(as: program), layout), layout.paragraphs("\(command.summary).")]
        if isFull { parts.append(layout.paragraphs(command.description)) }
        let (sections, omitted) = command.sections(isBrief: !isFull)
        parts.append(layout.render(sections))
        if isFull {
            parts.append(layout.render([DocumentSection(heading: "Examples", blocks: [.examples(command.examples)])]))
            parts.append(
                layout.paragraphs(
                    "A switch is taken back by --no-NAME. What the exit codes mean: '\(program) help exit-codes'."))
        } else {
            parts.append(
                layout.paragraphs("Examples, and \(omitted) more flags: '\(program) \(command.name) --help'."))
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    func text(of topic: HelpTopic) -> String {
        let layout = layout(isFull: false)
        return layout.paragraphs("\(topic.summary).") + "\n\n" + layout.render(topic.sections) + "\n"
    }

    /// Returns names with their meanings below a heading.
    func list(_ entries: [DocumentSection.Entry], under heading: String) -> String {
        layout(isFull: false).render([DocumentSection(heading: heading, blocks: [.entries(entries)])]) + "\n"
    }

    private func layout(isFull: Bool) -> TextLayout {
        TextLayout(width: width, usesColor: usesColor, program: program, isFull: isFull)
    }

    private func usage(_ call: String, _ layout: TextLayout) -> String {
        let lines = TextWrap.lines(call, columns: width - 7)
        return layout.heading("Usage:") + " " + lines.joined(separator: "\n         ")
    }

    private func closing(below path: [String], isFull: Bool) -> String {
        let words = ([program, "help"] + path).joined(separator: " ")
        guard path.isEmpty else { return "More on a command: '\(words) COMMAND'." }
        if !isFull {
            let topics = " Topics: \(HelpTopic.all.map(\.name).joined(separator: ", "))."
            return """
                All commands: '\(program) --help'. One: '\(words) COMMAND'.\(topics)
                \(HelpTopic.keyHint)
                """
        }
        return """
            More on a command or topic: '\(words) COMMAND', '\(words) TOPIC'.
            \(HelpTopic.keyHint)
            """
    }
}
