import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Shows the tools of an MCP server: as a table to choose from, or as JSON.
struct MCPToolsView {
    let output: Output

    func write(_ tools: [MCPTool], _ listing: JSONValue) throws {
        switch output.format {
        case .json: try output.write(document: listing)
        case .jsonl: for tool in tools { try output.write(document: tool.json, isOnly: false) }
        case .text: try output.write(networkText: tools.map { $0.name + "\n" }.joined())
        case .table, .csv, .tsv, .markdown, .html:
            if tools.isEmpty { output.note("no tools") }
            if tools.isEmpty, output.format == .table { return }
            let rows = tools.map { [$0.name, description(of: $0), Self.arguments(of: $0)] }
            try output.write(table: Document.Table(headings: ["name", "what it does", "arguments"], rows: rows))
        }
    }

    func write(schemaOf tool: MCPTool) throws {
        try output.write(document: tool.inputSchema ?? [:], isPretty: output.isTerminal)
    }

    /// Returns the server's description of a tool, with notes about what to know before a call in front.
    private func description(of tool: MCPTool) -> String {
        let marks = (tool.isDestructive ? ["destructive"] : []) + (tool.needsTask ? ["task only"] : [])
        let text = text(of: tool)
        return marks.isEmpty ? text : "[\(marks.joined(separator: ", "))]\(text.isEmpty ? "" : " ")\(text)"
    }

    /// Returns the description; on a terminal only its first paragraph, because descriptions are written for models and
    /// can be pages long.
    private func text(of tool: MCPTool) -> String {
        let text = tool.description ?? tool.title ?? ""
        guard output.isTerminal else { return text }
        let paragraph = text.parts(between: "\n")
            .drop { $0.isBlank }.prefix { !$0.isBlank }
        return paragraph.joined(separator: " ")
    }

    /// Returns the arguments as `city:string [units:string]`.
    private static func arguments(of tool: MCPTool) -> String {
        let schema = tool.inputSchema
        let required = Set((schema?["required"]?.array ?? []).compactMap(\.string).map(ExactText.init))
        let arguments = (schema?["properties"]?.object ?? [:]).map { member -> (isRequired: Bool, text: String) in
            let text = type(of: member.value).map { "\(member.key):\($0)" } ?? member.key
            return required.contains(ExactText(member.key)) ? (true, text) : (false, "[\(text)]")
        }
        return (arguments.filter(\.isRequired) + arguments.filter { !$0.isRequired }).map(\.text)
            .joined(separator: " ")
    }

    /// Returns the type in a schema as one word; nil if it names none.
    private static func type(of schema: JSONValue) -> String? {
        if let type = schema["type"]?.string {
            return type == "array" ? "\(schema["items"].flatMap(Self.type) ?? "any")[]" : type
        }
        let variants = schema["anyOf"]?.array ?? schema["oneOf"]?.array
        let types = schema["type"]?.array?.compactMap(\.string) ?? variants?.compactMap(Self.type) ?? []
        let named = types.filter { $0 != "null" }
        return named.isEmpty ? nil : named.joined(separator: "|")
    }
}
