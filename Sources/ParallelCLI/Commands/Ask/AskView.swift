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
    private let state: Lock<State>

    private struct State {
        /// Text that is not written yet: a secret in it may not be complete, so whole words are written.
        var word = ""
        /// Whether anything was written, and whether the last line has ended.
        var hasText = false
        var endsLine = true
        var hasEvents = false
    }

    /// The longest word that is waited for, in bytes.
    private static let longestWord = 1_000

    /// - Parameter isFirst: whether nothing was written before, from which this answer must stand apart.
    init(output: Output, context: Context, question options: AskOptions, isFirst: Bool) {
        self.output = output
        self.context = context
        self.options = options
        state = Lock(State())
        if !isFirst, !output.format.isJSON, output.format != .html { try? output.write("\n") }
    }

    /// Shows an event of a streamed answer.
    func show(_ event: JSONValue, _ news: ModelReply.News?) throws {
        state.withLock { $0.hasEvents = true }
        // Not in the middle of a line of text on the same terminal.
        if case .call(let server, let tool) = news, !output.isTerminal || state.withLock(\.endsLine) {
            output.note("tool_call: \(output.secrets.shortened("Called tool \(tool) of \(server)."))")
        }
        if output.format == .jsonl { return try output.write(document: event, isOnly: false) }
        if case .text(let text) = news, isPlain { try write(text) }
    }

    /// Whether text is written as the model writes it.
    private var isPlain: Bool { output.format == .table || output.format == .text }

    private func write(_ text: String) throws {
        let ready = state.withLock { state -> String in
            state.word += text
            let bytes = state.word.utf8
            let end = bytes.lastIndex { $0 == 0x20 || $0 == 0x0A }.map(bytes.index(after:))
            guard let end = bytes.count > Self.longestWord ? bytes.endIndex : end else { return "" }
            let ready = String(state.word[..<end])
            state.word = String(state.word[end...])
            return ready
        }
        try put(ready)
    }

    private func put(_ text: String) throws {
        guard let last = text.utf8.last else { return }
        state.withLock { ($0.hasText, $0.endsLine) = (true, last == 0x0A) }
        try output.write(output.safe(text))
    }

    /// Writes what has come of a text that breaks off.
    func breakOff() {
        guard isPlain else { return }
        let rest = state.withLock { state in
            defer { state.word = "" }
            return state.word
        }
        try? put(rest)
        if state.withLock({ !$0.endsLine }) { try? output.write("\n") }
    }

    /// Shows the whole answer, or what is left of it after its events.
    func show(_ reply: ModelReply) throws {
        switch output.format {
        case .json: return try output.write(document: reply.document, isOnly: !options.waits)
        case .jsonl:
            if state.withLock({ !$0.hasEvents }) { try output.write(document: reply.document, isOnly: false) }
            return
        case .markdown, .html: try output.write(Document([.markdown(reply.text)]))
        case .table, .text, .csv, .tsv:
            let rest = state.withLock { $0.hasText || !$0.word.isEmpty ? $0.word : reply.text }
            if output.isLaidOut, state.withLock({ !$0.hasEvents }) {
                try output.write(Document([.markdown(rest)]))
            } else {
                try put(rest)
            }
            if state.withLock({ !$0.endsLine }) { try output.write("\n") }
        }
        try ToolCallView(output: output, context: context).writeBelow(reply.calls, whereAllIs: "In full: with --json")
    }
}
