import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that appears under its name only when it is whole: written beside it, synchronised, then renamed.
///
/// Dropped without `commit`, it leaves nothing behind.
package struct AtomicFile: ~Copyable {
    private let path: String
    private let temporaryPath: String
    private let file: FileDescriptor
    private var isCommitted = false

    /// Opens the temporary file, so that a directory that can't be written to is found out before any work is done.
    ///
    /// `mode` is subject to the umask; a link at `path` is written through, to its target.
    package init(path: String, mode: UInt16 = 0o666) throws(FileError) {
        let target = Self.resolvingLinks(path)
        let slash = target.lastPlace(of: "/")
        let directory = slash.map { String(target[..<$0]) + "/" } ?? ""
        let name = slash.map { String(target.halves(around: $0).1) } ?? target
        guard !name.isEmpty else { throw FileError(path: path, reason: "it is a directory") }
        var status = stat()
        // Renaming would put a file in the place of a device such as /dev/null.
        if stat(target, &status) != 0 {
            // Such as a name that is too long, which the temporary one is not.
            if errno != ENOENT { throw FileError(path: path, errno: errno) }
        } else if status.st_mode & S_IFMT != S_IFREG {
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            throw FileError(path: path, reason: isDirectory ? "it is a directory" : "it is not a regular file")
        }
        let tag = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporaryPath = "\(directory).\(String(decoding: name.utf8.prefix(80), as: UTF8.self)).\(tag).tmp"
        let file = try FileDescriptor(
            path: temporaryPath, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode_t(mode), reportedAs: path)
        Self.unfinished.withLock { _ = $0.insert(temporaryPath) }
        self.init(target: target, temporaryPath: temporaryPath, file: file)
    }

    private init(target: String, temporaryPath: String, file: consuming FileDescriptor) {
        path = target
        self.temporaryPath = temporaryPath
        self.file = file
    }

    deinit {
        if !isCommitted { unlink(temporaryPath) }
        Self.unfinished.withLock { _ = $0.remove(temporaryPath) }
    }

    private static let unfinished = Lock<Set<String>>([])

    /// Removes the temporary files of all values that are not committed: for a process that ends without releasing them.
    package static func removeUnfinished() {
        for path in unfinished.withLock({ $0 }) { unlink(path) }
    }

    /// Appends to the temporary file.
    package func write(_ bytes: [UInt8]) throws(FileError) {
        try file.write(bytes)
    }

    /// Gives the file exactly these permission bits, whatever the umask.
    package func setMode(_ mode: UInt16) throws(FileError) {
        try file.setMode(mode_t(mode))
    }

    /// Gives the file its name. Without `replacing`, a file that stands there by now stays, and this throws.
    package mutating func commit(replacing: Bool) throws(FileError) {
        try file.synchronize()
        if replacing {
            guard rename(temporaryPath, path) == 0 else { throw FileError(path: path, errno: errno) }
        } else {
            // link(2) fails where a name is taken; rename(2) would replace it.
            guard link(temporaryPath, path) == 0 else { throw FileError(path: path, errno: errno) }
            unlink(temporaryPath)
        }
        isCommitted = true
        // Whoever takes the file for safe may remove what it was made from. Not every directory can be synchronised.
        try? Directory.synchronize(Directory.containing(path))
    }

    private static func resolvingLinks(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
