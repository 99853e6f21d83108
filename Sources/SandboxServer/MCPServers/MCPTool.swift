import ParallelJSON

/// A tool of an MCP server: its entry in `tools/list`, and its implementation.
struct MCPTool: Sendable {
    let name: String
    let description: String
    var annotations: JSONObject?
    let inputSchema: JSONObject
    var outputSchema: JSONObject?
    /// Does the work; gets the arguments and the request that carried them.
    let call: @Sendable (JSONObject, Request) async throws -> MCPToolResult

    var json: JSONValue {
        var tool: JSONObject = ["name": .string(name), "description": .string(description)]
        tool["inputSchema"] = .object(inputSchema)
        tool["outputSchema"] = outputSchema.map(JSONValue.object)
        tool["annotations"] = annotations.map(JSONValue.object)
        return .object(tool)
    }

    /// - Throws: an `MCPToolError` in the SDK's words if `arguments` don't fit the input schema.
    func check(_ arguments: JSONObject) throws(MCPToolError) {
        var check = RequestCheck()
        let properties = inputSchema["properties"]?.object ?? [:]
        let required = (inputSchema["required"]?.array ?? []).compactMap(\.string)
        for property in properties {
            if let value = arguments[property.key] {
                _ = Self.reader(of: property.value)(&check, value, [.string(property.key)])
            } else if required.contains(property.key) {
                check.report([.string(property.key)], "Field required", "missing")
            }
        }
        guard !check.errors.isEmpty else { return }
        let count = check.errors.count
        let title = inputSchema["title"]?.string ?? name + "Arguments"
        let lines = check.errors.map { error in
            let place = (error["loc"]?.array ?? []).map { $0.string ?? $0.serialized() }.joined(separator: ".")
            return "\n\(place)\n  \(error["msg"]?.string ?? "") [type=\(error["type"]?.string ?? "")]"
        }
        throw MCPToolError("\(count) validation error\(count == 1 ? "" : "s") for \(title)\(lines.joined())")
    }

    /// Returns a reader for a schema; supports the keywords that the schemas here use.
    private static func reader(of schema: JSONValue) -> RequestCheck.Reader<Void> {
        { check, value, path in
            if let variants = schema["anyOf"]?.array {
                // Each `anyOf` here has null and one other type.
                guard !value.isNull, let other = variants.first(where: { $0["type"] != "null" }) else { return nil }
                return reader(of: other)(&check, value, path)
            }
            switch schema["type"]?.string {
            case "string":
                if let names = schema["enum"]?.array?.compactMap(\.string) {
                    _ = RequestCheck.choice(names)(&check, value, path)
                } else {
                    _ = RequestCheck.string(upTo: schema["maxLength"]?.int ?? .max)(&check, value, path)
                }
            case "boolean": _ = RequestCheck.bool(&check, value, path)
            case "array": _ = RequestCheck.list(reader(of: schema["items"] ?? [:]))(&check, value, path)
            default: _ = RequestCheck.object(&check, value, path)
            }
            return ()
        }
    }
}

/// The result of a tool call.
struct MCPToolResult: Sendable {
    let json: JSONValue

    /// Returns plain text.
    static func text(_ text: String) -> MCPToolResult { MCPToolResult(text, isError: false) }

    /// Returns JSON, repeated as text for clients that don't support structured content.
    static func structured(_ value: JSONValue, usage: [JSONValue] = []) -> MCPToolResult {
        MCPToolResult(value.serialized(.pretty), isError: false, structured: value, usage: usage)
    }

    static func error(_ text: String) -> MCPToolResult { MCPToolResult(text, isError: true) }

    private init(_ text: String, isError: Bool, structured: JSONValue? = nil, usage: [JSONValue] = []) {
        var result: JSONObject = usage.isEmpty ? [:] : ["_meta": ["parallel/usage": .array(usage)]]
        result["content"] = [["type": "text", "text": .string(text)]]
        result["structuredContent"] = structured
        result["isError"] = .bool(isError)
        json = .object(result)
    }
}

/// The error for a tool call that failed.
struct MCPToolError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
