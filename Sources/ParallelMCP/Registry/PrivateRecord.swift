import ParallelJSON
import ParallelSettings
import ParallelSystem

/// A list of servers in a file of the configuration folder that only the user can read or change, such as what was
/// approved. Changes of several processes follow each other.
struct PrivateRecord: Sendable {
    private static let member = "servers"

    /// Nil if the environment names no home.
    private let path: String?

    init(_ name: String, environment: [String: String]) {
        path = XDGPaths(environment: environment).configuration.map { "\($0)/\(name)" }
    }

    /// Returns the servers; none if there is no file. Throws `FileError` also for a file that others could have
    /// written, and for one that is broken.
    func read() throws(FileError) -> [JSONValue] {
        guard let path else { return [] }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try UserFile.readPrivate(path)
        } catch {
            if error.isMissing { return [] }
            throw error
        }
        guard let servers = (try? JSONValue.parse(bytes))?[Self.member]?.array else {
            throw FileError(path: path, reason: "it is broken; without it, this program begins a new one")
        }
        return servers
    }

    /// Lets `body` change the list. Throws `RegistryError` if there is no place for it, and `FileError`.
    func change(_ body: (inout [JSONValue]) -> Void) throws {
        guard let path else { throw RegistryError.noPlace(.user) }
        let folder = Directory.containing(path)
        try Directory.create(folder)
        try Directory.locked(folder) {
            let old = try read()
            var servers = old
            body(&servers)
            if servers == old { return }
            let object: JSONObject = [Self.member: .array(servers)]
            var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
            try file.write(JSONValue.object(object).bytes(.pretty) + [UInt8(ascii: "\n")])
            try file.commit(replacing: true)
        }
    }
}
