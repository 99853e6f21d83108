import ParallelHTTP
package import ParallelJSON
import ParallelSettings
import ParallelSystem

/// An MCP server that a run may call (`McpServer`), with variables already expanded.
package struct MCPServer: Sendable {
    /// A text that may hold `${VAR}` references, as stored and as used.
    package struct Reference: Sendable, Equatable {
        /// The text as the registry stores it.
        package let template: String
        /// The text with the variables' values; may be a secret.
        package let expanded: String

        package init(template: String, expanded: String) {
            self.template = template
            self.expanded = expanded
        }
    }

    /// How possibly secret values appear in JSON.
    package enum Form: Sendable {
        /// Values appear as they are sent.
        case revealed
        /// References such as `${TOKEN}` stay, literal values are hidden.
        case masked
    }

    package let name: String
    package let url: Reference
    package private(set) var headers: [(name: String, value: Reference)]
    /// The tools that the run may call; nil allows all.
    package private(set) var allowedTools: [String]?
    /// The account whose login is among the headers; nil if there is none, or it has no name.
    private var account: String?
    /// The names of variables whose values need escaping in JSON.
    package let variablesToEscape: [String]
    /// The values of its variables.
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

    /// Returns the server with other tools that may be called.
    package func allowing(_ tools: [String]) -> MCPServer {
        var server = self
        server.allowedTools = tools
        return server
    }

    /// Returns the server with another header, whose value is a secret: the token of an account's login.
    package func adding(_ header: String, _ value: String, of account: String?) -> MCPServer {
        var server = self
        server.headers.append((header, Reference(template: value, expanded: value)))
        server.account = account
        return server
    }

    /// Returns the server as JSON for a request.
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
        // A batch tells by this that it goes on with another account.
        if form == .masked { object["account"] = account.map(JSONValue.string) }
        return .object(object)
    }

    /// Whether one of its headers holds an API key or a token.
    package var hasCredentials: Bool { headers.contains { Self.isForCredentials($0.name) } }

    /// Whether Parallel's servers read a key or a token from the header of this name.
    package static func isForCredentials(_ header: String) -> Bool {
        ["authorization", "x-api-key"].contains(header.asciiLowercased)
    }

    private var references: [Reference] { [url] + headers.map(\.value) }

    /// Its `${VAR}` references, as the masked form shows them.
    package var variableReferences: [String] {
        references.flatMap { VariableReference.references(in: $0.template).map(\.shownText) }
    }

    package var usesVariables: Bool { !variableReferences.isEmpty }

    /// Whether the masked form hides a literal value.
    package var hasHiddenLiteral: Bool {
        SecretMask.hasLiteralSecret(inURL: url.template)
            || headers.contains { SecretMask.hasLiteralSecret($0.value.template, inHeader: $0.name) }
    }

    /// All secret values in it: values of headers and the words in them that look like secrets, values of variables,
    /// and the secret parts of its URL.
    package var secrets: [String] {
        let values = headers.filter { header in
            SecretMask.hasLiteralSecret(header.value.template, inHeader: header.name)
                || !VariableReference.references(in: header.value.template).isEmpty
        }.map(\.value.expanded)
        let words = values.flatMap { value in
            // Such words occur in cookies and after unknown authentication schemes.
            value.utf8.split { " ;,=\"".utf8.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
                .filter(KnownSecrets.looksGenerated).prefix(Self.maximumSecretWords)
        }
        return variableValues + values + words + AddressMask.secrets(in: url.expanded)
    }

    /// The maximum number of words of one header value that count as secrets; no real header has more.
    private static let maximumSecretWords = 20

    private static func shown(_ reference: Reference, _ form: Form, mask: (String) -> String) -> String {
        switch form {
        case .revealed: reference.expanded
        case .masked: mask(reference.template)
        }
    }
}
