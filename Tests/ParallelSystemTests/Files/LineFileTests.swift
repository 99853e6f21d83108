import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct LineFileTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("lines")
    }

    private func open() throws -> LineFile { try LineFile(path: path, temporaryDirectory: "") }

    private func lines(_ file: LineFile) throws -> [String] {
        var lines: [String] = []
        try file.forEach { _, line in lines.append(String(decoding: line, as: UTF8.self)) }
        return lines
    }

    /// Lines around the size of the window, and far beyond it.
    private static let long = [0, 3, 65_535, 65_536, 1, 65_537, 0, 200_000, 131_071, 7, 500_000, 0].enumerated().map {
        String(repeating: String(UnicodeScalar(UInt8(97 + $0))), count: $1)
    }

    @Test func `lines of any length come back, in order and from anywhere`() throws {
        let file = try LineFile(path: nil, temporaryDirectory: directory.path)
        let places = try Self.long.map { try file.append(Array($0.utf8)) }
        #expect(try lines(file) == Self.long)
        for index in [10, 0, 7, 11, 5, 2, 2, 9, 1] {
            let (bytes, next) = try #require(try file.line(at: places[index]))
            #expect(bytes.elementsEqual(Self.long[index].utf8))
            #expect(index == 11 || next == places[index + 1])
        }
        #expect(Disk.names(in: directory.path).isEmpty)
    }

    @Test func `lines can be read while others are appended`() throws {
        let file = try open()
        #expect(try file.line(at: 0) == nil)
        #expect(file.isEmpty)
        var offset = 0
        for line in Self.long {
            try file.append(Array(line.utf8))
            let (bytes, next) = try #require(try file.line(at: offset))
            #expect(bytes.elementsEqual(line.utf8))
            offset = next
            #expect(try file.line(at: offset) == nil)
        }
        #expect(try lines(file) == Self.long)
        #expect(!file.isEmpty)
    }

    @Test func `going through the lines ends once the task is cancelled`() async throws {
        try directory.write("a\nb\n", to: "lines")
        let path = path
        await #expect(throws: CancellationError.self) {
            try await cancelled { try LineFile(path: path, temporaryDirectory: "").forEach { _, _ in } }
        }
    }

    @Test(arguments: [
        ("a\nb\nc", "a\nb\n"), ("a", ""), ("", ""), ("a\n\n", "a\n\n"),
        ("a\n" + String(repeating: "x", count: 200_000), "a\n"), (String(repeating: "x", count: 70_000), ""),
    ])
    func `a last line without its end is cut off`(text: String, whole: String) throws {
        try directory.write(text, to: "lines")
        let file = try open()
        #expect(Disk.text(path) == whole && file.isEmpty == whole.isEmpty)
        try file.append(Array("new".utf8))
        #expect(Disk.text(path) == whole)
        try file.flush()
        #expect(Disk.text(path) == whole + "new\n")
    }

    @Test func `a file is cut off at the beginning of a line, and goes on from there`() throws {
        let file = try open()
        let places = try ["one", "two", "three"].map { try file.append(Array($0.utf8)) }
        #expect(try lines(file).count == 3)
        try file.truncate(to: places[1])
        #expect(try lines(file) == ["one"])
        #expect(Disk.text(path) == "one\n")
        #expect(try file.append(Array("2".utf8)) == places[1])
        #expect(try lines(file) == ["one", "2"])
        try file.truncate(to: 0)
        #expect(file.isEmpty && Disk.text(path) == "")
    }

    @Test func `only its user can read it, whether it has a name or not`() throws {
        let file = try open()
        #expect(Disk.mode(path) == 0o600)
        file.remove()
        #expect(Disk.names(in: directory.path).isEmpty)
        #expect(throws: FileError.self) { try LineFile(path: nil, temporaryDirectory: directory.file("none")) }
    }

    @Test func `a file that becomes shorter behind its owner's back is an error, not a loop`() throws {
        let file = try open()
        try file.append(Array(repeating: 0x61, count: 100))
        try file.flush()
        try directory.write("", to: "lines")
        #expect(throws: FileError.self) { try file.line(at: 0) }
    }

    @Test func `one owner at a time`() throws {
        let first = try #require(try LineFile(claiming: path))
        try first.append(Array("one".utf8))
        try first.flush()
        #expect(try LineFile(claiming: path) == nil)
        try first.append(Array("two".utf8))
        #expect(try lines(first) == ["one", "two"])
    }

    @Test func `a file whose owner removes it while another waits for it is nobody's`() async throws {
        let path = path
        let isClaimed = Lock<Bool?>(nil)
        try await onThread {
            var owner = try LineFile(claiming: path)
            onNewThread {
                let file = try? LineFile(claiming: path)
                isClaimed.withLock { $0 = file != nil }
            }
            try pollOnThread("the other to wait") {
                Disk.openCount(path) == 2 || isClaimed.withLock { $0 != nil }
            }
            owner?.remove()
            owner = nil
            try pollOnThread("the other to end") { isClaimed.withLock { $0 != nil } }
        }
        // It would be written without a name, so that a third call began anew.
        #expect(isClaimed.withLock { $0 } == false)
        #expect(Disk.names(in: directory.path).isEmpty)
    }

    @Test func `what another owner is writing is no broken line`() throws {
        let owner = try #require(try LineFile(claiming: path))
        try directory.write("half a li", to: "lines")
        #expect(try LineFile(claiming: path) == nil)
        #expect(Disk.text(path) == "half a li" && owner.isEmpty)
    }

    @Test func `an owner whose file is gone leaves the one that came in its place`() throws {
        let first = try #require(try LineFile(claiming: path))
        first.remove()
        let second = try #require(try LineFile(claiming: path))
        try second.append(Array("second".utf8))
        try second.flush()
        first.remove()
        #expect(Disk.text(path) == "second\n")
        second.remove()
        #expect(Disk.names(in: directory.path) == [])
    }
}
