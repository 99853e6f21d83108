import ParallelSystem

/// The tables of the README.
enum MarkdownTables {
    /// What each command does.
    static func commands(of tree: CommandTree, as program: String) -> String {
        table(
            ("command", "what it does"),
            tree.commands.map {
                let words = [program] + $0.path + $0.positionals.map(\.usage)
                return ("`\(words.joined(separator: " "))`", $0.summary)
            })
    }

    /// The names that a topic explains, all of its sections in one table.
    static func entries(of topic: HelpTopic) -> String {
        let entries = topic.sections.flatMap(\.blocks).flatMap { block -> [DocumentSection.Entry] in
            if case .entries(let entries) = block { entries } else { [] }
        }
        return table((topic.name, "meaning"), entries.map { ("`\($0.term)`", $0.summary) })
    }

    private static func table(_ header: (String, String), _ rows: [(String, String)]) -> String {
        let lines = [header, ("---", "---")] + rows.map { (escaped($0.0), escaped($0.1)) }
        return lines.map { "| \($0.0) | \($0.1) |\n" }.joined()
    }

    private static func escaped(_ text: String) -> String {
        text.parts(between: "|").joined(separator: "\\|")
    }
}
