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
        for part in path.split(separator: "/") {
            prefix += "/" + part
            if mkdir(prefix, 0o700) != 0, errno != EEXIST, errno != EISDIR {
                throw FileError(path: prefix, errno: errno)
            }
        }
    }
}
