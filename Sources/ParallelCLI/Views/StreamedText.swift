import ParallelOutput
import ParallelSystem

/// Text that is written as it comes, in whole words: of a part, nobody could tell whether it is a secret.
final class StreamedText: Sendable {
    private let output: Output
    private let state = Lock(State())

    private struct State {
        /// Text that is not written yet.
        var word = ""
        /// Whether anything was written, and whether the last line has ended.
        var hasText = false
        var endsLine = true
    }

    /// The longest word that is waited for, in bytes.
    private static let longestWord = 1_000

    init(_ output: Output) { self.output = output }

    /// Whether the last line that was written has ended.
    var endsLine: Bool { state.withLock(\.endsLine) }

    func write(_ text: String) throws {
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

    /// Writes the rest and ends the line.
    ///
    /// - Parameter whole: the whole text, for one of which nothing has come yet.
    func finish(_ whole: String = "") throws {
        let rest = state.withLock { state in
            defer { state.word = "" }
            return state.hasText || !state.word.isEmpty ? state.word : whole
        }
        try put(rest)
        if !endsLine { try output.write("\n") }
    }

    private func put(_ text: String) throws {
        guard let last = text.utf8.last else { return }
        state.withLock { ($0.hasText, $0.endsLine) = (true, last == 0x0A) }
        try output.write(output.safe(text))
    }
}
