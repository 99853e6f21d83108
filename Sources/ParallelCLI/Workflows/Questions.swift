import ParallelSystem
import ParallelTerminal

/// The only way to ask the person at the terminal something.
extension Context {
    /// Shows `question` and waits for a line; known secrets and control characters in it are not shown.
    func ask(_ question: String) async throws -> LineEditor.Result {
        try await prompter.ask(ControlCharacters.neutralised(streams.secrets.masked(question)))
    }

    /// Asks until a line is not blank, and returns it. Throws if there is none, before anything was sent.
    func askForText(_ question: String) async throws -> String {
        while true {
            switch try await ask(question) {
            case .line(let text) where text.isBlank: continue
            case .line(let text): return text
            case .interrupted: throw Interrupted("interrupted; nothing was sent", self)
            case .endOfInput: throw ErrorReport(.unexpected, "no input was given; nothing was sent")
            }
        }
    }

    /// Asks a question that is answered with y or n; any other answer means no, and so does the end of input. Shows at
    /// most the first 4,000 bytes of the question.
    ///
    /// - Parameter nothing: what was not done, such as `nothing was sent`, for the error of an interruption.
    ///
    /// Throws `Interrupted`, and the errors of the prompt.
    func confirms(_ question: String, orElse nothing: String) async throws -> Bool {
        switch try await ask("\(streams.secrets.shortened(question)) [y/N] ") {
        case .line(let answer): return ["y", "yes"].contains(answer.asciiLowercased)
        case .endOfInput: return false
        case .interrupted: throw Interrupted("interrupted; \(nothing)", self)
        }
    }

    /// Asks as `confirms` does, and throws unless the answer is yes.
    func confirm(_ question: String, orElse nothing: String) async throws {
        if try await !confirms(question, orElse: nothing) {
            throw ErrorReport(.unexpected, "not confirmed; \(nothing)")
        }
    }

    /// Asks before what can't be undone, and throws unless the answer is yes, or where nobody can be asked.
    ///
    /// - Parameter effect: what would happen, as the beginning of a sentence.
    func confirm(_ question: String, before effect: String, orElse nothing: String) async throws {
        guard terminal.canPrompt else {
            throw UsageError(
                "\(effect), and there is no terminal to ask on; \(nothing)", hint: "--yes does it without a question")
        }
        try await confirm(question, orElse: nothing)
    }
}
