import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// The result of a finished run as a document: the answer, its basis, and the numbered sources.
struct ResultDocument {
    let result: TaskRunResult
    /// Whether reasoning and excerpts are shown.
    let showsBasis: Bool
    /// Whether sources are listed that the answer lists itself.
    var repeatsSources = true

    /// The answer with its basis and sources.
    var answer: [Document.Block] {
        var blocks: [Document.Block]
        var sources = SourceList(result.output.basis)
        switch result.output.content {
        case .text(let text):
            sources = SourceList(result.output.basis, below: text)
            blocks = text.isBlank ? [] : [.markdown(text)]
            let confidence = sources.notes(for: ["output"]).confidence
            if !confidence.isEmpty { blocks.append(.paragraph([.text("Confidence: ")] + confidence)) }
        case .structured(let value):
            var fields = JSONBlocks(sources: sources)
            blocks = fields.blocks(value)
            sources = fields.sources
        }
        let basis = sources.fields(of: result.output.basis)
        if showsBasis, !basis.isEmpty { blocks += [Self.heading("Basis"), .fields(basis)] }
        let listed = repeatsSources ? sources.sources : sources.otherSources
        if !listed.isEmpty {
            let shown = listed.map { source in
                var source = source
                if !showsBasis { source.excerpts = [] }
                return source
            }
            blocks += [Self.heading("Sources"), .sources(shown)]
        }
        return blocks
    }

    /// A whole page: the question, the answer, the tool calls, and the facts of the run.
    func page(_ question: QuestionTitle?) -> [Document.Block] {
        var blocks = title(question)
        blocks += [Self.heading("Answer")] + answer
        let calls = Self.toolCalls(result)
        if !calls.calls.isEmpty { blocks.append(.toolCalls(calls)) }
        let run = result.run
        let facts: [(String, [Document.Inline])] = [
            ("run", [.code(run.id)]), ("status", [.mark(.status(run.status.rawValue))]),
            ("processor", [.text(run.processor ?? "")]), ("created", Self.time(run.createdAt)),
            ("modified", Self.time(run.modifiedAt)),
        ]
        let known = facts.filter { !$0.1.plainText.isEmpty }
        return blocks + [Self.heading("Run"), .fields(known.map { Document.Field($0.0, [.paragraph($0.1)]) })]
    }

    /// The answer below the question as the title. Below a whole question the answer has a heading, too, as it would
    /// seem to go on with it.
    func titledAnswer(_ question: QuestionTitle?) -> [Document.Block] {
        let title = title(question)
        return title + (title.count > 1 ? [Self.heading("Answer")] : []) + answer
    }

    /// The question as the title; the run's id where the question is not known.
    func title(_ question: QuestionTitle?) -> [Document.Block] {
        question?.blocks() ?? [.heading(1, [.text("Task run \(result.run.id)")])]
    }

    static func toolCalls(_ result: TaskRunResult) -> Document.ToolCalls { toolCalls(result.output.toolCalls) }

    static func toolCalls(_ calls: [ToolCall]) -> Document.ToolCalls {
        Document.ToolCalls(
            calls.map { call in
                let (answer, isError) =
                    switch call.outcome {
                    case .content(let text): (text, false)
                    case .error(let text): (text, true)
                    }
                return Document.ToolCalls.Call(
                    server: call.server, tool: call.tool, arguments: call.arguments, answer: answer, isError: isError)
            })
    }

    private static func time(_ text: String?) -> [Document.Inline] {
        text.map { [.time($0, seconds: Timestamp.seconds($0))] } ?? []
    }

    static func heading(_ text: String) -> Document.Block { .heading(2, [.text(text)]) }
}
