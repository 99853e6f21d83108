import ParallelJSON
import ParallelSystem

/// A text with places for a row's values: `Who founded {company} ({website})?`; `{{` and `}}` mean braces.
package struct Template: Sendable, Equatable {
    private enum Part: Sendable, Equatable {
        case text(String)
        case column(String)
    }

    /// The error for a column without a value in the row.
    struct Missing: Error {
        let name: String
    }

    /// The template as it was written.
    package let source: String
    private let parts: [Part]

    package init(_ source: String) throws(RowInputError) {
        var parts: [Part] = []
        var text = ""
        var rest = source.unicodeScalars[...]
        while let next = rest.popFirst() {
            switch next {
            case "{" where rest.first != "{":
                guard let end = rest.firstIndex(of: "}") else {
                    throw RowInputError(message: "the template has a '{' without '}'; write '{{' for the brace itself")
                }
                let name = String(rest[..<end])
                guard !name.isEmpty else {
                    throw RowInputError(message: "the template has '{}' without a column's name")
                }
                if !text.isEmpty { parts.append(.text(text)) }
                parts.append(.column(name))
                text = ""
                rest = rest[end...].dropFirst()
            case "}" where rest.first != "}":
                throw RowInputError(message: "the template has a '}' without '{'; write '}}' for the brace itself")
            case "{", "}":
                text.unicodeScalars.append(next)
                rest.removeFirst()
            default: text.unicodeScalars.append(next)
            }
        }
        if !text.isEmpty { parts.append(.text(text)) }
        if parts.isEmpty { throw RowInputError(message: "the template is empty") }
        self.source = source
        self.parts = parts
    }

    /// The columns in the template, in order and possibly repeated.
    package var columns: [String] {
        parts.compactMap { if case .column(let name) = $0 { name } else { nil } }
    }

    /// Returns the text with values in their places: strings as they are, nothing for null, other values as JSON.
    func filled(_ value: (String) -> JSONValue?) -> Result<String, Missing> {
        var text = ""
        for part in parts {
            switch part {
            case .text(let part): text += part
            case .column(let name):
                guard let value = value(name) else { return .failure(Missing(name: name)) }
                if !value.isNull { text += value.string ?? value.serialized() }
            }
        }
        return .success(text)
    }
}
