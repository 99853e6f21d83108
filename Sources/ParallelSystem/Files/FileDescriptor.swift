#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An open file, pipe or device, closed when the value goes out of scope.
///
/// Every error of this folder names the path and the system's reason.
package struct FileDescriptor: ~Copyable, Sendable {
    /// For system calls and C functions, which must neither close it nor keep it.
    package let number: Int32
    private let path: String

    /// Takes over an open descriptor that a system call has returned; nothing else may close it.
    package init(owning number: Int32, reportedAs path: String) {
        self.number = number
        self.path = path
    }

    /// Opens `path` (open(2)), closed on exec; errors name `shownPath` instead, if given.
    package init(path: String, flags: Int32, mode: UInt16 = 0, reportedAs shownPath: String? = nil) throws(FileError) {
        let number = open(path, flags | O_CLOEXEC, mode_t(mode))
        if number < 0 { throw FileError(path: shownPath ?? path, errno: errno) }
        self.init(owning: number, reportedAs: shownPath ?? path)
    }

    /// Opens a pipe or a device for writing; the last part of `path` must not be a link. Calls `wait` repeatedly until
    /// the pipe has a reader.
    package init(
        streamingTo path: String, isPipe: Bool, reportedAs shownPath: String, wait: () throws -> Void
    ) throws {
        while true {
            do throws(FileError) {
                try self.init(
                    path: path, flags: O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, reportedAs: shownPath)
                return
            } catch {
                guard isPipe && error.number == ENXIO || error.number == EINTR else { throw error }
            }
            try wait()
        }
    }

    /// Creates a file without a name in the folder for temporary files; it disappears with this value.
    init(namelessIn directory: String, reportedAs shownPath: String) throws(FileError) {
        let tag = String(UInt64.random(in: .min ... .max), radix: 36)
        let name = "\(directory)/parallel-\(tag)"
        let number = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600 as mode_t)
        if number < 0 {
            throw FileError(path: shownPath, errno: errno, advice: "set TMPDIR to a folder that takes files")
        }
        unlink(name)
        self.init(owning: number, reportedAs: shownPath)
    }

    /// Duplicates `inherited`, which the caller of the program has opened for writing, with its file position and its
    /// append mode.
    package init(sharing inherited: Int32, reportedAs path: String) throws(FileError) {
        let flags = fcntl(inherited, F_GETFL)
        // Descriptors that this program has opened itself are close-on-exec.
        let isInherited = inherited <= STDERR_FILENO || fcntl(inherited, F_GETFD) & FD_CLOEXEC == 0
        guard flags >= 0, isInherited else { throw FileError(path: path, errno: EBADF) }
        guard flags & O_ACCMODE != O_RDONLY else { throw FileError(path: path, reason: "it is not open for writing") }
        let number = fcntl(inherited, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        if number < 0 { throw FileError(path: path, errno: errno) }
        self.init(owning: number, reportedAs: path)
    }

    deinit { close(number) }

    package var isTerminal: Bool { isatty(number) == 1 }

    /// Returns type, owner, size and permission bits (fstat(2)).
    func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw FileError(path: path, errno: errno) }
        return status
    }

    /// Whether the file's file system is mounted read-only.
    func isOnReadOnlyFileSystem() throws(FileError) -> Bool {
        var system = statvfs()
        guard fstatvfs(number, &system) == 0 else { throw FileError(path: path, errno: errno) }
        return system.f_flag & UInt(ST_RDONLY) != 0
    }

    /// Reads to the end; throws if there are more than `limit` bytes.
    package func readAll(upTo limit: Int = .max) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let chunk = try read(upTo: 1 << 16)
            if chunk.isEmpty { return bytes }
            bytes += chunk
            if bytes.count > limit { throw FileError(path: path, reason: "larger than \(limit) bytes") }
        }
    }

    /// Reads the next bytes, up to `count`, and waits if there are none; returns an empty array at the end.
    package func read(upTo count: Int) throws(FileError) -> [UInt8] {
        try reporting { () throws(SystemError) in try Self.read(upTo: count, from: number) }
    }

    /// Writes all of `bytes` behind what was written before. SIGPIPE must be ignored or blocked.
    package func write(_ bytes: some Collection<UInt8>) throws(FileError) {
        try reporting { () throws(SystemError) in try Self.write(bytes, to: number) }
    }

    /// Writes all of `bytes` at a position in the file.
    func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                pwrite(number, $0.baseAddress, $0.count, off_t(offset + written))
            }
            if count >= 0 { written += count } else if errno != EINTR { throw FileError(path: path, errno: errno) }
        }
    }

    /// Reads `count` bytes at a position in the file; returns fewer only at its end.
    func read(at offset: Int, upTo count: Int) throws(FileError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableBufferPointer(rebasing: buffer[filled..<count])
                let result = pread(number, rest.baseAddress, rest.count, off_t(offset + filled))
                if result > 0 {
                    filled += result
                } else if result == 0 {
                    break
                } else if errno != EINTR {
                    code = errno
                    break
                }
            }
        }
        if code != 0 { throw FileError(path: path, errno: code) }
        return bytes
    }

    /// Shortens the file to `size` bytes, or extends it with zeros.
    func truncate(to size: Int) throws(FileError) {
        guard ftruncate(number, off_t(size)) == 0 else { throw FileError(path: path, errno: errno) }
    }

    /// Reserves room for `size` bytes, so that a full disk can't interrupt overwriting a file half way. If it throws,
    /// the file is as before. Does nothing where the system can't reserve room.
    func reserve(_ size: Int) throws(FileError) {
        #if !canImport(Darwin)
            let oldSize = try status().st_size
            let code = posix_fallocate(number, 0, off_t(size))
            guard [ENOSPC, EDQUOT, EFBIG].contains(code) else { return }
            _ = ftruncate(number, oldSize)
            throw FileError(path: path, errno: code)
        #endif
    }

    private func reporting<Value>(_ work: () throws(SystemError) -> Value) throws(FileError) -> Value {
        do {
            return try work()
        } catch {
            throw FileError(path: path, errno: error.code)
        }
    }

    /// Copies owner, group, permission bits and access control list of another file, as far as this process may: nobody
    /// but the owner gets more access than before.
    func copyAttributes(of other: stat, at path: String) {
        let mode = other.st_mode & 0o777
        let hasGroup =
            fchown(number, other.st_uid, other.st_gid) == 0 || fchown(number, uid_t.max, other.st_gid) == 0
        do throws(SystemError) {
            // This file may have inherited a list from the folder; the bits would then admit those whom that list
            // names.
            try AccessList.remove(from: number)
            guard let list = try AccessList(path: path) else {
                // If the group differs, it gets only what everybody has, not what the other group had. Errors are
                // ignored, because not every file system has permission bits.
                fchmod(number, hasGroup ? mode : mode & (0o707 | (mode & 0o007) << 3))
                return
            }
            guard hasGroup else { throw SystemError(code: EPERM) }
            try list.set(on: number)
        } catch {
            // Without the list it is unknown whom the bits of the group and of all others were meant for.
            fchmod(number, mode & 0o700)
        }
    }

    /// Takes the lock, which is released with this value. Returns false if another process holds it or the file system
    /// has no locks.
    func takeLock() -> Bool { flock(number, LOCK_EX | LOCK_NB) == 0 }

    /// Takes the lock like `takeLock`, but returns true where the file system has no locks.
    func tryLock() -> Bool { takeLock() || errno != EWOULDBLOCK && errno != EINTR }

    /// Waits for the lock, which is released with this value.
    ///
    /// Anybody who can open a file can lock it, so this goes ahead without the lock after two seconds. It does so at
    /// once where the file system has no locks.
    func lock() {
        for _ in 0..<100 {
            if tryLock() { return }
            usleep(20_000)
        }
    }

    /// Waits until the contents are on the disk.
    package func synchronize() throws(FileError) {
        while fsync(number) != 0 {
            // Pipes and some file systems can't be synchronised.
            if [EINVAL, EROFS, ENOTSUP, ENOSYS].contains(errno) { return }
            if errno != EINTR { throw FileError(path: path, errno: errno) }
        }
    }
}
