import ParallelSystem

/// Characters that HTML writes by name or number.
enum MarkdownEntity {
    /// The names that turn up in answers; the two thousand others of HTML stay as they are written.
    private static let names =
        "amp & lt < gt > quot \" apos ' nbsp \u{A0} ndash – mdash — hellip … lsquo ‘ rsquo ’ ldquo “ rdquo ” bull • "
        + "middot · copy © reg ® trade ™ deg ° times × euro € pound £ rarr → larr ← "

    /// The character that `text`, which begins with `&`, stands for, and how many bytes its name takes.
    static func character(_ text: ArraySlice<UInt8>) -> (text: String, length: Int)? {
        let name = text.dropFirst().prefix(10).prefix { $0.isASCIILetterOrDigit || $0 == Mark.hash }
        guard !name.isEmpty, name.endIndex < text.endIndex, text[name.endIndex] == Mark.semicolon else { return nil }
        let length = name.count + 2
        if name.first == Mark.hash {
            let isHexadecimal = name.dropFirst().first.map { $0 | 0x20 } == UInt8(ascii: "x")
            let digits = name.dropFirst(isHexadecimal ? 2 : 1)
            guard digits.first?.isASCIILetterOrDigit == true,
                let value = UInt32(digits.text, radix: isHexadecimal ? 16 : 10)
            else { return nil }
            return (String(value == 0 ? "\u{FFFD}" : Unicode.Scalar(value).map(String.init) ?? "\u{FFFD}"), length)
        }
        let words = names.parts(between: " ")
        let wanted = name.text
        for index in stride(from: 0, to: words.count - 1, by: 2) where words[index].isExactly(wanted) {
            return (String(words[index + 1]), length)
        }
        return nil
    }

    /// `text` with the characters that escapes and entities in it stand for.
    static func unescaped(_ text: ArraySlice<UInt8>) -> String {
        var output: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            let next = index + 1
            if text[index] == Mark.backslash, next < text.endIndex, text[next].isASCIIPunctuation {
                output.append(text[next])
                index += 2
            } else if text[index] == Mark.ampersand, let (character, length) = character(text[index...]) {
                output += character.utf8
                index += length
            } else {
                output.append(text[index])
                index = next
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
