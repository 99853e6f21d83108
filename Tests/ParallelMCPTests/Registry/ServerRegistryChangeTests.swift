import ParallelMCP
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

extension RegistryFixture {
    @discardableResult
    func add(
        _ name: String, _ url: String? = nil, _ headers: [String: String] = [:], tools: [String]? = nil,
        to scope: RegistryScope = .user, force: Bool = false, in directory: String? = nil
    ) throws -> RegistryAddition {
        let registry = registry(in: directory)
        return try registry.store(
            registry.plan(
                name, url: url,
                headers: headers.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) },
                allowedTools: tools, to: scope, force: force))
    }
}

@Suite(.timeLimit(.minutes(10))) struct ServerRegistryAdditionTests {
    @Test func `a new file of the user's is private, in a private directory`() throws {
        let fixture = try RegistryFixture()
        let addition = try fixture.add("crm", "https://crm.example/mcp", ["Authorization": "Bearer ${T}"], tools: ["a"])
        #expect(addition.change == .added && addition.path == fixture.userFile && addition.notes.isEmpty)
        #expect(
            Disk.text(fixture.userFile) == """
                {
                  "mcpServers": {
                    "crm": {
                      "type": "http",
                      "url": "https://crm.example/mcp",
                      "headers": {
                        "Authorization": "Bearer ${T}"
                      },
                      "allowedTools": ["a"]
                    }
                  }
                }

                """)
        #expect(fixture.mode(fixture.userFile) == 0o600)
        #expect(fixture.mode(fixture.home + "/.config/parallel") == 0o700)
    }

    @Test(arguments: [0o644, 0o600, 0o666] as [UInt16])
    func `an own file is private after a change, whatever it was`(mode: UInt16) throws {
        let fixture = try RegistryFixture(user: "{}")
        try fixture.write("{}", to: fixture.userFile, mode: mode)
        try fixture.add("a", "https://a/")
        #expect(fixture.mode(fixture.userFile) == 0o600)
    }

    @Test(arguments: [0o664, 0o600, 0o640] as [UInt16])
    func `a project file keeps its mode`(mode: UInt16) throws {
        let fixture = try RegistryFixture()
        try fixture.write("{}", to: fixture.projectFile, mode: mode)
        try fixture.add("a", "https://a/", to: .project)
        #expect(fixture.mode(fixture.projectFile) == mode)
    }

    @Test func `a new project file goes to the root of the working tree, and to the nearest one there is`() throws {
        let fixture = try RegistryFixture()
        try fixture.add("a", "https://a/", to: .project, in: fixture.tree + "/sub/deep")
        #expect(Disk.text(fixture.projectFile) != nil)
        try fixture.write("{}", to: fixture.tree + "/sub/.mcp.json")
        try fixture.add("b", "https://b/", to: .project, in: fixture.tree + "/sub/deep")
        #expect(Disk.text(fixture.tree + "/sub/.mcp.json")?.contains("https://b/") == true)
    }

    @Test func `a file behind a link is written through it`() throws {
        let fixture = try RegistryFixture()
        let target = fixture.tree + "/sub/real.json"
        try fixture.write("{}", to: target)
        try fixture.makeLink(at: fixture.projectFile, to: target)
        try fixture.add("a", "https://a/", to: .project)
        #expect(fixture.isLink(fixture.projectFile))
        #expect(Disk.text(target)?.contains("https://a/") == true)
    }

    @Test func `additions at the same time are all kept`() async throws {
        let fixture = try RegistryFixture()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<4 {
                group.addTask { _ = try await onThread { try fixture.add("s\(index)", "https://s\(index)/") } }
            }
            try await group.waitForAll()
        }
        #expect(try fixture.registry().entries().count == 7)
        #expect(Disk.names(in: fixture.home + "/.config/parallel") == ["mcp.json"])
    }

    @Test func `an addition waits for another that is under way`() async throws {
        let fixture = try RegistryFixture(user: "{}")
        let folder = fixture.home + "/.config/parallel"
        let hasEnded = Lock(false)
        let before = try await onThread {
            let other = try HeldLock(folder)
            onNewThread {
                _ = try? fixture.add("late", "https://late/")
                hasEnded.withLock { $0 = true }
            }
            try pollOnThread("the addition to begin") {
                Disk.openCount(folder) == 2 || Disk.text(fixture.userFile) != "{}"
            }
            // Longer than a single try takes, and far from the two seconds after which it would go on.
            usleep(200_000)
            let before = Disk.text(fixture.userFile)
            try fixture.write(#"{"mcpServers":{"first":{"url":"https://first/"}}}"#, to: fixture.userFile)
            other.release()
            try pollOnThread("the addition to end") { hasEnded.withLock { $0 } }
            return before
        }
        #expect(before == "{}")
        #expect(
            try fixture.registry().entries().map(\.name).filter { !$0.hasPrefix("parallel") } == ["first", "late"])
    }

    @Test func `a lock that is never released does not block an addition for ever`() async throws {
        let fixture = try RegistryFixture(user: "{}")
        let other = try HeldLock(fixture.home + "/.config/parallel")
        defer { other.release() }
        let addition = try await onThread { try fixture.add("a", "https://a/") }
        #expect(addition.change == .added && Disk.text(fixture.userFile)?.contains("https://a/") == true)
    }

    @Test(arguments: [nil, "https://search.parallel.ai/mcp", "http://127.0.0.1:8/mcp/search"], RegistryScope.allCases)
    func `one of Parallel's servers is there already`(url: String?, scope: RegistryScope) throws {
        let registry = try RegistryFixture().registry(["PARALLEL_BASE_URL": "http://127.0.0.1:8"])
        let plan = try registry.plan(
            "parallel-search", url: url, headers: [], allowedTools: nil, to: scope, force: false)
        #expect(plan.standing == .builtIn)
    }

    @Test func `one of Parallel's servers with other tools is stored by its real address`() throws {
        let fixture = try RegistryFixture()
        let registry = fixture.registry(["PARALLEL_BASE_URL": "http://127.0.0.1:8"])
        let plan = try registry.plan(
            "parallel-task", url: nil, headers: [], allowedTools: ["getStatus"], to: .user, force: false)
        #expect(plan.standing == .new && plan.reached.url == "http://127.0.0.1:8/mcp/task")
        _ = try registry.store(plan)
        let entry = try #require(try registry.entries().first)
        #expect(try entry.definition().url == "https://task-mcp.parallel.ai/mcp")
        #expect(try entry.definition().headers.first?.value == "Bearer ${PARALLEL_API_KEY}")
        #expect(Disk.text(fixture.userFile)?.contains("127.0.0.1") == false)
    }

    @Test func `the name of one of Parallel's servers is given to another only by force`() throws {
        let fixture = try RegistryFixture()
        #expect(
            try refusal { try fixture.add("parallel-task", "https://a/") }
                == .reservedName("parallel-task", url: "https://task-mcp.parallel.ai/mcp"))
        #expect(Disk.text(fixture.userFile) == nil)
        let addition = try fixture.add("parallel-task", "https://a/", force: true)
        #expect(addition.notes == [.comesBefore(name: "parallel-task", .builtIn)])
    }

    @Test func `an equal entry is left alone, a different one needs force`() throws {
        let text = #"{"mcpServers":{"a":{"url":"https://a/","headers":{"x-k":"${K}"},"timeout":5}}}"#
        let fixture = try RegistryFixture(user: text)
        #expect(try fixture.add("a", "https://a/", ["X-K": "${K}"]).change == .unchanged)
        #expect(try refusal { try fixture.add("a", "https://b/") } == .different(name: "a", path: fixture.userFile))
        #expect(Disk.text(fixture.userFile) == text)
        #expect(try fixture.add("a", "https://b/", force: true).change == .replaced)
        #expect(
            Disk.text(fixture.userFile)
                == #"{"mcpServers":{"a":{"url":"https://b/","timeout":5,"type":"http"}}}"#)
    }

    @Test func `an entry that replaces a stdio entry keeps no member that starts a program`() throws {
        let fixture = try RegistryFixture(
            user: #"{"mcpServers":{"a":{"command":"x","args":[],"env":{},"disabled":true,"note":1}}}"#)
        try fixture.add("a", "https://a/", force: true)
        #expect(
            Disk.text(fixture.userFile)
                == #"{"mcpServers":{"a":{"note":1,"type":"http","url":"https://a/"}}}"#)
    }

    @Test(arguments: ["", "-a", ".a", "a b", "a/b", "ä", "a\n", String(repeating: "a", count: 65)])
    func `a name that is hard to type is refused`(name: String) throws {
        #expect(try refusal { try RegistryFixture().add(name, "https://a/") } == .invalidName)
    }

    @Test(
        arguments: [
            ("https://a/", ["X A": "secret"], .malformed("a header's name is not valid (RFC 9110)")),
            (
                "https://a/", ["X-A": "secret\n"],
                .malformed("the value of the header 'X-A' has a line end or NUL in it")
            ),
            ("https://a/", ["content-type": "secret"], reserved("content-type")),
            ("https://a/", ["Mcp-Session-Id": "secret"], reserved("Mcp-Session-Id")),
            ("https://a/", ["X-A": "secret", "x-a": "b"], .malformed("the header 'x-a' is given twice")),
            (
                "https://u:secret@a/", [:],
                .invalidURL(reason: "a URL with a user name or password in it is refused", meant: nil)
            ),
            ("ftp://secret/", [:], .invalidURL(reason: "a URL starts with https:// or http://", meant: nil)),
            ("secret${HOST}/", [:], .malformed("a URL starts with https:// or http://")),
            ("", [:], .invalidURL(reason: "the URL is empty", meant: nil)),
            ("https://a/${", [:], .unreadableReference(.url)),
            (
                "https://secret secret/", [:],
                .invalidURL(reason: "a URL holds no spaces, control characters or backslashes", meant: nil)
            ),
        ] as [(String, [String: String], EntryError)])
    func `a server that could never be used is not stored, and no value is repeated`(
        url: String, headers: [String: String], expected: EntryError
    ) throws {
        let fixture = try RegistryFixture()
        let error = try refusal { try fixture.add("a", url, headers, force: true) }
        #expect(error == .cannotAdd(name: "a", expected))
        #expect(!"\(error)".contains("secret"))
        #expect(Disk.text(fixture.userFile) == nil)
    }

    @Test(arguments: ["${BASE}/mcp", "https://${HOST}/mcp", "https://a:${PORT:-8080}/", "http://[::1]:8080/mcp"])
    func `a URL may hold variables, and is stored with them`(url: String) throws {
        let fixture = try RegistryFixture()
        try fixture.add("a", url)
        #expect(try fixture.registry().entries().first?.definition().url == url)
    }

    @Test(
        arguments: [
            ("https://a/", ["Authorization": "Bearer tok-1"], .header("Authorization")),
            ("https://a/", ["X-Api-Key": "tok-1"], .header("X-Api-Key")),
            ("https://a/", ["X-Api-Key": "${K:-tok-1}"], .header("X-Api-Key")), ("https://a/?key=tok-1", [:], .url),
            ("https://a/?tok-1", [:], .url),
        ] as [(String, [String: String], EntryPart)])
    func `a literal secret is kept out of the project's file, and advised against elsewhere`(
        url: String, headers: [String: String], part: EntryPart
    ) throws {
        let fixture = try RegistryFixture()
        let error = try refusal { try fixture.add("a", url, headers, to: .project) }
        #expect(error == .literalSecret(name: "a", part))
        #expect(Disk.text(fixture.projectFile) == nil)
        for (scope, force) in [(RegistryScope.project, true), (.user, false)] {
            let notes = try fixture.add("a", url, headers, to: scope, force: force).notes
            #expect(notes.contains(.literalSecret(part)))
            #expect(!"\(notes)".contains("tok-1"))
        }
    }

    @Test func `references and plain fields are no secrets`() throws {
        let fixture = try RegistryFixture()
        let headers = ["Authorization": "Bearer ${T}", "X-Pair": "${A} ${B}", "User-Agent": "crm/1"]
        #expect(try fixture.add("a", "https://a/?key=${K}", headers, to: .project).notes.isEmpty)
    }

    @Test func `settings in the URL of Parallel's search server are no secrets, and anything else is one`() throws {
        let fixture = try RegistryFixture()
        let url = "https://search.parallel.ai/mcp?mode=fast&advanced_settings.location=gb"
        #expect(try fixture.add("a", url, ["Authorization": "Bearer ${K}"], to: .project).notes.isEmpty)
        for other in [url + "&key=x", "https://task-mcp.parallel.ai/mcp?mode=fast", "https://a.example/?mode=fast"] {
            let error = try refusal { try fixture.add("b", other, [:], to: .project) }
            #expect(error == .literalSecret(name: "b", .url))
        }
    }

    @Test func `the old address of the search server is pointed out`() throws {
        let notes = try RegistryFixture().add("s", "https://search-mcp.parallel.ai/mcp").notes
        #expect(notes == [.oldAddress("search-mcp.parallel.ai/mcp")])
    }

    @Test func `a clash with the other file is reported`() throws {
        let fixture = try RegistryFixture(user: registryText(), project: registryText("x"))
        #expect(
            try fixture.add("crm", "https://p/", to: .project).notes
                == [.comesAfter(name: "crm", fixture.origin(.user))])
        #expect(
            try fixture.add("x", "https://u/").notes == [.comesBefore(name: "x", fixture.origin(.project))])
    }

    @Test func `without a home there is no place for an own entry`() throws {
        let registry = ServerRegistry(environment: [:], api: nil, workingDirectory: "/")
        let error = try refusal {
            _ = try registry.plan("a", url: "https://a/", headers: [], allowedTools: nil, to: .user, force: false)
        }
        #expect(error == .noPlace(.user))
    }
}

