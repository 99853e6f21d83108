#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that appears under its name only when it is whole: written beside it, synchronised, then renamed.
///
/// A value that is dropped without `commit` leaves nothing behind. What a killed process has left behind is removed
/// when the same file is next written.
package struct AtomicFile: ~Copyable {
    /// The path of the final file, links followed.
    package let path: String
    /// The number of bytes written so far.
    private var size = 0
    private let temporary: TemporaryFile
    private let keepsMode: Bool
    private var isSynchronized = false
    private var isCommitted = false

    /// Opens the temporary file, so that an unwritable directory is noticed before any work is done.
    ///
    /// - Parameters:
    ///   - mode: permission bits, subject to the umask.
    ///   - keepsMode: whether the new file takes permission bits, access control list and owner from a file that it
    ///     replaces.
    ///   - temporaryDirectory: where the contents wait if the folder accepts no new file but the existing file is
    ///     writable, as with a file that a container mounts. If nil, such a folder is an error.
    package init(
        path: String, mode: UInt16 = 0o666, keepsMode: Bool = true, temporaryDirectory: String? = nil
    ) throws(FileError) {
        guard case .file(let target, let exists) = try FileTarget(path) else {
            throw FileError(path: path, reason: "it is not a regular file")
        }
        // Nobody else may read the contents before the file has the mode of the one it replaces.
        let temporaryMode = keepsMode && exists ? 0o600 : mode
        let temporary: TemporaryFile
        do {
            temporary = try TemporaryFile(for: target, mode: temporaryMode, reportedAs: path)
        } catch {
            guard exists, let temporaryDirectory, UserFile.writingError(target) == nil else { throw error }
            do throws(FileError) {
                temporary = try TemporaryFile(namelessIn: temporaryDirectory, reportedAs: path)
            } catch {
                throw FileError(
                    path: path, reason: "its folder takes no new file, nor does \(temporaryDirectory): \(error.reason)")
            }
        }
        self.init(target: target, temporary: temporary, keepsMode: keepsMode)
    }

    private init(target: String, temporary: consuming TemporaryFile, keepsMode: Bool) {
        path = target
        self.temporary = temporary
        self.keepsMode = keepsMode
    }

    deinit { if !isCommitted { temporary.remove() } }

    /// Throws if the file can be neither replaced nor written in place, as far as that can be known in advance: an
    /// immutable file (`chattr +i`), or another user's in a folder like /tmp.
    package static func requireReplaceable(_ path: String) throws(FileError) {
        guard let error = UserFile.writingError(path) else { return }
        var (file, folder) = (stat(), stat())
        if error.number == EPERM {
            throw FileError(path: path, reason: "nobody may change it, as chattr(1) has it; give another name")
        }
        guard lstat(path, &file) == 0, stat(Directory.containing(path), &folder) == 0 else { return }
        // Owners don't limit what root may do.
        let mayReplace = folder.st_mode & S_ISVTX == 0 || [0, file.st_uid, folder.st_uid].contains(geteuid())
        guard mayReplace else {
            throw FileError(path: path, reason: "it is another user's, who alone may replace it; give another name")
        }
    }

    /// Removes the temporary files of all uncommitted values, for a process that ends without releasing them.
    package static func removeUnfinished() { TemporaryFile.removeAll() }

    /// Appends `bytes` to the temporary file; after an error none of them count as written.
    package mutating func write(_ bytes: [UInt8]) throws(FileError) {
        try temporary.file.write(bytes, at: size)
        size += bytes.count
    }

    /// Returns everything written so far, so that it can be saved elsewhere.
    package func contents() throws(FileError) -> [UInt8] { try temporary.file.read(at: 0, upTo: size) }

    /// Moves the file to its name. Without `replacing`, throws if a file has appeared under that name meanwhile, and
    /// leaves it alone.
    ///
    /// A file that can be written but not replaced, such as a mount, is overwritten in place, which is not atomic.
    package mutating func commit(replacing: Bool) throws(FileError) {
        var old = stat()
        // A link that has appeared there meanwhile is not followed.
        let isReplacing = replacing && lstat(path, &old) == 0 && old.st_mode & S_IFMT == S_IFREG
        let replaced = isReplacing ? old : nil
        if keepsMode, let replaced { temporary.file.copyAttributes(of: replaced, at: path) }
        try temporary.file.synchronize()
        isSynchronized = true
        guard replacing else { return try commit(as: path) }
        if let name = temporary.path, rename(name, path) == 0 { return didCommit(as: path) }
        let code = temporary.path == nil ? EBUSY : errno
        guard replaced != nil else { return try commit(as: path) }
        // EBUSY means a mount, the others another user's file in a folder like /tmp.
        guard [EBUSY, EPERM, EACCES].contains(code) else { throw FileError(path: path, errno: code) }
        try copy(into: try FileDescriptor(path: path, flags: O_WRONLY | O_NOFOLLOW | O_NONBLOCK))
        temporary.remove()
        didCommit(as: path)
    }

    /// Moves the file to a name in its folder: its own, or another one after `commit(replacing:)` has failed. Throws if
    /// the name is taken, or if the contents are not certain to be on the disk.
    package mutating func commit(as name: String) throws(FileError) {
        guard isSynchronized, let own = temporary.path else {
            throw FileError(path: name, reason: "it can't be written either")
        }
        do throws(SystemError) {
            try renameExclusively(own, to: name)
        } catch {
            if error.code == EEXIST { throw FileError(path: name, errno: error.code) }
            // Where the file system can't do that in one step, an empty file reserves the name; it may be seen for a
            // moment.
            let empty = try FileDescriptor(path: name, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            if rename(own, name) != 0 { try fill(empty, name, from: own) }
        }
        didCommit(as: name)
    }

    private func fill(_ empty: borrowing FileDescriptor, _ name: String, from own: String) throws(FileError) {
        do throws(FileError) {
            empty.copyAttributes(of: try temporary.file.status(), at: own)
            try copy(into: empty)
            temporary.remove()
        } catch {
            unlink(name)
            throw error
        }
    }

    private mutating func didCommit(as name: String) {
        isCommitted = true
        temporary.untrack()
        // A caller may delete the source once this file is safe on disk. Not every directory can be synchronised.
        try? Directory.synchronize(Directory.containing(name))
    }

    private func copy(into target: borrowing FileDescriptor) throws(FileError) {
        guard try target.status().st_mode & S_IFMT == S_IFREG else {
            throw FileError(path: path, reason: "it is not a regular file")
        }
        try target.reserve(size)
        var place = 0
        while case let piece = try temporary.file.read(at: place, upTo: 1 << 16), !piece.isEmpty {
            try target.write(piece, at: place)
            place += piece.count
        }
        try target.truncate(to: place)
        try target.synchronize()
    }
}
