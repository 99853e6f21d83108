/// Words as a POSIX shell reads them back, byte by byte.
package enum ShellQuoting {
    /// The word as it is where no shell would change it, else in single quotes.
    ///
    /// A word with characters that a terminal does not show as they are is written with `printf` and octal numbers
    /// (POSIX `printf`): the command can be shown and copied, and means the same. So is one with a backslash in front
    /// of a quote: fish, for which the quote would not end there, ran what follows. A shell takes away the line feeds
    /// at the end of what `printf` writes, so they follow in quotes of their own; nothing else takes more lines.
    package static func quoted(_ word: String) -> String {
        // zsh looks for a command behind `=` at the beginning of a word.
        if !word.isEmpty, !word.begins(with: "="), word.utf8.allSatisfy(isPlain) { return word }
        let parts = word.parts(between: "'")
        guard word.unicodeScalars.allSatisfy(isShown), !parts.contains(where: { $0.ends(with: "\\") }) else {
            let end = word.utf8.reversed().prefix { $0 == 0x0A }.count
            let written = "\"$(printf '" + word.utf8.dropLast(end).map(octal).joined() + "')\""
            return end == 0 ? written : written + "'" + String(repeating: "\n", count: end) + "'"
        }
        return "'" + parts.joined(separator: #"'\''"#) + "'"
    }

    /// A command of these words.
    package static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// Words that are no flags, with flags behind them; if the first looks like a flag, the flags come first and `--`
    /// says that there are no more.
    ///
    /// - Parameters:
    ///   - rest: further words, quoted already.
    ///   - flags: with the space in front of them.
    package static func operand(_ word: String, _ rest: String? = nil, flags: String = "") -> String {
        let words = quoted(word) + (rest.map { " " + $0 } ?? "")
        if !word.begins(with: "-") { return words + flags }
        return (flags.isEmpty ? "" : flags.trimmed + " ") + "-- " + words
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || "-_./:=,@%+".utf8.contains(byte)
    }

    /// False for controls and what is invisible, which output to terminals replaces.
    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return false
        default: return !properties.isDefaultIgnorableCodePoint
        }
    }

    /// A byte of a format of `printf`: itself where that would not take it for a directive or an option.
    private static func octal(_ byte: UInt8) -> String {
        let isKept = isPlain(byte) && !"%-".utf8.contains(byte) || byte == UInt8(ascii: " ")
        if isKept { return String(Unicode.Scalar(byte)) }
        return "\\" + [byte >> 6, byte >> 3 & 7, byte & 7].map { String($0) }.joined()
    }
}
