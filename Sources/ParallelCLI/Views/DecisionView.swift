import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Shows the answers to a decision as a row each, and for people its sources below.
struct DecisionView {
    let output: Output

    func write(_ response: DecisionResponse, _ questions: [DecisionQuestion]) throws {
        if output.format.isJSON { return try output.write(document: response.json) }
        let rows = questions.map { question -> [String] in
            let answer = response.answer(to: question)
            let value = answer.value.isNull ? "" : answer.value.string ?? answer.value.serialized()
            let level = answer.level.map { "near \($0)" }
            let refusal = answer.refusal.map { "refused: \($0)" }
            return [
                question.name, value, answer.probability.map(Self.text) ?? "", refusal ?? level ?? "",
            ]
        }
        let table = Document.Table(
            headings: ["question", "answer", "probability", "note"], rows: rows, kinds: [.text, .text, .number, .text])
        guard output.isLaidOut || output.format == .markdown || output.format == .html else {
            return try output.write(table: table)
        }
        let sources = response.citations.enumerated().map { index, citation in
            Document.Source(
                number: index + 1, title: citation.title, url: citation.url, excerpts: citation.excerpts)
        }
        try output.write(Document([.table(table)] + (sources.isEmpty ? [] : [.sources(sources)])), isWhole: true)
    }

    /// A probability, which no more than three digits are known of.
    static func text(_ probability: Double) -> String { JSONNumber((probability * 1_000).rounded() / 1_000).text }
}
