import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds the resource that this process lacks for a connection. libcurl only says that connecting failed, so this tries
/// afterwards.
enum Shortage {
    /// Returns what is missing and how to get it, as text for a person; nil if nothing is.
    static func found() -> String? {
        if lacksDescriptors { return "there are too few file descriptors; raise the limit, as with: ulimit -n 1024" }
        if !startThread({}) {
            return
                "no thread can be started; there are too many processes (ulimit -u), or too little memory (ulimit -v)"
        }
        return nil
    }

    /// A connection needs one socket, and two more while a name is looked up.
    private static var lacksDescriptors: Bool {
        var descriptors: [Int32] = []
        defer { descriptors.forEach { close($0) } }
        for _ in 0..<4 {
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            if descriptor < 0 { return errno == EMFILE || errno == ENFILE }
            descriptors.append(descriptor)
        }
        return false
    }
}
