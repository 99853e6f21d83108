package import ParallelAPI
import ParallelJSON
import ParallelSettings
import ParallelSystem

/// Remembers for ten minutes which servers were found usable, and which of their tools may destroy something, so that
/// not every run has them looked at anew.
///
/// It holds names of servers and tools, URLs as people may see them, and hashes of what is sent to servers, so that
/// other credentials are looked at anew; no secrets.
package struct CheckedServers: Sendable {
    private let file: CacheFile

    /// How long a finding counts, in seconds.
    private static let lifetime = 600

    /// Returns nil if the environment names no folder for caches.
    package init?(environment: [String: String]) {
        guard let file = CacheFile("mcp-checked.json", environment: environment) else { return nil }
        self.file = file
    }

    /// Returns the tools that may destroy something, if the server was found usable lately; otherwise nil. `now` is in
    /// seconds since 1970.
    package func destructiveTools(of server: MCPServer, now: Int) -> [String]? {
        let finding = file.values[Self.key(server)]
        guard let time = finding?["time"]?.int, time <= now, now - time < Self.lifetime else { return nil }
        return (finding?["destructive"]?.array ?? []).compactMap(\.string)
    }

    package func remember(_ server: MCPServer, destructive tools: [String], now: Int) {
        let names = JSONValue.array(tools.map(JSONValue.string))
        file.remember(["time": .number(JSONNumber(now)), "destructive": names], under: Self.key(server))
    }

    private static func key(_ server: MCPServer) -> String {
        // A line end is in no URL and in no header.
        let sent = [server.url.expanded] + server.headers.flatMap { [$0.name, $0.value.expanded] }
        let hash = Base64.encode(SHA256.hash(Array(sent.joined(separator: "\n").utf8)))
        return ([server.name, SecretMask.url(server.url.template), hash] + (server.allowedTools ?? ["*"]))
            .joined(separator: " ")
    }
}
