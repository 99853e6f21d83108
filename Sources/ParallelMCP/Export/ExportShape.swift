import ParallelJSON
import ParallelSystem

/// What tool definitions are exported as.
package enum ExportShape: String, Sendable, CaseIterable {
    case aiSDK = "ai-sdk"
    /// OpenAI's Responses API.
    case openai
    /// OpenAI's Chat Completions API.
    case openaiChat = "openai-chat"
    case anthropic, gemini
    case jsonSchema = "json-schema"
    /// As the server gives them.
    case mcp

    /// The maximum length of a tool's name, which then has letters, digits, `_` and `-` only; nil where it stays as it
    /// is.
    var maximumName: Int? {
        switch self {
        case .aiSDK, .openai, .openaiChat, .gemini: 64
        case .anthropic: 128
        case .jsonSchema, .mcp: nil
        }
    }

    /// Returns the definition of one tool; the AI SDK takes modules instead.
    func json(of tool: ExportedTool) -> JSONValue {
        var object: JSONObject = [:]
        switch self {
        case .mcp: return tool.pinned.definition
        case .aiSDK, .jsonSchema: return tool.schema
        case .openai, .openaiChat:
            object = self == .openai ? ["type": "function"] : [:]
            object["name"] = .string(tool.name)
            object["description"] = tool.description.map(JSONValue.string)
            object["parameters"] = tool.schema
            object["strict"] = .bool(StrictSchema.holds(for: tool.schema))
            return self == .openai ? .object(object) : ["type": "function", "function": .object(object)]
        case .anthropic:
            object["name"] = .string(tool.name)
            object["description"] = tool.description.map(JSONValue.string)
            object["input_schema"] = tool.schema
        case .gemini:
            object["name"] = .string(tool.name)
            object["description"] = .string(tool.description ?? tool.name)
            object["parametersJsonSchema"] = tool.schema
        }
        return .object(object)
    }

    /// Returns all definitions in one value, as a request takes them.
    func json(of tools: [ExportedTool]) -> JSONValue {
        let all = tools.map { json(of: $0) }
        switch self {
        case .mcp: return ["tools": .array(all)]
        case .aiSDK, .jsonSchema: return .object(JSONObject(zip(tools.map(\.name), all).map { ($0, $1) }))
        case .gemini: return [["functionDeclarations": .array(all)]]
        case .openai, .openaiChat, .anthropic: return .array(all)
        }
    }

    /// Returns a tool's name as this shape takes it: other characters become `_`, and a longer name is cut and ends
    /// with a hash of the whole.
    func name(for original: String) -> String {
        guard let limit = maximumName else { return original }
        return Self.portable(original, limit, startsWithLetter: self == .gemini)
    }

    /// Returns a name of ASCII letters, digits, `_` and `-` with at most `limit` bytes.
    static func portable(_ original: String, _ limit: Int, startsWithLetter: Bool = false) -> String {
        var name = original.unicodeScalars.map { scalar -> String in
            let isPlain = scalar.isASCII && UInt8(ascii: scalar).isASCIILetterOrDigit || scalar == "_" || scalar == "-"
            return isPlain ? String(scalar) : "_"
        }.joined()
        if name.isEmpty || startsWithLetter && name.utf8.first.map({ $0 < UInt8(ascii: "A") }) == true {
            name = "_" + name
        }
        guard name.utf8.count > limit else { return name }
        let hash = SHA256.digits(of: Array(original.utf8)).prefix(8)
        return "\(name.prefix(limit - 9))_\(hash)"
    }
}

/// The rules of OpenAI's strict mode, in which a model keeps exactly to a schema: every object names all of its
/// members, all of them are required, and only some keywords are known.
enum StrictSchema {
    private static let keywords: Set<String> = [
        "$defs", "$ref", "$schema", "additionalProperties", "anyOf", "const", "description", "enum", "exclusiveMaximum",
        "exclusiveMinimum", "format", "items", "maxItems", "maximum", "minItems", "minimum", "multipleOf", "pattern",
        "properties", "required", "title", "type",
    ]

    static func holds(for schema: JSONValue) -> Bool { schema["anyOf"] == nil && isStrict(schema) }

    private static func isStrict(_ schema: JSONValue) -> Bool {
        guard let object = schema.object, object.keys.allSatisfy(keywords.contains) else { return false }
        let types = object["type"]?.array?.compactMap(\.string) ?? [object["type"]?.string].compactMap(\.self)
        let saysWhat = !types.isEmpty || ["anyOf", "$ref", "enum", "const"].contains { object[$0] != nil }
        if types.contains("object") || object["properties"] != nil {
            let required = Set((object["required"]?.array ?? []).compactMap(\.string).map(ExactText.init))
            guard object["additionalProperties"] == false, let properties = object["properties"]?.object,
                properties.keys.allSatisfy({ required.contains(ExactText($0)) })
            else { return false }
        }
        if types.contains("array"), object["items"] == nil { return false }
        let parts =
            (object["properties"]?.object?.members ?? []) + (object["$defs"]?.object?.members ?? [])
        return saysWhat && (parts.map(\.value) + (object["anyOf"]?.array ?? [])).allSatisfy(isStrict)
            && object["items"].map(isStrict) != false
    }
}
