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

/// `credentials.json`, and the official tool's files.
@Suite struct AccountStoreTests {
    private let home: TemporaryDirectory
    private let store: CredentialStore
    private var file: String { home.file(".config/parallel/credentials.json") }

    init() throws {
        home = try TemporaryDirectory()
        store = try #require(CredentialStore(environment: ["HOME": home.path], isOfAccounts: true))
    }

    @Test func `profiles are in one file that only the user can read`() throws {
        try store.write(["api_key": "a"], as: "default")
        try store.write(["api_key": "b"], as: "work")
        try store.change { $0["keys"] = [["api_key_id": "k"]] }
        try store.remove("default")
        #expect(Disk.mode(file) == 0o600)
        #expect(
            try JSONValue.parse(Disk.bytes(file) ?? [])
                == ["version": 1, "profiles": ["work": ["api_key": "b"]], "keys": [["api_key_id": "k"]]])
    }

    @Test func `members that a later version adds survive`() throws {
        try store.change { $0["later"] = 1 }
        try store.write(["api_key": "a", "new": true], as: "default")
        #expect(try store.shared()["later"] == 1)
        #expect(try store.read("default")?["new"] == true)
    }

    @Test func `a loose mode, a link and a broken file are refused and left alone`() throws {
        try store.write(["api_key": "a"], as: "default")
        chmod(file, 0o604)
        let error = #expect(throws: FileError.self) { try store.read("default") }
        #expect(error?.remedy == .makePrivate(path: file))
        #expect(throws: FileError.self) { try store.write(["api_key": "b"], as: "default") }
        let target = try home.write("{}", to: "target")
        chmod(target, 0o600)
        unlink(file)
        #expect(symlink(target, file) == 0)
        #expect(throws: FileError.self) { try store.write(["api_key": "b"], as: "default") }
        #expect(Disk.text(target) == "{}")
        unlink(file)
        try home.write("{\"version\":", to: ".config/parallel/credentials.json")
        chmod(file, 0o600)
        #expect(throws: FileError.self) { try store.write(["api_key": "b"], as: "default") }
        #expect(Disk.text(file) == "{\"version\":")
    }

    @Test(arguments: ["{\"version\": 1, \"profiles\": []}", "{\"version\": 1, \"keys\": {}}"])
    func `a file whose members are not those of this program is left alone`(text: String) throws {
        try store.write(["api_key": "a"], as: "default")
        try home.write(text, to: ".config/parallel/credentials.json")
        #expect(throws: FileError.self) { try store.write(["api_key": "b"], as: "default") }
        #expect(throws: FileError.self) { try store.shown("default") }
        #expect(Disk.text(file) == text)
    }

    // MARK: - The official tool

    private func official(_ text: String, _ name: String = "auth.json", mode: mode_t = 0o600) throws {
        try Directory.create(home.file(".config/parallel-web-tools"))
        chmod(try home.write(text, to: ".config/parallel-web-tools/\(name)"), mode)
    }

    private func found() throws -> String? { try OfficialLogin.find(["HOME": home.path])?.key }

    @Test func `the key of the organisation that is selected is found`() throws {
        #expect(try found() == nil)
        try official("{\"access_token\": \"older\"}", "credentials.json")
        #expect(try found() == "older")
        try official(
            """
            {"version": 1, "selected_org_id": "o2", "orgs": {"o1": {"api_key": "one"},
             "o2": {"api_key": "two", "org_name": "Acme", "control_api": {"access_token": "at"}}}, "client_id": "c"}
            """)
        let login = try #require(try OfficialLogin.find(["HOME": home.path, "XDG_CONFIG_HOME": "/elsewhere"]))
        #expect(login.key == "two" && login.organization == "Acme")
        try official("{\"access_token\": \"flat\"}")
        #expect(try found() == "flat")
    }

    @Test(arguments: [
        "", "[]", "{\"version\": 1}", "{\"version\": 1, \"selected_org_id\": \"o\", \"orgs\": {}}",
        "{\"version\": 1, \"selected_org_id\": \"o\", \"orgs\": {\"o\": {\"api_key\": null}}}",
    ])
    func `a file without a key is none`(text: String) throws {
        try official(text)
        #expect(try found() == nil)
    }

    @Test func `nobody waits for a pipe in its place`() throws {
        try Directory.create(home.file(".config/parallel-web-tools"))
        #expect(mkfifo(home.file(".config/parallel-web-tools/auth.json"), 0o600) == 0)
        #expect(try found() == nil)
    }

    @Test func `one that others can read is refused`() throws {
        try official("{\"access_token\": \"k\"}", mode: 0o644)
        #expect(throws: (any Error).self) { try found() }
    }
}
