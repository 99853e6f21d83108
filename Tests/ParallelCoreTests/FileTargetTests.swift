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
