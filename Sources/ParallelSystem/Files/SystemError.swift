#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The error of a failed system call.
package struct SystemError: Error {
    /// The `errno`.
    package let code: Int32

    package init(code: Int32) { self.code = code }

    /// Whether the reader of the pipe or socket is gone (EPIPE).
    package var isClosedPipe: Bool { code == EPIPE }
    /// The system's message, such as `No space left on device`.
    package var reason: String { String(cString: strerror(code)) }
}
