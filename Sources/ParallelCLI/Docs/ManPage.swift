import ParallelSystem

/// The whole documentation as one manual page, written with the macros of man(7).
struct ManPage {
    let program: String
    let tree: CommandTree

    /// The page's source, ending with a line feed.
    var text: String {
        var lines = [
            #".\" Made by '\#(program) help --man' of version \#(Version.number)."#,
            ".TH \"\(Roff.inline(program.uppercased()))\" 1 \"\" \"\(Roff.inline("\(program) \(Version.number)"))\"",
            // No hyphenation and no justification, so that names of flags and lines to copy stay whole.
            ".nh", ".ad l",
            ".SH NAME", "\(Roff.line(program)) \\- \(Roff.inline(HelpText.purpose))",
            ".SH SYNOPSIS", Roff.macro("B", program), "COMMAND [ARGUMENT]... [FLAG]...",
            ".SH DESCRIPTION",
        ]
        lines += overview
        for group in tree.groups {
            lines.append(Roff.macro("SH", group.heading.uppercased()))
            for command in group.commands { lines += page(of: command) }
        }
        lines.append(".SH COMMON FLAGS")
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
        return lines.joined(separator: "\n") + "\n"
    }

    /// Returns the heading of a topic, where there is one the standard name of man-pages(7).
    private static func heading(of topic: HelpTopic) -> String {
        topic.name == "exit-codes" ? "EXIT STATUS" : topic.name.uppercased()
    }

    private var overview: [String] {
        let commands = tree.commands.map {
            DocumentSection.Entry(term: "\(program) \($0.name)", summary: $0.summary)
        }
        return [Roff.line("The commands, each described below:")] + render([.entries(commands)])
            + [".PP", Roff.line(HelpTopic.keyHint)]
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
                    [".TP", Roff.line("\(example.caption):"), ".EX", Roff.line(example.line(as: program)), ".EE"]
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
