#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file without a name, for code that reads files.
package struct ScratchFile: Sendable {
    private let descriptor: Int32
    package var path: String { "/dev/fd/\(descriptor)" }

    package init() {
        // In memory, where the system has such a folder.
        let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var name = Array("\(folder)/fuzz-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        require(descriptor >= 0, "a file can be made in \(folder)")
        unlink(name)
    }

    /// Makes `bytes` all that the file holds.
    package func fill(_ bytes: [UInt8]) {
        require(
            ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, "it is written")
        lseek(descriptor, 0, SEEK_SET)
    }
}
