import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// This program as a job of a shell, which shares the terminal with others (POSIX, 11.1.4 "Terminal Access Control").
enum JobControl {
    /// Whether another job has `terminal` just now; false for a terminal that is not the session's own, and for what is none.
    static func isInBackground(of terminal: Int32) -> Bool {
        let foreground = tcgetpgrp(terminal)
        return foreground > 0 && foreground != getpgrp()
    }

    /// Stops the job while it is in the background of `terminal`, as reading from there would, unless it `isToEnd`; EIO if
    /// the system does not stop it, because nobody could continue it (an orphaned process group).
    static func awaitForeground(of terminal: Int32, unless isToEnd: () -> Bool = { false }) throws(SystemError) {
        for _ in 0..<50 {
            guard isInBackground(of: terminal), !isToEnd() else { return }
            kill(0, SIGTTIN)
            // The stop comes within the first of these. Who continues a job may do so to end it by a signal, which another
            // thread takes, and which must win over the next stop: the second is the time for that.
            for _ in 0..<2 { usleep(25_000) }
        }
        throw SystemError(code: EIO)
    }
}
