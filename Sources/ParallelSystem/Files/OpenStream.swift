#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A pipe, a device or an inherited descriptor that is written to directly; closed when the value goes out of scope.
package struct OpenStream: ~Copyable {
    private let file: FileDescriptor

    /// Duplicates `number`, which the caller of the program has opened, with its file position and its append mode.
    package init(sharing number: Int32, reportedAs path: String) throws(FileError) {
        let flags = fcntl(number, F_GETFL)
        // Descriptors that this program has opened itself are close-on-exec.
        let isInherited = number <= STDERR_FILENO || fcntl(number, F_GETFD) & FD_CLOEXEC == 0
        guard flags >= 0, isInherited else { throw FileError(path: path, errno: EBADF) }
        guard flags & O_ACCMODE != O_RDONLY else { throw FileError(path: path, reason: "it is not open for writing") }
        file = try FileDescriptor(duplicating: number, reportedAs: path)
    }

    /// Opens a pipe or a device; the last part of `path` must not be a link. Calls `wait` repeatedly until the pipe has
    /// a reader.
    package init(path: String, isPipe: Bool, reportedAs shownPath: String, wait: () throws -> Void) throws {
        while true {
            do throws(FileError) {
                file = try FileDescriptor(
                    path: path, flags: O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, reportedAs: shownPath)
                return
            } catch {
                guard isPipe && error.number == ENXIO || error.number == EINTR else { throw error }
            }
            try wait()
        }
    }

    package var descriptor: Int32 { file.descriptor }
    package var isTerminal: Bool { isatty(file.descriptor) == 1 }
}
