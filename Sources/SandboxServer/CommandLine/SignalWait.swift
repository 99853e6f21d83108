#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Signals that are taken one by one on the main thread instead of interrupting it.
///
/// Must be made before any other thread starts, so that all of them inherit the blocked mask.
struct SignalWait {
    private var awaited = sigset_t()
    /// The mask before, which a child process gets back.
    private(set) var originalMask = sigset_t()

    init(_ signals: [Int32]) {
        sigemptyset(&awaited)
        for number in signals { sigaddset(&awaited, number) }
        pthread_sigmask(SIG_BLOCK, &awaited, &originalMask)
        // Ignored by default, SIGCHLD would never become pending on Darwin.
        if signals.contains(SIGCHLD) { signal(SIGCHLD) { _ in } }
    }

    /// The next signal, and whether a process sent it rather than the terminal.
    func next() -> (number: Int32, isFromProcess: Bool) {
        var set = awaited
        #if os(Linux)
            while true {
                var info = siginfo_t()
                let number = sigwaitinfo(&set, &info)
                // The kernel's own signals, such as those of Ctrl-C, carry a positive code.
                if number > 0 { return (number, info.si_code <= 0) }
            }
        #else
            var number: Int32 = 0
            while sigwait(&set, &number) != 0 {}
            return (number, number == SIGTERM || number == SIGHUP)
        #endif
    }
}
