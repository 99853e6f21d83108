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
        /// References such as `${TOKEN}` by their name, literal values hidden.
        case masked
    }

    package let name: String
    package let url: Reference
    package let headers: [(name: String, value: Reference)]
    /// Nil allows every tool.
    package let allowedTools: [String]?
    /// The variables whose values can't stand in JSON as they are.
    package let variablesToEscape: [String]
    /// What its variables stand for.
    private let variableValues: [String]

    package init(
        name: String, url: Reference, headers: [(name: String, value: Reference)], allowedTools: [String]?,
        variablesToEscape: [String] = [], variableValues: [String] = []
    ) {
        self.name = name
        self.url = url
        self.headers = headers
        self.allowedTools = allowedTools
        self.variablesToEscape = variablesToEscape
        self.variableValues = variableValues
    }

    /// The server as a request has it.
    package func json(_ form: Form) -> JSONValue {
        var object: JSONObject = ["type": "url", "url": .string(Self.shown(url, form, mask: SecretMask.url))]
        object["name"] = .string(name)
        if !headers.isEmpty {
            let shown = headers.map { header in
                let value = Self.shown(header.value, form) { SecretMask.headerValue($0, of: header.name) }
                return (header.name, JSONValue.string(value))
            }
            object["headers"] = .object(JSONObject(shown))
        }
        if let allowedTools { object["allowed_tools"] = .array(allowedTools.map(JSONValue.string)) }
        return .object(object)
    }

    private var references: [Reference] { [url] + headers.map(\.value) }

    /// The `${VAR}` references in it, as its masked form shows them.
    package var variableReferences: [String] {
        references.flatMap { VariableReference.references(in: $0.template).map(\.shownText) }
    }

    package var usesVariables: Bool { !variableReferences.isEmpty }

    /// Whether its masked form hides something that is no reference.
    package var hasHiddenLiteral: Bool {
        SecretMask.hasLiteralSecret(inURL: url.template)
            || headers.contains { SecretMask.hasLiteralSecret($0.value.template, inHeader: $0.name) }
    }

    /// The values in it that are nobody else's business: words of its headers but the scheme's name, and what its
    /// variables stand for.
    var secrets: [String] {
        let words = headers.flatMap { $0.value.expanded.split(separator: " ").map(String.init) }
        let query = url.expanded.split(separator: "?", maxSplits: 1).dropFirst().flatMap { $0.split(separator: "&") }
        let values = query.compactMap { pair in pair.firstIndex(of: "=").map { String(pair[pair.index(after: $0)...]) }
        }
        // A value as short as a word would hide words.
        let whole = variableValues.filter { $0.utf8.count >= 4 }
        // The longest first: where one holds another, nothing of it is left over.
        return (whole + words.filter { !SecretMask.isAuthenticationScheme("\($0) ") } + values)
            .sorted { $0.utf8.count > $1.utf8.count }
    }

    private static func shown(_ reference: Reference, _ form: Form, mask: (String) -> String) -> String {
        switch form {
        case .revealed: reference.expanded
        case .masked: mask(reference.template)
        }
    }
}
