#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that is written under a name beside its final one: `.NAME.TAG.tmp`, where TAG is 13 random digits of base 36.
///
/// It is locked while it is open, so that an unlocked one is known to be left over from a killed process.
struct TemporaryFile: ~Copyable {
    /// Nil for a file without a name.
    let path: String?
    let file: FileDescriptor

    /// NAME is cut to this many bytes, so that the whole is no longer than file names may be.
    private static let longestName = 80
    private static let tagLength = 13
    private static let suffix = ".tmp"

    private static let unfinished = Lock<Set<String>>([])

    /// Removes leftovers for `target`, then creates a new file for reading and writing.
    init(for target: String, mode: UInt16, reportedAs shownPath: String) throws(FileError) {
        let bytes = target.utf8
        let nameStart = bytes.lastIndex(of: UInt8(ascii: "/")).map(bytes.index(after:)) ?? bytes.startIndex
        let folder = String(target[..<nameStart])
        var name = Substring(target[nameStart...]).unicodeScalars
        guard !name.isEmpty else { throw FileError(path: shownPath, reason: "it is a directory") }
        while String(name).utf8.count > Self.longestName { name.removeLast() }
        let prefix = ".\(String(name))."
        Self.removeLeftovers(folder, prefix)
        while true {
            let digits = String(UInt64.random(in: .min ... .max), radix: 36)
            let tag = String(repeating: "0", count: Self.tagLength - digits.utf8.count) + digits
            let path = folder + prefix + tag + Self.suffix
            let file = try FileDescriptor(
                path: path, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode, reportedAs: shownPath)
            Self.unfinished.withLock { _ = $0.insert(path) }
            file.lock()
            // Another process may have removed it as a leftover before it was locked.
            if UserFile.exists(path) {
                self.init(path: path, file: file)
                return
            }
            Self.unfinished.withLock { _ = $0.remove(path) }
        }
    }

    /// Creates a file without a name, which disappears with this value.
    init(namelessIn directory: String, reportedAs shownPath: String) throws(FileError) {
        self.init(path: nil, file: try FileDescriptor(namelessIn: directory, reportedAs: shownPath))
    }

    private init(path: String?, file: consuming FileDescriptor) {
        self.path = path
        self.file = file
    }

    /// Removes the file.
    func remove() {
        if let path { unlink(path) }
        untrack()
    }

    /// Stops tracking the file, so that `removeAll` won't remove it.
    func untrack() {
        if let path { Self.unfinished.withLock { _ = $0.remove(path) } }
    }

    /// Removes the files of all values for which neither `remove` nor `untrack` was called.
    static func removeAll() {
        for path in unfinished.withLock({ $0 }) { unlink(path) }
    }

    /// Removes this user's regular files that are named like temporary files and not locked.
    private static func removeLeftovers(_ folder: String, _ prefix: String) {
        guard let directory = opendir(folder.isEmpty ? "." : folder) else { return }
        defer { closedir(directory) }
        let prefix = Array(prefix.utf8)
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if isOurs(name, prefix) { removeLeftover(folder + String(decoding: name, as: UTF8.self)) }
        }
    }

    private static func isOurs(_ name: [UInt8], _ prefix: [UInt8]) -> Bool {
        guard name.count == prefix.count + tagLength + suffix.utf8.count, name.starts(with: prefix),
            name.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
        else { return false }
        return name.dropFirst(prefix.count).prefix(tagLength).allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        }
    }

    private static func removeLeftover(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            let file = try? FileDescriptor(path: path, flags: O_RDWR | O_NOFOLLOW | O_NONBLOCK), file.takeLock()
        else { return }
        unlink(path)
    }
}
