package import ParallelJSON
import ParallelSettings
package import ParallelSystem

/// The files that hold logins: one each, in a folder that only the user can read.
///
/// A file is replaced as a whole, and refused if it is a link or others can read it.
package struct CredentialStore: Sendable {
    package let folder: String

    /// Returns nil if the environment names no folder for configuration.
    package init?(environment: [String: String]) {
        guard let configuration = XDGPaths(environment: environment).configuration else { return nil }
        folder = configuration + "/credentials"
    }

    /// Returns the name of the file for a server, which is a URL, and an account. It holds no secret.
    package static func name(of server: String, account: String?, pending: Bool = false) -> String {
        let host = server.parts(between: "/").dropFirst(2).first.map(String.init) ?? "server"
        let shown = host.utf8.prefix(60).map { $0.isASCIILetterOrDigit || ".-".utf8.contains($0) ? $0 : 0x5F }
        // A line end is in neither of them.
        let hash = SHA256.hash(Array("\(server)\n\(account ?? "")".utf8)).prefix(8)
        let digits = hash.flatMap { HexDigits.lowercase.digits(of: $0) }
        return String(decoding: shown + [UInt8(ascii: "-")] + digits, as: UTF8.self) + (pending ? ".pending" : "")
    }

    private func path(_ name: String) -> String { "\(folder)/\(name).json" }

    /// Returns what is stored under `name`; nil if there is nothing. Throws `FileError`.
    package func read(_ name: String) throws(FileError) -> JSONValue? {
        let path = path(name)
        guard UserFile.exists(folder) else { return nil }
        try UserFile.requirePrivateFolder(folder)
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try UserFile.readPrivate(path)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        guard let json = try? JSONValue.parse(bytes), json.object != nil else {
            throw FileError(path: path, reason: "it is not what was written there; remove it and sign in again")
        }
        return json
    }

    /// Stores `value` under `name` and returns once it is on the disk. Throws `FileError`.
    package func write(_ value: JSONValue, as name: String) throws(FileError) {
        try prepare()
        let path = path(name)
        // The file is not followed to where a link leads.
        if UserFile.exists(path) { _ = try UserFile.readPrivate(path) }
        var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
        try file.write(value.bytes(.pretty) + [UInt8(ascii: "\n")])
        try file.commit(replacing: true)
    }

    package func remove(_ name: String) { UserFile.remove(path(name)) }

    /// Returns all values whose names begin with that of `server`, such as those of its accounts. Files that can't be
    /// used are left out.
    package func values() -> [JSONValue] {
        guard (try? UserFile.requirePrivateFolder(folder)) != nil else { return [] }
        return Directory.names(in: folder).filter { $0.ends(with: ".json") && !$0.ends(with: ".pending.json") }.sorted()
            .compactMap { name in try? read(String(name.dropLast(5))) }
    }

    /// Runs `body` while no other process, and no other task, does so for `name`. Goes ahead without the lock after a
    /// minute, as a process that hangs must not keep all others from a login.
    package func locked<Value>(
        _ name: String, _ clock: any Clock<Duration>, _ body: () async throws -> Value
    ) async throws -> Value {
        try prepare()
        let lock = try FileLock(path: "\(folder)/\(name).lock")
        for _ in 0..<1_200 where !lock.take() { try await clock.sleep(for: .milliseconds(50)) }
        let result = try await body()
        lock.release()
        return result
    }

    private func prepare() throws(FileError) {
        try Directory.create(folder)
        try UserFile.requirePrivateFolder(folder)
    }
}
