#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A pipe through which a thread or a signal handler wakes another thread that waits on descriptors.
///
/// It stays open until the program ends.
package struct WakePipe: Sendable {
    /// Readable after `wake`.
    package let reader: Int32
    private let writer: Int32

    /// Creates the pipe; nil if the system refuses it.
    package init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (reader, writer) = (ends[0], ends[1])
    }

    /// Makes `reader` readable; signal handlers may call this.
    package func wake(with byte: UInt8) {
        let code = errno
        var byte = byte
        write(writer, &byte, 1)
        errno = code
    }

    /// Returns and removes what was written so far.
    package func drain() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        return Array(bytes[..<max(0, read(reader, &bytes, bytes.count))])
    }
}
