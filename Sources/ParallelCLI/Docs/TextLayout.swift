import ParallelSystem
import ParallelTerminal

/// Lays out sections of documentation as text of a given width.
struct TextLayout {
    /// The maximum width of prose, in columns; examples are never broken, so that they can be copied.
    let width: Int
    let usesColor: Bool
    let program: String
    /// Whether summaries and details are shown below the names (full), or only summaries beside them (brief).
    let isFull: Bool

    /// The width in columns above which a name gets a line of its own.
    private static let widestName = 20

    func render(_ sections: [DocumentSection]) -> String {
        sections.map { section in
            var parts = [heading(section.heading)]
            for block in section.blocks {
                // Files stand apart from what is said about them.
                if case .examples = block, parts.count > 1 { parts.append("") }
                let text = render(block)
                if !text.isEmpty { parts.append(text) }
            }
            return parts.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    func heading(_ text: String) -> String { Style.bold.apply(text, enabled: usesColor) }

    func paragraphs(_ text: String, indent: String = "") -> String {
        TextWrap.wrap(text, columns: width, indent: indent)
    }

    private func render(_ block: DocumentSection.Block) -> String {
        switch block {
        case .text(let text): paragraphs(text, indent: "  ")
        case .entries(let entries): isFull ? full(entries) : brief(entries)
        case .examples(let examples):
            examples.map { example in
                let lines = example.line(as: program).parts(between: "\n").map { $0.isEmpty ? "" : "    \($0)" }
                return ([paragraphs("\(example.caption):", indent: "  ")] + lines).joined(separator: "\n")
            }.joined(separator: "\n\n")
        }
    }

    private func brief(_ entries: [DocumentSection.Entry]) -> String {
        // In narrow output the text goes below the names, because a column beside them would be too narrow to read.
        let limit = width < 60 ? 0 : Self.widestName
        let column = entries.map(\.term.displayWidth).filter { $0 <= limit }.max() ?? (limit == 0 ? 2 : limit)
        let indent = String(repeating: " ", count: 2 + column + 2)
        return entries.map { entry in
            let lines = TextWrap.wrap(entry.summary, columns: width, indent: indent)
            guard entry.term.displayWidth <= column else { return "  \(entry.term)\n\(lines)" }
            return "  \(entry.term.padded(toWidth: column))  \(lines.dropFirst(indent.count))"
        }.joined(separator: "\n")
    }

    private func full(_ entries: [DocumentSection.Entry]) -> String {
        entries.map { "  \($0.term)\n\(paragraphs($0.sentences, indent: "      "))" }.joined(separator: "\n")
    }
}
