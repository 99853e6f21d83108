import ParallelSystem

extension Command.Example {
    /// Returns the line for a program of another name.
    ///
    /// Examples are written with `parallel`. The word is replaced where a shell expects a command, not inside quotes.
    func line(as program: String) -> String {
        guard program != Self.writtenName else { return line }
        var result = String.UnicodeScalarView()
        var rest = line.unicodeScalars[...]
        var quote: Unicode.Scalar?
        var expectsCommand = true
        while let character = rest.first {
            let length = Self.writtenName.unicodeScalars.count
            if quote == nil, expectsCommand, Substring(rest).begins(with: Self.writtenName),
                rest.dropFirst(length).first.map({ $0 == " " || $0 == ")" }) ?? true
            {
                result.append(each: program)
                rest = rest.dropFirst(length)
                expectsCommand = false
                continue
            }
            rest = rest.dropFirst()
            result.append(character)
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
                expectsCommand = false
            } else if "|&;(\n".unicodeScalars.contains(character) {
                expectsCommand = true
            } else if character != " " {
                expectsCommand = false
            }
        }
        return String(result)
    }

    private static let writtenName = "parallel"
}
