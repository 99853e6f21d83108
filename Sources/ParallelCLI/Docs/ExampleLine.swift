import ParallelSystem

extension Command.Example {
    /// The line as it is typed where the program has another name.
    ///
    /// Examples are written with `parallel`; the word is replaced where a shell expects a command, not inside quotes.
    func line(as program: String) -> String {
        guard program != Self.writtenName else { return line }
        var result = ""
        var rest = Substring(line)
        var quote: Character?
        var expectsCommand = true
        while let character = rest.first {
            if quote == nil, expectsCommand, rest.begins(with: Self.writtenName),
                rest.dropFirst(Self.writtenName.count).first.map({ " )".contains($0) }) ?? true
            {
                result += program
                rest = rest.dropFirst(Self.writtenName.count)
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
            } else if "|&;(\n".contains(character) {
                expectsCommand = true
            } else if character != " " {
                expectsCommand = false
            }
        }
        return result
    }

    private static let writtenName = "parallel"
}
