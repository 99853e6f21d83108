import ParallelHTTP
import ParallelSettings
import ParallelSystem
import TestSupport
import Testing

struct SettingsTests {
    private func baseURL(_ environment: [String: String]) throws -> String {
        try Settings(environment: environment).baseURL.description
    }

    private func key(_ environment: [String: String], file: String? = nil) throws -> String? {
        try Settings(environment: environment, keyFile: file).apiKey?.reveal()
    }

    // MARK: - Base URL

    @Test func `the first variable that is not empty names the API`() throws {
        #expect(try baseURL([:]) == "https://api.parallel.ai/")
        #expect(try baseURL(["PARALLEL_API_URL": "https://b.example"]) == "https://b.example/")
        #expect(
            try baseURL(["PARALLEL_BASE_URL": "https://a.example/x/", "PARALLEL_API_URL": "https://b.example"])
                == "https://a.example/x/")
        #expect(
            try baseURL(["PARALLEL_BASE_URL": "", "PARALLEL_API_URL": "https://b.example"]) == "https://b.example/")
        #expect(try baseURL(["PARALLEL_BASE_URL": "", "PARALLEL_API_URL": ""]) == "https://api.parallel.ai/")
    }

    @Test(arguments: [
        "http://localhost:8080", "http://api.localhost", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:8080",
        "https://example.com", "HTTP://LOCALHOST",
    ])
    func `http reaches this machine, https any`(text: String) throws {
        #expect(throws: Never.self) { try baseURL(["PARALLEL_BASE_URL": text]) }
    }

    @Test(arguments: [
        ("http://example.com", "use https for example.com"), ("http://10.0.0.1", "use https for 10.0.0.1"),
        ("http://localhost.example.com", "use https for localhost.example.com"),
        ("http://127.0.0.1.example.com", "use https for 127.0.0.1.example.com"),
        ("http://[::2]", "use https for ::2"), ("http://0.0.0.0", "use https"),
        ("http://[::ffff:127.0.0.1]", "use https"),
        ("https://a.example/?x=1", "a query has no place in it"), ("https://me:pw@a.example", "user name or password"),
        ("ftp://a.example", "starts with https://"), ("a.example", "starts with https://"), ("https://", "no host"),
        ("https://a b", "no spaces"), (" https://a.example", "no spaces"),
    ])
    func `a base URL that can't be used is refused with the variable and no value`(text: String, reason: String) {
        for variable in APIAddress.variables {
            let error = #expect(throws: SettingsError.self) { try baseURL([variable: text]) }
            guard case .address(.variable(variable), let told) = error else {
                Issue.record("it is \(String(describing: error))")
                return
            }
            #expect(told.contains(reason) && !told.contains("pw"))
        }
    }

    @Test func `it is known where the address came from, and whether it is that of a sandbox`() throws {
        #expect(try APIAddress(environment: [:]).origin == .preset)
        #expect(try APIAddress(environment: [:]).localSandbox == nil)
        for (variable, text) in [
            ("PARALLEL_BASE_URL", "http://127.0.0.1:8"), ("PARALLEL_API_URL", "https://localhost:8/x"),
        ] {
            let address = try APIAddress(environment: [variable: text])
            #expect(address.origin == .variable(variable))
            let url = try HTTPURL(text)
            #expect(address.url == url && address.localSandbox == url)
        }
        #expect(try APIAddress(environment: ["PARALLEL_BASE_URL": "https://a.example"]).localSandbox == nil)
    }

    // MARK: - Key

    @Test func `it is known where the key came from`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("k", to: "key")
        #expect(try Settings(environment: [:]).keyOrigin == nil)
        #expect(try Settings(environment: ["PARALLEL_API_KEY": ""]).keyOrigin == nil)
        #expect(try Settings(environment: ["PARALLEL_API_KEY": "k"]).keyOrigin == .variable("PARALLEL_API_KEY"))
        #expect(try Settings(environment: ["PARALLEL_API_KEY": "k"], keyFile: path).keyOrigin == .file(path))
        #expect(try Settings(environment: [:], keyFile: "-") { Array("k".utf8) }.keyOrigin == .standardInput)
        #expect(throws: SettingsError.moreThanKey) {
            try Settings(environment: [:], keyFile: "-") { Array("k\nl\n".utf8) }
        }
    }

    @Test func `a key file comes before the environment`() throws {
        let file = try TemporaryDirectory()
        let path = try file.write("\n  from-file \r\n", to: "key")
        #expect(try key(["PARALLEL_API_KEY": "from-env"], file: path) == "from-file")
        #expect(try key(["PARALLEL_API_KEY": " from-env\n"]) == "from-env")
        #expect(try key(["PARALLEL_API_KEY": ""]) == nil)
        #expect(try key([:]) == nil)
    }

    @Test func `a byte order mark in front of a key is no part of it`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("\u{FEFF}from-file\r\n", to: "key")
        #expect(try key([:], file: path) == "from-file")
        #expect(
            try Settings(environment: [:], keyFile: "-") { Array("\u{FEFF}from-input\r\n".utf8) }.apiKey?.reveal()
                == "from-input")
        #expect(throws: SettingsError.self) { try key([:], file: directory.write("\u{FEFF}\n", to: "key")) }
        #expect(throws: SettingsError.self) { try key([:], file: directory.write("a\u{FEFF}b", to: "key")) }
    }

    @Test func `a key file that can't be read does not fall back to the environment`() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: FileError.self) { try key(["PARALLEL_API_KEY": "k"], file: directory.file("no")) }
        #expect(throws: SettingsError.self) { try key(["PARALLEL_API_KEY": "k"], file: directory.path) }
    }

    @Test(arguments: [
        (" ", "it holds no key"), ("a b", "characters that no key has"), ("a\nb", "characters that no key has"),
        ("é", "characters that no key has"), ("a\u{0}", "characters that no key has"),
        ("a\u{7F}", "characters that no key has"),
    ])
    func `a key that can't be one is refused without being shown`(text: String, reason: String) {
        let fault = #expect(throws: SettingsError.self) { try key(["PARALLEL_API_KEY": text]) }
        guard case .key(.variable("PARALLEL_API_KEY"), let told, nil) = fault else {
            Issue.record("it is \(String(describing: fault))")
            return
        }
        #expect(told.contains(reason))
    }

    @Test func `an empty key file holds no key`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("\n", to: "key")
        let fault = #expect(throws: SettingsError.self) { try key(["PARALLEL_API_KEY": "e"], file: path) }
        guard case .key(.file(path), "it holds no key", nil) = fault else {
            Issue.record("it is \(String(describing: fault))")
            return
        }
    }
}

