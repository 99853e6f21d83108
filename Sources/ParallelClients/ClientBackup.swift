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

    package func write(_ bytes: [UInt8]) throws(FileError) {
        try Directory.create(Directory.containing(path))
        var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
        try file.write(bytes)
        try file.commit(replacing: true)
    }

    /// The file that says that there was none before this program made it.
    private var madePath: String { path + ".made" }

    /// Remembers that this program makes the file, so that it may remove it again.
    package func noteMade() throws(FileError) {
        try Directory.create(Directory.containing(madePath))
        var file = try AtomicFile(path: madePath, mode: 0o600, keepsMode: false)
        try file.write([])
        try file.commit(replacing: true)
    }

    /// Whether this program has made the file for the entry, and nothing else is in it. A link was made by somebody
    /// else.
    package func hasMade(_ file: ClientFile, for entry: JSONValue, named name: String) -> Bool {
        UserFile.exists(madePath) && UserFile.isPlain(file.path) && (try? file.fresh(name, entry)) == file.bytes
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

    /// Removes the backup, and what says that the file was made here.
    package func removeAll() {
        remove()
        UserFile.remove(madePath)
    }
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
