package import ParallelJSON

/// A finished run with its output (`GET /v1/tasks/runs/{run_id}/result`).
package struct TaskRunResult: Sendable {
    /// The document as the API sent it.
    package let json: JSONValue
    package let run: TaskRun
    package let output: TaskOutput

    /// Reads a result; nil if run or output is missing.
    package init?(_ json: JSONValue) {
        guard let run = json["run"].flatMap(TaskRun.init), let output = json["output"], output.object != nil else {
            return nil
        }
        self.json = json
        self.run = run
        self.output = TaskOutput(json: output)
    }
}

/// The output of a run.
package struct TaskOutput: Sendable {
    package enum Content: Sendable {
        case text(String)
        case structured(JSONValue)
    }

    /// The document as the API sent it.
    package let json: JSONValue

    package init(json: JSONValue) { self.json = json }

    /// The content. JSON output is an object or a string of JSON: the API's documentation shows both.
    package var content: Content {
        let content = json["content"] ?? .null
        guard let text = content.string else { return .structured(content) }
        if json["type"]?.string == "json", let parsed = try? JSONValue.parse(text) { return .structured(parsed) }
        return .text(text)
    }

    package var basis: [FieldBasis] { (json["basis"]?.array ?? []).compactMap(FieldBasis.init) }

    /// The run's MCP tool calls as the API sent them, in today's member or in that of 2025 (`beta_fields`); empty if
    /// there were none.
    package var toolCallList: [JSONValue] {
        json["mcp_tool_calls"]?.array ?? json["beta_fields"]?["mcp-server-2025-07-17"]?.array ?? []
    }

    package var toolCalls: [ToolCall] { toolCallList.filter { $0.object != nil }.map(ToolCall.init) }
}

/// The evidence for an output field's value (`FieldBasis`).
package struct FieldBasis: Sendable {
    package struct Citation: Sendable {
        package let url: String
        package let title: String?
        package let excerpts: [String]

        package init(url: String, title: String?, excerpts: [String] = []) {
            (self.url, self.title, self.excerpts) = (url, title, excerpts)
        }
    }

    /// The field's name, with dots for nested values (`key_executives.0`); `output` for text.
    package let field: String
    package let reasoning: String?
    /// `low`, `medium` or `high`; nil if the API gives none.
    package let confidence: String?
    package let citations: [Citation]

    /// Makes the entry of an answer that only cites pages.
    package init(field: String, citations: [Citation]) {
        (self.field, self.citations, reasoning, confidence) = (field, citations, nil, nil)
    }

    init?(_ json: JSONValue) {
        guard let field = json["field"]?.string else { return nil }
        self.field = field
        reasoning = json["reasoning"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        confidence = json["confidence"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        citations = (json["citations"]?.array ?? []).compactMap { citation in
            guard let url = citation["url"]?.string else { return nil }
            return Citation(
                url: url, title: citation["title"]?.string,
                excerpts: (citation["excerpts"]?.array ?? []).compactMap(\.string))
        }
    }
}

/// An MCP tool call that a run made (`McpToolCall`).
package struct ToolCall: Sendable {
    package enum Outcome: Sendable {
        case content(String)
        case error(String)
    }

    package let server: String
    package let tool: String
    /// The arguments as a string of JSON, as the API sends them.
    package let arguments: String
    package let outcome: Outcome

    /// - Parameters:
    ///   - server: the name of the server; nil if it is not known, as for the others.
    ///   - arguments: a string of JSON.
    package init(server: String?, tool: String?, arguments: String?, outcome: Outcome) {
        self.server = server ?? "?"
        self.tool = tool ?? "?"
        self.arguments = arguments ?? ""
        self.outcome = outcome
    }

    init(_ json: JSONValue) {
        server = json["server_name"]?.string ?? "?"
        tool = json["tool_name"]?.string ?? "?"
        arguments = json["arguments"].map { $0.string ?? $0.serialized() } ?? ""
        if let error = json["error"]?.string, !error.isEmpty {
            outcome = .error(error)
        } else {
            outcome = .content(json["content"].map { $0.string ?? ($0.isNull ? "" : $0.serialized()) } ?? "")
        }
    }
}
