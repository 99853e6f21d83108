#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that appears under its name only when it is whole: written beside it, synchronised, then renamed.
///
/// Dropped without `commit`, it leaves nothing behind; what a process that was killed has left, the next one for the
/// same file removes.
package struct AtomicFile: ~Copyable {
    /// Where the file is to be, links followed.
    package let path: String
    /// How many bytes were written.
    private var size = 0
    private let temporary: TemporaryFile
    private let keepsMode: Bool
    private var isSynchronized = false
    private var isCommitted = false

    /// Opens the temporary file, so that a directory that can't be written to is found out before any work is done.
    ///
    /// - Parameters:
    ///   - mode: permission bits, subject to the umask.
    ///   - keepsMode: whether the permission bits of a file that is replaced, its access control list and its owner
    ///     count instead.
    ///   - temporaryDirectory: where the contents are put if the folder takes no new file, but has the file and lets it
    ///     be written to: a container's mount. Nil: then this throws.
    package init(
        path: String, mode: UInt16 = 0o666, keepsMode: Bool = true, temporaryDirectory: String? = nil
    ) throws(FileError) {
        guard case .file(let target, let exists) = try FileTarget(path) else {
            throw FileError(path: path, reason: "it is not a regular file")
        }
        // Nobody else may read the contents before the file has the mode of the one it replaces.
        let temporaryMode = keepsMode && exists ? 0o600 : mode_t(mode)
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

    /// Throws for a file that could be neither replaced nor written in place in the end, as far as that shows before:
    /// one that nobody may change (`chattr +i`), or another user's in a folder like /tmp.
    package static func requireReplaceable(_ path: String) throws(FileError) {
        guard let error = UserFile.writingError(path) else { return }
        var (file, folder) = (stat(), stat())
        if error.number == EPERM {
            throw FileError(path: path, reason: "nobody may change it, as chattr(1) has it; give another name")
        }
        guard lstat(path, &file) == 0, stat(Directory.containing(path), &folder) == 0 else { return }
        // What root may do is not told by owners.
        let mayReplace = folder.st_mode & S_ISVTX == 0 || [0, file.st_uid, folder.st_uid].contains(geteuid())
        guard mayReplace else {
            throw FileError(path: path, reason: "it is another user's, who alone may replace it; give another name")
        }
    }

    /// Removes the temporary files of all values that are not committed: for a process that ends without releasing
    /// them.
    package static func removeUnfinished() { TemporaryFile.removeAll() }

    /// Appends to the temporary file: all of `bytes`, or what fails counts as not written.
    package mutating func write(_ bytes: [UInt8]) throws(FileError) {
        try temporary.file.write(bytes, at: size)
        size += bytes.count
    }

    /// All that was written so far, for another place.
    package func contents() throws(FileError) -> [UInt8] { try temporary.file.read(at: 0, upTo: size) }

    /// Moves the file to its name. Without `replacing`, throws where a file has come there meanwhile, which stays.
    ///
    /// What can be written to and not be replaced, as a mount, is written in place: that is not done in one step.
    package mutating func commit(replacing: Bool) throws(FileError) {
        var old = stat()
        // A link that has come there meanwhile is not looked through.
        let isReplacing = replacing && lstat(path, &old) == 0 && old.st_mode & S_IFMT == S_IFREG
        let replaced = isReplacing ? old : nil
        if keepsMode, let replaced { temporary.file.imitate(replaced, at: path) }
        try temporary.file.synchronize()
        isSynchronized = true
        guard replacing else { return try commit(as: path) }
        if let name = temporary.path, rename(name, path) == 0 { return didCommit(as: path) }
        let code = temporary.path == nil ? EBUSY : errno
        guard replaced != nil else { return try commit(as: path) }
        // EBUSY is a mount; the others are a file of somebody else's in a folder like /tmp.
        guard [EBUSY, EPERM, EACCES].contains(code) else { throw FileError(path: path, errno: code) }
        try copy(into: try FileDescriptor(path: path, flags: O_WRONLY | O_NOFOLLOW | O_NONBLOCK))
        temporary.remove()
        didCommit(as: path)
    }

    /// Moves the file to a name in its folder: its own, or another one after `commit(replacing:)` has failed. Throws if
    /// the name is taken, or if it is not sure that the contents are on the disk.
    package mutating func commit(as name: String) throws(FileError) {
        guard isSynchronized, let own = temporary.path else {
            throw FileError(path: name, reason: "it can't be written either")
        }
        do throws(SystemError) {
            try renameExclusively(own, to: name)
        } catch {
            if error.code == EEXIST { throw FileError(path: name, errno: error.code) }
            // Where that can't be done in one step, the name is taken by an empty file, which may be seen for a moment.
            let empty = try FileDescriptor(path: name, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            if rename(own, name) != 0 { try fill(empty, name, from: own) }
        }
        didCommit(as: name)
    }

    private func fill(_ empty: borrowing FileDescriptor, _ name: String, from own: String) throws(FileError) {
        do throws(FileError) {
            empty.imitate(try temporary.file.status(), at: own)
            try copy(into: empty)
            temporary.remove()
        } catch {
            unlink(name)
            throw error
        }
    }

    private mutating func didCommit(as name: String) {
        isCommitted = true
        temporary.forget()
        // Whoever takes the file for safe may remove what it was made from. Not every directory can be synchronised.
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
