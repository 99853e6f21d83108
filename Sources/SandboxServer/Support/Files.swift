import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A failed system call, with the action that needed it.
struct SystemFailure: Error, CustomStringConvertible {
    let description: String

    /// Makes the failure of `action`; without an error, takes the reason from `errno`.
    init(_ action: String, _ error: SystemError = SystemError(code: errno)) {
        description = "\(action): \(error.reason)"
    }
}

/// Reads and writes whole files.
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

    /// Replaces a file atomically: a reader sees all of `text` or no change.
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

/// Writes messages for people.
enum StandardError {
    static func write(_ line: String) { try? Descriptor.write((line + "\n").utf8, to: STDERR_FILENO) }
}