@Suite struct ServerRegistryRewriteTests {
    @Test(
        arguments: [
            (
                "{}",
                "{\n  \"mcpServers\": {\n    \"n\": {\n      \"type\": \"http\",\n      \"url\": \"https://n/\"\n    }\n  }\n}"
            ),
            (
                "{\n    \"a\": [1,\t2],\n    \"mcpServers\": {\n        \"b\": {}\n    },\n    \"z\": 1.10\n}\n",
                "{\n    \"a\": [1,\t2],\n    \"mcpServers\": {\n        \"b\": {},\n        \"n\": {\n            \"type\": \"http\",\n            \"url\": \"https://n/\"\n        }\n    },\n    \"z\": 1.10\n}\n"
            ),
            (
                "{\n\t\"mcpServers\": {}\n}\n",
                "{\n\t\"mcpServers\": {\n\t\t\"n\": {\n\t\t\t\"type\": \"http\",\n\t\t\t\"url\": \"https://n/\"\n\t\t}\n\t}\n}\n"
            ),
            (
                "{\r\n  \"x\": \"\\u00e9\\/\"\r\n}\r\n",
                "{\r\n  \"x\": \"\\u00e9\\/\",\r\n  \"mcpServers\": {\r\n    \"n\": {\r\n      \"type\": \"http\",\r\n      \"url\": \"https://n/\"\r\n    }\r\n  }\r\n}\r\n"
            ),
            (
                "\u{FEFF}{\"mcpServers\":{\"a,}\\\"\":[{\"]\":1}]},\"x\":null}",
                "\u{FEFF}{\"mcpServers\":{\"a,}\\\"\":[{\"]\":1}],\"n\":{\"type\":\"http\",\"url\":\"https://n/\"}},\"x\":null}"
            ),
            (
                "{\n  \"mcpServers\": {\n    \"n\": {\"timeout\": 1, \"url\": \"https://o/\"}, \"b\": {}\n  }\n}",
                "{\n  \"mcpServers\": {\n    \"n\": {\n      \"timeout\": 1,\n      \"url\": \"https://n/\",\n      \"type\": \"http\"\n    }, \"b\": {}\n  }\n}"
            ),
        ])
    func `a change keeps every other byte and the way the file is laid out`(before: String, after: String) throws {
        let fixture = try RegistryFixture(project: before)
        try fixture.add("n", "https://n/", to: .project, force: true)
        #expect(Disk.text(fixture.projectFile) == after)
    }

