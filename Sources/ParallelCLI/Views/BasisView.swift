import ParallelAPI
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Finds the basis of a field: its own, else the basis of the field that it is part of.
struct BasisIndex {
    private let entries: [ExactText: FieldBasis]

    init(_ basis: [FieldBasis]) {
        entries = Dictionary(basis.map { (ExactText($0.field), $0) }) { first, _ in first }
    }

    func entry(for path: String) -> FieldBasis? {
        var path = Substring(path)
        while true {
            if let entry = entries[ExactText(String(path))] { return entry }
            guard let dot = path.lastPlace(of: ".") else { return nil }
            path = path[..<dot]
        }
    }
}

/// Shows the basis of an answer as text: reasoning and citations with their excerpts.
enum BasisView {
    static func text(_ basis: [FieldBasis], _ output: Output) -> String {
        let width = output.isTerminal ? output.columns : Int.max
        return basis.map { entry in
            let confidence = entry.confidence.map { " (confidence \(output.shown(.confidence($0))))" } ?? ""
            var text = output.style(.bold, "Basis of \(output.safe(entry.field))") + "\(confidence)\n"
            if let reasoning = entry.reasoning {
                text += TextWrap.wrap(output.safe(reasoning), columns: width, indent: "  ") + "\n"
            }
            for (index, citation) in entry.citations.enumerated() {
                let title = citation.title.map { "\(output.safe($0)) " } ?? ""
                text += "  [\(index + 1)] \(title)\(output.style(.underline, output.safe(citation.url)))\n"
                for excerpt in citation.excerpts {
                    text += TextWrap.wrap("“\(output.safe(excerpt))”", columns: width, indent: "      ") + "\n"
                }
            }
            return text
        }.joined(separator: "\n")
    }
}
