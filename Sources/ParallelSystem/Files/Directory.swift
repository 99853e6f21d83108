#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Directories of the user.
package enum Directory {
    /// Creates `path` and its missing parents, by default readable by the user alone.
    ///
    /// - Parameter mode: permission bits, subject to the umask.
    package static func create(_ path: String, mode: UInt16 = 0o700) throws(FileError) {
        var prefix = path.begins(with: "/") ? "" : "."
        for part in path.parts(between: "/") where !part.isEmpty {
            prefix += "/" + part
            if mkdir(prefix, mode_t(mode)) != 0, errno != EEXIST, errno != EISDIR {
                throw FileError(path: prefix, errno: errno)
            }
        }
    }

    /// Returns the folder that holds the file at `path`.
    package static func containing(_ path: String) -> String {
        guard let slash = path.lastPlace(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Whether a folder, and no link to one, is at `path`.
    package static func isPlain(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a folder, or a link to one, is at `path`.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether the folder at `path` can be read and has nothing in it.
    package static func isEmpty(_ path: String) -> Bool {
        guard let directory = opendir(path) else { return false }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8), name != Array("..".utf8) { return false }
        }
        return true
    }

    /// Whether this user may make files in the folder at `path`.
    package static func isWritable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && access(path, W_OK | X_OK) == 0
    }

    /// Removes the folder at `path` if it is empty.
    package static func removeEmpty(_ path: String) { rmdir(path) }

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
