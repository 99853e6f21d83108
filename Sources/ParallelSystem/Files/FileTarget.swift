#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a path to be written to leads to, links followed.
package enum FileTarget: Equatable {
    /// A regular file, or a free name, such as the target of a dangling link.
    case file(path: String, exists: Bool)
    /// A named pipe, or a device such as /dev/null or a terminal, which is written to directly.
    case stream(path: String, isPipe: Bool)
    /// A descriptor of this process, such as /dev/stderr, or /dev/fd/63 of bash's `>(command)`.
    ///
    /// It is not opened by its path, because that would open the file it was redirected to at position 0.
    case descriptor(Int32)

    /// The most links in a row that Linux follows.
    private static let maximumLinks = 40

    /// Throws `FileError` for a folder, for what can't be written to, for circular links, and for a link that another
    /// user may have planted as a trap.
    package init(_ path: String) throws(FileError) {
        var target = path
        for _ in 0..<Self.maximumLinks {
            if let descriptor = Self.descriptor(named: target) {
                self = .descriptor(descriptor)
                return
            }
            var status = stat()
            guard lstat(target, &status) == 0 else {
                guard errno == ENOENT, target.utf8.last != UInt8(ascii: "/") else {
                    throw FileError(path: path, errno: errno)
                }
                self = .file(path: target, exists: false)
                return
            }
            switch status.st_mode & S_IFMT {
            case S_IFLNK:
                if Self.isInOtherProcess(target) {
                    throw FileError(path: path, reason: "it is open in another process only")
                }
                try Self.refusePlantedLink(target, ownedBy: status.st_uid, reportedAs: path)
                target = try Self.follow(target, reportedAs: path)
            case S_IFREG:
                self = .file(path: target, exists: true)
                return
            case S_IFIFO, S_IFCHR:
                guard access(target, W_OK) == 0 else { throw FileError(path: path, errno: errno) }
                self = .stream(path: target, isPipe: status.st_mode & S_IFMT == S_IFIFO)
                return
            case S_IFDIR: throw FileError(path: path, reason: "it is a directory")
            default: throw FileError(path: path, reason: "it is not a regular file")
            }
        }
        throw FileError(path: path, errno: ELOOP)
    }

    /// Throws for another user's link in a folder where everybody may create one, such as /tmp: its owner would choose
    /// the file that is written.
    ///
    /// This is the kernel's rule `protected_symlinks` (proc_sys_fs(5)), applied whether or not the kernel has it
    /// switched on. It covers the last part of a path, not its folders.
    private static func refusePlantedLink(
        _ link: String, ownedBy owner: uid_t, reportedAs path: String
    ) throws(FileError) {
        if owner == geteuid() { return }
        var folder = stat()
        guard stat(Directory.containing(link), &folder) == 0 else { throw FileError(path: path, errno: errno) }
        let isShared = folder.st_mode & (S_ISVTX | S_IWOTH) == S_ISVTX | S_IWOTH
        guard isShared, owner != folder.st_uid else { return }
        throw FileError(
            path: path,
            reason: "the link \(link) is another user's, in a folder where everybody may put one; "
                + "give the name of the file itself")
    }

    /// Returns the path that one link points to.
    private static func follow(_ link: String, reportedAs path: String) throws(FileError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        guard count > 0 else { throw FileError(path: path, errno: errno) }
        let bytes = buffer.prefix(count).map(UInt8.init(bitPattern:))
        guard let destination = String(validating: bytes, as: UTF8.self) else {
            throw FileError(path: path, reason: "it is a link to a name that is not valid UTF-8")
        }
        if bytes[0] == UInt8(ascii: "/") { return destination }
        return "\(Directory.containing(link))/\(destination)"
    }

    /// Returns the number of the descriptor that a path names; nil for any other path.
    private static func descriptor(named path: String) -> Int32? {
        switch path {
        case "/dev/stdin": return 0
        case "/dev/stdout": return 1
        case "/dev/stderr": return 2
        default: break
        }
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = slash.map { path.utf8[path.utf8.index(after: $0)...] } ?? path.utf8[...]
        guard !name.isEmpty, name.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int32(String(decoding: name, as: UTF8.self))
        else { return nil }
        let folder = Directory.containing(path)
        // Recognised by its name, because /proc may be missing.
        if folder == "/dev/fd" { return number }
        guard let resolved = UserFile.resolved(folder) else { return nil }
        if resolved == UserFile.resolved("/dev/fd") { return number }
        // The descriptors of the process or of one of its threads.
        guard let own = UserFile.resolved("/proc/self"), resolved.begins(with: own + "/") else { return nil }
        return resolved.ends(with: "/fd") ? number : nil
    }

    /// Whether a path names a descriptor that a command typed later won't have, such as /dev/fd/63 of bash's
    /// `>(command)`. Standard output and error are none of these: that command will have its own.
    package static func isOfThisProcess(_ path: String) -> Bool {
        guard case .descriptor(let number) = try? FileTarget(path) else { return false }
        return number != STDOUT_FILENO && number != STDERR_FILENO
    }

    /// Whether a link is a descriptor of another process. Writing there would replace the file, while that process
    /// keeps using the old one.
    private static func isInOtherProcess(_ link: String) -> Bool {
        guard let folder = UserFile.resolved(Directory.containing(link)) else { return false }
        return folder.begins(with: "/proc/") && folder.ends(with: "/fd")
    }
}
