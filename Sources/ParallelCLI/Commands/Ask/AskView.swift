import ParallelAPI
import ParallelJSON
import ParallelModels
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Shows the answer of a model: its text as it comes, then its calls of tools, or JSON.
final class AskView: Sendable {
    private let output: Output
    private let context: Context
    private let options: AskOptions
    private let text: StreamedText
    private let hasEvents = Lock(false)

    /// - Parameter isFirst: whether nothing was written before, from which this answer must stand apart.
    init(output: Output, context: Context, question options: AskOptions, isFirst: Bool) {
        self.output = output
        self.context = context
        self.options = options
        text = StreamedText(output)
        if !isFirst, !output.format.isJSON, output.format != .html { try? output.write("\n") }
    }

    /// Shows an event of a streamed answer.
    func show(_ event: JSONValue, _ news: ModelReply.News?) throws {
        hasEvents.withLock { $0 = true }
        // Not in the middle of a line of text on the same terminal.
        if case .call(let server, let tool) = news, !output.isTerminal || text.endsLine {
            output.note("tool_call: \(output.secrets.shortened("Called tool \(tool) of \(server)."))")
        }
        if output.format == .jsonl { return try output.write(document: event, isOnly: false) }
        if case .text(let piece) = news, isPlain, !laysOutFields { try text.write(piece) }
    }

    /// Whether the answer is fields, which a person gets laid out.
    private var laysOutFields: Bool { options.respond?.shape.isEmpty == false && output.isLaidOut }

    /// Whether text is written as the model writes it.
    private var isPlain: Bool { output.format == .table || output.format == .text }

    /// Writes what has come of a text that breaks off.
    func breakOff() {
        if isPlain { try? text.finish() }
    }

    /// Shows the whole answer, or what is left of it after its events.
    func show(_ reply: ModelReply) throws {
        let isJSON = options.respond?.shape.isEmpty == false
        switch output.format {
        case .json: return try output.write(document: reply.document, isOnly: !options.waits)
        case .jsonl:
            if !hasEvents.withLock(\.self) { try output.write(document: reply.document, isOnly: false) }
            return
        case .markdown, .html:
            try output.write(Document([.markdown(isJSON ? "```json\n\(reply.text)\n```" : reply.text)]))
        case .table, .text, .csv, .tsv:
            if laysOutFields, let fields = try? JSONValue.parse(reply.text) {
                try output.write(Document(JSONBlocks.blocks(.structured(fields))))
            } else if output.isLaidOut, !isJSON, !hasEvents.withLock(\.self) {
                try output.write(Document([.markdown(reply.text)]))
            } else {
                try text.finish(reply.text)
            }
        }
        // What reads the JSON in a pipe wants nothing behind it.
        if isJSON, !output.takesDocuments { return }
        try output.writeSources(of: reply.basis, below: reply.text)
        try ToolCallView(output: output, context: context).writeBelow(
            reply.calls,
            whereAllIs: context.transcript == nil ? "In full: with --json, which asks anew" : "In full: with /save")
    }
}
