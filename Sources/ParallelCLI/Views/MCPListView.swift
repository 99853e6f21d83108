import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelTerminal

/// Shows resources and prompts of an MCP server, as tables and JSON.
struct MCPListView {
    let output: Output

    // MARK: - Resources

    /// Writes the resources, with the templates among them: the URIs of templates have parts in braces.
    func write(resources: MCPClient.Listing, templates: MCPClient.Listing) throws {
        var whole = resources.json.object ?? [:]
        whole["resourceTemplates"] = .array(templates.elements)
        let elements = resources.elements + templates.elements
        let rows = elements.map { element in
            [
                element["uri"]?.string ?? element["uriTemplate"]?.string ?? "", Self.title(of: element),
                element["mimeType"]?.string ?? "", element["description"]?.string ?? "",
            ]
        }
        try write(
            .object(whole), elements, "resources",
            Document.Table(headings: ["uri", "name", "type", "description"], rows: rows))
    }

    func write(resource: JSONValue) throws {
        switch output.format {
        case .json, .jsonl: try output.write(document: resource)
        case .table, .text, .csv, .tsv, .markdown, .html:
            let blocks = list("contents", of: resource)?.map {
                $0.object == nil ? $0 : ["type": "resource", "resource": $0] as JSONValue
            }
            try ToolResultView(output: output, tool: "resources/read").write(
                blocks.map { ["content": .array($0)] } ?? resource)
        }
    }

    // MARK: - Prompts

    func write(prompts: MCPClient.Listing) throws {
        let rows = prompts.elements.map { prompt -> [String] in
            let arguments = (prompt["arguments"]?.array ?? []).map { argument -> String in
                let name = argument["name"]?.string ?? ""
                return argument["required"]?.bool == true ? name : "[\(name)]"
            }
            return [
                prompt["name"]?.string ?? "", prompt["description"]?.string ?? prompt["title"]?.string ?? "",
                arguments.joined(separator: " "),
            ]
        }
        try write(
            prompts.json, prompts.elements, "prompts",
            Document.Table(headings: ["name", "what it is for", "arguments"], rows: rows))
    }

    func write(prompt: JSONValue) throws {
        switch output.format {
        case .json, .jsonl: try output.write(document: prompt)
        case .table, .text, .csv, .tsv, .markdown, .html:
            let messages = list("messages", of: prompt)
            if messages == nil { output.warn("the answer has no messages") }
            if messages?.isEmpty == true { output.note("the answer is empty") }
            let rows = (messages ?? [prompt]).map { message -> [String] in
                // One block is the rule here, which a call's result must not have.
                let given = message.object == nil ? message : message["content"]
                let blocks = given.flatMap { $0.array ?? ($0.isNull ? nil : [$0]) }
                let content = ToolResultContent(blocks.map { ["content": .array($0)] } ?? message)
                if messages != nil, let oddity = content.oddity { output.warn(oddity) }
                return [message["role"]?.string ?? "", content.text(describingData: true)]
            }
            if output.format.isDelimited || output.format == .markdown {
                return try output.write(table: Document.Table(headings: ["role", "text"], rows: rows))
            }
            for row in rows { try output.write(networkText: "\(row[0]): \(row[1])") }
        }
    }

    // MARK: - Both

    /// Returns the elements of a member, also of one that is no list, with a warning; nil if there is none.
    private func list(_ member: String, of answer: JSONValue) -> [JSONValue]? {
        guard let value = answer[member], !value.isNull else { return nil }
        if value.array == nil { output.warn("the '\(member)' of the answer is \(value.typeName), not a list") }
        return value.array ?? [value]
    }

    private func write(_ json: JSONValue, _ elements: [JSONValue], _ kind: String, _ table: Document.Table) throws {
        switch output.format {
        case .json: try output.write(document: json)
        case .jsonl: for element in elements { try output.write(document: element, isOnly: false) }
        case .text: try output.write(networkText: table.rows.map { $0[0].plainText + "\n" }.joined())
        case .table, .csv, .tsv, .markdown, .html:
            if elements.isEmpty { output.note("the server has no \(kind)") }
            // Headings alone say nothing to a person.
            if elements.isEmpty, output.format == .table { return }
            try output.write(table: table)
        }
    }

    private static func title(of element: JSONValue) -> String {
        element["title"]?.string ?? element["name"]?.string ?? ""
    }
}
