import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Shows the schemas that the API proposes for the rows of a batch, and the command that uses them.
struct SuggestionView {
    let output: Output
    let context: Context

    func write(_ suggestion: JSONObject) throws {
        let title = suggestion["title"]?.string ?? ""
        let processors = (suggestion["recommended_processors"]?.array ?? []).compactMap(\.string)
        let schema = suggestion["output_schema"] ?? .null
        if !title.isEmpty {
            try output.write(output.style(.bold, ControlCharacters.neutralised(output.shown(title))) + "\n\n")
        }
        try write("input columns", suggestion["input_schema"] ?? .null)
        try write("output fields", schema)
        if !processors.isEmpty {
            try output.write("processor: \(ControlCharacters.neutralised(processors.joined(separator: ", ")))\n\n")
        }
        try output.write("run it with:\n  \(command(schema, processor: processors.first))\n")
        for warning in suggestion["warnings"]?.array ?? [] {
            output.warn(saying: warning["message"]?.string ?? warning.string ?? warning.serialized())
        }
    }

    /// Writes name, type and description of the properties of a schema.
    private func write(_ heading: String, _ schema: JSONValue) throws {
        let properties = schema["properties"]?.object ?? [:]
        guard !properties.isEmpty else { return }
        let indent = output.isTerminal ? "" : "  "
        let rows = properties.map { property in
            [indent + property.key, Self.type(of: property.value), property.value["description"]?.string ?? ""]
        }
        let table = Document.Table(headings: [], rows: rows)
        if output.isTerminal {
            try output.write(Document([.fields([Document.Field(heading, [.table(table)])])]))
        } else {
            try output.write(output.style(.bold, heading) + "\n")
            try output.write(table: table)
        }
        try output.write("\n")
    }

    /// Returns the type as `string`, `string or null` or `string[]`; `any` if the schema gives none.
    private static func type(of schema: JSONValue) -> String {
        let types = schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string].compactMap(\.self)
        guard !types.isEmpty else { return "any" }
        return types.map { $0 == "array" ? type(of: schema["items"] ?? .null) + "[]" : $0 }.joined(separator: " or ")
    }

    /// Returns the command, quoted for a shell. Its words come from the network, so they must not hold anything that a
    /// terminal would execute when it is pasted.
    private func command(_ schema: JSONValue, processor: String?) -> String {
        var flags: [String] = []
        if let processor { flags += FlagSpec.words("processor", short: "p", processor) }
        if let fields = Self.fields(of: schema) {
            for field in fields { flags += FlagSpec.words("field", field) }
        } else {
            flags += FlagSpec.words("output-schema", schema.serialized())
        }
        return context.command(
            ["batch", "run", "FILE"], flags: flags.map { ControlCharacters.neutralised(output.shown($0)) })
    }

    /// Returns the properties of the schema as values of `--field`; nil if that flag can't express one of them.
    private static func fields(of schema: JSONValue) -> [String]? {
        guard let properties = schema["properties"]?.object, !properties.isEmpty else { return nil }
        var fields: [String] = []
        for property in properties {
            let (name, type) = (property.key, type(of: property.value))
            let isKnown = property.value.object?.keys.allSatisfy {
                ["type", "description", "items", "title"].contains($0)
            }
            guard isKnown == true, let description = property.value["description"]?.string else { return nil }
            // A colon in the name would be taken for the one before a type.
            let isPlain = type == "string" && !name.utf8.contains(UInt8(ascii: ":"))
            let field = "\(name)\(isPlain ? "" : ":\(type)")=\(description)"
            guard (try? FieldFlag(field))?.name.isExactly(name) == true else { return nil }
            fields.append(field)
        }
        return fields
    }
}
