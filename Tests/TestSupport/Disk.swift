import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A flock(2) on a file or folder, held as another process would.
package final class HeldLock: Sendable {
    private let descriptor: Lock<Int32?>

    /// Takes the lock; throws if it is held.
    package init(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw SystemCallFailed(call: "flock \(path)", code: errno)
        }
        self.descriptor = Lock(descriptor)
    }

    deinit { release() }

    /// Releases the lock; a second call does nothing.
    package func release() {
        descriptor.withLock { open in
            if let open { close(open) }
            open = nil
        }
    }
}

/// Reads what programs left on the disk.
package enum Disk {
    /// Returns the contents of a file; nil if there is none.
    package static func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return bytes
    }

    package static func text(_ path: String) -> String? { bytes(path).map { String(decoding: $0, as: UTF8.self) } }

    /// Returns how many descriptors of this process are open on a file or folder, also on other threads.
    package static func openCount(_ path: String) -> Int {
        var named = stat()
        guard stat(path, &named) == 0 else { return 0 }
        return (0..<Int32(4_096)).count { descriptor in
            var open = stat()
            return fstat(descriptor, &open) == 0 && open.st_ino == named.st_ino && open.st_dev == named.st_dev
        }
    }

    /// Makes a script one that can be run, by its owner alone.
    package static func makeExecutable(_ path: String) throws {
        guard chmod(path, 0o700) == 0 else { throw SystemError(code: errno) }
    }

    /// Returns the permission bits of a file; nil if there is none.
    package static func mode(_ path: String) -> UInt16? {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt16(status.st_mode & 0o7777) : nil
    }

    /// Returns the sorted names in a folder, including hidden ones.
    package static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
