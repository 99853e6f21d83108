import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// A finished run as a document: the answer, its basis, and the numbered sources.
struct ResultDocument {
    let result: TaskRunResult
    /// Whether reasoning and excerpts are part of it.
    let showsBasis: Bool

    /// The answer with what it rests on.
    var answer: [Document.Block] {
        var blocks: [Document.Block]
        var sources = SourceList(result.output.basis)
        switch result.output.content {
        case .text(let text):
            blocks = text.isBlank ? [] : [.markdown(text)]
            let confidence = sources.notes(for: ["output"]).confidence
            if !confidence.isEmpty { blocks.append(.paragraph([.text("Confidence: ")] + confidence)) }
        case .structured(let value):
            var fields = JSONBlocks(sources: sources)
            blocks = fields.blocks(value)
            sources = fields.sources
        }
        let basis = result.output.basis.map { entry in
            let note = sources.note(for: entry.field)
            // An entry that stands behind another of its name still has sources.
            _ = sources.note(entry)
            return Document.Field(entry.field, Document.Block.paragraphs(entry.reasoning ?? ""), note: note)
        }
        if showsBasis, !basis.isEmpty { blocks += [Self.heading("Basis"), .fields(basis)] }
        if !sources.sources.isEmpty {
            let shown = sources.sources.map { source in
                var source = source
                if !showsBasis { source.excerpts = [] }
                return source
            }
            blocks += [Self.heading("Sources"), .sources(shown)]
        }
        return blocks
    }

    /// A page of its own: the question, the answer, the tool calls, and what is known of the run.
    func page(question: JSONValue?) -> [Document.Block] {
        let text = question?.string
        let isTitle = text.map { $0.utf8.count <= 200 && !$0.has("\n") && !$0.isBlank } ?? false
        var blocks: [Document.Block] = [.heading(1, [.text(isTitle ? text ?? "" : "Task run \(result.run.id)")])]
        if !isTitle, let question {
            var fields = JSONBlocks(sources: SourceList([]))
            blocks += [Self.heading("Question")] + fields.blocks(question)
        }
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

    static func toolCalls(_ result: TaskRunResult) -> Document.ToolCalls {
        Document.ToolCalls(
            result.output.toolCalls.map { call in
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

    private static func heading(_ text: String) -> Document.Block { .heading(2, [.text(text)]) }
}
