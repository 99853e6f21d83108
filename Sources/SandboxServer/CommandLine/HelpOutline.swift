import ParallelSystem

/// The parts of a help text, for the manual page and the completions.
struct HelpOutline {
    enum Block: Equatable {
        case heading(String)
        case paragraph(String)
        /// An option, an address or a word, and what it is.
        case entry(term: String, text: String)
        /// Lines that stay as they are.
        case lines([String])
    }

    let blocks: [Block]

    /// Takes a text apart: unindented lines are headings, which end with a colon, or paragraphs; indented ones are
    /// entries, or lines to copy.
    init(_ text: String) {
        var blocks: [Block] = []
        // Whether the line is one to copy, and whether it follows an empty one.
        var (isExample, isNew) = (false, true)
        for line in text.parts(between: "\n").map(String.init) {
            let indent = line.utf8.prefix { $0 == UInt8(ascii: " ") }.count
            let words = String(line.dropping(bytes: indent))
            defer { isNew = words.isEmpty }
            if words.isEmpty { continue }
            if indent == 0 {
                isExample = false
                if words.ends(with: ":"), isNew {
                    isExample = ["Usage:", "Example:"].contains(words)
                    blocks.append(.heading(words))
                } else if !isNew, case .paragraph(let start)? = blocks.last {
                    blocks[blocks.count - 1] = .paragraph("\(start) \(words)")
                } else {
                    blocks.append(.paragraph(words))
                }
            } else if isExample || words.begins(with: "{") {
                isExample = true
                if case .lines(let lines)? = blocks.last {
                    blocks[blocks.count - 1] = .lines(lines + [String(line.dropping(bytes: 2))])
                } else {
                    blocks.append(.lines([words]))
                }
            } else if indent > 2, case .entry(let term, let start)? = blocks.last {
                blocks[blocks.count - 1] = .entry(term: term, text: start.isEmpty ? words : "\(start) \(words)")
            } else {
                let gap = words.firstRange(of: "  ") ?? Self.narrowGap(words) ?? words.endIndex..<words.endIndex
                let text = String(words[gap.upperBound...].trimmed)
                blocks.append(.entry(term: String(words[..<gap.lowerBound]), text: text))
            }
        }
        self.blocks = blocks
    }

    /// Returns the space between an option with its value, in capitals, and the text, where that follows closely.
    private static func narrowGap(_ words: String) -> Range<String.Index>? {
        let parts = words.parts(between: " ", maxSplits: 2)
        guard parts.count == 3, parts[0].begins(with: "--"), parts[1] == parts[1].uppercased() else { return nil }
        return parts[1].endIndex..<parts[2].startIndex
    }
}
