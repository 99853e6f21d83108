package import ParallelAPI
import ParallelJSON
import ParallelSettings

/// Remembers for ten minutes which servers were found usable, so that not every run has them looked at anew.
///
/// It holds names, URLs as people may see them, and allowed tools; no secrets.
package struct CheckedServers: Sendable {
    private let file: CacheFile

    /// How long a finding counts, in seconds.
    private static let lifetime = 600

    /// Returns nil if the environment names no folder for caches.
    package init?(environment: [String: String]) {
        guard let file = CacheFile("mcp-checked.json", environment: environment) else { return nil }
        self.file = file
    }

    /// Whether a server was found usable lately. `now` is in seconds since 1970.
    package func contains(_ server: MCPServer, now: Int) -> Bool {
        guard let time = file.values[Self.key(server)]?.int else { return false }
        return time <= now && now - time < Self.lifetime
    }

    package func remember(_ server: MCPServer, now: Int) {
        file.remember(.number(JSONNumber(now)), under: Self.key(server))
    }

    private static func key(_ server: MCPServer) -> String {
        ([server.name, SecretMask.url(server.url.template)] + (server.allowedTools ?? ["*"])).joined(separator: " ")
    }
}
