package import ParallelAPI
package import ParallelHTTP
import ParallelJSON
package import ParallelSystem

/// URL and credentials of an MCP server.
package struct MCPEndpoint: Sendable {
    /// The name of the server in messages: its name in the registry, or its URL without secrets.
    package let name: String
    package let url: HTTPURL
    /// The header fields from the registry or the command line, all of them secret, and those that a command adds.
    package var headers: HTTPHeaders
    let secrets: KnownSecrets

    /// - Parameters:
    ///   - url: the URL of the server with its variables expanded.
    ///   - secrets: the secrets that texts of the server must not show; those of the server are added.
    package init(_ server: MCPServer, at url: HTTPURL, secrets: KnownSecrets = KnownSecrets()) {
        name = server.name
        self.url = url
        var headers = HTTPHeaders()
        for header in server.headers { headers.add(header.name, header.value.expanded, secret: true) }
        self.headers = headers
        self.secrets = secrets
        for secret in server.secrets { secrets.hide(secret) }
    }

    /// Returns a text of the server for a message: on one line, shortened, and with secrets masked, because servers may
    /// repeat them.
    func shown(_ text: String) -> String {
        secrets.shownWords(of: text.utf8, limit: Self.lineLimit).lines.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The maximum length of a server's text in messages, in Unicode scalars.
    private static let lineLimit = 300

    /// Returns `text` with every secret masked.
    package func hidingSecrets(in text: String) -> String { secrets.masked(text) }
}
