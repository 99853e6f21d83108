import ParallelSystem

/// Text escaped for roff, as man(7) pages are written in.
enum Roff {
    /// `text` inside a line that starts with something else, or as a macro's argument.
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

    /// `text` as a line of its own, which must not be taken for a request.
    static func line(_ text: String) -> String {
        let escaped = inline(text)
        return escaped.begins(with: ".") ? "\\&" + escaped : escaped
    }

    /// A macro with one argument, quoted.
    static func macro(_ name: String, _ argument: String) -> String { ".\(name) \"\(inline(argument))\"" }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
