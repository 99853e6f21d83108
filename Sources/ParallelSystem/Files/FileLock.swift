#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A lock between processes, and between tasks of one, on a file that is made for it and stays (flock(2)).
package struct FileLock: ~Copyable, Sendable {
    private let file: FileDescriptor

    /// Opens the file, and makes it if needed.
    package init(path: String) throws(FileError) {
        file = try FileDescriptor(path: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
    }

    /// Takes the lock; returns false if somebody else holds it. Returns true where the file system has no locks.
    package func take() -> Bool { file.tryLock() }

    /// Takes the lock once nobody else holds it; returns false if that takes longer than so many milliseconds.
    package func wait(milliseconds: Int) -> Bool {
        for _ in 0..<max(1, milliseconds / 5) {
            if take() { return true }
            usleep(5_000)
        }
        return false
    }

    /// Releases the lock, which also happens with the end of this value.
    package func release() { flock(file.number, LOCK_UN) }
}
