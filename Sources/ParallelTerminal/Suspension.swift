import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Stops and continuations of the program while it reads a line, which the settings of the terminal have to follow.
///
/// At any other time nothing has to be done for them, and the system stops the program at once.
enum Suspension {
    private static let notes = WakePipe()

    /// Runs `body`, in which `waitForInput` heeds SIGTSTP and SIGCONT.
    static func heeded<Value, Failure: Error>(during body: () throws(Failure) -> Value) throws(Failure) -> Value {
        guard notes != nil else { return try body() }
        let (stop, continuation) = (handle(SIGTSTP), handle(SIGCONT))
        defer {
            signal(SIGTSTP, stop)
            signal(SIGCONT, continuation)
        }
        return try body()
    }

    /// Waits until the terminal `input` can be read.
    ///
    /// Where the program is stopped meanwhile, `leave` gives the terminal back before, and `enter` takes it once the
    /// job is in the foreground again.
    static func waitForInput(on input: Int32, leave: () -> Void, enter: () -> Void) throws(SystemError) {
        guard let notes else { return }
        while Descriptor.wait(for: POLLIN, on: input, unless: notes.reader).isInterrupted {
            if notes.drain().contains(UInt8(SIGTSTP)) {
                leave()
                let handler = signal(SIGTSTP, SIG_DFL)
                // The continuation is expected.
                signal(SIGCONT, SIG_DFL)
                defer {
                    signal(SIGTSTP, handler)
                    signal(SIGCONT, handler)
                }
                raise(SIGTSTP)
                try JobControl.awaitForeground(of: input)
            } else {
                // Continued after a stop that could not be seen coming (SIGSTOP).
                try JobControl.awaitForeground(of: input)
                leave()
            }
            _ = notes.drain()
            enter()
        }
    }

    /// Has `number` noted, unless the caller of the program had it ignored; returns what was done with it before.
    private static func handle(_ number: Int32) -> Handler {
        ignoresSignal(number) ? SIG_IGN : signal(number) { Suspension.notes?.wake(with: UInt8($0)) }
    }

    private typealias Handler = (@convention(c) (Int32) -> Void)?
}
