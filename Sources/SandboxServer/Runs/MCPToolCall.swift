import ParallelJSON

/// A tool call as `output.mcp_tool_calls` reports it.
struct MCPToolCall: Sendable {
    var id: String
    var server: String
    var tool: String
    /// The arguments as JSON text.
    var arguments: String
    /// The tool's result; nil if `error` has the reason for a failure.
    var content: String?
    var error: String

    var json: JSONValue {
        [
            "tool_call_id": .string(id), "server_name": .string(server), "tool_name": .string(tool),
            "arguments": .string(arguments), "content": content.map(JSONValue.string) ?? .null, "error": .string(error),
        ]
    }
}
