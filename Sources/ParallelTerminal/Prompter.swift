import ParallelSystem

/// Asks a person a question; tests script the answers.
package struct Prompter: Sendable {
    /// Shows a prompt, which is plain text, and waits for a line; other tasks continue meanwhile.
    package let ask: @Sendable (_ prompt: String) async throws -> LineEditor.Result
    /// The same for a secret, which is not shown as it is typed.
    package let askHidden: @Sendable (_ prompt: String) async throws -> LineEditor.Result
    /// The same with a history that the caller keeps, oldest line first, and with assistance.
    package let askLine: AskLine

    package typealias AskLine =
        @Sendable (
            _ prompt: String, _ history: [String], _ assistance: LineAssistance
        ) async throws -> LineEditor.Result

    /// Discards what was typed before it was asked for.
    package var discardTypedAhead: @Sendable () -> Void = {}

    package init(
        askHidden: (@Sendable (_ prompt: String) async throws -> LineEditor.Result)? = nil, askLine: AskLine? = nil,
        ask: @escaping @Sendable (_ prompt: String) async throws -> LineEditor.Result
    ) {
        self.ask = ask
        self.askHidden = askHidden ?? ask
        self.askLine = askLine ?? { prompt, _, _ in try await ask(prompt) }
    }

    /// Asks with `editor` on a thread of its own, because reading from a terminal blocks. Lines can be recalled until
    /// the program ends.
    package init(_ editor: LineEditor) {
        let history = Lock<[String]>([])
        self.init { prompt in
            try await onOwnThread { try editor.readLine(prompt: prompt, isHidden: true) }
        } askLine: { prompt, history, assistance in
            try await onOwnThread {
                try editor.readLine(prompt: prompt, history: history, assistance: assistance)
            }
        } ask: { prompt in
            let result = try await onOwnThread {
                try editor.readLine(prompt: prompt, history: history.withLock { $0 })
            }
            if case .line(let line) = result, !line.isEmpty {
                history.withLock { if $0.last != line { $0.append(line) } }
            }
            return result
        }
        discardTypedAhead = { editor.discardInput() }
    }

    /// Returns a prompter that asks on stderr and reads stdin.
    package static func system(terminal: TerminalInfo) -> Prompter {
        Prompter(LineEditor(terminalType: terminal.term, rewrapsLines: terminal.rewrapsLines))
    }
}
