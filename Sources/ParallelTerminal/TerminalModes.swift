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
        let modes: termios
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
            var modes = termios()
            guard tcgetattr(input, &modes) == 0 else { return try body(nil) }
            _ = restoresAtExit
            let before = modes
            saved.withLock { $0 = Saved(input: input, output: output, modes: before, leaving: leaving) }
            defer {
                saved.withLock { $0 = nil }
                set(before, on: input)
            }
            return try body(before)
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
            // Of a job in the background the terminal is somebody else's by now; touching it would stop the program.
            let foreground = tcgetpgrp(terminal.input)
            guard foreground == getpgrp() || foreground < 0 else { return true }
            set(terminal.modes, on: terminal.input)
            // The program ends: nothing is left to do about an error.
            try? Descriptor.write(terminal.leaving.utf8, to: terminal.output)
            return true
        }
    }
}
