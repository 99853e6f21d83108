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

    /// Returns what the file held before the entry was installed, if nothing else has changed in it since: then
    /// installing it again gives the file as it is. An empty result means that there was no file.
    package func contents(before entry: JSONValue, named name: String, in file: ClientFile) -> [UInt8]? {
        if let bytes = try? UserFile.readRegular(path),
            let before = try? ClientFile(file.client, file.scope, path: file.path, bytes: bytes), before[name] == nil,
            (try? before.setting(name, to: entry)) == file.bytes
        {
            return bytes
        }
        return (try? file.fresh(name, entry)) == file.bytes ? [] : nil
    }

    package func remove() { UserFile.remove(path) }
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
