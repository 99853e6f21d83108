package import ParallelAPI
package import ParallelHTTP
import ParallelJSON
package import ParallelSystem

/// URL and credentials of an MCP server.
package struct MCPEndpoint: Sendable {
    /// What the server is called in messages: the name in the registry, or the URL without its secrets.
    package let name: String
    package let url: HTTPURL
    /// The fields that the registry or the command line gives; all of them secret.
    package let headers: HTTPHeaders
    let secrets: KnownSecrets

    /// - Parameters:
    ///   - url: that of the server, its variables in place.
    ///   - secrets: what texts of the server must not show; its own secrets are added.
    package init(_ server: MCPServer, at url: HTTPURL, secrets: KnownSecrets = KnownSecrets()) {
        name = server.name
        self.url = url
        var headers = HTTPHeaders()
        for header in server.headers { headers.add(header.name, header.value.expanded, secret: true) }
        self.headers = headers
        self.secrets = secrets
        for secret in server.secrets { secrets.hide(secret) }
    }

    /// `text` of a server, which may repeat what it was sent, on one line, not too long, and without secrets.
    func shown(_ text: String) -> String {
        secrets.shownWords(of: text.utf8, limit: Self.lineLimit).lines.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// How much of what a server says is told, in scalars.
    private static let lineLimit = 300

    /// `json` with every secret masked.
    func hidingSecrets(in json: JSONValue) -> JSONValue {
        let text = json.serialized()
        let shown = hidingSecrets(in: text)
        return shown == text ? json : (try? JSONValue.parse(shown)) ?? .null
    }

    /// `text` with every secret masked.
    package func hidingSecrets(in text: String) -> String { secrets.masked(text) }
}
