import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// The arguments of a tool that its schema wants repeated as header fields (MCP 2026-07-28, custom headers).
///
/// Their values can be secret, so they must not be logged.
package struct ParameterHeaders: Sendable {
    /// The error for a schema that asks for header fields in a way that is not allowed. Its tool must not be called.
    package struct Invalid: Error, Equatable {
        /// The reason, with the name of the property.
        package let reason: String
    }

    private static let keyword = "x-mcp-header"
    private static let types: Set<String> = ["string", "integer", "boolean"]

    private var parameters: [(path: [String], name: String)] = []
    /// The names in lower case.
    private var names: Set<String> = []

    package init(inputSchema: JSONValue?) throws(Invalid) {
        if let inputSchema { try visit(inputSchema, path: []) }
    }

    /// Returns the header fields that repeat `arguments`; none for an argument that is absent or null.
    package func fields(for arguments: JSONObject) -> [(name: String, value: String)] {
        parameters.compactMap { parameter in
            let value = parameter.path.reduce(JSONValue.object(arguments)) { value, key in value[key] ?? .null }
            guard let text = Self.text(value) else { return nil }
            return ("Mcp-Param-\(parameter.name)", HeaderText.encoded(text))
        }
    }

    /// Returns the text of a value in a header field; nil for a value that can't be in one.
    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .bool(let value): value ? "true" : "false"
        // Some programs can't represent larger integers exactly.
        case .number(let number): number.int.flatMap { $0.magnitude < 1 << 53 ? String($0) : nil }
        default: value.string
        }
    }

    // MARK: - Reading the schema

    /// Visits a schema and the schemas in it. Values such as `default` are not schemas, and references are not
    /// followed: their targets are visited where they stand.
    ///
    /// - Parameter path: the names of the `properties` that lead to `schema`; nil below any other keyword.
    private mutating func visit(_ schema: JSONValue, path: [String]?) throws(Invalid) {
        guard let schema = schema.object else { return }
        if let name = schema[Self.keyword] { try add(name, of: schema, at: path) }
        for member in schema {
            switch member.key {
            case "properties":
                for property in member.value.object ?? [:] {
                    try visit(property.value, path: path.map { $0 + [property.key] })
                }
            case "patternProperties", "dependentSchemas", "$defs", "definitions":
                for part in member.value.object ?? [:] { try visit(part.value, path: nil) }
            case "items", "prefixItems", "contains", "unevaluatedItems", "additionalProperties", "propertyNames",
                "unevaluatedProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "contentSchema":
                for part in member.value.array ?? [member.value] { try visit(part, path: nil) }
            default: break
            }
        }
    }

    private mutating func add(_ name: JSONValue, of schema: JSONObject, at path: [String]?) throws(Invalid) {
        guard let path, !path.isEmpty else {
            throw Invalid(reason: "\(Self.keyword) stands where no property is plainly reached")
        }
        var place: String { "'\(SchemaText.shortened(path.joined(separator: ".")))'" }
        guard let name = name.string, HTTPHeaders.isValidName(name) else {
            throw Invalid(reason: "the \(Self.keyword) of \(place) is no name for a header field")
        }
        guard let type = schema["type"]?.string, Self.types.contains(type) else {
            throw Invalid(reason: "\(place) has \(Self.keyword) but is no string, integer or boolean")
        }
        // Header names are ASCII and case-insensitive.
        guard names.insert(name.asciiLowercased).inserted else {
            throw Invalid(reason: "the \(Self.keyword) of \(place) is that of another property too")
        }
        parameters.append((path, name))
    }
}

/// The encoding of text in the header fields `Mcp-Name` and `Mcp-Param-*` (MCP 2026-07-28).
package enum HeaderText {
    /// Returns `text` unchanged if a header field can carry it, else its UTF-8 as `=?base64?…?=`.
    package static func encoded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let space = UInt8(ascii: " ")
        let isPlain =
            bytes.allSatisfy { (space...UInt8(ascii: "~")).contains($0) } && bytes.first != space && bytes.last != space
        let looksEncoded = text.begins(with: "=?base64?") && text.ends(with: "?=")
        return isPlain && !looksEncoded ? text : "=?base64?\(Base64.encode(bytes))?="
    }
}
