import ParallelAPI
import ParallelOutput
import ParallelSystem

/// The sources of an answer, numbered in the order in which its fields first cite them.
///
/// An answer that is a text may have a list of its own, whose numbers its text means; the numbers here follow those.
struct SourceList {
    private let basis: [ExactText: FieldBasis]
    private var numbers: [ExactText: Int] = [:]
    private(set) var sources: [Document.Source] = []
    /// How many numbers the answer's own list has taken.
    private let offset: Int
    /// The excerpts added so far, each with the number of its source in front.
    private var excerpts: Set<ExactText> = []

    /// - Parameter text: the answer, where it is Markdown.
    init(_ basis: [FieldBasis], below text: String = "") {
        offset = basis.isEmpty ? 0 : Markdown.lastSourceNumber(text)
        self.basis = Dictionary(basis.map { (ExactText($0.field), $0) }) { first, _ in first }
    }

    /// Returns the confidence of a field and the numbers of its sources; empty if the basis has no entry for it.
    mutating func note(for path: String) -> [Document.Inline] {
        let (confidence, numbers) = notes(for: [path])
        return confidence + (confidence.isEmpty || numbers.isEmpty ? [] : [.text(" ")]) + numbers
    }

    /// Returns the lowest confidence of several fields, and the numbers of all their sources.
    mutating func notes(for paths: [String]) -> (confidence: [Document.Inline], numbers: [Document.Inline]) {
        let entries = paths.compactMap { basis[ExactText($0)] }
        let order = ["low", "medium", "high"]
        let confidence = entries.compactMap(\.confidence).min {
            order.firstIndex(of: $0) ?? order.count < order.firstIndex(of: $1) ?? order.count
        }
        var (all, known): ([Int], Set<Int>) = ([], [])
        for entry in entries {
            for number in note(entry) where known.insert(number).inserted { all.append(number) }
        }
        return (confidence.map { [.mark(.confidence($0))] } ?? [], all.map { .citation(String($0)) })
    }

    /// Numbers the new sources of an entry, and returns the numbers of all its sources.
    mutating func note(_ entry: FieldBasis) -> [Int] {
        entry.citations.map { citation in
            let key = ExactText(citation.url)
            let number = numbers[key] ?? offset + sources.count + 1
            if numbers[key] == nil {
                numbers[key] = number
                sources.append(Document.Source(number: number, title: citation.title, url: citation.url))
            }
            for excerpt in citation.excerpts where excerpts.insert(ExactText("\(number) \(excerpt)")).inserted {
                sources[number - offset - 1].excerpts.append(excerpt)
            }
            return number
        }
    }
}
