/// Words of a schema or of a person as they stand in a message: on one line and never long.
package enum SchemaText {
    /// `text` without line breaks and other controls, cut after 40 characters.
    package static func shortened(_ text: String) -> String {
        let scalars = text.unicodeScalars
        var shown = String.UnicodeScalarView()
        shown.append(contentsOf: scalars.prefix(40).lazy.map { $0.properties.generalCategory == .control ? " " : $0 })
        return String(shown) + (scalars.dropFirst(40).isEmpty ? "" : "…")
    }

    /// How many of many names or values are told.
    package static let most = 10

    /// The first of many names or values, one after the other.
    package static func list(_ words: [String]) -> String {
        words.prefix(most).map { shortened($0) }.joined(separator: ", ") + (words.count > most ? ", …" : "")
    }

    /// `a string`, `an integer`: a type of JSON Schema with its article.
    package static func described(type: String) -> String {
        switch type {
        case "null": "null"
        case "array", "integer", "object": "an \(type)"
        default: "a \(shortened(type))"
        }
    }
}
