import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The settings of a terminal (termios), changed for as long as a line is read.
enum TerminalModes {
    private struct Saved {
        let input: Int32
        let output: Int32
        var modes: termios
        let leaving: String
    }

    /// Set while a line is read; what `restore` needs if the program ends just then.
    private static let saved = Lock<Saved?>(nil)
    /// Holds no Void, whose access ThreadSanitizer takes for one of the field at the same address.
    private static let oneReader = Lock(0)
    private static let restoresAtExit: Void = { atexit { TerminalModes.restore() } }()

    /// Runs `body`, which may change the settings of the terminal `input`, and puts them back.
    ///
    /// One call at a time, as a program has one terminal. If `input` is no terminal, `body` gets nil. `leaving` is what
    /// `restore` writes to `output`, as `body` could not.
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

    /// Gives the terminal back for as long as the program is stopped.
    static func leave() {
        saved.withLock { saved in
            if let saved { _ = putBack(saved.modes, on: saved.input) }
        }
    }

    /// The settings that the shell left after a stop, which from now on are those to put back; nil if none are saved.
    static func takeAgain() -> termios? {
        saved.withLock { saved in
            guard let terminal = saved else { return nil }
            saved?.modes = current(of: terminal.input) ?? terminal.modes
            return saved?.modes
        }
    }

    static func set(_ modes: termios, on input: Int32) {
        var modes = modes
        // Waiting for the output keeps what was typed ahead.
        while tcsetattr(input, TCSADRAIN, &modes) != 0, errno == EINTR {}
    }

    /// Puts back the settings of the terminal from which another thread reads a line just now.
    @discardableResult
    static func restore() -> Bool {
        saved.withLock { saved in
            guard let terminal = saved else { return false }
            saved = nil
            // The program ends: nothing is left to do about an error.
            if putBack(terminal.modes, on: terminal.input) {
                try? Descriptor.write(terminal.leaving.utf8, to: terminal.output)
            }
            return true
        }
    }

    private static func current(of input: Int32) -> termios? {
        var modes = termios()
        return tcgetattr(input, &modes) == 0 ? modes : nil
    }

    /// False in the background, where the terminal is somebody else's by now; touching it would stop the program.
    @discardableResult
    private static func putBack(_ modes: termios, on input: Int32) -> Bool {
        if JobControl.isInBackground(of: input) { return false }
        set(modes, on: input)
        return true
    }
}