    @Test(
        arguments: [
            ("a", "{\n  \"mcpServers\": {\n    \"b\": 2,\n    \"c\": {\"d\": 3}\n  },\n  \"x\": 1\n}\n"),
            ("b", "{\n  \"mcpServers\": {\n    \"a\": {},\n    \"c\": {\"d\": 3}\n  },\n  \"x\": 1\n}\n"),
            ("c", "{\n  \"mcpServers\": {\n    \"a\": {},\n    \"b\": 2\n  },\n  \"x\": 1\n}\n"),
        ])
    func `a removed entry leaves the others as they were`(name: String, after: String) throws {
        let fixture = try RegistryFixture(
            project:
                "{\n  \"mcpServers\": {\n    \"a\": {},\n    \"b\": 2,\n    \"c\": {\"d\": 3}\n  },\n  \"x\": 1\n}\n")
        #expect(try fixture.registry().remove(name, from: .project) == "./.mcp.json")
        #expect(Disk.text(fixture.projectFile) == after)
    }

    @Test func `adding and removing an entry leaves the file unchanged`() throws {
        let text = "{\n   \"mcpServers\": {\n      \"a\": {\"b\" : [ ]}\n   }\n}"
        let fixture = try RegistryFixture(user: text)
        try fixture.add("n", "https://n/", ["X-A": "${A}"], tools: ["t", "u"])
        _ = try fixture.registry().remove("n", from: .user)
        #expect(Disk.text(fixture.userFile) == text)
    }

