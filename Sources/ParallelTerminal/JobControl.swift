import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// This program as a shell job that shares the terminal with other jobs (POSIX 11.1.4, "Terminal Access Control").
enum JobControl {
    /// Whether another job is in the foreground of `terminal`; false for another session's terminal, and for no
    /// terminal.
    static func isInBackground(of terminal: Int32) -> Bool {
        let foreground = tcgetpgrp(terminal)
        return foreground > 0 && foreground != getpgrp()
    }

    /// The time within which some thread takes a signal, in microseconds.
    private static let gap: UInt32 = 25_000

    /// Stops the job while it is in the background of `terminal`, as reading from there would, unless `shouldEnd` is
    /// true.
    ///
    /// Throws EIO if the system doesn't stop the job, because nobody could continue it (an orphaned process group).
    static func awaitForeground(of terminal: Int32, unless shouldEnd: () -> Bool = { false }) throws(SystemError) {
        try stop(by: SIGTTIN) { isInBackground(of: terminal) && !shouldEnd() }
    }

    /// Stops the job while it is in the background of `terminal` and `stty tostop` forbids writing there.
    ///
    /// If the system doesn't stop it, the write itself reports the error.
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
            // A job may have been continued in order to end it: then another thread is about to take that signal, which
            // must win over the next stop.
            if !isEnding { kill(0, number) }
            // The stop takes effect here; another thread may take the signal.
            usleep(gap)
        }
        throw SystemError(code: EIO)
    }

    /// Whether a signal that ends the program is pending; work threads block these signals.
    private static var isEnding: Bool {
        var pending = sigset_t()
        return sigpending(&pending) == 0 && [SIGINT, SIGTERM, SIGHUP].contains { sigismember(&pending, $0) == 1 }
    }
}
