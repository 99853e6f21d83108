package import ParallelAPI
import ParallelJSON
import ParallelSettings
import ParallelSystem

/// Remembers for ten minutes what was found out about servers, so that not every run has them looked at anew.
///
/// It holds names of servers and tools, URLs and errors as people may see them, and hashes of what is sent to servers,
/// so that other credentials are looked at anew; no secrets.
package struct CheckedServers: Sendable {
    private let file: CacheFile

    /// What a look at a server has found.
    package enum Finding: Sendable {
        /// It can be used; these of its tools may destroy something.
        case usable(destructive: [String])
        /// It can't be used, for this reason, which holds no secrets.
        case unusable(String)
    }

    /// How long a finding counts, in seconds.
    private static let lifetime = 600

    /// Returns nil if the environment names no folder for caches.
    package init?(environment: [String: String]) {
        guard let file = CacheFile("mcp-checked.json", environment: environment) else { return nil }
        self.file = file
    }

    /// Returns what was found lately, if anything. `now` is in seconds since 1970.
    package func finding(on server: MCPServer, now: Int) -> Finding? {
        let finding = file.values[Self.key(server)]
        guard let time = finding?["time"]?.int, time <= now, now - time < Self.lifetime else { return nil }
        if let problem = finding?["problem"]?.string { return .unusable(problem) }
        return .usable(destructive: (finding?["destructive"]?.array ?? []).compactMap(\.string))
    }

    /// Remembers a finding; `now` is in seconds since 1970.
    package func remember(_ finding: Finding, on server: MCPServer, now: Int) {
        var value: JSONObject = ["time": .number(JSONNumber(now))]
        switch finding {
        case .usable(let tools): value["destructive"] = .array(tools.map(JSONValue.string))
        case .unusable(let problem): value["problem"] = .string(problem)
        }
        file.remember(.object(value), under: Self.key(server))
    }

    private static func key(_ server: MCPServer) -> String {
        // A line end is in no URL and in no header.
        let sent = [server.url.expanded] + server.headers.flatMap { [$0.name, $0.value.expanded] }
        let hash = Base64.encode(SHA256.hash(Array(sent.joined(separator: "\n").utf8)))
        return ([server.name, SecretMask.url(server.url.template), hash] + (server.allowedTools ?? ["*"]))
            .joined(separator: " ")
    }
}
