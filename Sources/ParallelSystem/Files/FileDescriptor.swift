#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An open file that closes when it goes out of scope.
///
/// This folder holds what the program does with files; every call reports the path with the system's reason.
struct FileDescriptor: ~Copyable {
    let descriptor: Int32
    private let path: String

    /// Errors name the file `reportedAs`, where that is not the path that is opened.
    init(path: String, flags: Int32, mode: mode_t = 0, reportedAs shownPath: String? = nil) throws(FileError) {
        descriptor = open(path, flags | O_CLOEXEC, mode)
        self.path = shownPath ?? path
        if descriptor < 0 { throw FileError(path: self.path, errno: errno) }
    }

    /// Makes a file without a name in the folder for temporary files; it ends with this value.
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

    /// Another number for what `number` is open on.
    init(duplicating number: Int32, reportedAs path: String) throws(FileError) {
        descriptor = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        self.path = path
        if descriptor < 0 { throw FileError(path: path, errno: errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Type, owner and permission bits.
    func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, errno: errno) }
        return status
    }

    /// Whether nobody can change the file, as it is mounted so.
    func isOnReadOnlyFileSystem() throws(FileError) -> Bool {
        var system = statvfs()
        guard fstatvfs(descriptor, &system) == 0 else { throw FileError(path: path, errno: errno) }
        return system.f_flag & UInt(ST_RDONLY) != 0
    }

    /// Reads to the end; refuses more than `limit` bytes.
    func readAll(upTo limit: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let chunk = try read(upTo: 1 << 16)
            if chunk.isEmpty { return bytes }
            bytes += chunk
            if bytes.count > limit { throw FileError(path: path, reason: "larger than \(limit) bytes") }
        }
    }

    /// The next bytes, at most `count`; empty at the end.
    func read(upTo count: Int) throws(FileError) -> [UInt8] {
        try reporting { () throws(SystemError) in try Descriptor.read(upTo: count, from: descriptor) }
    }

    /// Writes all of `bytes` at a place in the file.
    func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset + written))
            }
            if count >= 0 { written += count } else if errno != EINTR { throw FileError(path: path, errno: errno) }
        }
    }

    /// Reads at most `count` bytes at a place in the file; fewer only at its end.
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

    /// Cuts the file off, or fills it up with zeros.
    func truncate(to size: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw FileError(path: path, errno: errno) }
    }

    /// Makes room for `size` bytes, so that a full disk can't interrupt the overwriting of a file half way. Throws
    /// with the file as it was; does nothing where the system can't tell.
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

    /// Owner, group, permission bits and access control list like those of another file, as far as this process may
    /// give them: nobody but the owner gets more than they had.
    func imitate(_ other: stat, at path: String) {
        let mode = other.st_mode & 0o777
        let hasGroup =
            fchown(descriptor, other.st_uid, other.st_gid) == 0 || fchown(descriptor, uid_t.max, other.st_gid) == 0
        do throws(SystemError) {
            // The folder may have given one to this file, and the bits would let in who is named there.
            try AccessList.remove(from: descriptor)
            guard let list = try AccessList(path: path) else {
                // Another group must not get what that one had: it gets what everybody has. Not every file system has
                // such bits.
                fchmod(descriptor, hasGroup ? mode : mode & (0o707 | (mode & 0o007) << 3))
                return
            }
            guard hasGroup else { throw SystemError(code: EPERM) }
            try list.set(on: descriptor)
        } catch {
            // Without the list nobody knows whom the bits of the group and of all others were meant for.
            fchmod(descriptor, mode & 0o700)
        }
    }

    /// Takes the lock, which ends with this value; false if another process has it, or if there are no locks here.
    func takeLock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Takes the lock, which ends with this value; false if another process has it.
    func tryLock() -> Bool { takeLock() || errno != EWOULDBLOCK && errno != EINTR }

    /// Waits until no other process holds the lock, which ends with this value.
    ///
    /// Anybody who can open a file can lock it, so this gives up after two seconds, and where there are no locks at
    /// all.
    func lock() {
        for _ in 0..<100 {
            if tryLock() { return }
            usleep(20_000)
        }
    }

    package func synchronize() throws(FileError) {
        while fsync(descriptor) != 0 {
            // A pipe, and some file systems, have nothing that could be waited for.
            if [EINVAL, EROFS, ENOTSUP, ENOSYS].contains(errno) { return }
            if errno != EINTR { throw FileError(path: path, errno: errno) }
        }
    }
}
