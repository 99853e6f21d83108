#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Descriptors 0, 1 and 2, which a caller may have closed.
enum StandardDescriptors {
    /// Opens what is closed the wrong way round, so that no other file takes its number and using it is an error.
    static func fill() {
        for (descriptor, flags) in [(0, O_WRONLY), (1, O_RDONLY), (2, O_RDONLY)] {
            // open(2) gives the lowest number that is free.
            if fcntl(Int32(descriptor), F_GETFD) == -1 { _ = open("/dev/null", flags) }
        }
    }
}
