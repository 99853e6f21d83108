import ParallelSystem

/// The generated tables of the README.
enum MarkdownTables {
    /// Returns the table of commands and what they do.
    static func commands(of tree: CommandTree, as program: String) -> String {
        table(
            ("command", "what it does"),
            tree.commands.map {
                let words = [program] + $0.path + $0.positionals.map(\.usage)
                return ("`\(words.joined(separator: " "))`", $0.summary)
            })
    }

    /// Returns one table of the names that all sections of a topic explain.
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
