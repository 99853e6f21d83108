import ParallelJSON
import ParallelSystem

/// A folder with an export, or one for it. Only files that an export has written are ever replaced or removed, and of
/// these only those that nobody has edited, unless that is asked for.
package struct ExportFolder: Sendable {
    /// Why nothing is written.
    package enum Refusal: Error, Sendable {
        /// Something that is no folder is in its place.
        case noFolder
        /// The folder has other files and no lock.
        case foreign
        /// The folder has an export of the server at this URL.
        case otherServer(url: String)
        /// These files are edited or somebody else's, and would be replaced or removed.
        case edited([String])
        /// Something that is no file, such as a link, is in the place of one.
        case odd(String)
        /// The lock is broken.
        case brokenLock
    }

    /// What has become of the files, apart from the server's changes.
    package struct Comparison: Sendable {
        /// Files that somebody has edited, or removed.
        package var edited: [String] = []
        /// Untouched files that would be written differently now.
        package var outdated: [String] = []
    }

    /// Where the folder is, for the system.
    private let path: String
    /// Nil if there is none.
    package let lock: ExportLock?

    /// Reads the lock. Throws `Refusal` and `FileError`.
    package init(_ path: String) throws {
        self.path = path
        // A link to a folder will do.
        if UserFile.exists(path), !UserFile.exists("\(path)/.") { throw Refusal.noFolder }
        let lockPath = "\(path)/\(ExportLock.name)"
        guard UserFile.exists(lockPath) else {
            lock = nil
            return
        }
        guard UserFile.isPlain(lockPath) else { throw Refusal.odd(ExportLock.name) }
        guard let lock = (try? JSONValue.parse(UserFile.readRegular(lockPath))).flatMap(ExportLock.init) else {
            throw Refusal.brokenLock
        }
        self.lock = lock
    }

    /// Returns the definitions as they are in the lock where they mean the same, so that the order in which a server
    /// writes members makes no file new.
    package func settled(_ live: [PinnedTool]) -> [PinnedTool] {
        let known = Dictionary((lock?.tools ?? []).map { ($0.hash, $0) }) { first, _ in first }
        return live.map { known[$0.hash] ?? $0 }
    }

    /// Whether the folder has an export of a server at another URL.
    package func isOfAnotherServer(_ export: ToolExport) -> Bool {
        lock?.url.map { !$0.isExactly(export.source.url) } == true
    }

    /// Compares the files with what the lock says and with what would be written now.
    package func comparison(with export: ToolExport) -> Comparison {
        var comparison = Comparison()
        if isOfAnotherServer(export) { comparison.outdated.append(ExportLock.name) }
        var paths: Set<String> = []
        for file in export.files where file.path != ExportLock.name {
            paths.insert(file.path)
            let hash = hash(of: file.path)
            if hash == SHA256.digits(of: Array(file.text.utf8)) { continue }
            if let known = lock?.files[file.path], hash != known {
                comparison.edited.append(file.path)
            } else {
                comparison.outdated.append(file.path)
            }
        }
        for (path, known) in (lock?.files ?? [:]).sorted(by: { $0.key < $1.key }) where !paths.contains(path) {
            if let hash = hash(of: path), hash != known { comparison.edited.append(path) }
        }
        return comparison
    }

    /// Writes the files that differ, the lock last, and removes those that are no longer part of the export. Returns
    /// the number of files that were written or removed.
    ///
    /// - Parameter force: whether edited files may be replaced. Throws `Refusal`, then nothing is written, and
    ///   `FileError`.
    package func write(_ export: ToolExport, force: Bool) throws -> Int {
        if lock == nil, UserFile.exists(path), !Directory.isEmpty(path), !force { throw Refusal.foreign }
        if isOfAnotherServer(export), !force { throw Refusal.otherServer(url: lock?.url ?? "") }
        let files = export.files
        let texts = Dictionary(files.map { ($0.path, $0.text) }) { _, last in last }
        let stale = (lock?.files ?? [:]).keys.filter { texts[$0] == nil && UserFile.exists("\(path)/\($0)") }.sorted()
        try refuseLinks(files.map(\.path) + stale)
        if !force {
            let edited = (files.map(\.path) + stale).filter { file in
                guard file != ExportLock.name, let hash = hash(of: file), hash != lock?.files[file] else {
                    return false
                }
                return texts[file].map { hash != SHA256.digits(of: Array($0.utf8)) } ?? true
            }
            guard edited.isEmpty else { throw Refusal.edited(edited) }
        }
        try Directory.create("\(path)/tools", mode: 0o777)
        var count = 0
        // The lock comes last: until then, the files are compared with the old one.
        for file in files.dropFirst() + files.prefix(1)
        where hash(of: file.path) != SHA256.digits(of: Array(file.text.utf8)) {
            var pending = try AtomicFile(path: "\(path)/\(file.path)")
            try pending.write(Array(file.text.utf8))
            try pending.commit(replacing: true)
            count += 1
        }
        for file in stale { UserFile.remove("\(path)/\(file)") }
        return count + stale.count
    }

    /// Throws if a link or something else that is no file is in the place of a file, or of the folder for tools: what
    /// is written there would end up elsewhere.
    private func refuseLinks(_ files: [String]) throws(Refusal) {
        let tools = "\(path)/tools"
        if UserFile.exists(tools), !Directory.isPlain(tools) { throw .odd("tools") }
        for file in files where UserFile.exists("\(path)/\(file)") && !UserFile.isPlain("\(path)/\(file)") {
            throw .odd(file)
        }
    }

    /// Returns the hash of a file; nil if it can't be read.
    private func hash(of file: String) -> String? {
        (try? UserFile.readRegular("\(path)/\(file)")).map { SHA256.digits(of: $0) }
    }
}
