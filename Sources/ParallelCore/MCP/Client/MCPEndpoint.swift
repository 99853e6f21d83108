package import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// Where an MCP server is and what opens its door.
package struct MCPEndpoint: Sendable {
    /// What the server is called in messages: the name in the registry, or the URL without its secrets.
    package let name: String
    package let url: HTTPURL
    /// The fields that the registry or the command line gives; all of them secret.
    package let headers: HTTPHeaders
    private let secrets: [String]

    /// - Parameter url: that of the server, its variables in place.
    package init(_ server: MCPServer, at url: HTTPURL) {
        name = server.name
        self.url = url
        var headers = HTTPHeaders()
        for header in server.headers { headers.add(header.name, header.value.expanded, secret: true) }
        self.headers = headers
        secrets = server.secrets
    }

    /// `text` of a server, which may repeat what it was sent, on one line, not too long, and without secrets.
    func shown(_ text: String) -> String {
        let hidden = hidingSecrets(in: text)
        return hidden.lines.filter { !$0.isEmpty }.joined(separator: " ").shortened(to: 300)
    }

    /// `json` with every secret of this endpoint masked.
    func hidingSecrets(in json: JSONValue) -> JSONValue {
        let text = json.serialized()
        let shown = hidingSecrets(in: text)
        return shown == text ? json : (try? JSONValue.parse(shown)) ?? .null
    }

    /// `text` with every secret of this endpoint masked.
    package func hidingSecrets(in text: String) -> String {
        var bytes = Array(text.utf8)
        // Ones as short as a word would mask words.
        for secret in secrets where secret.utf8.count >= 4 {
            bytes = SecretMask.hiding(Array(secret.utf8), in: bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
