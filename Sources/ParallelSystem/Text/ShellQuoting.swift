/// Quoting of words so that a POSIX shell reads them back byte for byte.
package enum ShellQuoting {
    /// Returns the word unchanged if no shell would alter it, else in single quotes.
    ///
    /// A word with characters that a terminal doesn't show as they are is written with `printf` and octal numbers
    /// (POSIX `printf`), so that the command can be shown and copied. So is one with a backslash before a quote: fish
    /// doesn't end the quotes there and ran what followed. A shell strips the line feeds at the end of what `printf`
    /// writes, so these follow in quotes of their own; only they take more than one line.
    package static func quoted(_ word: String) -> String {
        // zsh replaces a leading `=` and a command's name by the command's path.
        if !word.isEmpty, !word.begins(with: "="), word.utf8.allSatisfy(isPlain) { return word }
        let parts = word.parts(between: "'")
        guard word.unicodeScalars.allSatisfy(isShown), !parts.contains(where: { $0.ends(with: "\\") }) else {
            let end = word.utf8.reversed().prefix { $0 == 0x0A }.count
            let written = "\"$(printf '" + word.utf8.dropLast(end).map(octal).joined() + "')\""
            return end == 0 ? written : written + "'" + String(repeating: "\n", count: end) + "'"
        }
        return "'" + parts.joined(separator: #"'\''"#) + "'"
    }

    /// Returns a command line of these words.
    package static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// Returns operands followed by flags. If the first operand looks like a flag, the flags come first, then `--`.
    ///
    /// - Parameters:
    ///   - rest: further operands, already quoted.
    ///   - flags: with a leading space.
    package static func operand(_ word: String, _ rest: String? = nil, flags: String = "") -> String {
        let words = quoted(word) + (rest.map { " " + $0 } ?? "")
        if !word.begins(with: "-") { return words + flags }
        return (flags.isEmpty ? "" : flags.trimmed + " ") + "-- " + words
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || "-_./:=,@%+".utf8.contains(byte)
    }

    /// False for control and invisible characters, which output to terminals replaces.
    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return false
        default: return !properties.isDefaultIgnorableCodePoint
        }
    }

    /// Returns a byte for a `printf` format: itself, unless `printf` could take it for a directive or an option.
    private static func octal(_ byte: UInt8) -> String {
        let isKept = isPlain(byte) && !"%-".utf8.contains(byte) || byte == UInt8(ascii: " ")
        if isKept { return String(Unicode.Scalar(byte)) }
        return "\\" + [byte >> 6, byte >> 3 & 7, byte & 7].map { String($0) }.joined()
    }
}
