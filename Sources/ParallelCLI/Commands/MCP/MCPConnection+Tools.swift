import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelSettings
import ParallelTerminal

/// The tools that a server has now, to be kept: without the secrets that it was sent, which it may repeat.
struct LiveTools: Sendable {
    let resolved: ResolvedServer
    let definitions: [JSONValue]
    /// The version that the server says it has.
    let version: String?

    var name: String { resolved.server.name }
    /// The URL without secrets.
    var url: String { SecretMask.url(resolved.server.url.template) }
}

extension MCPConnection {
    /// Returns the name under which the server of `word` is known: its own, or its URL without secrets.
    static func name(of word: String) -> String { ServerDefinition.isURL(word) ? SecretMask.url(word) : word }

    /// Connects to the server that `word` names and lists its tools.
    func liveTools(of word: String) async throws -> LiveTools {
        let resolved = try await server(word)
        // Where the era is remembered, a modern server is not asked for its version.
        let client = client(of: resolved, findsEra: true)
        let secrets = context.streams.secrets
        return try await use(client, of: resolved) {
            try await client.connect()
            let tools = try await client.tools().tools
            return LiveTools(
                resolved: resolved, definitions: tools.map { $0.json.masked(secrets) },
                version: client.session?.server?["version"]?.string)
        }
    }
}
