import ParallelSystem

/// Escaping of text for roff, the language of manual pages.
enum Roff {
    /// Returns `text` escaped for the middle of a line or for a macro's argument.
    static func inline(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\(rs"
            case "-": result += "\\-"
            case "\"": result += "\\(dq"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "\n": result += " "
            case " "..."~": result.unicodeScalars.append(scalar)
            default: result += "\\[u\(hexadecimal(scalar))]"
            }
        }
        return result
    }

    /// Returns `text` escaped as a line of its own, so that it is not taken for a request.
    static func line(_ text: String) -> String {
        let escaped = inline(text)
        return escaped.begins(with: ".") ? "\\&" + escaped : escaped
    }

    /// Returns a macro call with one quoted argument.
    static func macro(_ name: String, _ argument: String) -> String { ".\(name) \"\(inline(argument))\"" }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
