import ParallelCore
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct AtomicFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func text(_ name: String) -> String? { Disk.text(directory.file(name)) }

    /// What stands in the folder.
    private var names: [String] { Disk.names(in: directory.path) }

    private func status(_ name: String) -> stat {
        var status = stat()
        lstat(directory.file(name), &status)
        return status
    }

    @Test func `a file appears whole, and only when it is committed`() throws {
        var file = try AtomicFile(path: directory.file("out"))
        try file.write(Array("one ".utf8))
        try file.write([])
        try file.write(Array("two".utf8))
        #expect(text("out") == nil && names.count == 1)
        try file.commit(replacing: false)
        #expect(text("out") == "one two" && names == ["out"])
    }

    @Test func `dropped without a commit it leaves nothing`() throws {
        try directory.write("old", to: "out")
        do {
            let file = try AtomicFile(path: directory.file("out"))
            try file.write(Array("new".utf8))
            #expect(names.count == 2)
        }
        #expect(text("out") == "old" && names == ["out"])
    }

    @Test func `a file that stands there stays unless it may be replaced`() throws {
        for (isReplaced, expected) in [(false, "old"), (true, "new")] {
            try directory.write("old", to: "out")
            do {
                var file = try AtomicFile(path: directory.file("out"))
                try file.write(Array("new".utf8))
                if isReplaced {
                    try file.commit(replacing: true)
                } else {
                    let error = #expect(throws: FileError.self) { try file.commit(replacing: false) }
                    #expect(error?.path == directory.file("out") && error?.number == EEXIST)
                }
            }
            #expect(text("out") == expected && names == ["out"])
        }
    }

    @Test func `a link is written through`() throws {
        try directory.write("old", to: "target")
        try #require(symlink("target", directory.file("link")) == 0)
        var file = try AtomicFile(path: directory.file("link"))
        try file.write(Array("new".utf8))
        try file.commit(replacing: true)
        #expect(status("link").st_mode & S_IFMT == S_IFLNK)
        #expect(text("target") == "new" && names == ["link", "target"])
    }

    @Test func `a folder, a device and a path without a name are refused at once`() throws {
        let path = directory.path
        try #require(mkdir(directory.file("folder"), 0o700) == 0)
        for (path, reason) in [
            (directory.file("folder"), "it is a directory"), (path + "/", "it is a directory"),
            ("/dev/null", "it is not a regular file"),
        ] {
            let error = #expect(throws: FileError.self) { _ = try AtomicFile(path: path) }
            #expect(error?.path == path && error?.reason == reason)
        }
        #expect(names == ["folder"])
    }

    @Test func `a folder that is not there is told with the name that was asked for`() throws {
        let error = #expect(throws: FileError.self) { _ = try AtomicFile(path: directory.file("no/out")) }
        #expect(error?.path == directory.file("no/out") && error?.isMissing == true)
    }

    @Test func `the mode can be set whatever the umask`() throws {
        var file = try AtomicFile(path: directory.file("out"), mode: 0o600)
        try file.commit(replacing: false)
        #expect(status("out").st_mode & 0o777 == 0o600)
        var open = try AtomicFile(path: directory.file("open"), mode: 0o600)
        try open.setMode(0o666)
        try open.commit(replacing: false)
        #expect(status("open").st_mode & 0o777 == 0o666)
    }

    @Test func `a name as long as names may be has room for the temporary one`() throws {
        let name = String(repeating: "n", count: 255)
        var file = try AtomicFile(path: directory.file(name))
        try file.commit(replacing: false)
        #expect(names == [name])
    }
}
