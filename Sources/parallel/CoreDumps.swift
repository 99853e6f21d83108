#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Core dumps: images of the process's memory, which would hold the API key.
enum CoreDumps {
    /// Prevents core dumps by a size limit of zero, which systemd-coredump and apport obey too.
    ///
    /// prctl(PR_SET_DUMPABLE) would also lock out the user's debugger, and make root the owner of the process's files
    /// in /proc.
    static func disable() {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue))
        #else
            let resource = RLIMIT_CORE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = 0
        setrlimit(resource, &limit)
    }
}
