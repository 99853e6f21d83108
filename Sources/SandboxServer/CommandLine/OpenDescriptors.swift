#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file descriptors that this process was started with. Its command inherits these, but not the sandbox's sockets.
struct OpenDescriptors {
    /// The descriptors to examine. Numbers are assigned from the lowest up, so the few of a server that has just
    /// started lie far below the upper end.
    private static let examined: Range<Int32> = 3..<1024

    private let inherited: Set<Int32>

    init() { inherited = Set(Self.examined.filter { fcntl($0, F_GETFD) >= 0 }) }

    func closeOthersOnExec() {
        for descriptor in Self.examined where !inherited.contains(descriptor) {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    /// Raises the limit of open files, and so of connections, to the most that the system allows.
    static func raiseLimit() {
        var limit = rlimit()
        #if canImport(Glibc)
            let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let files = RLIMIT_NOFILE
        #endif
        guard getrlimit(files, &limit) == 0 else { return }
        #if canImport(Darwin)
            limit.rlim_cur = min(limit.rlim_max, rlim_t(OPEN_MAX))
        #else
            limit.rlim_cur = limit.rlim_max
        #endif
        _ = setrlimit(files, &limit)
    }
}
