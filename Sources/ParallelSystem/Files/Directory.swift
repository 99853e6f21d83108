#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Directories of the user.
package enum Directory {
    /// Makes `path` and what is missing above it, readable by the user alone.
    package static func create(_ path: String) throws(FileError) {
        var prefix = ""
        for part in path.parts(between: "/") where !part.isEmpty {
            prefix += "/" + part
            if mkdir(prefix, 0o700) != 0, errno != EEXIST, errno != EISDIR {
                throw FileError(path: prefix, errno: errno)
            }
        }
    }

    /// The folder that the file at `path` is in.
    package static func containing(_ path: String) -> String {
        guard let slash = path.lastPlace(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Waits until the names in a folder are safe on the disk.
    package static func synchronize(_ path: String) throws(FileError) {
        try FileDescriptor(path: path, flags: O_RDONLY | O_DIRECTORY).synchronize()
    }

    /// Carries out `body` while no other process does the same for this directory.
    ///
    /// The lock is on the directory itself, as a file that is replaced by renaming can't carry one.
    package static func locked<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        let directory = try FileDescriptor(path: path, flags: O_RDONLY | O_DIRECTORY)
        directory.lock()
        let result = try body()
        _ = consume directory
        return result
    }
}
