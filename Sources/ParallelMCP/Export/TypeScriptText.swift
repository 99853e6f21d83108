import ParallelJSON
import ParallelSystem

/// Foreign text in TypeScript: no name or description can end the literal or the comment that it stands in.
package enum TypeScriptText {
    /// Returns a string literal.
    static func literal(_ text: String) -> String { escapingLineEnds(JSONValue.string(text).serialized()) }

    /// Returns a JSON value as an expression.
    ///
    /// - Parameter indentation: the level of the line that it begins on.
    static func expression(_ value: JSONValue, indentation: Int = 0) -> String {
        let margin = String(repeating: " ", count: indentation * 2)
        let key = literal("__proto__") + ":"
        let lines = value.serialized(.pretty).parts(between: "\n").enumerated().map { index, line in
            // Written as a plain member, this one would set the object's prototype. A line that begins like this is a
            // member, because texts have no raw line ends.
            let text = line.trimmed
            let space = line.prefix(line.utf8.count - text.utf8.count)
            let safe =
                text.begins(with: key) ? "[\(literal("__proto__"))]:\(text.dropping(bytes: key.utf8.count))" : text[...]
            return (index == 0 ? "" : margin) + space + safe
        }
        return escapingLineEnds(lines.joined(separator: "\n"))
    }

    /// Returns a member's name in an object literal.
    package static func key(_ name: String) -> String {
        name.isExactly("__proto__") ? "[\(literal(name))]" : isIdentifier(name) ? name : literal(name)
    }

    /// The function that reads a variable of the environment.
    package static let variableFunction = """
        /** Returns the value of a variable of the environment. */
        function variable(name: string): string {
          const value = process.env[name];
          if (!value) throw new Error(`the variable ${name} is not set`);
          return value;
        }

        """

    /// Returns a member's name in a type.
    static func typeKey(_ name: String) -> String { isIdentifier(name) ? name : literal(name) }

    static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, !first.isASCIIDigit else { return false }
        return name.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "$") }
    }

    /// Returns a comment on a line of its own, or on several; empty for a blank text.
    static func comment(_ text: String, indentation: Int = 0) -> String {
        guard !text.isBlank else { return "" }
        let margin = String(repeating: " ", count: indentation * 2)
        let texts = text.shortened(to: 4_000).trimmed.lines
        if texts.count == 1 { return "\(margin)/** \(harmless(texts[0])) */\n" }
        let lines = texts.map { line -> String in
            let words = harmless(line).trimmed
            return words.isEmpty ? "\(margin) *" : "\(margin) * \(words)"
        }
        return "\(margin)/**\n\(lines.joined(separator: "\n"))\n\(margin) */\n"
    }

    /// Returns a line of a comment without what would end it, what compilers obey (`@ts-nocheck`), and characters that
    /// can't be seen.
    static func harmless(_ line: some StringProtocol) -> String {
        var result = String.UnicodeScalarView()
        var last: Unicode.Scalar?
        for scalar in line.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: result.append(" ")
            default:
                if last == "*" && scalar == "/" || last == "@" && scalar == "t" { result.append(" ") }
                result.append(scalar)
            }
            last = scalar
        }
        return String(result)
    }

    /// Escapes U+2028 and U+2029, which JSON allows in texts, and older JavaScript takes for line ends.
    private static func escapingLineEnds(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0 == "\u{2028}" || $0 == "\u{2029}" }) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\u{2028}": result += "\\u2028"
            case "\u{2029}": result += "\\u2029"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
