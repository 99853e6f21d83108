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

    init(_ action: String, _ error: FileError) { description = "\(action): \(error.reason)" }

    init(_ action: String, _ error: SystemError) { description = "\(action): \(error.reason)" }

    /// Takes the reason from `errno`.
    init(_ action: String) { description = "\(action): \(SystemError(code: errno).reason)" }
}

/// Reads and writes whole files.
enum Files {
    static func read(_ path: String) throws(SystemFailure) -> [UInt8] {
        do throws(FileError) {
            return try FileDescriptor(path: path, flags: O_RDONLY).readAll()
        } catch {
            throw SystemFailure("cannot read", error)
        }
    }

    /// Replaces a file atomically: a reader sees all of `text` or no change.
    static func replace(_ path: String, with text: String) throws(SystemFailure) {
        do throws(FileError) {
            var file = try AtomicFile(path: path, mode: 0o644)
            try file.write(Array(text.utf8))
            try file.commit(replacing: true)
        } catch {
            throw SystemFailure("cannot write \(path)", error)
        }
    }
}

/// Writes messages for people.
enum StandardError {
    static func write(_ line: String) { try? FileDescriptor.write((line + "\n").utf8, to: STDERR_FILENO) }
}
