import TestSupport
import Testing

@testable import ParallelSystem

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
            var file = try AtomicFile(path: directory.file("out"))
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

    @Test func `a folder that is not there is reported with the name that was asked for`() throws {
        let error = #expect(throws: FileError.self) { _ = try AtomicFile(path: directory.file("no/out")) }
        #expect(error?.path == directory.file("no/out") && error?.isMissing == true)
    }

    @Test func `a link that leads nowhere yet gets its target made, and one that leads in a circle is refused`() throws
    {
        try #require(mkdir(directory.file("folder"), 0o700) == 0)
        try #require(symlink("folder/next", directory.file("link")) == 0)
        try #require(symlink("../target", directory.file("folder/next")) == 0)
        var file = try AtomicFile(path: directory.file("link"))
        try file.commit(replacing: false)
        #expect(status("link").st_mode & S_IFMT == S_IFLNK && text("target") == "")
        try #require(symlink("two", directory.file("one")) == 0 && symlink("one", directory.file("two")) == 0)
        let error = #expect(throws: FileError.self) { _ = try AtomicFile(path: directory.file("one")) }
        #expect(error?.number == ELOOP && error?.path == directory.file("one"))
    }

    @Test(arguments: [0o600, 0o640, 0o755, 0o444] as [mode_t])
    func `a file that is replaced keeps its mode, and nobody can read the new one before`(_ mode: mode_t) throws {
        try directory.write("old", to: "out")
        try #require(chmod(directory.file("out"), mode) == 0)
        var file = try AtomicFile(path: directory.file("out"))
        let temporary = try #require(names.first { $0 != "out" })
        #expect(status(temporary).st_mode & 0o777 == 0o600)
        try file.commit(replacing: true)
        #expect(status("out").st_mode & 0o777 == mode)
    }

    @Test func `a new file has the mode that is asked for, and one that holds secrets has it always`() throws {
        var new = try AtomicFile(path: directory.file("out"), mode: 0o640)
        try new.commit(replacing: false)
        #expect(status("out").st_mode & 0o777 == 0o640)
        var secret = try AtomicFile(path: directory.file("out"), mode: 0o600, keepsMode: false)
        try secret.commit(replacing: true)
        #expect(status("out").st_mode & 0o777 == 0o600)
    }

    private static let lists: [[UInt8]] = [
        AccessControl.list(user: (12_345, 4), group: 0, most: 4),
        AccessControl.list(owner: 7, user: (12_345, 0), group: 6, most: 6, others: 4),
    ]

    /// A user whom the folder lets read and write all that is made in it.
    private static let inherited = AccessControl.list(user: (23_456, 6), group: 6, most: 6, others: 4)

    @Test(.enabled(if: AccessControl.isThere, "there are no access control lists"), arguments: lists, [false, true])
    func `a file that is replaced keeps its access control list`(_ list: [UInt8], inherits: Bool) throws {
        if inherits { try #require(AccessControl.set(Self.inherited, .inherited, on: directory.path)) }
        try directory.write("old", to: "out")
        try #require(AccessControl.set(list, on: directory.file("out")))
        let mode = status("out").st_mode
        var file = try AtomicFile(path: directory.file("out"))
        try file.write(Array("new".utf8))
        try file.commit(replacing: true)
        #expect(text("out") == "new" && AccessControl.list(of: directory.file("out")) == list)
        #expect(status("out").st_mode == mode)
    }

    @Test(.enabled(if: AccessControl.isThere, "there are no access control lists"), arguments: [0o640, 0o666, 0o604])
    func `a folder's access control list lets nobody read what replaces a file without one`(_ mode: mode_t) throws {
        try directory.write("old", to: "out")
        try #require(chmod(directory.file("out"), mode) == 0)
        try #require(AccessControl.set(Self.inherited, .inherited, on: directory.path))
        var file = try AtomicFile(path: directory.file("out"))
        let temporary = try #require(names.first { $0 != "out" })
        // What those who are named may do at the most.
        #expect(status(temporary).st_mode & 0o077 == 0)
        try file.commit(replacing: true)
        #expect(status("out").st_mode & 0o777 == mode && AccessControl.list(of: directory.file("out")) == nil)
    }

    @Test(.enabled(if: AccessControl.isThere, "there are no access control lists"))
    func `a folder's access control list lets nobody read a file with secrets`() throws {
        try #require(AccessControl.set(Self.inherited, .inherited, on: directory.path))
        for _ in 1...2 {
            var file = try AtomicFile(path: directory.file("out"), mode: 0o600, keepsMode: false)
            try file.commit(replacing: true)
            #expect(status("out").st_mode & 0o077 == 0)
        }
    }

    @Test func `a link that has come meanwhile is replaced, and tells nothing about rights`() throws {
        try directory.write("old", to: "out")
        try directory.write("theirs", to: "theirs", mode: 0o666)
        try #require(chmod(directory.file("theirs"), 0o666) == 0)
        var file = try AtomicFile(path: directory.file("out"))
        try #require(unlink(directory.file("out")) == 0 && symlink("theirs", directory.file("out")) == 0)
        try file.commit(replacing: true)
        #expect(status("out").st_mode == S_IFREG | 0o600 && text("theirs") == "theirs")
    }

    @Test(.enabled(if: geteuid() == 0, "only root may give files away"))
    func `a file that is replaced keeps its owner and group`() throws {
        try directory.write("old", to: "out")
        try #require(chown(directory.file("out"), 12_345, 54_321) == 0)
        var file = try AtomicFile(path: directory.file("out"))
        try file.commit(replacing: true)
        #expect(status("out").st_uid == 12_345 && status("out").st_gid == 54_321)
    }

    @Test func `a file whose name was taken can have another, which is free`() throws {
        var file = try AtomicFile(path: directory.file("out"))
        try file.write(Array("new".utf8))
        #expect(throws: FileError.self) { try file.commit(as: directory.file("out-2")) }
        try directory.write("theirs", to: "out")
        try directory.write("theirs too", to: "out-2")
        #expect(throws: FileError.self) { try file.commit(replacing: false) }
        let error = #expect(throws: FileError.self) { try file.commit(as: directory.file("out-2")) }
        #expect(error?.isTaken == true)
        let contents = try file.contents()
        #expect(contents == Array("new".utf8))
        try file.commit(as: directory.file("out-3"))
        #expect(names == ["out", "out-2", "out-3"])
        #expect(text("out") == "theirs" && text("out-2") == "theirs too" && text("out-3") == "new")
    }

    @Test func `what a killed process has left of the same file is removed, and nothing else`() throws {
        let leftovers = [".out.0123456789abc.tmp", ".out.zzzzzzzzzzzzz.tmp"]
        let others = [
            ".other.0123456789abc.tmp", ".out.0123456789ab.tmp", ".out.0123456789abcd.tmp", ".out.0123456789ABC.tmp",
            ".out.x.0123456789abc.tmp", ".out.0123456789abc.tmp2", "out.0123456789abc.tmp", ".out.0123456789a-c.tmp",
        ]
        for name in leftovers + others { try directory.write("half", to: name) }
        try #require(mkdir(directory.file(".out.1111111111111.tmp"), 0o700) == 0)
        try #require(symlink("other", directory.file(".out.2222222222222.tmp")) == 0)
        try #require(mkfifo(directory.file(".out.3333333333333.tmp"), 0o600) == 0)
        let kept = others + (1...3).map { ".out.\(String(repeating: "\($0)", count: 13)).tmp" }
        var file = try AtomicFile(path: directory.file("out"))
        try file.commit(replacing: false)
        #expect(names == (kept + ["out"]).sorted())
    }

    @Test func `a temporary file that somebody still writes is spared`() throws {
        var first = try AtomicFile(path: directory.file("out"))
        try first.write(Array("first".utf8))
        var second = try AtomicFile(path: directory.file("out"))
        #expect(names.count == 2)
        try second.commit(replacing: true)
        try first.commit(replacing: true)
        #expect(text("out") == "first" && names == ["out"])
    }

    @Test(.enabled(if: geteuid() == 0, "only root may give files away"))
    func `a temporary file of somebody else's is spared`() throws {
        let name = ".out.0123456789abc.tmp"
        try directory.write("half", to: name)
        try #require(chown(directory.file(name), 12_345, 54_321) == 0)
        _ = try AtomicFile(path: directory.file("out"))
        #expect(names == [name])
    }

    @Test(arguments: [String(repeating: "n", count: 255), String(repeating: "e\u{301}", count: 85)])
    func `a name as long as names may be has room for the temporary one`(_ name: String) throws {
        var file = try AtomicFile(path: directory.file(name))
        try file.commit(replacing: false)
        #expect(names == [name])
    }
}
