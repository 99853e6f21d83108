#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A system call that failed, with what was being done.
struct SystemError: Error, CustomStringConvertible {
    let description: String

    /// Takes the reason from `errno`.
    init(_ action: String) { description = "\(action): \(String(cString: strerror(errno)))" }
}

/// Whole-file reading and writing.
enum Files {
    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("cannot open") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let size = buffer.count
            let count = buffer.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, size) }
            if count < 0 { throw SystemError("cannot read") }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Replaces the file at once: a reader sees all of `text` or no change.
    static func replace(_ path: String, with text: String) throws {
        let temporary = "\(path).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError("cannot write \(temporary)") }
        let isWritten = write(Array(text.utf8), to: descriptor)
        guard close(descriptor) == 0, isWritten, rename(temporary, path) == 0 else {
            let error = SystemError("cannot write \(path)")
            unlink(temporary)
            throw error
        }
    }

    /// Writes all of `bytes`, in one call where the system takes them at once.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// Messages for people.
enum StandardError {
    static func write(_ line: String) { Files.write(Array((line + "\n").utf8), to: STDERR_FILENO) }
}

// The enum's own functions hide the system's names.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}

private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
