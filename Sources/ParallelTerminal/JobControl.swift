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
    /// Whether another job has `terminal` just now; false for a terminal of another session, and for what is none.
    static func isInBackground(of terminal: Int32) -> Bool {
        let foreground = tcgetpgrp(terminal)
        return foreground > 0 && foreground != getpgrp()
    }

    /// Microseconds that any thread needs to take a signal.
    private static let gap: UInt32 = 25_000

    /// Stops the job while it is in the background of `terminal`, as reading from there would, unless it `isToEnd`.
    ///
    /// EIO if the system does not stop it, because nobody could continue it (an orphaned process group).
    static func awaitForeground(of terminal: Int32, unless isToEnd: () -> Bool = { false }) throws(SystemError) {
        try stop(by: SIGTTIN) { isInBackground(of: terminal) && !isToEnd() }
    }

    /// Stops the job while it is in the background of `terminal` and `stty tostop` keeps it from writing there.
    ///
    /// What then can't be written is for the write to say.
    static func awaitTurnToWrite(to terminal: Int32) {
        try? stop(by: SIGTTOU) {
            guard isInBackground(of: terminal), !ignoresSignal(SIGTTOU) else { return false }
            var modes = termios()
            return tcgetattr(terminal, &modes) == 0 && modes.c_lflag & tcflag_t(TOSTOP) != 0
        }
    }

    private static func stop(by number: Int32, while mustWait: () -> Bool) throws(SystemError) {
        for _ in 0..<50 {
            guard mustWait() else { return }
            usleep(gap)
            guard mustWait() else { return }
            // Who continues a job may do so to end it: then another thread is about to take the signal, which must win
            // over the next stop.
            if !isEnding { kill(0, number) }
            // The stop, which another thread may carry out, comes in here.
            usleep(gap)
        }
        throw SystemError(code: EIO)
    }

    /// Whether a signal that ends the program was sent to it and not yet taken; the threads of the work block them.
    private static var isEnding: Bool {
        var pending = sigset_t()
        return sigpending(&pending) == 0 && [SIGINT, SIGTERM, SIGHUP].contains { sigismember(&pending, $0) == 1 }
    }
}
