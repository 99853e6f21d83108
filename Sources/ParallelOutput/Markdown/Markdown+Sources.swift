package import ParallelSystem

extension Markdown {
    /// The numbers that a text gives to sources in a list of its own.
    package struct SourceNumbers {
        /// The highest of them; 0 where there is no list.
        package private(set) var last = 0
        /// The number of each address in the list.
        package private(set) var numbers: [ExactText: Int] = [:]
        private var known: Set<Int> = []

        /// Reads the ordered lists below headings such as "References", and the definitions `[1]: URL`.
        package init(_ text: String) {
            var isInSources = false
            for block in Markdown.blocks(text) {
                switch block {
                case .heading(_, let line):
                    let words = line.plainText.asciiLowercased.trimmed { !$0.properties.isAlphabetic }
                    isInSources = ["sources", "references", "citations", "bibliography"].contains(String(words))
                case .list(let list) where isInSources:
                    guard let start = list.start else { continue }
                    for (index, item) in list.items.enumerated() { add(item.firstURL, start + index) }
                case .sources(let sources): for source in sources { add(source.url, source.number) }
                default: break
                }
            }
        }

        /// The first address of a number counts, as does the first number of an address.
        private mutating func add(_ url: String?, _ number: Int) {
            last = max(last, number)
            guard let key = url.map(ExactText.init), numbers[key] == nil, known.insert(number).inserted else { return }
            numbers[key] = number
        }
    }
}

extension [Document.Block] {
    /// The address of the first link in the paragraphs.
    fileprivate var firstURL: String? {
        for case .paragraph(let line) in self {
            for case .link(_, let url) in line { return url }
        }
        return nil
    }
}
