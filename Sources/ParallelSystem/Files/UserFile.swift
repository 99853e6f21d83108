#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files of the user: read whole, and read with care where they hold a secret.
package enum UserFile {
    /// The most that is read of one file, in bytes.
    package static let limit = 64 << 20

    /// Reads anything but a directory, a pipe or a device too. Throws `FileError`, also for more than `limit`.
    package static func read(_ path: String, upTo limit: Int = limit) throws(FileError) -> [UInt8] {
        let file = try FileDescriptor(path: path, flags: O_RDONLY)
        if try file.status().st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, reason: "it is a directory") }
        return try file.readAll(upTo: limit)
    }

    /// Hands the file to `body` in pieces, however long it is. Throws `CancellationError` once the task is cancelled.
    package static func read(_ path: String, inPieces body: (_ piece: [UInt8]) throws -> Void) throws {
        let file = try FileDescriptor(path: path, flags: O_RDONLY)
        if try file.status().st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, reason: "it is a directory") }
        while case let piece = try file.read(upTo: 1 << 16), !piece.isEmpty {
            try Task.checkCancellation()
            try body(piece)
        }
    }

    /// Reads a regular file and nothing else: opened like this, a pipe or a terminal can't make anybody wait.
    package static func readRegular(_ path: String, upTo limit: Int = limit) throws(FileError) -> [UInt8] {
        let file = try FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        switch try file.status().st_mode & S_IFMT {
        case S_IFREG: return try file.readAll(upTo: limit)
        case S_IFDIR: throw FileError(path: path, reason: "it is a directory")
        default: throw FileError(path: path, reason: "it is not a regular file")
        }
    }

    /// The most that a file with a secret may hold, in bytes.
    package static let secretLimit = 1 << 16

    /// Where containers mount secrets, which there belong to root and are readable for all (`docker service create
    /// --secret`).
    package static let secretFolders = ["/run/secrets/", "/var/run/secrets/"]

    /// Reads a file with a secret in it; refuses one that anybody but its owner can read, unless a container mounted
    /// it: on a file system that is read-only, or root's and without permission to write in one of `folders`.
    package static func readSecret(
        _ path: String, mountedIn folders: [String] = secretFolders
    ) throws(FileError) -> String {
        let file = try FileDescriptor(path: path, flags: O_RDONLY)
        let status = try file.status()
        if status.st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, reason: "it is a directory") }
        // A pipe, such as <(command), has no readers but its two ends.
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

    private static func remedy(for path: String, ownedBy owner: uid_t) -> FileError.Remedy {
        let isDescriptor = if case .descriptor = try? FileTarget(path) { true } else { false }
        let name = isDescriptor ? nil : path
        return owner == geteuid() ? .makePrivate(path: name) : .copy(path: name)
    }

    /// Whether the file that `path` leads to is in a folder.
    private static func isWithin(_ folder: String, _ path: String) -> Bool {
        guard let real = realpath(path, nil) else { return false }
        defer { free(real) }
        return String(cString: real).begins(with: folder)
    }

    /// Whether two paths lead to one file.
    package static func isSame(_ one: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(one, &first) == 0, stat(other, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// Whether there is a file that can be read again and again, unlike a pipe.
    package static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Why what stands at `path` can't be written to, where a link can't ever; nil if it can.
    static func writingError(_ path: String) -> FileError? {
        do throws(FileError) {
            _ = try FileDescriptor(path: path, flags: O_WRONLY | O_NOFOLLOW | O_NONBLOCK)
            return nil
        } catch {
            return error
        }
    }

    /// Whether anything but an empty file stands at `path`.
    package static func isTaken(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && (status.st_mode & S_IFMT != S_IFREG || status.st_size > 0)
    }

    /// Whether anything stands at `path`, a dangling link included.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}
