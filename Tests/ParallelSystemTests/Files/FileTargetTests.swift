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

struct FileTargetTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: [
        ("/dev/stdin", 0), ("/dev/stdout", 1), ("/dev/stderr", 2), ("/dev/fd/2", 2), ("/dev/fd/63", 63),
        ("/dev/../dev/fd/7", 7),
    ])
    func `a name of an open descriptor is no file`(path: String, number: Int32) throws {
        #expect(try FileTarget(path) == .descriptor(number))
        try #require(symlink(path, directory.file("link")) == 0)
        #expect(try FileTarget(directory.file("link")) == .descriptor(number))
    }

    @Test(.enabled(if: access("/proc/self/fd/0", F_OK) == 0, "there is no /proc"))
    func `a descriptor is known by its names in proc`() throws {
        for folder in ["/proc/self/fd", "/proc/thread-self/fd", "/proc/\(getpid())/fd", "//proc/self/./fd"] {
            #expect(try FileTarget("\(folder)/2") == .descriptor(2))
        }
        let parent = "/proc/\(getppid())/fd/2"
        if access(parent, F_OK) == 0 { #expect(throws: FileError.self) { try FileTarget(parent) } }
    }

    @Test func `a number is an ordinary name of a file elsewhere`() throws {
        let path = directory.file("1")
        #expect(try FileTarget(path) == .file(path: path, exists: false))
        try directory.write("", to: "1")
        #expect(try FileTarget(path) == .file(path: path, exists: true))
    }

    @Test func `pipes and devices take data as it comes`() throws {
        #expect(try FileTarget("/dev/null") == .stream(path: "/dev/null", isPipe: false))
        let path = directory.file("pipe")
        try #require(mkfifo(path, 0o600) == 0 && symlink("pipe", directory.file("link")) == 0)
        #expect(try FileTarget(path) == .stream(path: path, isPipe: true))
        #expect(try FileTarget(directory.file("link")) == .stream(path: path, isPipe: true))
    }

    /// 1 and 2 are users that the test does not run as.
    private static let links: [(folder: mode_t, folderOwner: uid_t, linkOwner: uid_t, isFollowed: Bool)] = [
        (0o1777, 0, 1, false), (0o1777, 2, 1, false), (0o1757, 0, 1, false), (0o1772, 0, 1, false),
        (0o1777, 0, 0, true), (0o1777, 2, 0, true), (0o1777, 1, 1, true), (0o777, 0, 1, true), (0o1775, 0, 1, true),
    ]

    @Test(.enabled(if: geteuid() == 0, "only root may give files away"), arguments: links)
    func `a link that somebody put where everybody may put one is not followed`(
        folder: mode_t, folderOwner: uid_t, linkOwner: uid_t, isFollowed: Bool
    ) throws {
        try #require(mkdir(directory.file("shared"), 0o700) == 0)
        let link = directory.file("shared/link")
        let target = try directory.write("theirs", to: "target")
        // Before a link that counts, one of one's own; and a link may lead to what is no file yet, or takes data.
        for destination in ["../target", target, "../free", "/dev/null", "/dev/stderr"] {
            try #require(symlink(destination, link) == 0 && symlink("shared/link", directory.file("first")) == 0)
            try #require(lchown(link, linkOwner, 0) == 0 && chown(directory.file("shared"), folderOwner, 0) == 0)
            try #require(chmod(directory.file("shared"), folder) == 0)
            for path in [link, directory.file("first"), directory.file("shared/../shared//link")] {
                if isFollowed {
                    #expect(throws: Never.self) { try FileTarget(path) }
                } else {
                    let error = #expect(throws: FileError.self) { try FileTarget(path) }
                    #expect(error?.path == path && error?.reason.contains("is another user's") == true)
                }
            }
            try #require(unlink(link) == 0 && unlink(directory.file("first")) == 0)
        }
        #expect(Disk.text(target) == "theirs")
    }

    @Test(arguments: ["/dev/fd/63", "//dev/fd/63", "/dev/./fd/63", "/dev/../dev/fd/0", "/dev/stdin"])
    func `what only this process has open is known by any name`(path: String) throws {
        #expect(FileTarget.isOfThisProcess(path))
        try #require(symlink(path, directory.file("link")) == 0)
        #expect(FileTarget.isOfThisProcess(directory.file("link")))
    }

    @Test(.enabled(if: access("/proc/self/fd/0", F_OK) == 0, "there is no /proc"))
    func `what only this process has open is known by its names in proc`() {
        let thread = "/proc/self/task/\(getpid())"
        for folder in ["/proc/self", "/proc/thread-self", "/proc/\(getpid())", "//proc/self/.", thread] {
            #expect(FileTarget.isOfThisProcess("\(folder)/fd/7"), "\(folder)")
        }
        #expect(!FileTarget.isOfThisProcess("/proc/\(getppid())/fd/2"))
    }

    @Test(arguments: ["/dev/stdout", "/dev/fd/1", "/dev/stderr", "/dev/null", "/dev", "63", "fd/63", "", "-"])
    func `what the next process has, too, is not of this one`(path: String) {
        #expect(!FileTarget.isOfThisProcess(path))
    }
}
