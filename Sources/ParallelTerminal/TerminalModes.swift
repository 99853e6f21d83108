import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The settings of a terminal (termios), which are changed while a line is read.
enum TerminalModes {
    private struct Saved {
        let input: Int32
        let output: Int32
        var modes: termios
        let leaving: String
    }

    /// Set while a line is read, for `restore`, in case the program ends just then.
    private static let saved = Lock<Saved?>(nil)
    /// An Int rather than Void: ThreadSanitizer takes access to a Void for access to the field at the same address.
    private static let oneReader = Lock(0)
    private static let restoresAtExit: Void = { atexit { TerminalModes.restore() } }()

    /// Runs `body`, which may change the settings of the terminal `input`, and puts them back.
    ///
    /// Calls exclude each other, because a program has one terminal. `body` gets the current settings, or nil if
    /// `input` is no terminal. `restore` writes `leaving` to `output` if the program ends before `body` could clean up.
    static func preserving<Value, Failure: Error>(
        input: Int32, output: Int32, leaving: String = "", _ body: (termios?) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try oneReader.withLock { (_) throws(Failure) -> Value in
            guard let before = current(of: input) else { return try body(nil) }
            _ = restoresAtExit
            saved.withLock { $0 = Saved(input: input, output: output, modes: before, leaving: leaving) }
            defer {
                let last = saved.withLock { saved in
                    defer { saved = nil }
                    return saved
                }
                putBack(last?.modes ?? before, on: input)
            }
            return try body(before)
        }
    }

    /// Restores the terminal's settings for the time that the program is stopped.
    static func leave() {
        saved.withLock { saved in
            if let saved { _ = putBack(saved.modes, on: saved.input) }
        }
    }

    /// Reads the settings that the shell left after a stop and saves them as those to restore. Returns nil if no line
    /// is being read.
    static func saveAgain() -> termios? {
        saved.withLock { saved in
            guard let terminal = saved else { return nil }
            saved?.modes = current(of: terminal.input) ?? terminal.modes
            return saved?.modes
        }
    }

    static func set(_ modes: termios, on input: Int32) {
        var modes = modes
        // TCSADRAIN waits for pending output and keeps what was typed ahead.
        while tcsetattr(input, TCSADRAIN, &modes) != 0, errno == EINTR {}
    }

    /// Restores the settings of the terminal if another thread is reading a line; returns whether one was.
    @discardableResult
    static func restore() -> Bool {
        saved.withLock { saved in
            guard let terminal = saved else { return false }
            saved = nil
            // The program is ending, so an error can't be handled.
            if putBack(terminal.modes, on: terminal.input) {
                try? FileDescriptor.write(terminal.leaving.utf8, to: terminal.output)
            }
            return true
        }
    }

    private static func current(of input: Int32) -> termios? {
        var modes = termios()
        return tcgetattr(input, &modes) == 0 ? modes : nil
    }

    /// Restores settings; returns false in the background, where changing another job's terminal would stop the
    /// program.
    @discardableResult
    private static func putBack(_ modes: termios, on input: Int32) -> Bool {
        if JobControl.isInBackground(of: input) { return false }
        set(modes, on: input)
        return true
    }
}
