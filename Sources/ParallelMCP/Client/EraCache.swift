import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem

/// A small file that remembers which era of MCP each origin speaks, so that it need not be found out each time.
///
/// It never holds paths, headers or tokens of servers. A file that can't be read or written counts as an empty one.
package struct EraCache: Sendable {
    private let folder: String
    private var path: String { folder + "/mcp-eras.json" }

    /// The maximum number of origins; the oldest ones are dropped.
    private static let maximumOrigins = 200

    /// Returns nil if the environment names no folder for caches.
    package init?(environment: [String: String]) {
        guard let folder = XDGPaths(environment: environment).cache else { return nil }
        self.folder = folder
    }

    func era(of url: HTTPURL) -> MCPEra? {
        origins[url.origin]?.string.flatMap(MCPEra.init)
    }

    func remember(_ era: MCPEra, of url: HTTPURL) {
        var known = origins
        guard known[url.origin]?.string != era.rawValue else { return }
        known[url.origin] = .string(era.rawValue)
        known = JSONObject(Array(known.members.suffix(Self.maximumOrigins)))
        do {
            try Directory.create(folder)
            var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
            try file.write(JSONValue.object(known).bytes(.pretty) + [UInt8(ascii: "\n")])
            try file.commit(replacing: true)
        } catch {
            // An error is ignored: the era is found out again the next time.
        }
    }

    private var origins: JSONObject {
        guard let bytes = try? UserFile.readRegular(path) else { return [:] }
        return (try? JSONValue.parse(bytes))?.object ?? [:]
    }
}