struct XDGPathsTests {
    @Test(
        arguments: [
            (["XDG_CONFIG_HOME": "/x", "HOME": "/h"], "/x/parallel"), (["HOME": "/h"], "/h/.config/parallel"),
            (["XDG_CONFIG_HOME": "x", "HOME": "/h"], "/h/.config/parallel"),
            (["XDG_CONFIG_HOME": "", "HOME": "/h"], "/h/.config/parallel"), (["XDG_CONFIG_HOME": "/x"], "/x/parallel"),
            (["HOME": "h"], nil), (["XDG_CONFIG_HOME": "x"], nil), ([:], nil),
        ] as [([String: String], String?)])
    func `the configuration folder is absolute or none`(environment: [String: String], path: String?) {
        #expect(XDGPaths(environment: environment).configuration == path)
    }
}

struct SecretTests {
    private let secret = Secret("tok-1")

    @Test func `only reveal gives the value`() {
        #expect(secret.reveal() == "tok-1")
    }

    @Test func `no way of printing shows it`() throws {
        struct Holder { let secret: Secret?, list: [Secret], named: [String: Secret] }
        let holder = Holder(secret: secret, list: [secret], named: ["a": secret])
        var texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\(holder)",
            String(reflecting: holder),
            "\(Optional(secret) as Any)", "\([secret])", "\(Mirror(reflecting: secret).children.map { "\($0)" })",
            "\(try Settings(environment: ["PARALLEL_API_KEY": "tok-1"]))",
        ]
        for value: Any in [secret, holder, try Settings(environment: ["PARALLEL_API_KEY": "tok-1"])] {
            var dumped = ""
            dump(value, to: &dumped)
            var printed = ""
            print(value, to: &printed)
            texts += [dumped, printed]
        }
        for text in texts { #expect(!text.contains("tok-1")) }
        #expect(texts[0] == "***" && Mirror(reflecting: secret).children.isEmpty)
    }
}
