import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(10))) struct StreamsTests {
    @Test func `captured streams keep stdout and stderr apart`() throws {
        let streams = Streams.captured()
        try streams.write("data\n")
        try streams.write(bytes: [0xFF, 0x0A])
        streams.note("hint")
        streams.note("ends\n")
        #expect(streams.capturedOutputBytes == Array("data\n".utf8) + [0xFF, 0x0A])
        #expect(streams.capturedError == "hint\nends\n")
    }

    @Test func `stdin is read to its end, and once`() throws {
        let text = String(repeating: "日本\r\n", count: 100_000)
        let file = try InputFile(text)
        for streams in [
            Streams.captured(stdin: Array(text.utf8)), Streams(input: file.reader, output: file.sink, error: file.sink),
        ] {
            #expect(try streams.readAll() == Array(text.utf8))
            #expect(throws: StreamError.alreadyRead) { try streams.readAll() }
            #expect(throws: StreamError.alreadyRead) { try streams.read() }
        }
    }

    @Test func `stdin that is read in pieces is not read whole as well`() throws {
        let streams = Streams.captured(stdin: Array("text".utf8))
        #expect(try streams.read() == Array("text".utf8))
        #expect(try streams.read() == [])
        #expect(throws: StreamError.alreadyRead) { try streams.readAll() }
    }

    @Test func `input over the limit is an error, at the limit not`() throws {
        func streams() -> Streams { .captured(stdin: Array("12345\r\n".utf8)) }
        #expect(try streams().readAll(upTo: 7).count == 7)
        #expect(throws: StreamError.tooLong(limit: 6)) { try streams().readAll(upTo: 6) }
    }

    @Test func `a full disk, a closed pipe and a closed descriptor are distinguished`() throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        #expect(throws: StreamError.failed(String(cString: strerror(ENOSPC)))) {
            try Streams(input: -1, output: full, error: -1).write("x")
        }
        let closed = Streams(input: -1, output: -1, error: -1)
        #expect(throws: StreamError.failed(String(cString: strerror(EBADF)))) { try closed.write("x") }
        #expect(throws: StreamError.inputClosed) { try closed.readAll() }
        closed.note("lost")
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        #expect(throws: StreamError.closedPipe) { try Streams(input: -1, output: ends[1], error: -1).write("x") }
    }

    @Test func `a slow reader of a non-blocking pipe gets everything`() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let (reader, writer) = (ends[0], ends[1])
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        async let written: Void = onThread {
            defer { close(writer) }
            try Streams(input: -1, output: writer, error: -1).write(bytes: bytes)
        }
        let received = try await onThread { try Streams(input: reader, output: -1, error: -1).readAll() }
        try await written
        #expect(received == bytes)
        close(reader)
    }

    @Test func `data on the terminal stands above the progress line`() async throws {
        let pty = try PseudoTerminal()
        let streams = Streams(input: -1, output: pty.terminal, error: pty.terminal)
        streams.setStatus("a")
        try streams.write("row\n")
        try streams.write("half")
        try streams.write(" row\n")
        streams.setStatus(nil)
        let drawn = "a\r\u{1B}[K"
        try await pty.waitUntil(contains: "\(drawn)row\r\n\(drawn)half row\r\n\(drawn)")
    }

    @Test func `data in a pipe, which may end on the terminal, finds no progress line there`() async throws {
        let pty = try PseudoTerminal()
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let streams = Streams(input: -1, output: ends[1], error: pty.terminal)
        streams.setStatus("a")
        try streams.write("row\n")
        streams.setStatus("b")
        streams.note("note")
        try await pty.waitUntil(contains: "a\r\u{1B}[Knote\r\n")
    }

    @Test func `a status of several lines is erased line by line, wherever a narrower terminal breaks them`()
        async throws
    {
        let pty = try PseudoTerminal(columns: 20)
        let streams = Streams(input: -1, output: -1, error: pty.terminal)
        streams.setStatus("one\nsecond line")
        streams.setStatus("c\n\ne")
        streams.note("note")
        pty.resize(columns: 10, rows: 24)
        streams.setStatus("0123456789ab\nc")
        pty.resize(columns: 5, rows: 24)
        streams.setStatus(nil)
        let (erase, above) = ("\r\u{1B}[K", "\u{1B}[A\u{1B}[K")
        try await pty.waitUntil(
            contains:
                "one\r\nsecond line\(erase)\(above)c\r\n\r\ne\(erase)\(above)\(above)note\r\nc\r\n\r\ne\(erase)\(above)\(above)"
                + "0123456789ab\r\nc\(erase)\(above)\(above)\(above)")
    }

    @Test func `a status in the background is shown while there is no other`() async throws {
        let pty = try PseudoTerminal()
        let streams = Streams(input: -1, output: -1, error: pty.terminal)
        let erase = "\r\u{1B}[K"
        streams.setStatus("waiting", inBackground: true)
        streams.setStatus("50%")
        streams.setStatus("waiting", inBackground: true)
        streams.setStatus(nil)
        streams.setStatus(nil, inBackground: true)
        try await pty.waitUntil(contains: "waiting\(erase)50%\(erase)50%\(erase)waiting\(erase)")
    }

    @Test func `the progress line is not drawn behind half a line of data`() async throws {
        let pty = try PseudoTerminal()
        let streams = Streams(input: -1, output: pty.terminal, error: pty.terminal)
        streams.setStatus("a")
        try streams.write("half")
        streams.setStatus("b")
        try streams.write(bytes: [])
        streams.setStatus("c")
        try streams.write(" row\n")
        streams.setStatus(nil)
        try await pty.waitUntil(contains: "a\r\u{1B}[Khalf row\r\nc\r\u{1B}[K")
    }

    @Test func `all that is told to people goes through the mask, and data does not`() throws {
        let streams = Streams.captured()
        streams.secrets.hide("abcdefgh")
        streams.note("a abcdefgh\n")
        streams.setStatus("s abcdefgh")
        try streams.write("abcdefgh")
        #expect(streams.capturedError == "a ***\ns ***")
        #expect(streams.capturedOutput == "abcdefgh")
    }

    @Test func `a word that is cut on the progress line is not taken for the beginning of a secret`() {
        let streams = Streams.captured()
        streams.secrets.hide("sandbox-key")
        streams.setStatus("Searching sandbox…")
        streams.setStatus("Searching sandbox-key…")
        #expect(streams.capturedError == "Searching sandbox…\r\u{1B}[KSearching ***…")
    }

    /// A terminal breaks a drawn line into rows when it gets narrower, and the cursor stays behind its end.
    @Test(arguments: [(79, 80, 1), (79, 50, 2), (79, 30, 3), (60, 30, 2), (79, 200, 1)])
    func `each row that the progress line takes after a resize is erased`(width: Int, columns: Int, rows: Int)
        async throws
    {
        let pty = try PseudoTerminal()
        let streams = Streams(input: -1, output: -1, error: pty.terminal)
        let line = String(repeating: "x", count: width)
        streams.setStatus(line)
        pty.resize(columns: columns, rows: 24)
        streams.setStatus("y")
        streams.setStatus(nil)
        let above = String(repeating: "\u{1B}[A\u{1B}[K", count: rows - 1)
        try await pty.waitUntil { $0 == line + "\r\u{1B}[K\(above)y\r\u{1B}[K" }
    }

    @Test func `nothing above the progress line is erased on a terminal that cuts lines when it gets narrower`()
        async throws
    {
        let pty = try PseudoTerminal()
        let streams = Streams(input: -1, output: -1, error: pty.terminal, rewrapsLines: false)
        let line = String(repeating: "x", count: 79)
        streams.setStatus(line)
        pty.resize(columns: 30, rows: 24)
        streams.setStatus(nil)
        try await pty.waitUntil { $0 == line + "\r\u{1B}[K" }
    }
}
