import ParallelHTTP
import ParallelJSON

/// Remembers which era of MCP each origin speaks, so that it need not be found out each time.
///
/// It never holds paths, headers or tokens of servers.
package struct EraCache: Sendable {
    private let file: CacheFile

    /// Returns nil if the environment names no folder for caches.
    package init?(environment: [String: String]) {
        guard let file = CacheFile("mcp-eras.json", environment: environment) else { return nil }
        self.file = file
    }

    func era(of url: HTTPURL) -> MCPEra? { file.values[url.origin]?.string.flatMap(MCPEra.init) }

    func remember(_ era: MCPEra, of url: HTTPURL) { file.remember(.string(era.rawValue), under: url.origin) }
}
