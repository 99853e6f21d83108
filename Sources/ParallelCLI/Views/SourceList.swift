import ParallelAPI
import ParallelOutput
import ParallelSystem

/// The sources of an answer, numbered in the order in which its fields first cite them.
///
/// An answer that is a text may have a list of its own, whose numbers its text means: a source of that list keeps its
/// number, and those of the others follow.
struct SourceList {
    private let basis: [ExactText: FieldBasis]
    private let own: Markdown.SourceNumbers
    private var nextNumber: Int
    private var cited: [Document.Source] = []
    /// Where in `cited` an address is.
    private var places: [ExactText: Int] = [:]
    /// The excerpts added so far, each with the number of its source in front.
    private var excerpts: Set<ExactText> = []

    /// - Parameter text: the answer, where it is Markdown.
    init(_ basis: [FieldBasis], below text: String = "") {
        own = Markdown.SourceNumbers(basis.isEmpty ? "" : text)
        nextNumber = own.last + 1
        self.basis = Dictionary(basis.map { (ExactText($0.field), $0) }) { first, _ in first }
    }

    /// The cited sources, in the order of their numbers.
    var sources: [Document.Source] { cited.sorted { $0.number < $1.number } }

    /// The sources that are not in the answer's own list.
    var otherSources: [Document.Source] { sources.filter { own.numbers[ExactText($0.url)] == nil } }

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

    /// Returns the reasoning of each entry under the name of its field, with its confidence and the numbers of its
    /// sources.
    mutating func fields(of basis: [FieldBasis]) -> [Document.Field] {
        basis.map { entry in
            let note = note(for: entry.field)
            // If several entries have one name, only the first is noted above; the others may have further sources.
            _ = self.note(entry)
            return Document.Field(entry.field, Document.Block.paragraphs(entry.reasoning ?? ""), note: note)
        }
    }

    /// Numbers the new sources of an entry, and returns the numbers of all its sources.
    mutating func note(_ entry: FieldBasis) -> [Int] {
        entry.citations.map { citation in
            let place = place(of: citation)
            let number = cited[place].number
            for excerpt in citation.excerpts where excerpts.insert(ExactText("\(number) \(excerpt)")).inserted {
                cited[place].excerpts.append(excerpt)
            }
            return number
        }
    }

    /// Returns the list of sources that stands below an answer in Markdown; nothing if there are none.
    static func blocks(of basis: [FieldBasis], below text: String) -> [Document.Block] {
        var sources = SourceList(basis, below: text)
        _ = sources.notes(for: basis.map(\.field))
        let listed = sources.otherSources
        return listed.isEmpty ? [] : [ResultDocument.heading("Sources"), .sources(listed)]
    }

    private mutating func place(of citation: FieldBasis.Citation) -> Int {
        let key = ExactText(citation.url)
        if let place = places[key] { return place }
        var number = nextNumber
        if let known = own.numbers[key] { number = known } else { nextNumber += 1 }
        places[key] = cited.count
        cited.append(Document.Source(number: number, title: citation.title, url: citation.url))
        return cited.count - 1
    }
}

extension Output {
    /// Writes the sources below an answer that people read.
    func writeSources(of basis: [FieldBasis], below text: String) throws {
        guard takesDocuments else { return }
        for block in SourceList.blocks(of: basis, below: text) { try write(block, isFirst: false) }
    }
}
