import ParallelJSON
import ParallelOutput
import ParallelSystem

/// The title of a document that answers a question: the question in its own words, on one line.
struct QuestionTitle {
    private static let maximumLength = 200

    /// The title: at most 200 Unicode scalars, with an ellipsis if there are more.
    let text: String
    private let question: JSONValue
    /// Whether the title leaves nothing of the question out.
    private let isWhole: Bool

    /// A text gives its first line, an object the values of its fields; nil if the question has no words.
    ///
    /// Known secrets are masked before the text is cut, so that no part of one is left.
    init?(_ question: JSONValue, _ output: Output) {
        let lines =
            question.string.map { $0.lines.map(String.init) } ?? [
                FieldRow.rows(of: question).map(\.value).filter { !$0.isBlank }
                    .map { $0.lines.joined(separator: " ") }.joined(separator: ", ")
            ]
        let words = lines.map { String($0.trimmed) }.filter { !$0.isEmpty }
        guard let first = words.first else { return nil }
        let shown = output.shown(first)
        text = shown.shortened(to: Self.maximumLength)
        isWhole = question.string != nil && words.count == 1 && text.isExactly(shown)
        self.question = question
    }

    /// The title as a heading, and below it the whole question where the title has only a part of it.
    func blocks(headingOfRest: String = "Question") -> [Document.Block] {
        let title = Document.Block.heading(1, [.text(text)])
        if isWhole { return [title] }
        var fields = JSONBlocks(sources: SourceList([]))
        return [title, .heading(2, [.text(headingOfRest)])] + fields.blocks(question)
    }
}
