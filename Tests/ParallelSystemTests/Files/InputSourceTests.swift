import ParallelSystem
import TestSupport
import Testing

struct InputSourceTests {
    @Test(arguments: [
        ("why?", InputSource.literal("why?")), ("", .literal("")), ("-", .standardInput), ("--", .literal("--")),
        ("-x", .literal("-x")), ("@", .literal("@")), ("@a.txt", .file("a.txt")), ("@-", .file("-")),
        ("@@a", .file("@a")), ("a@b", .literal("a@b")),
    ])
    func `a dash is standard input and an at sign begins a file's name`(word: String, source: InputSource) {
        #expect(InputSource(word) == source)
    }

    @Test func `standard input is read only by its own source`() throws {
        struct Read: Error {}
        #expect(try InputSource("why?").text { throw Read() } == "why?")
        #expect(throws: Read.self) { try InputSource("-").text { throw Read() } }
        #expect(try InputSource("-").text { Array("é\n".utf8) } == "é\n")
    }

    @Test func `a file is read`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("what\n", to: "q.txt")
        #expect(try InputSource("@\(path)").text { [] } == "what\n")
    }

    @Test func `a missing file and a folder are errors with their path`() throws {
        let directory = try TemporaryDirectory()
        let missing = #expect(throws: FileError.self) { try InputSource("@\(directory.file("no"))").text { [] } }
        #expect(missing?.path == directory.file("no") && missing?.isMissing == true)
        let folder = #expect(throws: FileError.self) { try InputSource("@\(directory.path)").text { [] } }
        #expect(folder?.reason == "it is a directory" && folder?.isMissing == false)
    }

    @Test func `a byte order mark in front is dropped, elsewhere it is text`() throws {
        #expect(try InputSource("-").text { [0xEF, 0xBB, 0xBF, 0x61] } == "a")
        #expect(try InputSource("-").text { [0x61, 0xEF, 0xBB, 0xBF] } == "a\u{FEFF}")
    }

    @Test(
        arguments: [
            ([0x61, 0xFF], 1), ([0xC3], 0), ([0x61, 0xC3, 0xA9, 0xC3, 0x28], 3), ([0xED, 0xA0, 0x80], 0),
            ([0xEF, 0xBB, 0xBF, 0x61, 0xFF], 4), ([0xF0, 0x9F, 0x99, 0x82, 0x80], 4),
        ] as [([UInt8], Int)])
    func `what is not UTF-8 is refused with its place`(bytes: [UInt8], offset: Int) {
        let error = #expect(throws: InputSource.NotText.self) { try InputSource("-").text { bytes } }
        #expect(error?.offset == offset && error?.source == "standard input")
    }
}
