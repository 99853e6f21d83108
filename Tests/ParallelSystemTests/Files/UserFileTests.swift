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

@Suite(.timeLimit(.minutes(10))) struct UserFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func `reading a file without end ends once the task is cancelled`() async {
        await #expect(throws: CancellationError.self) {
            try await cancelled { try UserFile.read("/dev/zero") { _ in } }
        }
    }

    @Test(arguments: [0o600, 0o400, 0o700] as [UInt16])
    func `a secret is read from a file of one's own`(mode: UInt16) throws {
        let path = try directory.write(" key-1\n", to: "key")
        try #require(chmod(path, mode_t(mode)) == 0)
        #expect(try UserFile.readSecret(path) == " key-1\n")
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o620, 0o610, 0o601, 0o777] as [UInt16])
    func `a file that others have any right to is refused with what to do`(mode: UInt16) throws {
        let path = try directory.write("key-1", to: "my key")
        try #require(chmod(path, mode_t(mode)) == 0)
        let error = #expect(throws: FileError.self) { try UserFile.readSecret(path) }
        #expect(error == FileError(path: path, reason: "others can read it", remedy: .makePrivate(path: path)))
    }

    @Test(
        .enabled(if: geteuid() == 0, "only root can make files that are root's, or another's"),
        arguments: [
            (0, 0o444, true), (0, 0o440, true), (0, 0o644, false), (0, 0o446, false), (1, 0o444, false),
            (1, 0o644, false),
        ] as [(uid_t, mode_t, Bool)])
    func `a secret that a container mounted may be readable for all, where only root could change it`(
        owner: uid_t, mode: mode_t, isRead: Bool
    ) throws {
        try #require(mkdir(directory.file("secrets"), 0o755) == 0)
        let folder = try #require(realpath(directory.file("secrets"), nil).map { String(cString: $0) })
        let path = try directory.write("key-1", to: "secrets/my key")
        try #require(chmod(path, mode) == 0 && chown(path, owner, owner) == 0)
        try #require(symlink(path, directory.file("link")) == 0)
        for way in [path, directory.file("link"), "\(folder)/../secrets/my key"] {
            if isRead {
                #expect(try UserFile.readSecret(way, mountedIn: ["\(folder)/"]) == "key-1")
            } else {
                #expect(throws: FileError.self) { try UserFile.readSecret(way, mountedIn: ["\(folder)/"]) }
            }
            // The same file elsewhere is no container's.
            #expect(throws: FileError.self) { try UserFile.readSecret(way, mountedIn: ["\(folder)x/"]) }
        }
        // What its owner alone can mend is not asked of somebody else.
        let error = #expect(throws: FileError.self) { try UserFile.readSecret(path) }
        #expect(error?.reason == "others can read it")
        #expect(error?.remedy == (owner == 0 ? .makePrivate(path: path) : .copy(path: path)))
    }

    @Test func `what a process has open is made safe by the name it has on disk`() throws {
        let descriptor = open(try directory.write("key-1", to: "key", mode: 0o644), O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let error = #expect(throws: FileError.self) { try UserFile.readSecret("/dev/fd/\(descriptor)") }
        #expect(error?.remedy == .makePrivate(path: nil))
    }

    @Test func `a link counts as what it points to`() throws {
        let path = try directory.write("key-1", to: "key")
        try #require(symlink("key", directory.file("link")) == 0)
        #expect(try UserFile.readSecret(directory.file("link")) == "key-1")
        try #require(chmod(path, 0o644) == 0)
        #expect(throws: FileError.self) { try UserFile.readSecret(directory.file("link")) }
    }

    @Test func `a pipe is read whatever its mode`() async throws {
        let path = directory.file("pipe")
        try #require(mkfifo(path, 0o644) == 0)
        async let secret = onThread { try UserFile.readSecret(path) }
        try await onThread {
            let writer = open(path, O_WRONLY | O_CLOEXEC)
            _ = write(writer, "key-1", 5)
            close(writer)
        }
        #expect(try await secret == "key-1")
    }

    @Test func `what is no text, no file or too long is refused`() throws {
        #expect(throws: FileError(path: directory.path, reason: "it is a directory")) {
            try UserFile.readSecret(directory.path)
        }
        let missing = #expect(throws: FileError.self) { try UserFile.readSecret(directory.file("no")) }
        #expect(missing?.isMissing == true)
        let long = try directory.write(String(repeating: "k", count: 65_537), to: "long")
        #expect(throws: FileError(path: long, reason: "larger than 65536 bytes")) { try UserFile.readSecret(long) }
        let binary = directory.file("binary")
        let descriptor = open(binary, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        _ = write(descriptor, [0xFF, 0xFE] as [UInt8], 2)
        close(descriptor)
        #expect(throws: FileError(path: binary, reason: "it is not text")) { try UserFile.readSecret(binary) }
    }

    @Test func `a dangling link exists`() throws {
        #expect(!UserFile.exists(directory.file("link")))
        try #require(symlink("nowhere", directory.file("link")) == 0)
        #expect(UserFile.exists(directory.file("link")))
    }

    @Test func `folders are made for the user alone, and made only once`() throws {
        try Directory.create(directory.file("a/b/c"))
        try Directory.create(directory.file("a/b/c"))
        for name in ["a", "a/b", "a/b/c"] {
            var status = stat()
            try #require(stat(directory.file(name), &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o700)
        }
        try directory.write("", to: "file")
        #expect(throws: FileError.self) { try Directory.create(directory.file("file/x")) }
    }
}
