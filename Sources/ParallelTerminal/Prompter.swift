import ParallelSystem

/// How the program asks a person something; tests script the answers. Calls block their thread until the answer is
/// there.
package struct Prompter: Sendable {
    /// Shows a prompt, which is plain text, and waits for a line.
    package let ask: @Sendable (_ prompt: String) throws -> LineEditor.Result
    package init(ask: @escaping @Sendable (_ prompt: String) throws -> LineEditor.Result) { self.ask = ask }

    /// Asks on stderr and reads stdin; lines can be recalled until the program ends.
    package static func system(terminal: TerminalInfo) -> Prompter {
        let editor = LineEditor(terminalType: terminal.term)
        let history = Lock<[String]>([])
        return Prompter { prompt in
            let result = try editor.readLine(prompt: prompt, history: history.withLock { $0 })
            if case .line(let line) = result, !line.isEmpty {
                history.withLock { if $0.last != line { $0.append(line) } }
            }
            return result
        }
    }
}
