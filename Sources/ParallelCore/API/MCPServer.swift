package import ParallelJSON

/// An MCP server that a run may call (`McpServer`), its variables already replaced.
package struct MCPServer: Sendable {
    /// A text that may hold `${VAR}` references: as stored, and as it is used.
    package struct Reference: Sendable, Equatable {
        /// As the registry has it.
        package let template: String
        /// With the variables' values; may be a secret.
        package let expanded: String

        package init(template: String, expanded: String) {
            self.template = template
            self.expanded = expanded
        }
    }

    /// How values that may be secret appear in JSON.
    package enum Form: Sendable {
        /// As they are sent.
        case revealed
        /// Hidden, for people to read.
        case masked
        /// By their variables: what is literal stays hidden.
        case templates
    }

    package let name: String
    package let url: Reference
    package let headers: [(name: String, value: Reference)]
    /// Nil allows every tool.
    package let allowedTools: [String]?

    package init(
        name: String, url: Reference, headers: [(name: String, value: Reference)], allowedTools: [String]?
    ) {
        self.name = name
        self.url = url
        self.headers = headers
        self.allowedTools = allowedTools
    }

    package func json(_ form: Form) -> JSONValue {
        var object: JSONObject = ["type": "url", "url": .string(Self.shown(url, form, mask: SecretMask.url))]
        object["name"] = .string(name)
        if !headers.isEmpty {
            object["headers"] = .object(
                JSONObject(
                    headers.map { header in
                        let shown = Self.shown(header.value, form) { _ in SecretMask.hidden }
                        return JSONObject.Member(key: header.name, value: .string(shown))
                    }))
        }
        if let allowedTools { object["allowed_tools"] = .array(allowedTools.map(JSONValue.string)) }
        return .object(object)
    }

    private static func shown(_ reference: Reference, _ form: Form, mask: (String) -> String) -> String {
        switch form {
        case .revealed: reference.expanded
        case .masked: mask(reference.template)
        case .templates: reference.template == reference.expanded ? mask(reference.template) : reference.template
        }
    }
}
