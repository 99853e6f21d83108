import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Adjusts the terminal's settings when the program is stopped and continued while it reads a line, and what is shown
/// when the terminal's size changes.
///
/// At any other time nothing needs adjusting, and the system stops the program at once.
enum Suspension {
    private static let notes = WakePipe()

    /// Runs `body`, in which `waitForInput` handles SIGTSTP, SIGCONT and SIGWINCH.
    static func handlingStops<Value, Failure: Error>(during body: () throws(Failure) -> Value) throws(Failure) -> Value
    {
        guard notes != nil else { return try body() }
        let (stop, continuation, resize) = (handle(SIGTSTP), handle(SIGCONT), handle(SIGWINCH))
        defer {
            signal(SIGWINCH, resize)
            signal(SIGTSTP, stop)
            signal(SIGCONT, continuation)
        }
        return try body()
    }

    /// Waits until the terminal `input` is readable.
    ///
    /// If the program is stopped meanwhile, calls `leave` before the stop to release the terminal, and `enter` to take
    /// it again once the job is in the foreground. Calls `resize` when the terminal's size has changed.
    static func waitForInput(
        on input: Int32, leave: () -> Void, resize: () -> Void = {}, enter: () -> Void
    ) throws(SystemError) {
        guard let notes else { return }
        while FileDescriptor.wait(for: POLLIN, on: input, unless: notes.reader).isInterrupted {
            let noted = notes.drain()
            if !noted.contains(where: { $0 != UInt8(SIGWINCH) }) {
                resize()
                continue
            }
            if noted.contains(UInt8(SIGTSTP)) {
                leave()
                let handler = signal(SIGTSTP, SIG_DFL)
                // This continuation needs no handling.
                signal(SIGCONT, SIG_DFL)
                defer {
                    signal(SIGTSTP, handler)
                    signal(SIGCONT, handler)
                }
                raise(SIGTSTP)
                try JobControl.awaitForeground(of: input)
            } else {
                // Continued after a stop that can't be caught (SIGSTOP).
                try JobControl.awaitForeground(of: input)
                leave()
            }
            _ = notes.drain()
            enter()
        }
    }

    /// Installs a handler that notes `number`, unless the program's parent had it ignored. Returns the previous
    /// handler.
    private static func handle(_ number: Int32) -> Handler {
        ignoresSignal(number) ? SIG_IGN : signal(number) { Suspension.notes?.wake(with: UInt8($0)) }
    }

    private typealias Handler = (@convention(c) (Int32) -> Void)?
}
