import ParallelSystem

/// Wraps text into lines that fit a width in columns.
package enum TextWrap {
    /// A longer word is data, not the name of something.
    private static let longestIdentifier = 2_000

    /// Returns the lines of `text`, none wider than `columns` including `indent`, which starts each line that is not
    /// empty, unless an identifier or a URL is.
    ///
    /// Breaks at spaces and beside wide (East Asian) characters; cuts any other word wider than a line between
    /// clusters. Keeps the text's line breaks and the spaces at the start of its lines. A tab becomes four spaces.
    package static func lines(_ text: String, columns: Int, indent: String = "") -> [String] {
        let room = max(1, columns - indent.displayWidth)
        return expandingTabs(text).parts(between: "\n").flatMap { line in
            wrapped(line, columns: room).map { $0.isEmpty ? "" : indent + $0 }
        }
    }

    /// Whether a word without spaces is an identifier or a URL, which is copied whole from a terminal only if it is
    /// written without line breaks; a terminal breaks what is wider than its lines itself.
    ///
    /// Quotes, brackets and commas may stand around it, as in JSON, but not in it.
    package static func isIdentifier(_ word: Substring) -> Bool {
        guard word.utf8.count <= longestIdentifier else { return false }
        func isAround(_ byte: UInt8) -> Bool { "\"'`()[]{}<>,;".utf8.contains(byte) }
        let core = word.utf8.drop(while: isAround)
        guard let end = core.lastIndex(where: { !isAround($0) }) else { return false }
        var digits = 0
        var hasUnderscore = false
        for byte in core[...end] {
            guard byte > 0x20, byte < 0x7F, !isAround(byte) else { return false }
            if byte.isASCIIDigit { digits += 1 }
            hasUnderscore = hasUnderscore || byte == UInt8(ascii: "_")
        }
        return digits > 2 || hasUnderscore || core.starts(with: "https://".utf8) || core.starts(with: "http://".utf8)
    }

    /// Returns the same lines as one text, without a line feed after the last.
    package static func wrap(_ text: String, columns: Int, indent: String = "") -> String {
        lines(text, columns: columns, indent: indent).joined(separator: "\n")
    }

    /// Returns `text` with four spaces for each tab, because a tab's width on a terminal depends on what precedes it.
    static func expandingTabs(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "\t")) else { return text }
        return text.parts(between: "\t").joined(separator: "    ")
    }

    private static func wrapped(_ line: Substring, columns: Int) -> [String] {
        if line.displayWidth <= columns { return [String(line)] }
        var lines: [String] = []
        var current = ""
        var width = 0
        for (spaces, word) in pieces(line) {
            let isIndent = lines.isEmpty && current.isEmpty
            if width + spaces.count + word.displayWidth <= columns {
                current += spaces + word
                width += spaces.count + word.displayWidth
                continue
            }
            if !current.isEmpty { lines.append(current) }
            current = isIndent ? String(spaces.prefix(columns - 1)) : ""
            width = current.count
            if isIdentifier(word) {
                current += word
                width += word.displayWidth
                continue
            }
            for character in word {
                let characterWidth = character.displayWidth
                if width + characterWidth > columns, width > 0 {
                    lines.append(current)
                    (current, width) = ("", 0)
                }
                current.append(character)
                width += characterWidth
            }
        }
        if !current.isEmpty { lines.append(current) }
        return lines
    }

    /// Returns the unbreakable pieces, words and single wide clusters, each with the spaces before it.
    private static func pieces(_ line: Substring) -> [(spaces: Substring, word: Substring)] {
        // In ASCII every byte is a cluster, and searching bytes is many times faster.
        if line.asciiWidth != nil { return words(line) }
        var pieces: [(spaces: Substring, word: Substring)] = []
        var rest = line
        while let start = rest.firstIndex(where: { $0 != " " }) {
            let word = rest[start...]
            let end =
                word[start].displayWidth == 2
                ? word.index(after: start)
                : word.firstIndex { $0 == " " || $0.displayWidth == 2 } ?? word.endIndex
            pieces.append((rest[..<start], word[..<end]))
            rest = rest[end...]
        }
        return pieces
    }

    private static func words(_ line: Substring) -> [(spaces: Substring, word: Substring)] {
        var words: [(spaces: Substring, word: Substring)] = []
        var rest = line
        while let start = rest.utf8.firstIndex(where: { $0 != UInt8(ascii: " ") }) {
            let end = rest.utf8[start...].firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
            words.append((rest[..<start], rest[start..<end]))
            rest = rest[end...]
        }
        return words
    }
}
