#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An open file, closed when the value goes out of scope.
///
/// Every error of this folder names the path and the system's reason.
struct FileDescriptor: ~Copyable {
    let descriptor: Int32
    private let path: String

    /// Opens `path`; errors name `shownPath` instead, if given.
    init(path: String, flags: Int32, mode: mode_t = 0, reportedAs shownPath: String? = nil) throws(FileError) {
        descriptor = open(path, flags | O_CLOEXEC, mode)
        self.path = shownPath ?? path
        if descriptor < 0 { throw FileError(path: self.path, errno: errno) }
    }

    /// Creates a file without a name in the folder for temporary files; it disappears with this value.
    init(namelessIn directory: String, reportedAs shownPath: String) throws(FileError) {
        let tag = String(UInt64.random(in: .min ... .max), radix: 36)
        let name = "\(directory)/parallel-\(tag)"
        descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600 as mode_t)
        path = shownPath
        if descriptor < 0 {
            throw FileError(path: shownPath, errno: errno, advice: "set TMPDIR to a folder that takes files")
        }
        unlink(name)
    }

    /// Duplicates the descriptor `number`.
    init(duplicating number: Int32, reportedAs path: String) throws(FileError) {
        descriptor = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        self.path = path
        if descriptor < 0 { throw FileError(path: path, errno: errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Returns type, owner, size and permission bits (fstat(2)).
    func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, errno: errno) }
        return status
    }

    /// Whether the file's file system is mounted read-only.
    func isOnReadOnlyFileSystem() throws(FileError) -> Bool {
        var system = statvfs()
        guard fstatvfs(descriptor, &system) == 0 else { throw FileError(path: path, errno: errno) }
        return system.f_flag & UInt(ST_RDONLY) != 0
    }

    /// Reads to the end; throws if there are more than `limit` bytes.
    func readAll(upTo limit: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let chunk = try read(upTo: 1 << 16)
            if chunk.isEmpty { return bytes }
            bytes += chunk
            if bytes.count > limit { throw FileError(path: path, reason: "larger than \(limit) bytes") }
        }
    }

    /// Reads the next bytes, up to `count`; returns an empty array at the end.
    func read(upTo count: Int) throws(FileError) -> [UInt8] {
        try reporting { () throws(SystemError) in try Descriptor.read(upTo: count, from: descriptor) }
    }

    /// Writes all of `bytes` at a position in the file.
    func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset + written))
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
                let result = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
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
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw FileError(path: path, errno: errno) }
    }

    /// Reserves room for `size` bytes, so that a full disk can't interrupt overwriting a file half way. If it throws,
    /// the file is as before. Does nothing where the system can't reserve room.
    func reserve(_ size: Int) throws(FileError) {
        #if !canImport(Darwin)
            let oldSize = try status().st_size
            let code = posix_fallocate(descriptor, 0, off_t(size))
            guard [ENOSPC, EDQUOT, EFBIG].contains(code) else { return }
            _ = ftruncate(descriptor, oldSize)
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
            fchown(descriptor, other.st_uid, other.st_gid) == 0 || fchown(descriptor, uid_t.max, other.st_gid) == 0
        do throws(SystemError) {
            // This file may have inherited a list from the folder; the bits would then admit those whom that list
            // names.
            try AccessList.remove(from: descriptor)
            guard let list = try AccessList(path: path) else {
                // If the group differs, it gets only what everybody has, not what the other group had. Errors are
                // ignored, because not every file system has permission bits.
                fchmod(descriptor, hasGroup ? mode : mode & (0o707 | (mode & 0o007) << 3))
                return
            }
            guard hasGroup else { throw SystemError(code: EPERM) }
            try list.set(on: descriptor)
        } catch {
            // Without the list it is unknown whom the bits of the group and of all others were meant for.
            fchmod(descriptor, mode & 0o700)
        }
    }

    /// Takes the lock, which is released with this value. Returns false if another process holds it or the file system
    /// has no locks.
    func takeLock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

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
        while fsync(descriptor) != 0 {
            // Pipes and some file systems can't be synchronised.
            if [EINVAL, EROFS, ENOTSUP, ENOSYS].contains(errno) { return }
            if errno != EINTR { throw FileError(path: path, errno: errno) }
        }
    }
}
