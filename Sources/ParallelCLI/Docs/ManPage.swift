import ParallelSystem

/// A manual page, written with the macros of man(7): that of the program, or of the commands that begin with one word.
///
/// The program's page lists all commands and describes those of one word, the common flags and the topics.
struct ManPage {
    let program: String
    let tree: CommandTree
    /// The word that the commands begin with; nil for the program's page.
    var branch: String?

    /// The words that have pages of their own, in the order of the overview.
    static func branches(of tree: CommandTree) -> [String] {
        tree.branches.filter { $0.count == 1 }.map { $0[0] }
    }

    /// The page's source, ending with a line feed.
    var text: String {
        let name = branch.map { "\(program)-\($0)" } ?? program
        let path = branch.map { [$0] } ?? []
        let groups = tree.groups(below: path)
        let purpose =
            branch.map { "\(program) \($0): " + tree.words(after: [$0]).map(\.word).joined(separator: ", ") }
            ?? HelpText.purpose
        let command = ([program] + path + ["COMMAND"]).joined(separator: " ")
        var lines = [
            #".\" Made by '\#(program) help --man' of version \#(Version.number)."#,
            // The macros' own switch for hyphenation, which they turn on again in each paragraph.
            ".nr HY 0",
            ".TH \"\(Roff.inline(name.uppercased()))\" 1 \"\" \"\(Roff.inline("\(program) \(Version.number)"))\"",
            // No hyphenation and no justification, so that names of flags and lines to copy stay whole.
            ".nh", ".ad l",
            ".SH NAME", "\(Roff.line(name)) \\- \(Roff.inline(purpose))",
            ".SH SYNOPSIS", Roff.macro("B", command), "[ARGUMENT]... [FLAG]...",
            ".SH DESCRIPTION", Roff.line("The commands:"),
        ]
        lines += render([
            .entries(
                groups.flatMap(\.commands).map { .init(term: "\(program) \($0.name)", summary: $0.summary) })
        ])
        if branch == nil {
            lines += [".PP", Roff.line(HelpTopic.keyHint)]
            lines += [
                ".PP", Roff.line("Commands of two words are described in the pages named below, under SEE ALSO."),
            ]
        }
        for group in groups {
            let described = group.commands.filter { branch != nil || $0.path.count == 1 }
            guard !described.isEmpty else { continue }
            lines.append(Roff.macro("SH", group.heading.uppercased()))
            for command in described { lines += page(of: command) }
        }
        if branch == nil { lines += commonFlagsAndTopics }
        lines.append(".SH SEE ALSO")
        let others = ([program] + Self.branches(of: tree).map { "\(program)-\($0)" }).filter { $0 != name }
        let pages = branch == nil ? others + ["\(program)-sandbox"] : others
        lines.append(pages.map { "\(Roff.line($0))(1)" }.joined(separator: ", "))
        return lines.joined(separator: "\n") + "\n"
    }

    private var commonFlagsAndTopics: [String] {
        var lines = [".SH COMMON FLAGS"]
        lines += render([.entries((CommonFlags.all + BuiltInFlags.all).map(DocumentSection.Entry.init))])
        for topic in HelpTopic.all {
            lines.append(Roff.macro("SH", Self.heading(of: topic)))
            lines += [Roff.line("\(topic.summary).")]
            for section in topic.sections {
                // The only section of a topic needs no heading of its own.
                if topic.sections.count > 1 { lines.append(Roff.macro("SS", section.heading)) }
                lines += render(section.blocks)
            }
        }
        return lines
    }

    /// Returns the heading of a topic, where there is one the standard name of man-pages(7).
    private static func heading(of topic: HelpTopic) -> String {
        topic.name == "exit-codes" ? "EXIT STATUS" : topic.name.uppercased()
    }

    private func page(of command: Command) -> [String] {
        var lines = [Roff.macro("SS", "\(program) \(command.name)"), Roff.line("\(command.summary).")]
        lines += [".PP", Roff.macro("B", command.usage(as: program))]
        lines += render([.text(command.description)])
        for section in command.sections().sections {
            if section.heading == Command.commonFlagsHeading { continue }
            lines += [".PP", Roff.macro("I", section.heading)]
            lines += render(section.blocks)
        }
        let common = command.commonFlags.map { "--\($0.name)" }.joined(separator: ", ")
        lines += [".PP", Roff.macro("I", Command.commonFlagsHeading), ".br", Roff.line(common)]
        lines += [".PP", Roff.macro("I", "Examples")]
        return lines + render([.examples(command.examples)])
    }

    private func render(_ blocks: [DocumentSection.Block]) -> [String] {
        blocks.flatMap { block in
            switch block {
            case .text(let text): Self.paragraphs(text).flatMap { [".PP", Roff.line($0)] }
            case .entries(let entries):
                entries.flatMap { [".TP", Roff.macro("B", $0.term)] + Self.definition($0.sentences) }
            case .examples(let examples):
                examples.flatMap { example in
                    [".TP", Roff.line("\(example.caption):"), ".EX"]
                        + example.line(as: program).parts(between: "\n").map { Roff.line(String($0)) } + [".EE"]
                }
            }
        }
    }

    private static func paragraphs(_ text: String) -> [String] {
        text.parts(between: "\n").split(whereSeparator: \.isEmpty)
            .map { $0.joined(separator: "\n") }
    }

    private static func definition(_ text: String) -> [String] {
        paragraphs(text).enumerated().flatMap { index, part in (index == 0 ? [] : [".IP"]) + [Roff.line(part)] }
    }
}
