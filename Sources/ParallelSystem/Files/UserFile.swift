#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads of the user's files, with extra checks for files that hold a secret.
package enum UserFile {
    /// The maximum size of a file that is read whole, in bytes.
    package static let limit = 64 << 20

    /// Reads a file, pipe or device. Throws `FileError`, also for a directory or for more than `limit` bytes.
    package static func read(_ path: String, upTo limit: Int = limit) throws(FileError) -> [UInt8] {
        try open(path).readAll(upTo: limit)
    }

    private static let isTerminalInUse = Lock(false)

    /// Refuses terminals and pipes from now on: the lines that a person types at a prompt would be read from the one,
    /// and a pipe without a writer could not be given up.
    package static func leaveTerminalToPrompt() { isTerminalInUse.withLock { $0 = true } }

    /// Opens a file, pipe or device that the user has named. Throws `FileError`, also for a directory.
    private static func open(_ path: String) throws(FileError) -> FileDescriptor {
        let isTerminalInUse = isTerminalInUse.withLock(\.self)
        let file = try FileDescriptor(path: path, flags: O_RDONLY | (isTerminalInUse ? O_NONBLOCK | O_NOCTTY : 0))
        let kind = try file.status().st_mode & S_IFMT
        if kind == S_IFDIR { throw FileError(path: path, reason: "it is a directory") }
        if isTerminalInUse, kind == S_IFIFO || file.isTerminal {
            throw FileError(path: path, reason: "a terminal or a pipe can't be read where lines are typed")
        }
        return file
    }

    /// Calls `body` with the file's contents, piece by piece, without a size limit. Throws `CancellationError` once the
    /// task is cancelled.
    package static func read(_ path: String, inPieces body: (_ piece: [UInt8]) throws -> Void) throws {
        let file = try open(path)
        while case let piece = try file.read(upTo: 1 << 16), !piece.isEmpty {
            try Task.checkCancellation()
            try body(piece)
        }
    }

    /// Reads a regular file and refuses anything else, without ever waiting for a pipe or a terminal.
    package static func readRegular(_ path: String, upTo limit: Int = limit) throws(FileError) -> [UInt8] {
        let file = try FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        switch try file.status().st_mode & S_IFMT {
        case S_IFREG: return try file.readAll(upTo: limit)
        case S_IFDIR: throw FileError(path: path, reason: "it is a directory")
        default: throw FileError(path: path, reason: "it is not a regular file")
        }
    }

    /// The maximum size of a file that holds a secret, in bytes.
    package static let secretLimit = 1 << 16

    /// The folders where containers mount secrets. These belong to root and are readable by all (`docker service create
    /// --secret`).
    package static let secretFolders = ["/run/secrets/", "/var/run/secrets/"]

    /// Reads a file that holds a secret. Refuses one that anybody but its owner can read, unless a container mounted
    /// it: on a read-only file system, or as root's unwritable file in one of `folders`.
    package static func readSecret(
        _ path: String, mountedIn folders: [String] = secretFolders
    ) throws(FileError) -> String {
        let file = try open(path)
        let status = try file.status()
        // A pipe, such as <(command), can't be read by others.
        if status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 {
            let isReadOnly = try file.isOnReadOnlyFileSystem()
            let isRoots = status.st_uid == 0 && status.st_mode & 0o222 == 0
            guard isReadOnly || isRoots && folders.contains(where: { isWithin($0, path) }) else {
                throw FileError(
                    path: path, reason: "others can read it", remedy: remedy(for: path, ownedBy: status.st_uid))
            }
        }
        guard let text = String(validating: try file.readAll(upTo: secretLimit), as: UTF8.self) else {
            throw FileError(path: path, reason: "it is not text")
        }
        return text
    }

    /// Reads a file that this program has written for the user alone. Refuses a link, another user's file, and one that
    /// others can read.
    package static func readPrivate(_ path: String) throws(FileError) -> [UInt8] {
        try openPrivate(path).readAll(upTo: limit)
    }

    /// Throws the same for a file that is about to be written.
    package static func checkPrivate(_ path: String) throws(FileError) { _ = try openPrivate(path) }

    /// Appends lines to a file of the user alone, which is made if there is none. Refuses what `readPrivate` refuses.
    /// They are written at once, so that those of several processes don't mix; a line that broke off before gets its
    /// end.
    package static func appendPrivate(_ lines: [UInt8], to path: String) throws(FileError) {
        let file = try openPrivate(path, O_RDWR | O_APPEND | O_CREAT)
        if lines.isEmpty { return }
        let size = Int(try file.status().st_size)
        let isTorn = size > 0 ? try file.read(at: size - 1, upTo: 1) != [0x0A] : false
        try file.write(isTorn ? [0x0A] + lines : lines)
    }

    private static func openPrivate(_ path: String, _ flags: Int32 = O_RDONLY) throws(FileError) -> FileDescriptor {
        let file: FileDescriptor
        do throws(FileError) {
            file = try FileDescriptor(path: path, flags: flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode: 0o600)
        } catch {
            // That is what opening a link fails with.
            throw error.number == ELOOP ? FileError(path: path, reason: "it is a link, not a file") : error
        }
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path: path, reason: "it is not a regular file")
        }
        guard status.st_uid == geteuid() else { throw FileError(path: path, reason: "it belongs to somebody else") }
        guard status.st_mode & 0o077 == 0 else {
            throw FileError(path: path, reason: "others can read it", remedy: .makePrivate(path: path))
        }
        return file
    }

    /// Reads a file that decides what the program does, without ever waiting for a pipe or a terminal. Returns nil if
    /// there is none, or if this user may not look for it, as in another user's home. Of anything but a regular
    /// file, such as /dev/null, nothing is read. Refuses a file that somebody else can change.
    ///
    /// - Parameter isOfMachine: whether it is for all users, so that one which may not be looked for is an error.
    package static func readTrusted(_ path: String, isOfMachine: Bool = false) throws(FileError) -> [UInt8]? {
        let file: FileDescriptor
        do throws(FileError) {
            file = try FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        } catch {
            if [ENOENT, ENOTDIR].contains(error.number) { return nil }
            guard error.number == EACCES else { throw error }
            // One that is there may forbid something.
            if isOfMachine || exists(path) { throw FileError(path: path, reason: error.reason) }
            return nil
        }
        let status = try file.status()
        if status.st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, reason: "it is a directory") }
        // /dev/null has nothing in it.
        if status.st_mode & S_IFMT == S_IFCHR { return [] }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path: path, reason: "it is not a regular file")
        }
        guard [0, geteuid()].contains(status.st_uid) else {
            throw FileError(path: path, reason: "it belongs to somebody else")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw FileError(path: path, reason: "others can change it", remedy: .makePrivate(path: path))
        }
        return try file.readAll(upTo: secretLimit)
    }

    /// Throws unless `path` is a folder of the user that nobody else can use.
    package static func requirePrivateFolder(_ path: String) throws(FileError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw FileError(path: path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw FileError(path: path, reason: "it is not a folder") }
        guard status.st_uid == geteuid() else { throw FileError(path: path, reason: "it belongs to somebody else") }
        guard status.st_mode & 0o077 == 0 else {
            throw FileError(path: path, reason: "others can use it", remedy: .makeFolderPrivate(path: path))
        }
    }

    private static func remedy(for path: String, ownedBy owner: uid_t) -> FileError.Remedy {
        let isDescriptor = if case .descriptor = try? FileTarget(path) { true } else { false }
        let name = isDescriptor ? nil : path
        return owner == geteuid() ? .makePrivate(path: name) : .copy(path: name)
    }

    /// Whether `path`, links resolved, is in a folder.
    private static func isWithin(_ folder: String, _ path: String) -> Bool {
        resolved(path)?.begins(with: folder) ?? false
    }

    /// Returns the absolute path with all links followed (realpath(3)); nil if nothing is there.
    package static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether two paths lead to the same file.
    package static func isSame(_ one: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(one, &first) == 0, stat(other, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// Whether a regular file, and no link, is at `path`.
    package static func isPlain(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether `path` leads to a regular file, which can be read repeatedly, unlike a pipe.
    package static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether this user may run the file at `path`.
    package static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 && isRegular(path) }

    /// Returns why the file at `path` can't be written to; nil if it can. A link counts as unwritable.
    static func writingError(_ path: String) -> FileError? {
        do throws(FileError) {
            _ = try FileDescriptor(path: path, flags: O_WRONLY | O_NOFOLLOW | O_NONBLOCK)
            return nil
        } catch {
            return error
        }
    }

    /// Removes the file at `path`, if there is one.
    package static func remove(_ path: String) { unlink(path) }

    /// Removes the file at `path`. Throws if it is still there, or if there is none.
    package static func delete(_ path: String) throws(FileError) {
        if unlink(path) != 0 { throw FileError(path: path, errno: errno) }
    }

    /// Whether a link is at `path`, even one to nowhere.
    package static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Whether `path` exists and is anything but an empty file.
    package static func isTaken(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && (status.st_mode & S_IFMT != S_IFREG || status.st_size > 0)
    }

    /// Whether `path` exists, also as a dangling link.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}
