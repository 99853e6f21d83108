import ParallelJSON

/// A tool call as `output.mcp_tool_calls` reports it.
struct MCPToolCall: Sendable {
    var id: String
    var server: String
    var tool: String
    /// JSON text of the arguments.
    var arguments: String
    /// What the tool answered, or nil and `error` says why not.
    var content: String?
    var error: String

    var json: JSONValue {
        [
            "tool_call_id": .string(id), "server_name": .string(server), "tool_name": .string(tool),
            "arguments": .string(arguments), "content": content.map(JSONValue.string) ?? .null, "error": .string(error),
        ]
    }
}
