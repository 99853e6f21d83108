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

struct StreamsTests {
    @Test func `captured streams keep stdout and stderr apart`() throws {
        let streams = Streams.captured()
        try streams.write("data\n")
        try streams.write(bytes: [0xFF, 0x0A])
        streams.note("hint")
        streams.note("ends\n")
        #expect(streams.capturedOutputBytes == Array("data\n".utf8) + [0xFF, 0x0A])
        #expect(streams.capturedError == "hint\nends\n")
    }

    @Test(arguments: [
        ("", []), ("\n", [""]), ("a\nb\n", ["a", "b"]), ("a\r\nb", ["a", "b"]), ("a\n\nb\r", ["a", "", "b\r"]),
        ("a\rb\n", ["a\rb"]), ("日本\n", ["日本"]),
    ])
    func `stdin is read line by line`(_ text: String, _ lines: [String]) throws {
        let file = try InputFile(text)
        for streams in [
            Streams.captured(stdin: Array(text.utf8)), Streams(input: file.reader, output: file.sink, error: file.sink),
        ] {
            var read: [String] = []
            while let line = try streams.readLine() { read.append(String(decoding: line, as: UTF8.self)) }
            #expect(read == lines)
            #expect(try streams.readLine() == nil)
        }
    }

    @Test func `lines longer than one read come out whole`() throws {
        let long = String(repeating: "x", count: 200_000)
        let file = try InputFile("\(long)\r\nshort\n\(long)")
        let streams = Streams(input: file.reader, output: file.sink, error: file.sink)
        #expect(try streams.readLine()?.count == 200_000)
        #expect(try streams.readLine() == Array("short".utf8))
        #expect(try streams.readLine()?.count == 200_000)
        #expect(try streams.readLine() == nil)
    }

    @Test func `what a line left over is read next`() throws {
        let streams = Streams.captured(stdin: Array("one\ntwo\nthree".utf8))
        #expect(try streams.readLine() == Array("one".utf8))
        #expect(try streams.read(upTo: 2) == Array("tw".utf8))
        #expect(try streams.readAll() == Array("o\nthree".utf8))
        #expect(try streams.read().isEmpty)
    }

    @Test func `input over the limit is an error, at the limit not`() throws {
        func streams() -> Streams { .captured(stdin: Array("12345\r\n".utf8)) }
        #expect(try streams().readAll(upTo: 7).count == 7)
        #expect(throws: StreamError.tooLong(limit: 6)) { try streams().readAll(upTo: 6) }
        #expect(try streams().readLine(upTo: 5)?.count == 5)
        #expect(throws: StreamError.tooLong(limit: 4)) { try streams().readLine(upTo: 4) }
        let endless = Streams.captured(stdin: Array(repeating: 0x61, count: 100))
        #expect(throws: StreamError.tooLong(limit: 10)) { try endless.readLine(upTo: 10) }
    }

    @Test func `a full disk, a closed pipe and a closed descriptor are told apart`() throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        #expect(throws: StreamError.failed(String(cString: strerror(ENOSPC)))) {
            try Streams(input: -1, output: full, error: -1).write("x")
        }
        let closed = Streams(input: -1, output: -1, error: -1)
        #expect(throws: StreamError.failed(String(cString: strerror(EBADF)))) { try closed.write("x") }
        #expect(throws: StreamError.unreadable(String(cString: strerror(EBADF)))) { try closed.readAll() }
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
        let line = ProgressLine(streams: streams)
        line.show(.init(status: "a"), columns: 80)
        try streams.write("row\n")
        try streams.write("half")
        try streams.write(" row\n")
        line.finish()
        let erase = "\r\u{1B}[K"
        let drawn = "⠋ 0:00 a\(erase)"
        try await pty.waitUntil(contains: "\(drawn)row\r\n\(drawn)half row\r\n\(drawn)")
    }
}
