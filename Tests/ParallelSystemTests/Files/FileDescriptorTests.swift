import ParallelSystem
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(10))) struct FileDescriptorTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func contents(_ path: String, upTo limit: Int = .max) throws -> [UInt8] {
        try FileDescriptor(path: path, flags: O_RDONLY).readAll(upTo: limit)
    }

    /// Whether reading would return at once, as it does at the end.
    private static func isReadable(_ reader: Int32) -> Bool {
        FileDescriptor.wait(for: POLLIN, on: reader, unless: -1, milliseconds: 0).isReady
    }

    @Test func `a descriptor is closed when its value goes out of scope, and not before`() throws {
        let ends = try FileDescriptor.pipe()
        let reader = ends.reader
        defer { close(reader) }
        do {
            let writer = FileDescriptor(owning: ends.writer, reportedAs: "a pipe")
            try writer.write("one".utf8)
            #expect(try FileDescriptor.read(upTo: 100, from: reader) == Array("one".utf8))
            #expect(!Self.isReadable(reader))
            try writer.write("two".utf8)
        }
        #expect(try FileDescriptor.read(upTo: 100, from: reader) == Array("two".utf8))
        #expect(Self.isReadable(reader))
        #expect(try FileDescriptor.read(upTo: 100, from: reader) == [])
    }

    @Test func `what the caller has opened is shared with its position, and stays open`() throws {
        let path = directory.file("shared")
        let inherited = open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(inherited >= 0)
        defer { close(inherited) }
        try FileDescriptor.write("one ".utf8, to: inherited)
        try FileDescriptor(sharing: inherited, reportedAs: "out").write("two ".utf8)
        try FileDescriptor.write("three".utf8, to: inherited)
        #expect(try contents(path) == Array("one two three".utf8))
    }

    @Test(arguments: [
        (O_RDONLY, "it is not open for writing"), (O_WRONLY | O_CLOEXEC, "bad file descriptor"),
    ])
    func `a descriptor that the caller has not opened for writing is not shared`(
        flags: Int32, reason: String
    ) throws {
        let number = open("/dev/null", flags)
        try #require(number >= 0)
        defer { close(number) }
        let error = #expect(throws: FileError.self) { _ = try FileDescriptor(sharing: number, reportedAs: "out") }
        #expect(error?.path == "out" && error?.reason == reason)
    }

    @Test func `a number that is not open is not shared`() {
        let error = #expect(throws: FileError.self) { _ = try FileDescriptor(sharing: .max, reportedAs: "out") }
        #expect(error?.path == "out" && error?.number == EBADF)
    }

    @Test func `a named pipe is waited for until it has a reader`() throws {
        let path = directory.file("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        var reader: Int32 = -1
        defer { close(reader) }
        var waits = 0
        let writer = try FileDescriptor(streamingTo: path, isPipe: true, reportedAs: "out") {
            waits += 1
            if waits == 3 { reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
        }
        try writer.write("text".utf8)
        #expect(waits == 3)
        #expect(try FileDescriptor.read(upTo: 100, from: reader) == Array("text".utf8))
    }

    @Test func `waiting for a reader ends with the error of who waits`() throws {
        let path = directory.file("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: CancellationError.self) {
            _ = try FileDescriptor(streamingTo: path, isPipe: true, reportedAs: "out") { throw CancellationError() }
        }
    }

    @Test func `a stream is not opened through a link that has come in its place`() throws {
        let path = directory.file("link")
        try #require(symlink("/dev/null", path) == 0)
        let error = #expect(throws: FileError.self) {
            _ = try FileDescriptor(streamingTo: path, isPipe: false, reportedAs: "out") {
                Issue.record("a device has no reader to wait for")
            }
        }
        #expect(error?.path == "out" && error?.number == ELOOP)
    }

    @Test func `errors name the path that people know`() throws {
        let missing = #expect(throws: FileError.self) {
            _ = try FileDescriptor(path: directory.file("missing"), flags: O_RDONLY, reportedAs: "in")
        }
        #expect(missing?.path == "in" && missing?.isMissing == true)
        let unreadable = #expect(throws: FileError.self) {
            _ = try FileDescriptor(path: "/dev/null", flags: O_WRONLY, reportedAs: "in").readAll()
        }
        #expect(unreadable?.path == "in" && unreadable?.number == EBADF)
    }

    @Test func `a file is read whole only up to a limit`() throws {
        let path = try directory.write("12345678", to: "file")
        #expect(try contents(path, upTo: 8).count == 8)
        let error = #expect(throws: FileError.self) { try contents(path, upTo: 7) }
        #expect(error?.reason == "larger than 7 bytes")
    }

    @Test func `a descriptor that does not block is written and read to the end all the same`() async throws {
        let ends = try FileDescriptor.pipe()
        for end in [ends.reader, ends.writer] { try #require(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
        // More than a pipe holds.
        let sent = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 / 251) }
        async let received = onThread { try FileDescriptor(owning: ends.reader, reportedAs: "a pipe").readAll() }
        try await onThread { try FileDescriptor(owning: ends.writer, reportedAs: "a pipe").write(sent) }
        #expect(try await received == sent)
    }

    @Test func `a pipe without a reader says so`() throws {
        signal(SIGPIPE, SIG_IGN)
        let ends = try FileDescriptor.pipe()
        close(ends.reader)
        let writer = FileDescriptor(owning: ends.writer, reportedAs: "a pipe")
        let number = writer.number
        let named = #expect(throws: FileError.self) { try writer.write("text".utf8) }
        #expect(named?.path == "a pipe" && named?.number == EPIPE)
        let error = #expect(throws: SystemError.self) { try FileDescriptor.write("text".utf8, to: number) }
        #expect(error?.isClosedPipe == true)
        _ = consume writer
    }
}
