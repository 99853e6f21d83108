/// A part of the documentation that does not know yet whether it becomes help, a man page or Markdown.
///
/// This folder makes documentation out of `CommandTree` and the help topics; the renderers in it loop over sections and
/// name no command and no flag.
struct DocumentSection: Sendable {
    enum Block: Sendable {
        /// Running text; blank lines part paragraphs.
        case text(String)
        case entries([Entry])
        case examples([Command.Example])
    }

    /// A name and what it stands for.
    struct Entry: Sendable {
        let term: String
        /// One line without a full stop.
        let summary: String
        /// Sentences that follow the summary where there is room; may be empty.
        var details = ""

        /// Everything that is known, as sentences.
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
            // Values that the prose does not speak of.
            let prose = Set("\(flag.summary) \(details)".split { !$0.isLetter && !$0.isNumber }.map(String.init))
            if !words.contains(where: prose.contains) {
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
