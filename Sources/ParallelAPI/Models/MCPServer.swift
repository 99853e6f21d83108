import ParallelHTTP
package import ParallelJSON
import ParallelSettings
import ParallelSystem

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
        var object: JSONObject = ["type": "url", "url": .string(Self.shown(url, form) { SecretMask.url($0) })]
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

    /// The values in it that are nobody else's business: those of its headers and the words in them that look like
    /// secrets, what its variables stand for, and what its address hides.
    package var secrets: [String] {
        let values = headers.filter { header in
            SecretMask.hasLiteralSecret(header.value.template, inHeader: header.name)
                || !VariableReference.references(in: header.value.template).isEmpty
        }.map(\.value.expanded)
        let words = values.flatMap { value in
            // As in a cookie, or behind a scheme that nobody knows.
            value.utf8.split { " ;,=\"".utf8.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
                .filter(KnownSecrets.looksGenerated).prefix(Self.mostWords)
        }
        return variableValues + values + words + AddressMask.secrets(in: url.expanded)
    }

    /// How many words of one header value are secrets of their own; no header needs more.
    private static let mostWords = 20

    private static func shown(_ reference: Reference, _ form: Form, mask: (String) -> String) -> String {
        switch form {
        case .revealed: reference.expanded
        case .masked: mask(reference.template)
        }
    }
}
