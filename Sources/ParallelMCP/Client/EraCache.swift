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

    /// Stands for the modern era of a server that refuses the handshake of the other one.
    private static let modernOnly = "modern only"

    func era(of url: HTTPURL) -> MCPEra? {
        isModernOnly(url) ? .modern : file.values[url.origin]?.string.flatMap(MCPEra.init)
    }

    func isModernOnly(_ url: HTTPURL) -> Bool { file.values[url.origin]?.string == Self.modernOnly }

    /// - Parameter isOnly: whether the server refuses the other era. Who has not asked says false, which takes nothing
    ///   back.
    func remember(_ era: MCPEra, of url: HTTPURL, isOnly: Bool = false) {
        if !isOnly, era == .modern, isModernOnly(url) { return }
        file.remember(.string(isOnly ? Self.modernOnly : era.rawValue), under: url.origin)
    }
}
