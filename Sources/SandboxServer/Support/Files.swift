import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A system call that failed, with what was being done.
struct SystemFailure: Error, CustomStringConvertible {
    let description: String

    /// Without an error, takes the reason from `errno`.
    init(_ action: String, _ error: SystemError = SystemError(code: errno)) {
        description = "\(action): \(error.reason)"
    }
}

/// Whole-file reading and writing.
enum Files {
    static func read(_ path: String) throws(SystemFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure("cannot open") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        do throws(SystemError) {
            while case let chunk = try Descriptor.read(upTo: 1 << 16, from: descriptor), !chunk.isEmpty {
                bytes += chunk
            }
        } catch {
            throw SystemFailure("cannot read", error)
        }
        return bytes
    }

    /// Replaces the file at once: a reader sees all of `text` or no change.
    static func replace(_ path: String, with text: String) throws(SystemFailure) {
        let temporary = "\(path).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemFailure("cannot write \(temporary)") }
        let isWritten = (try? Descriptor.write(text.utf8, to: descriptor)) != nil
        guard close(descriptor) == 0, isWritten, rename(temporary, path) == 0 else {
            let failure = SystemFailure("cannot write \(path)")
            unlink(temporary)
            throw failure
        }
    }
}

/// Messages for people.
enum StandardError {
    static func write(_ line: String) { try? Descriptor.write((line + "\n").utf8, to: STDERR_FILENO) }
}
