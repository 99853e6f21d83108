import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelAuth

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct CredentialStoreTests {
    private let home: TemporaryDirectory
    private let store: CredentialStore
    private var folder: String { home.file(".config/parallel/credentials") }
    private var file: String { folder + "/n.json" }

    init() throws {
        home = try TemporaryDirectory()
        store = try #require(CredentialStore(environment: ["HOME": home.path]))
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `files and folder are the user's alone, whatever the umask`() throws {
        #expect(try store.read("n") == nil)
        try store.write(["a": 1], as: "n")
        #expect(mode(file) == 0o600 && mode(folder) == 0o700)
        #expect(try store.read("n") == ["a": 1])
        try store.remove("n")
        #expect(try store.read("n") == nil)
    }

    @Test func `a file that others can read is refused, with the command that mends it`() throws {
        try store.write(["a": 1], as: "n")
        chmod(file, 0o640)
        let error = #expect(throws: FileError.self) { try store.read("n") }
        #expect(error?.remedy == .makePrivate(path: file))
        #expect(throws: FileError.self) { try store.write(["b": 1], as: "n") }
        chmod(file, 0o600)
        #expect(try store.read("n") == ["a": 1])
    }

    @Test func `a folder that others can use is refused`() throws {
        try store.write(["a": 1], as: "n")
        chmod(folder, 0o750)
        let error = #expect(throws: FileError.self) { try store.read("n") }
        #expect(error?.remedy == .makeFolderPrivate(path: folder))
        #expect(throws: FileError.self) { try store.write(["b": 1], as: "n") }
        #expect(store.values().isEmpty)
    }

    @Test func `a link is refused, and what it leads to is left alone`() throws {
        try store.write(["a": 1], as: "other")
        let target = try home.write("{}", to: "target")
        #expect(symlink(target, file) == 0)
        #expect(throws: FileError.self) { try store.read("n") }
        #expect(throws: FileError.self) { try store.write(["b": 1], as: "n") }
        #expect(Disk.text(target) == "{}")
    }

    @Test func `a folder that is a link is refused`() throws {
        try store.write(["a": 1], as: "n")
        rename(folder, folder + "2")
        #expect(symlink(folder + "2", folder) == 0)
        #expect(throws: FileError.self) { try store.read("n") }
    }

    @Test(arguments: ["", "no", "[]", "{\"a\":"]) func `a broken file is an error that says what to do`(text: String)
        throws
    {
        try store.write(["a": 1], as: "n")
        try home.write(text, to: ".config/parallel/credentials/n.json")
        let error = #expect(throws: FileError.self) { try store.read("n") }
        #expect(error?.reason.contains("sign in again") == true)
    }

    @Test func `each server and account has a file of its own, without secrets in its name`() {
        let names = [
            CredentialStore.name(of: "https://a.example/mcp", account: nil),
            CredentialStore.name(of: "https://a.example/mcp?key=secret", account: nil),
            CredentialStore.name(of: "https://a.example/mcp", account: "work"),
            CredentialStore.name(of: "https://a.example/mcp", account: "../../x"),
            CredentialStore.name(of: "https://[::1]:80/mcp", account: nil, pending: true),
        ]
        #expect(Set(names).count == 5)
        #expect(names.allSatisfy { !$0.contains("/") && !$0.contains("secret") && !$0.contains("..") })
    }

    @Test func `logins that wait, and locks, are no logins`() async throws {
        try store.write(["a": 1], as: "n")
        try store.write(["b": 1], as: "n.pending")
        try await store.locked("n", ManualClock(passing: .seconds(60))) {}
        #expect(store.values() == [["a": 1]])
    }

    @Test func `one at a time`() async throws {
        let inside = Lock(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await store.locked("n", PatientClock()) {
                        let count = inside.withLock { count in
                            count += 1
                            return count
                        }
                        #expect(count == 1)
                        await Task.yield()
                        inside.withLock { $0 -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
