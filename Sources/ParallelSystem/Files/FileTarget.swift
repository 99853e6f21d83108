#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a path leads to where something is to be written, links followed.
package enum FileTarget: Equatable {
    /// A regular file, or a name that is free, such as the one that a dangling link has.
    case file(path: String, exists: Bool)
    /// A pipe with a name, or a device such as /dev/null or a terminal, which takes what is written as it comes.
    case stream(path: String, isPipe: Bool)
    /// What this process has open already, such as /dev/stderr, or /dev/fd/63 of bash's `>(command)`.
    ///
    /// It is never looked up as a file: that would be the file it was redirected to, without its position in it.
    case descriptor(Int32)

    /// As many as Linux follows.
    private static let mostLinks = 40

    /// Throws `FileError` for a folder, for what nothing can be written to, for links that lead in a circle, and for
    /// one that somebody may have put there for others to fall into.
    package init(_ path: String) throws(FileError) {
        var target = path
        for _ in 0..<Self.mostLinks {
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
                try Self.refuseTrap(target, ownedBy: status.st_uid, reportedAs: path)
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

    /// Throws for a link of another user's in a folder where everybody may put one, such as /tmp: whoever put it there
    /// would choose the file that is written.
    ///
    /// The kernel's rule for the links that it follows by itself, whether or not it is switched on
    /// (`protected_symlinks` in proc_sys_fs(5)): it is about the last part of a path, not about its folders.
    private static func refuseTrap(
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

    /// Where one link leads.
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

    /// The number of an open descriptor that a path is a name of; nil for any other path.
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
        // Known by its name where /proc is not there.
        if folder == "/dev/fd" { return number }
        guard let resolved = resolved(folder) else { return nil }
        if resolved == Self.resolved("/dev/fd") { return number }
        // That of the process, or of one of its threads.
        guard let own = Self.resolved("/proc/self"), resolved.begins(with: own + "/") else { return nil }
        return resolved.ends(with: "/fd") ? number : nil
    }

    /// Whether a path names what only this process has open, such as /dev/fd/63 of bash's `>(command)`: a command that
    /// is typed later won't have it. It will have an output and one for errors, but not what was read from its input.
    package static func isOfThisProcess(_ path: String) -> Bool {
        guard case .descriptor(let number) = try? FileTarget(path) else { return false }
        return number != STDOUT_FILENO && number != STDERR_FILENO
    }

    /// Whether a link is a descriptor of another process: what it leads to would be replaced, and that process goes on
    /// with the old file.
    private static func isInOtherProcess(_ link: String) -> Bool {
        guard let folder = resolved(Directory.containing(link)) else { return false }
        return folder.begins(with: "/proc/") && folder.ends(with: "/fd")
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
