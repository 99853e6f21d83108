#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Directories of the user.
package enum Directory {
    /// Creates `path` and its missing parents, readable by the user alone.
    package static func create(_ path: String) throws(FileError) {
        var prefix = ""
        for part in path.parts(between: "/") where !part.isEmpty {
            prefix += "/" + part
            if mkdir(prefix, 0o700) != 0, errno != EEXIST, errno != EISDIR {
                throw FileError(path: prefix, errno: errno)
            }
        }
    }

    /// Returns the folder that holds the file at `path`.
    package static func containing(_ path: String) -> String {
        guard let slash = path.lastPlace(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Returns the names of the entries of a directory, hidden ones left out; none if it can't be read.
    package static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
            }
            if let name, !name.begins(with: ".") { names.append(name) }
        }
        return names
    }

    /// Waits until the directory's entries are on the disk (fsync(2)).
    package static func synchronize(_ path: String) throws(FileError) {
        try FileDescriptor(path: path, flags: O_RDONLY | O_DIRECTORY).synchronize()
    }

    /// Runs `body` while holding a lock that excludes other processes from this directory.
    ///
    /// The lock is on the directory, because a file that is replaced by renaming would lose its lock.
    package static func locked<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        let directory = try FileDescriptor(path: path, flags: O_RDONLY | O_DIRECTORY)
        directory.lock()
        let result = try body()
        _ = consume directory
        return result
    }
}
