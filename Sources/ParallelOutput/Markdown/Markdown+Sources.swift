import ParallelSystem

extension Markdown {
    private static let sourceHeadings: Set<String> = ["sources", "references", "citations", "bibliography"]

    /// Returns the last number of the list of sources that a text has of its own; 0 where it has none.
    package static func lastSourceNumber(_ text: String) -> Int {
        var last = 0
        var isInSources = false
        for block in blocks(text) {
            switch block {
            case .heading(_, let line):
                let words = line.plainText.asciiLowercased.trimmed { !$0.properties.isAlphabetic }
                isInSources = sourceHeadings.contains(String(words))
            case .list(let list) where isInSources:
                if let start = list.start { last = max(last, start + list.items.count - 1) }
            case .sources(let sources): last = sources.reduce(last) { max($0, $1.number) }
            default: break
            }
        }
        return last
    }
}
