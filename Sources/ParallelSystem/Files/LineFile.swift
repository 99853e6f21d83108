#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An append-only file of lines that can be read from any line: what a batch keeps on disk instead of in memory.
///
/// Only one task at a time may use it.
package final class LineFile {
    private let file: FileDescriptor
    private let path: String
    /// The offset of the next line to be written, in bytes, without `pending`.
    private var end = 0
    private var pending: [UInt8] = []
    /// The part of the file that was read last, because lines are mostly read in order.
    private var window = LineWindow()

    private static let windowSize = 1 << 16

    /// Opens or creates the file, readable by the user alone. Without a path the file has no name and disappears with
    /// this value.
    ///
    /// Cuts off bytes after the last line break, because a process was killed while it wrote them. With `isForeign`,
    /// the file may be another program's and keeps them.
    ///
    /// - Parameter onTorn: gets these bytes with a line break, before they are cut off.
    package init(
        path: String?, temporaryDirectory: String, isForeign: Bool = false,
        onTorn: (_ line: [UInt8]) throws(FileError) -> Void = { _ in }
    ) throws(FileError) {
        if let path {
            self.path = path
            file = try Self.open(path)
            end = isForeign ? Int(try file.status().st_size) : try Self.cutTornLine(file, onTorn)
        } else {
            self.path = "a temporary file in \(temporaryDirectory)"
            file = try FileDescriptor(namelessIn: temporaryDirectory, reportedAs: self.path)
        }
    }

    /// Copies the whole lines of the file at `path`, which another process may be writing, to a file without a name.
    /// Throws `FileError`, and `CancellationError` once the task is cancelled.
    package convenience init(copyOf path: String, temporaryDirectory: String) throws {
        try self.init(path: nil, temporaryDirectory: temporaryDirectory)
        var torn: [UInt8] = []
        try UserFile.read(path) { piece in
            torn += piece
            guard let end = torn.lastIndex(of: 0x0A) else { return }
            pending += torn[...end]
            torn.removeFirst(end + 1)
            try flush()
        }
    }

    /// Does `body` with the file at `path`, which is made if needed, while no other process that takes the same lock
    /// does. Refuses a file that is not the user's alone.
    ///
    /// - Parameters:
    ///   - lock: a file of its own, because the other one may be replaced.
    ///   - milliseconds: how long another process may hold the lock.
    ///   - onTorn: as for `init`.
    package static func withPrivate<Value>(
        _ path: String, lock: String, milliseconds: Int,
        onTorn: (_ line: [UInt8]) throws(FileError) -> Void = { _ in }, _ body: (LineFile) throws -> Value
    ) throws -> Value {
        let folder = Directory.containing(path)
        try Directory.create(folder)
        let lock = try FileLock(path: lock)
        guard lock.wait(milliseconds: milliseconds) else {
            throw FileError(path: path, reason: "another process holds its lock")
        }
        defer { lock.release() }
        if UserFile.exists(path) { try UserFile.checkPrivate(path) }
        return try body(try LineFile(path: path, temporaryDirectory: folder, onTorn: onTorn))
    }

    /// Opens or creates the file and locks it. Returns nil and leaves the file alone if another process holds the lock
    /// or has removed the file meanwhile.
    package init?(claiming path: String) throws(FileError) {
        self.path = path
        file = try Self.open(path)
        // A process that was killed a moment ago may not be gone yet.
        var isLocked = file.tryLock()
        for _ in 0..<25 where !isLocked {
            usleep(20_000)
            isLocked = file.tryLock()
        }
        guard isLocked, try hasItsName() else { return nil }
        end = try Self.cutTornLine(file) { _ in }
    }

    /// Whether the path still names this file and not another one that took its place.
    private func hasItsName() throws(FileError) -> Bool {
        let own = try file.status()
        var named = stat()
        return stat(path, &named) == 0 && own.st_ino == named.st_ino && own.st_dev == named.st_dev
    }

    private static func open(_ path: String) throws(FileError) -> FileDescriptor {
        try FileDescriptor(path: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
    }

    package var isEmpty: Bool { size == 0 }
    /// The number of bytes, with those that are still to be written.
    package var size: Int { end + pending.count }

    /// Removes the file, unless its path names another file by now.
    package func remove() {
        if (try? hasItsName()) == true { unlink(path) }
    }

    /// Appends a line, given without its line break, and returns its offset.
    @discardableResult
    package func append(_ line: some Collection<UInt8>) throws(FileError) -> Int {
        let start = end + pending.count
        pending += line
        pending.append(0x0A)
        if pending.count >= Self.windowSize { try flush() }
        return start
    }

    /// Writes what was appended, so that it survives the end of this process.
    package func flush() throws(FileError) {
        guard !pending.isEmpty else { return }
        try file.write(pending, at: end)
        end += pending.count
        pending.removeAll(keepingCapacity: true)
    }

    /// Waits until what was appended is on the disk.
    package func synchronize() throws(FileError) {
        try flush()
        try file.synchronize()
    }

    /// Returns the line that begins at `offset` and the offset of the next one; nil at the end of the file.
    package func line(at offset: Int) throws(FileError) -> (bytes: ArraySlice<UInt8>, next: Int)? {
        try line(at: offset, in: &window)
    }

    /// Returns the same as `line(at:)`, but reads through the caller's window, so that several readers can be at
    /// different places.
    package func line(
        at offset: Int, in window: inout LineWindow
    ) throws(FileError) -> (bytes: ArraySlice<UInt8>, next: Int)? {
        try flush()
        guard offset < end else { return nil }
        if offset < window.start || offset >= window.end { try load(&window, at: offset, Self.windowSize) }
        while true {
            let start = offset - window.start
            if let lineEnd = window.bytes[start...].place(of: 0x0A) {
                return (window.bytes[start..<lineEnd], window.start + lineEnd + 1)
            }
            if window.end >= end { throw FileError(path: path, reason: "its last line has no end") }
            // The line is longer than the window, so load a larger one that begins with it.
            try load(&window, at: offset, max(Self.windowSize, 2 * (window.bytes.count - start)))
        }
    }

    /// Calls `body` with every line and its offset. Throws `CancellationError` once the task is cancelled.
    package func forEach(_ body: (_ offset: Int, _ line: ArraySlice<UInt8>) throws -> Void) throws {
        var offset = 0
        while let (bytes, next) = try line(at: offset) {
            try Task.checkCancellation()
            try body(offset, bytes)
            offset = next
        }
    }

    /// Cuts the file off at `offset`, which must be the beginning of a line.
    package func truncate(to offset: Int) throws(FileError) {
        try flush()
        end = offset
        window = LineWindow()
        try file.truncate(to: offset)
    }

    private func load(_ window: inout LineWindow, at offset: Int, _ size: Int) throws(FileError) {
        window.bytes = try file.read(at: offset, upTo: min(size, end - offset))
        window.start = offset
        if window.bytes.isEmpty { throw FileError(path: path, reason: "it has become shorter") }
    }

    /// Cuts off what follows the last line break and returns the new size.
    private static func cutTornLine(
        _ file: borrowing FileDescriptor, _ onTorn: (_ line: [UInt8]) throws(FileError) -> Void
    ) throws(FileError) -> Int {
        let end = try endOfLines(file)
        let size = Int(try file.status().st_size)
        if end < size { try onTorn(try file.read(at: end, upTo: size - end) + [0x0A]) }
        try file.truncate(to: end)
        return end
    }

    private static func endOfLines(_ file: borrowing FileDescriptor) throws(FileError) -> Int {
        var position = Int(try file.status().st_size)
        while position > 0 {
            let start = max(0, position - windowSize)
            let bytes = try file.read(at: start, upTo: position - start)
            if let last = bytes.lastIndex(of: 0x0A) { return start + last + 1 }
            position = start
        }
        return 0
    }
}

/// The part of a `LineFile` that was read last, because lines are mostly read in order.
package struct LineWindow: Sendable {
    fileprivate var bytes: [UInt8] = []
    fileprivate var start = 0
    fileprivate var end: Int { start + bytes.count }

    package init() {}
}
