import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A home and a git working tree with registry files of MCP servers, deleted with this object.
package final class RegistryFixture: Sendable {
    private let root: TemporaryDirectory
    package var home: String { root.file("home") }
    package var tree: String { root.file("tree") }
    package var userFile: String { home + "/.config/parallel/mcp.json" }
    package var projectFile: String { tree + "/.mcp.json" }

    /// Creates the folders and the files that are given.
    package init(user: String? = nil, project: String? = nil) throws {
        root = try TemporaryDirectory()
        for directory in ["home", "tree", "tree/.git", "tree/sub", "tree/sub/deep"] {
            try makeDirectory(root.file(directory))
        }
        if let user {
            mkdir(home + "/.config", 0o700)
            mkdir(home + "/.config/parallel", 0o700)
            try write(user, to: userFile)
        }
        if let project { try write(project, to: projectFile) }
    }

    package func write(_ text: String, to path: String, mode: UInt16 = 0o644) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode_t(mode))
        guard descriptor >= 0 else { throw SystemCallFailed(call: "open \(path)", code: errno) }
        defer { close(descriptor) }
        // The umask limits the mode of a new file, and an existing file keeps its mode.
        fchmod(descriptor, mode_t(mode))
        FileDescriptor.feed(Array(text.utf8), to: descriptor)
    }

    package func makeLink(at path: String, to target: String) throws {
        guard symlink(target, path) == 0 else { throw SystemCallFailed(call: "symlink \(path)", code: errno) }
    }

    package func makePipe(at path: String) throws {
        guard mkfifo(path, 0o644) == 0 else { throw SystemCallFailed(call: "mkfifo \(path)", code: errno) }
    }

    package func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o755) == 0 else { throw SystemCallFailed(call: "mkdir \(path)", code: errno) }
    }

    /// Whether `giveAway` works here, usually only for root.
    package static var canGiveAway: Bool {
        guard let fixture = try? RegistryFixture() else { return false }
        return (try? fixture.giveAway(fixture.tree)) != nil
    }

    /// Changes the owner of a directory to another user.
    package func giveAway(_ path: String) throws {
        guard chown(path, 12_345, 12_345) == 0 else { throw SystemCallFailed(call: "chown \(path)", code: errno) }
    }

    /// The permission bits.
    package func mode(_ path: String) -> UInt16 {
        Disk.mode(path) ?? 0
    }

    package func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}
