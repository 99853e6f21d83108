import ParallelSystem

/// Long texts in a line that is edited, each shown as a word or two in brackets, such as `[200 lines: Which of the…]`.
struct FoldedTexts {
    /// The size in bytes that such words hardly exceed.
    static let longestShown = 100
    private var folds: [(shown: String, text: String)] = []

    /// Returns what is shown in place of `text`.
    mutating func fold(_ text: String) -> String {
        if let known = folds.first(where: { $0.text.isExactly(text) }) { return known.shown }
        let breaks = text.utf8.count { $0 == 0x0A }
        let size = breaks > 0 ? "\(breaks + 1) lines" : "\(text.utf8.count) bytes"
        let start = ControlCharacters.neutralised(String(text.shortened(to: 200).trimmed)).truncated(toWidth: 24)
        var shown = "[\(size): \(start)]"
        var number = 1
        while folds.contains(where: { $0.shown.isExactly(shown) }) {
            number += 1
            shown = "[\(size), \(number): \(start)]"
        }
        folds.append((shown, text))
        return shown
    }

    /// Returns `line` with all of its texts.
    func unfold(_ line: String) -> String {
        guard !folds.isEmpty else { return line }
        var text = ""
        var rest = line[...]
        while let place = rest.place(of: "[") {
            text += rest[..<place]
            rest = rest[place...]
            let fold = folds.first { rest.begins(with: $0.shown) }
            text += fold?.text ?? "["
            rest = rest.dropping(bytes: fold?.shown.utf8.count ?? 1)
        }
        return text + rest
    }

    /// The number of characters (scalars) with which a text is shown at the end of `line`; nil if there is none.
    func lengthOfFold(atEndOf line: String) -> Int32? {
        folds.first { line.ends(with: $0.shown) }.map { Int32(clamping: $0.shown.unicodeScalars.count) }
    }
}
