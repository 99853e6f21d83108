import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A new folder with mode 0700. It is deleted with its contents when the object is released, or earlier by `remove`.
package final class TemporaryDirectory: Sendable {
    /// The folder's path, with symbolic links resolved.
    package let path: String

    package init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/parallel-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, let resolved = realpath(&template, nil) else {
            throw SystemCallFailed(call: "mkdtemp", code: errno)
        }
        path = String(cString: resolved)
        free(resolved)
    }

    deinit { remove() }

    /// Returns the path of `name` in this folder.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Creates or replaces a file and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String, mode: UInt32 = 0o600) throws -> String {
        try write(Array(text.utf8), to: name, mode: mode)
    }

    /// Creates or replaces a file and returns its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String, mode: UInt32 = 0o600) throws -> String {
        let path = file(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw SystemCallFailed(call: "open \(path)", code: errno) }
        FileDescriptor.feed(bytes, to: descriptor)
        close(descriptor)
        return path
    }

    /// Deletes the folder; a second call does nothing.
    package func remove() { Self.remove(path) }

    /// Deletes a file, a symbolic link (not its target) or a folder with its contents.
    private static func remove(_ path: String) {
        if unlink(path) == 0 || errno == ENOENT { return }
        for name in Disk.names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
