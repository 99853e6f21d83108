import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The signals that end the work; one thread waits for them, so that no code runs in a signal handler.
enum Signals {
    /// Blocks SIGINT, SIGTERM and SIGHUP in this and every later thread, and makes writes to a closed pipe or beyond
    /// the file size limit fail instead of killing the process. Call it before there is another thread.
    ///
    /// A signal that the program's parent ignored, as shells do for background jobs, stays ignored.
    static func block() -> sigset_t {
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] where !ignoresSignal(number) { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        return signals
    }

    /// Keeps the terminal from stopping the program, which then could not end. In the background, writes now succeed in
    /// spite of `stty tostop`, and reads fail.
    static func ignoreStops() {
        for number in [SIGTTIN, SIGTTOU] { signal(number, SIG_IGN) }
    }

    /// Whether a terminal of the program is gone, or a pending SIGHUP says so; false if that signal is ignored. Linux
    /// closes a terminal before it sends the signal.
    static var isHungUp: Bool {
        var pending = sigset_t()
        if sigpending(&pending) == 0, sigismember(&pending, SIGHUP) == 1 { return true }
        return !ignoresSignal(SIGHUP)
            && [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].contains { descriptor in
                var modes = termios()
                return tcgetattr(descriptor, &modes) != 0 && errno == EIO
            }
    }

    /// Makes `wait` for `signals` return SIGALRM after `seconds`.
    static func raiseAlarm(after seconds: UInt32, _ signals: inout sigset_t) {
        signal(SIGALRM, SIG_DFL)
        sigaddset(&signals, SIGALRM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        alarm(seconds)
    }

    static func wait(for signals: sigset_t) -> Int32 {
        var signals = signals
        var number: Int32 = 0
        while true {
            let code = sigwait(&signals, &number)
            if code == 0, number != 0 { return number }
            // A stop of the program may end a wait (EINTR). An empty set can't be waited for, so then sleep.
            if code != EINTR { pause() }
        }
    }
}
