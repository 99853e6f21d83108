package import ParallelJSON
package import ParallelSystem

/// The one copy that is kept of each client's file, as it was before the last change made here.
///
/// Copies are in this program's own folder, readable by the user alone: beside the file, some clients would read them,
/// and a project's would be committed.
package struct ClientBackup: Sendable {
    package let path: String

    /// - Parameter folder: this program's configuration folder.
    package init(of file: String, in folder: String) {
        let name = file.parts(between: "/").last.map(String.init) ?? ""
        let digits = SHA256.hash(Array(file.utf8)).prefix(6).flatMap { HexDigits.lowercase.digits(of: $0) }
        path = "\(folder)/backups/\(String(decoding: digits, as: UTF8.self))-\(name)"
    }

    package func write(_ bytes: [UInt8]) throws(FileError) { try Self.write(bytes, to: path) }

    private static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try Directory.create(Directory.containing(path))
        var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
        try file.write(bytes)
        try file.commit(replacing: true)
    }

    /// The file that says what this program made around the first entry: the client's file, folders, or keys.
    private var madePath: String { path + ".made" }

    private var made: JSONValue? { (try? UserFile.readPrivate(madePath)).flatMap { try? JSONValue.parse($0) } }

    /// The key to remove with the last entry, as `ClientFile.setting` takes it.
    package var madeKey: Int? { made?["key"]?.number.flatMap { Int($0.text) } }

    /// Remembers what has to be made for an entry, so that it may be removed again. A file that has other entries keeps
    /// what was noted before.
    package func noteMade(for file: ClientFile) throws(FileError) {
        let key = file.firstMissingKey
        guard file.bytes == nil || key != nil else {
            if file.servers.isEmpty { UserFile.remove(madePath) }
            return
        }
        var made: JSONObject = [:]
        made["key"] = key.map { .number(JSONNumber($0)) }
        if file.bytes == nil {
            var folders: [JSONValue] = []
            var folder = Directory.containing(file.path)
            while !UserFile.exists(folder) {
                folders.append(.string(folder))
                folder = Directory.containing(folder)
            }
            made["folders"] = .array(folders)
        }
        try Self.write(Array(JSONValue.object(made).serialized().utf8), to: madePath)
    }

    /// Whether this program has made the file for the entry, and nothing else is in it. A link was made by somebody
    /// else.
    package func hasMade(_ file: ClientFile, for entry: JSONValue, named name: String) -> Bool {
        made?["folders"] != nil && UserFile.isPlain(file.path) && (try? file.fresh(name, entry)) == file.bytes
    }

    /// Removes a client's file that was made here, and the folders that were made for it and are empty.
    package func removeFile(_ path: String) {
        let folders = made?["folders"]?.array ?? []
        UserFile.remove(path)
        for folder in folders.compactMap(\.string) { Directory.removeEmpty(folder) }
    }

    /// Returns what the file held before the entry was installed, if nothing else has changed in it since: then
    /// installing it again gives the file as it is. Nil if there is no such backup.
    package func contents(before entry: JSONValue, named name: String, in file: ClientFile) -> [UInt8]? {
        if let bytes = try? UserFile.readRegular(path),
            let before = try? ClientFile(file.client, file.scope, path: file.path, bytes: bytes), before[name] == nil,
            (try? before.setting(name, to: entry)) == file.bytes
        {
            return bytes
        }
        return nil
    }

    package func remove() { UserFile.remove(path) }

    /// Forgets what was made around the first entry.
    package func forgetMade() { UserFile.remove(madePath) }
}

extension ClientFile {
    /// Writes the file, if it is still as it was read. A link is followed, and an existing file keeps its mode.
    ///
    /// - Parameter isPrivate: whether what is written may hold a secret, so that only the user may read the file.
    package func write(_ new: [UInt8], isPrivate: Bool) throws(ClientError) {
        let isChanged: Bool
        do throws(FileError) {
            try Directory.create(Directory.containing(path))
            var file = try AtomicFile(path: path, mode: isPrivate ? 0o600 : 0o666, keepsMode: !isPrivate)
            try file.write(new)
            isChanged = (try? UserFile.readRegular(path)) != bytes
            if !isChanged { try file.commit(replacing: true) }
        } catch {
            throw .file(error)
        }
        if isChanged { throw .changed(path: path) }
    }
}
