/// A section of documentation, independent of its form: help, man page or Markdown.
///
/// This folder generates documentation from `CommandTree` and the help topics. Its renderers loop over sections and
/// name no command or flag.
struct DocumentSection: Sendable {
    enum Block: Sendable {
        /// Running text; blank lines separate paragraphs.
        case text(String)
        case entries([Entry])
        case examples([Command.Example])
    }

    /// A name and its meaning.
    struct Entry: Sendable {
        let term: String
        /// One line without a full stop.
        let summary: String
        /// Sentences that follow the summary in full help; may be empty.
        var details = ""

        /// Summary and details as sentences.
        var sentences: String {
            let end = summary.last.map { ".!?".contains($0) } == true ? "" : "."
            return summary + end + (details.isEmpty ? "" : " \(details)")
        }
    }

    let heading: String
    let blocks: [Block]
}

extension DocumentSection.Entry {
    init(_ flag: FlagSpec) {
        var details = flag.details
        if case .words(let words)? = flag.value?.completion {
            // Lists the known values unless the prose names them; of many, it may name some.
            let prose = Set(
                "\(flag.summary) \(details)".split { $0.isWhitespace || ",;()'".contains($0) }
                    .map { $0.last == "." ? String($0.dropLast()) : String($0) })
            let named = words.count(where: prose.contains)
            if named == 0 || named < words.count && words.count <= 6 {
                details += (details.isEmpty ? "" : " ") + "Known values: \(words.joined(separator: ", "))."
            }
        }
        self.init(term: flag.usage, summary: flag.summary, details: details)
    }

    init(_ positional: Positional) {
        self.init(term: positional.usage, summary: positional.summary.capitalizedFirst)
    }

    init(_ command: Command) {
        self.init(term: command.name, summary: command.summary)
    }
}

extension String {
    /// The text with its first letter in upper case.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
