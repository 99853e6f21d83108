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
    /// Whether the template makes sense only with columns whose names have braces.
    private let needsColumns: Bool

    package init(_ source: String) throws(RowInputError) {
        self.source = source
        let parts = try Self.parts(of: source, columns: nil)
        self.parts = parts ?? []
        needsColumns = parts == nil
        if parts?.isEmpty == true { throw RowInputError(message: "the template is empty") }
    }

    private init(_ source: String, _ parts: [Part]) {
        self.source = source
        self.parts = parts
        needsColumns = false
    }

    /// The columns in the template, in order and possibly repeated.
    package var columns: [String] {
        parts.compactMap { if case .column(let name) = $0 { name } else { nil } }
    }

    /// Returns the template for an input with columns of these `names`, some of which may have braces. Throws if it
    /// makes no sense with them.
    func resolved(_ names: [String]) throws(RowInputError) -> Template {
        guard needsColumns || columns.contains(where: { $0.has("{") }) else { return self }
        return Template(source, try Self.parts(of: source, columns: names) ?? [])
    }

    /// Returns the parts of a template. Without `columns`, returns nil where a column called `a {b}` could make sense
    /// of its braces.
    private static func parts(of source: String, columns: [String]?) throws(RowInputError) -> [Part]? {
        let hasPlace = source.place(of: "{").map { source[$0...].has("}") } ?? false
        var parts: [Part] = []
        var text = ""
        var rest = source.unicodeScalars[...]
        while let next = rest.popFirst() {
            switch next {
            case "{" where rest.first != "{":
                // The longest name that fits, so that a brace in it does not end it.
                let known = columns?.filter { Substring(rest).begins(with: "\($0)}") }
                let name =
                    known?.max { $0.utf8.count < $1.utf8.count }
                    ?? rest.firstIndex(of: "}").map { String(rest[..<$0]) }
                guard let name else {
                    if hasPlace, columns == nil { return nil }
                    throw RowInputError(message: "the template has a '{' without '}'; write '{{' for the brace itself")
                }
                guard !name.isEmpty else {
                    throw RowInputError(message: "the template has '{}' without a column's name")
                }
                if !text.isEmpty { parts.append(.text(text)) }
                parts.append(.column(name))
                text = ""
                rest = rest.dropFirst(name.unicodeScalars.count + 1)
            case "}" where rest.first != "}":
                if hasPlace, columns == nil { return nil }
                throw RowInputError(message: "the template has a '}' without '{'; write '}}' for the brace itself")
            case "{", "}":
                text.unicodeScalars.append(next)
                rest.removeFirst()
            default: text.unicodeScalars.append(next)
            }
        }
        if !text.isEmpty { parts.append(.text(text)) }
        return parts
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
