import ParallelJSON
import ParallelSettings
import ParallelSystem

/// A small file in the folder for caches that holds a value for each key.
///
/// A file that can't be read or written counts as an empty one, because what it holds can be found out again.
struct CacheFile: Sendable {
    private let folder: String
    private let path: String

    /// The maximum number of keys; the oldest ones are dropped.
    private static let maximumKeys = 200

    /// Returns nil if the environment names no folder for caches.
    init?(_ name: String, environment: [String: String]) {
        guard let folder = XDGPaths(environment: environment).cache else { return nil }
        self.folder = folder
        path = "\(folder)/\(name)"
    }

    var values: JSONObject {
        guard let bytes = try? UserFile.readRegular(path) else { return [:] }
        return (try? JSONValue.parse(bytes))?.object ?? [:]
    }

    func remember(_ value: JSONValue, under key: String) {
        var known = values
        guard known[key] != value else { return }
        known[key] = nil
        known[key] = value
        known = JSONObject(Array(known.members.suffix(Self.maximumKeys)))
        do {
            try Directory.create(folder)
            var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
            try file.write(JSONValue.object(known).bytes(.pretty) + [UInt8(ascii: "\n")])
            try file.commit(replacing: true)
        } catch {
            // An error is ignored: the value is found out again the next time.
        }
    }
}
