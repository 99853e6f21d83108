#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Descriptors 0, 1 and 2, which the program's parent may have closed.
enum StandardDescriptors {
    /// Opens closed ones in the wrong direction, so that no other file gets their numbers and using them is an error.
    static func fill() {
        for (descriptor, flags) in [(0, O_WRONLY), (1, O_RDONLY), (2, O_RDONLY)] {
            // open(2) returns the lowest free number.
            if fcntl(Int32(descriptor), F_GETFD) == -1 { _ = open("/dev/null", flags) }
        }
    }
}
