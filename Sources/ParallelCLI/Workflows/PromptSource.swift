import ParallelSystem
import ParallelTerminal

/// Where a prompt for a model comes from: a word of the command line, a pipe, or the person at the terminal.
struct PromptSource {
    /// The word of the command line, if there is one.
    let given: InputSource?
    let context: Context

    private static let waysToAsk: Hint = "give the question as an argument, as @FILE, or as - for standard input"

    /// Where the prompt is read from; nil if the person at the terminal is asked for it.
    private var source: InputSource? {
        given ?? (!context.readsStandardInput && context.streams.inputHoldsData ? .standardInput : nil)
    }

    /// Throws if there is no prompt and nobody can be asked for one.
    func check() throws(UsageError) {
        if source == nil, !context.terminal.canPrompt { throw UsageError("missing PROMPT", hint: Self.waysToAsk) }
    }

    func read() async throws -> String {
        guard let source else { return try await context.askForText("What do you want to ask? ") }
        let text = try SourceText(context: context).text(of: source, for: "PROMPT")
        if text.isBlank { throw UsageError("missing PROMPT: \(source.name) is empty", hint: Self.waysToAsk) }
        return text
    }
}
