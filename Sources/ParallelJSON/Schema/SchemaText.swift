/// Foreign text for use in a message: on one line and shortened.
package enum SchemaText {
    /// Returns `text` with spaces for control characters, cut after 40 scalars.
    package static func shortened(_ text: String) -> String {
        let scalars = text.unicodeScalars
        var shown = String.UnicodeScalarView()
        shown.append(contentsOf: scalars.prefix(40).lazy.map { $0.properties.generalCategory == .control ? " " : $0 })
        return String(shown) + (scalars.dropFirst(40).isEmpty ? "" : "…")
    }

    /// The maximum number of names or values in a list.
    package static let maximumListed = 10

    /// Returns the first names or values, separated by commas.
    package static func list(_ words: [String]) -> String {
        words.prefix(maximumListed).map { shortened($0) }.joined(separator: ", ")
            + (words.count > maximumListed ? ", …" : "")
    }

    /// Returns a JSON Schema type with its article: `a string`, `an integer`.
    package static func described(type: String) -> String {
        switch type {
        case "null": "null"
        case "array", "integer", "object": "an \(type)"
        default: "a \(shortened(type))"
        }
    }
}

extension JSONValue {
    /// The type with its article, for messages to people.
    package var typeName: String { SchemaText.described(type: schemaType) }
}
