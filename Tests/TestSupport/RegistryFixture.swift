#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A home and a git working tree with registry files of MCP servers; gone with this value.
package final class RegistryFixture: Sendable {
    package struct SetupError: Error {
        let path: String
    }

    private let root: String
    package var home: String { root + "/home" }
    package var tree: String { root + "/tree" }
    package var userFile: String { home + "/.config/parallel/mcp.json" }
    package var projectFile: String { tree + "/.mcp.json" }

    /// Writes the two files where they are given.
    package init(user: String? = nil, project: String? = nil) throws {
        root = "/tmp/registry-\(UInt64.random(in: .min ... .max))"
        for directory in ["", "/home", "/tree", "/tree/.git", "/tree/sub", "/tree/sub/deep"] {
            guard mkdir(root + directory, 0o755) == 0 else { throw SetupError(path: root + directory) }
        }
        if let user {
            mkdir(home + "/.config", 0o700)
            mkdir(home + "/.config/parallel", 0o700)
            try write(user, to: userFile)
        }
        if let project { try write(project, to: projectFile) }
    }

    deinit { Self.remove(root) }

    package func write(_ text: String, to path: String, mode: UInt16 = 0o644) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode_t(mode))
        guard descriptor >= 0 else { throw SetupError(path: path) }
        defer { close(descriptor) }
        var text = text
        let written = text.withUTF8 { systemWrite(descriptor, $0.baseAddress, $0.count) }
        guard written == text.utf8.count, fchmod(descriptor, mode_t(mode)) == 0 else { throw SetupError(path: path) }
    }

    /// Nil where there is no file.
    package func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = bytes.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
        return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
    }

    package func makeLink(at path: String, to target: String) throws {
        guard symlink(target, path) == 0 else { throw SetupError(path: path) }
    }

    package func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o755) == 0 else { throw SetupError(path: path) }
    }

    /// Makes a directory somebody else's; false where only root could.
    package func giveAway(_ path: String) -> Bool { chown(path, 12_345, 12_345) == 0 }

    /// The permission bits.
    package func mode(_ path: String) -> UInt16 {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt16(status.st_mode & 0o7777) : 0
    }

    package func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    package func names(in directory: String) -> [String] { Self.names(in: directory).sorted() }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        for name in names(in: path) { remove(path + "/" + name) }
        rmdir(path)
    }
}

/// write(2) and read(2), whose names the methods above hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    bytes.map { write(descriptor, $0, count) } ?? 0
}

private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    bytes.map { read(descriptor, $0, count) } ?? 0
}
