#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Images of the process's memory, in which the API key would stand.
enum CoreDumps {
    /// Lets a crash leave none: the limit for their size is zero, which systemd-coredump and apport heed too.
    ///
    /// Not prctl(PR_SET_DUMPABLE): it would also keep the user's debugger away, and give the process's files in /proc
    /// to root.
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
