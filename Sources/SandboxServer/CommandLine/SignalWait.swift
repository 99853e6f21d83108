#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Waits for signals on the main thread, one by one, instead of letting them interrupt it.
///
/// Create it before any other thread starts, so that all threads inherit the mask.
struct SignalWait {
    private var awaited = sigset_t()
    /// The previous signal mask, for child processes.
    private(set) var originalMask = sigset_t()

    init(_ signals: [Int32]) {
        sigemptyset(&awaited)
        for number in signals { sigaddset(&awaited, number) }
        pthread_sigmask(SIG_BLOCK, &awaited, &originalMask)
        // SIGCHLD is ignored by default, and on Darwin an ignored signal never becomes pending.
        if signals.contains(SIGCHLD) { signal(SIGCHLD) { _ in } }
    }

    /// Waits for the next signal; also returns whether a process sent it rather than the terminal.
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