    @Test func `the last entry leaves an empty table`() throws {
        let fixture = try RegistryFixture(user: "{\"mcpServers\": {\n  \"a\": 1 } }")
        _ = try fixture.registry().remove("a", from: .user)
        #expect(Disk.text(fixture.userFile) == "{\"mcpServers\": {} }")
    }

    @Test func `an entry that is in another file is reported with its place`() throws {
        let fixture = try RegistryFixture(
            user: registryText(), project: #"{"mcpServers": {"shared": {}, "parallel-task": {}}}"#)
        let known = ["crm", "parallel", "parallel-search", "parallel-task", "shared"]
        let user = fixture.userFile
        let cases: [(name: String, scope: RegistryScope, expected: RegistryError)] = [
            ("crm", .project, .elsewhere(name: "crm", scope: .project, found: .user, path: user, .remove)),
            ("shared", .user, elsewhere("shared", .remove)),
            ("parallel-task", .user, elsewhere("parallel-task", .remove)),
            ("parallel-search", .user, .builtIn(name: "parallel-search", scope: .user)),
            ("nobody", .user, .unknown(name: "nobody", meant: nil, known: known)),
        ]
        for (name, scope, expected) in cases {
            #expect(try refusal { _ = try fixture.registry().remove(name, from: scope) } == expected)
        }
    }
}

/// An entry was looked for in the user's file, and is in the project's.
func elsewhere(_ name: String, _ change: RegistryChange) -> RegistryError {
    .elsewhere(name: name, scope: .user, found: .project, path: "./.mcp.json", change)
}
