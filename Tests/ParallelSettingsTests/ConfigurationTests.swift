import ParallelSettings
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

/// The file of settings.
struct ConfigurationTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("config.json") }
    private var environment: [String: String] { [Configuration.variable: path] }

    init() throws { directory = try TemporaryDirectory() }

    private func value(_ name: String, _ profile: String? = nil) throws -> String? {
        try Configuration(environment: environment).value(of: name, for: profile)?.text
    }

    private func set(_ name: String, _ value: String?, _ profile: String? = nil) throws -> Bool {
        try Configuration(environment: environment).set(name, to: value, for: profile)
    }

    private func reason(_ text: String) throws -> String {
        try directory.write(text, to: "config.json")
        let error = #expect(throws: SettingsError.self) { try value("a") }
        switch error {
        case .configuration(let error)?: return error.reason
        case .setting(_, .configuration(path, _), let reason, _)?: return reason
        default: return "\(String(describing: error))"
        }
    }

    // MARK: - Reading

    @Test func `it is config json of the configuration folder, or what the variable names`() throws {
        func path(_ environment: [String: String]) throws -> String? {
            try Configuration.path(environment: environment)
        }
        #expect(try path(["HOME": "/h"]) == "/h/.config/parallel/config.json")
        #expect(try path(["HOME": "/h", "XDG_CONFIG_HOME": "/c"]) == "/c/parallel/config.json")
        #expect(try path(["HOME": "/h", "PARALLEL_CONFIG": ""]) == "/h/.config/parallel/config.json")
        #expect(try path(["HOME": "/h", "PARALLEL_CONFIG": "/x"]) == "/x")
        #expect(try path([:]) == nil)
        #expect(throws: SettingsError.self) { try path(["HOME": "/h", "PARALLEL_CONFIG": "x"]) }
    }

    @Test(arguments: ["/nowhere/none/config.json", "/dev/null", "/dev/null/config.json"])
    func `where there is no file there are no settings`(path: String) throws {
        let configuration = try Configuration(environment: [Configuration.variable: path])
        #expect(try configuration.value(of: "a", for: nil) == nil && configuration.names(for: nil).isEmpty)
    }

    @Test func `a blank file has no settings, and a pipe is refused without a wait`() throws {
        try directory.write(" \n", to: "config.json")
        #expect(try value("a") == nil)
        unlink(path)
        mkfifo(path, 0o600)
        let refused = FileError(path: path, reason: "it is not a regular file")
        #expect(throws: SettingsError.configuration(refused)) { try value("a") }
    }

    @Test func `a profile counts before the settings for all, and the profile default where none is chosen`() throws {
        let text = #"{"a":"1","b":"2","profiles":{"work":{"a":"3"},"default":{"b":"4"}}}"#
        try directory.write(text, to: "config.json")
        #expect(try value("a") == "1" && value("b") == "4" && value("c") == nil)
        #expect(try value("a", "work") == "3" && value("b", "work") == "2" && value("a", "none") == "1")
        let configuration = try Configuration(environment: environment)
        #expect(configuration.has(profile: "work") && !configuration.has(profile: "none"))
        #expect(configuration.names(for: "work").map(\.name) == ["a", "a", "b"])
    }

    @Test func `numbers and truth values are texts`() throws {
        try directory.write(#"{"a":2.50,"b":true,"c":false}"#, to: "config.json")
        #expect(try value("a") == "2.50" && value("b") == "true" && value("c") == "false")
    }

    @Test(arguments: [
        ("{\"a\": 1,\n \"b\" 2}", "line 2"), ("[]", "no JSON object"), ("{\"profiles\":[]}", "'profiles'"),
        ("{\"profiles\":{\"x\":1}}", "'profiles'"), ("{\"a\":null}", "no text"), ("{\"a\":[]}", "no text"),
        ("{\"a\":\" \"}", "empty"), ("{", "line 1"),
    ])
    func `a broken file says what is wrong and is never overwritten`(text: String, words: String) throws {
        #expect(try reason(text).contains(words))
        if (try? Configuration(environment: environment)) == nil {
            #expect(Disk.text(path) == text)
        }
    }

    @Test(arguments: [0o620, 0o602, 0o666] as [mode_t])
    func `a file that others can change is refused`(mode: mode_t) throws {
        try directory.write("{}", to: "config.json")
        chmod(path, mode)
        let error = #expect(throws: SettingsError.self) { try value("a") }
        let refused = FileError(path: path, reason: "others can change it", remedy: .makePrivate(path: path))
        #expect(error == .configuration(refused))
        chmod(path, 0o644)
        #expect(try value("a") == nil)
    }

    @Test func `a folder is no file`() throws {
        mkdir(path, 0o700)
        let refused = FileError(path: path, reason: "it is a directory")
        #expect(throws: SettingsError.configuration(refused)) { try value("a") }
    }

    // MARK: - Changing

    @Test func `a new file is its owner's alone, and has what was set`() throws {
        #expect(try !set("a", "1"))
        #expect(try !set("b", "2", "work"))
        #expect(try set("a", "3"))
        #expect(Disk.mode(path) == 0o600)
        #expect(
            Disk.text(path) == """
                {
                  "a": "3",
                  "profiles": {
                    "work": {
                      "b": "2"
                    }
                  }
                }

                """)
        #expect(try set("b", nil, "work") && !set("b", nil, "work"))
        #expect(Disk.text(path) == "{\n  \"a\": \"3\"\n}\n")
    }

    @Test func `every other byte stays, and of equal names none is left`() throws {
        let text = "{\"x\" : [1.10, {}],\n\t\"a\":1,\"a\":2,\n\"profiles\":{\"work\":{\"b\":3,\"y\":null}}}"
        try directory.write(text, to: "config.json", mode: 0o644)
        #expect(try set("b", "4", "work"))
        #expect(Disk.text(path) == text.replacing("\"b\":3", with: "\"b\":\"4\""))
        #expect(try set("a", nil))
        #expect(Disk.text(path)?.contains("\"a\"") == false && Disk.mode(path) == 0o600)
        #expect(Disk.text(path)?.contains("{\"x\" : [1.10, {}]") == true)
    }

    @Test func `a link leads to the file that is changed`() throws {
        let target = try directory.write("{}\n", to: "dotfiles.json")
        symlink(target, path)
        _ = try set("a", "1")
        #expect(Disk.text(target) == "{\n  \"a\": \"1\"\n}\n" && !UserFile.isPlain(path))
        #expect(try value("a") == "1")
    }

    @Test func `a broken file is not changed, nor is a device`() throws {
        let configuration = try Configuration(environment: environment)
        try directory.write("{\"a\"", to: "config.json")
        #expect(throws: SettingsError.self) { try configuration.set("a", to: "1", for: nil) }
        #expect(Disk.text(path) == "{\"a\"")
        let null = try Configuration(environment: [Configuration.variable: "/dev/null"])
        #expect(throws: FileError.self) { try null.set("a", to: "1", for: nil) }
    }

    @Test func `the profiles are no setting that could be taken away`() throws {
        _ = try set("a", "1", "work")
        #expect(try !set("profiles", nil) && value("a", "work") == "1")
    }

    @Test func `nothing is lost where several change it at once`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 { group.addTask { _ = try set("a\(number)", "1") } }
            try await group.waitForAll()
        }
        #expect(try Configuration(environment: environment).names(for: nil).count == 20)
    }
}
