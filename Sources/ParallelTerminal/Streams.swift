package import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The standard streams of the program, and the only place that writes to them.
///
/// stdout is data; everything meant for a person goes to stderr. Calls block and may come from any thread. The program
/// ignores SIGPIPE, so that a closed pipe shows up as `StreamError.closedPipe`.
///
/// The secrets that the program knows are masked in everything meant for a person; code that learns one adds it to
/// `secrets`. Each call writes whole lines, and no secret spans two lines.
package final class Streams: Sendable {
    package let secrets: KnownSecrets
    private let input: Lock<StandardInput>
    private let output: Lock<Sink>
    private let screen: Lock<Screen>
    private let takesHints: Bool
    /// Whether data on stdout would appear on the line where progress is drawn.
    private let outputSharesScreen: Bool
    /// Whether it may appear there: a program behind the pipe, such as jq, may write to the terminal.
    private let outputMayReachScreen: Bool

    /// Returns the streams of this process: descriptors 0, 1 and 2.
    ///
    /// Once `interruption` is readable, waiting for stdin or for the reader of stdout throws `StreamError.interrupted`,
    /// because cancelling a task can't end a blocking call.
    ///
    /// - Parameter rewrapsLines: `TerminalInfo.rewrapsLines`.
    package static func system(interruption: Int32? = nil, rewrapsLines: Bool = true) -> Streams {
        Streams(input: 0, output: 1, error: 2, interruption: interruption, rewrapsLines: rewrapsLines)
    }

    /// Returns streams that read `stdin` and keep what is written: for tests, and where the output goes elsewhere.
    ///
    /// - Parameters:
    ///   - hints: whether hints are kept; a program can't type them.
    ///   - onNote: gets each line that is written to stderr, without its line feed, as soon as it is written. It must
    ///     not use these streams.
    package static func captured(
        stdin: [UInt8] = [], secrets: KnownSecrets = KnownSecrets(), hints: Bool = true,
        onNote: (@Sendable (String) -> Void)? = nil
    ) -> Streams {
        var error = Sink(descriptor: nil)
        if let onNote {
            error.onWrite = { bytes in
                for line in bytes.split(separator: UInt8(ascii: "\n")) { onNote(String(decoding: line, as: UTF8.self)) }
            }
        }
        return Streams(
            input: StandardInput(source: .bytes(stdin)), output: Sink(descriptor: nil), error: error, secrets: secrets,
            takesHints: hints, outputSharesScreen: false, outputMayReachScreen: false)
    }

    /// Makes streams on other descriptors, which stay open.
    package convenience init(
        input: Int32, output: Int32, error: Int32, interruption: Int32? = nil, rewrapsLines: Bool = true
    ) {
        self.init(
            input: StandardInput(source: .descriptor(input, interruption: interruption)),
            output: Sink(descriptor: output, interruption: interruption),
            error: Sink(descriptor: error), rewrapsLines: rewrapsLines,
            outputSharesScreen: isatty(output) == 1 && isatty(error) == 1,
            outputMayReachScreen: isatty(error) == 1 && StandardInput.isPipe(output))
    }

    private init(
        input: sending StandardInput, output: sending Sink, error: sending Sink, rewrapsLines: Bool = true,
        secrets: KnownSecrets = KnownSecrets(), takesHints: Bool = true, outputSharesScreen: Bool,
        outputMayReachScreen: Bool
    ) {
        self.takesHints = takesHints
        self.secrets = secrets
        self.input = Lock(input)
        self.output = Lock(output)
        screen = Lock(Screen(sink: error, rewrapsLines: rewrapsLines))
        self.outputSharesScreen = outputSharesScreen
        self.outputMayReachScreen = outputMayReachScreen
    }

    // MARK: stdout

    /// Throws if stdout is closed or open for reading only, so that this is known before the data costs anything.
    package func requireOutput() throws(StreamError) {
        guard let descriptor = output.withLock({ $0.descriptor }) else { return }
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, flags & O_ACCMODE != O_RDONLY else {
            throw .failed("it is not open for writing; redirect it to a file or a pipe")
        }
    }

    /// Writes all of `text` to stdout.
    package func write(_ text: String) throws(StreamError) {
        try write(bytes: Array(text.utf8))
    }

    /// Writes all of `bytes` to stdout, unchanged.
    package func write(bytes: [UInt8]) throws(StreamError) {
        if outputMayReachScreen {
            screen.withLock { $0.endStatus() }
        }
        guard outputSharesScreen else {
            return try output.withLock { (sink) throws(StreamError) in try sink.write(bytes) }
        }
        try screen.withLock { (screen) throws(StreamError) in
            screen.eraseStatus()
            try output.withLock { (sink) throws(StreamError) in try sink.write(bytes) }
            if let last = bytes.last { screen.isWithinLine = last != UInt8(ascii: "\n") }
            screen.write("")
        }
    }

    /// Writes all of `bytes` to another descriptor; errors read like those of stdout.
    package func write(bytes: [UInt8], to descriptor: Int32) throws(StreamError) {
        var sink = Sink(descriptor: descriptor, interruption: output.withLock { $0.interruption })
        guard isatty(descriptor) == 1 else { return try sink.write(bytes) }
        // It may be the terminal where progress is drawn.
        try screen.withLock { (screen) throws(StreamError) in
            screen.eraseStatus()
            try sink.write(bytes)
            if let last = bytes.last { screen.isWithinLine = last != UInt8(ascii: "\n") }
            screen.write("")
        }
    }

    /// Sleeps; throws `StreamError.interrupted` when the program is to end.
    package func pause(milliseconds: Int32) throws(StreamError) {
        // A negative descriptor is ignored (poll(2)).
        var request = pollfd(
            fd: output.withLock { $0.interruption } ?? -1, events: Int16(POLLIN), revents: 0)
        if poll(&request, 1, milliseconds) > 0 { throw .interrupted }
    }

    // MARK: stderr

    /// Writes a line to stderr, above the progress line if there is one. Ignores errors.
    package func note(_ text: String) {
        let text = secrets.masked(text)
        screen.withLock { $0.write(text.ends(with: "\n") ? text : text + "\n") }
    }

    /// Writes a hint as a line to stderr, after `prefix`. Its commands stay whole, including line feeds at the end of
    /// their words.
    package func note(_ hint: Hint, behind prefix: String = "") {
        guard takesHints else { return }
        let shown = hint.shown { ControlCharacters.neutralised(secrets.masked($0)) }
        let line = prefix + ControlCharacters.neutralisedLines(shown)
        screen.withLock { $0.write(line + "\n") }
    }

    /// Rings the bell of the terminal at stderr, and shows a notification where it can (OSC 9 of iTerm2 and others, OSC
    /// 777 of rxvt): terminals leave out what they do not know. `text` has no control characters.
    package func ring(_ text: String, showsText: Bool) {
        let shown = secrets.masked(text)
        let notification = "\u{1B}]9;\(shown)\u{7}\u{1B}]777;notify;parallel;\(shown)\u{7}"
        screen.withLock { $0.write("\u{7}" + (showsText ? notification : "")) }
    }

    /// Replaces the status line that is redrawn on stderr, or several, fewer than the terminal has; nil erases them.
    ///
    /// The caller does the timing, checks `TerminalInfo.canAnimate` first, and masks secrets before it cuts the line: a
    /// word before its `…` is not taken for the beginning of one. Notes and data written through these streams appear
    /// above the line. A status in the background is shown as long as there is no other one.
    package func setStatus(_ status: String?, inBackground isInBackground: Bool = false) {
        let status = status.map { secrets.masked($0, mayBeCut: false) }
        screen.withLock { screen in
            if isInBackground { screen.backgroundStatus = status } else { screen.status = status }
            screen.write("")
        }
    }

    // MARK: stdin

    /// Whether stdin is a pipe, a socket or a file. A command without a question can read that; anything else, such as
    /// /dev/null, holds nothing, and a terminal has a person to be asked.
    package var inputHoldsData: Bool { input.withLock { $0.holdsData } }

    /// Whether something is left to read on stdin, as far as that can be known without reading or waiting.
    package var hasUnreadInput: Bool { input.withLock { $0.hasUnreadData } }

    /// Makes each further read throw `StreamError.typed`: stdin is the terminal where a prompter reads lines.
    package func leaveInputToPrompt() { input.withLock { $0.leaveToPrompt() } }

    /// Throws `StreamError.typed` where each read would, for commands that do more before they read.
    package func requireInput() throws(StreamError) {
        try input.withLock { (input) throws(StreamError) in try input.refuseIfTyped() }
    }

    /// Reads the next bytes of stdin, waiting if there are none; returns an empty array at the end. Throws
    /// `StreamError.alreadyRead` after `readAll`.
    package func read() throws(StreamError) -> [UInt8] {
        try input.withLock { (input) throws(StreamError) in try input.read() }
    }

    /// Reads all of stdin. Throws `StreamError.tooLong` for more than `limit` bytes, and `StreamError.alreadyRead` if
    /// it has been read before.
    package func readAll(upTo limit: Int = .max) throws(StreamError) -> [UInt8] {
        try input.withLock { (input) throws(StreamError) in try input.readAll(upTo: limit) }
    }

    // MARK: captured

    /// What was written to stdout, if these streams are captured.
    package var capturedOutput: String { String(decoding: capturedOutputBytes, as: UTF8.self) }

    /// What was written to stdout, if these streams are captured.
    package var capturedOutputBytes: [UInt8] { output.withLock { $0.captured } }

    /// What was written to stderr, if these streams are captured.
    package var capturedError: String { screen.withLock { String(decoding: $0.sink.captured, as: UTF8.self) } }
}
