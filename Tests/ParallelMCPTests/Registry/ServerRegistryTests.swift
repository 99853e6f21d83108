import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelSettings
import ParallelSystem
import TestSupport
import Testing

extension RegistryFixture {
    func registry(_ environment: [String: String] = [:], in directory: String? = nil) -> ServerRegistry {
        ServerRegistry(
            environment: environment.merging(["HOME": home]) { given, _ in given },
            api: try? APIAddress(environment: environment), workingDirectory: directory ?? tree)
    }

    func servers(
        _ names: String..., configFile: String? = nil, apiKey: String? = nil,
        environment: [String: String] = [:]
    ) throws -> (servers: [MCPServer], notes: [RegistryNote]) {
        let configFile = configFile.map { $0.hasPrefix("/") ? $0 : "\(tree)/\($0)" }
        let (servers, notes) = try registry(environment).servers(
            named: names, configFile: configFile, apiKey: apiKey.map { Secret($0) }, for: .task)
        return (servers.map(\.server), notes)
    }

    /// Where an entry of one of the two files is from.
    func origin(_ scope: RegistryScope) -> RegistryEntry.Origin {
        .file(scope, path: scope == .user ? userFile : "./.mcp.json")
    }
}

/// What a failing call throws.
func refusal(_ body: () throws -> Void) throws -> RegistryError {
    try #require(#expect(throws: RegistryError.self, performing: body))
}

/// An entry with a token in a variable, as a file with it alone.
func registryText(_ name: String = "crm", url: String = "https://crm.example/mcp") -> String {
    #"{"mcpServers": {"\#(name)": {"type": "http", "url": "\#(url)", "headers": {"Authorization": "Bearer ${CRM_TOKEN}"}}}}"#
}

@Suite struct ServerRegistryLookupTests {
    @Test func `without files Parallel's own servers are known`() throws {
        let entries = try RegistryFixture().registry().entries()
        #expect(entries.map(\.name) == ["parallel", "parallel-search", "parallel-task"])
        #expect(entries.allSatisfy { $0.origin.name == "built-in" })
    }

    @Test func `an own entry comes before a built-in one, and that before the project's`() throws {
        let file = #"{"mcpServers": {"crm": {"url": "https://u/"}, "parallel-search": {"url": "https://u/"}}}"#
        let project =
            #"{"mcpServers": {"crm": {"url": "https://p/"}, "parallel-task": {"url": "https://p/"}, "x": {"url": "https://p/"}}}"#
        let fixture = try RegistryFixture(user: file, project: project)
        let entries = try fixture.registry().entries()
        let effective = entries.filter { !$0.isShadowed }.map { "\($0.name) \($0.origin.name)" }
        #expect(
            effective == [
                "crm user", "parallel-search user", "parallel built-in", "parallel-task built-in", "x project",
            ])
        let shadowed = entries.filter(\.isShadowed).map { "\($0.name) \($0.origin.name)" }
        #expect(shadowed == ["parallel-search built-in", "crm project", "parallel-task project"])
    }

    @Test(arguments: ["/tree", "/tree/sub", "/tree/sub/deep"])
    func `the project's file is found from below in the working tree`(below directory: String) throws {
        let fixture = try RegistryFixture(project: registryText())
        let entries = try fixture.registry(in: fixture.tree.dropLast("/tree".count) + directory).entries()
        #expect(entries.last?.name == "crm")
        #expect(entries.last?.origin.path == (directory == "/tree" ? "./.mcp.json" : fixture.projectFile))
    }

    @Test func `the nearest project file is the one that counts`() throws {
        let fixture = try RegistryFixture(project: registryText("outer"))
        try fixture.write(registryText("inner"), to: fixture.tree + "/sub/.mcp.json")
        #expect(try fixture.registry(in: fixture.tree + "/sub/deep").entries().last?.name == "inner")
    }

    @Test func `outside a working tree directories above are not looked at`() throws {
        let fixture = try RegistryFixture()
        try fixture.makeDirectory(fixture.home + "/work")
        try fixture.write(registryText(), to: fixture.home + "/.mcp.json")
        #expect(try fixture.registry(in: fixture.home + "/work").entries().count == 3)
        #expect(try fixture.registry(in: fixture.home).entries().count == 4)
    }

    @Test(.enabled("only root can give a folder away") { RegistryFixture.canGiveAway })
    func `a working tree of somebody else's counts only where one stands in it`() throws {
        let fixture = try RegistryFixture(project: registryText())
        try fixture.giveAway(fixture.tree)
        #expect(try fixture.registry(in: fixture.tree + "/sub").entries().count == 3)
        #expect(try fixture.registry(in: fixture.tree).entries().count == 4)
    }

    @Test func `a relative XDG_CONFIG_HOME is ignored and an absolute one is used`() throws {
        let fixture = try RegistryFixture(user: registryText())
        #expect(try fixture.registry(["XDG_CONFIG_HOME": "config"]).entries().first?.name == "crm")
        let elsewhere = fixture.registry(["XDG_CONFIG_HOME": fixture.home + "/other"])
        #expect(try elsewhere.entries().first?.name == "parallel")
    }

    @Test(
        arguments: [
            ("", .unreadable("the text is empty at line 1, column 1")),
            (
                "{\n  \"mcpServers\": {,}\n}",
                .unreadable("expected a member name in quotes at line 2, column 18")
            ),
            ("[1]", .unreadable("the file holds an array, not an object")),
            (#"{"mcpServers": []}"#, .unreadable("'mcpServers' is an array, not an object")),
            (#"{"mcpServers": {"a": {}, "a": {}}}"#, .repeatedEntry("a")),
            (#"{"mcpServers": {}, "mcpServers": {}}"#, .repeatedTable("mcpServers")),
        ] as [(String, RegistryError.FileProblem)])
    func `a file that can't be understood is an error with the place, and stays as it is`(
        text: String, problem: RegistryError.FileProblem
    ) throws {
        let expected = RegistryError.file(path: "./.mcp.json", problem)
        let fixture = try RegistryFixture(project: text)
        let registry = fixture.registry()
        #expect(try refusal { _ = try registry.entries() } == expected)
        let added = try refusal {
            _ = try registry.plan("b", url: "https://b/", headers: [], allowedTools: nil, to: .project, force: true)
        }
        #expect(added == expected)
        #expect(try refusal { _ = try registry.remove("a", from: .project) } == expected)
        #expect(Disk.text(fixture.projectFile) == text)
        #expect(Disk.names(in: fixture.tree) == [".git", ".mcp.json", "sub"])
    }
}

@Suite(.timeLimit(.minutes(10))) struct ServerRegistryServersTests {
    @Test(arguments: ["http", "streamable-http", "streamableHttp", "url", nil] as [String?])
    func `an http entry of any spelling is used, its variables in place`(type: String?) throws {
        let word = type.map { #""type": "\#($0)", "# } ?? ""
        let fixture = try RegistryFixture(
            user: #"""
                {"mcpServers": {"crm": {\#(word)"url": "https://${HOST:-crm.example}/mcp", "allowedTools": ["find"],
                  "headers": {"Authorization": "Bearer ${CRM_TOKEN}", "X-Tenant": "${TENANT:-}"}, "timeout": 5}}}
                """#)
        let (servers, notes) = try fixture.servers("crm", environment: ["CRM_TOKEN": "secret"])
        let server = try #require(servers.first)
        #expect(
            server.json(.revealed) == [
                "type": "url", "url": "https://crm.example/mcp", "name": "crm",
                "headers": ["Authorization": "Bearer secret", "X-Tenant": ""], "allowed_tools": ["find"],
            ])
        #expect(server.headers.first?.value.template == "Bearer ${CRM_TOKEN}")
        #expect(notes.isEmpty)
    }

    @Test(
        arguments: [
            (#"{"command": "npx", "args": ["secret"]}"#, .stdio), (#"{"type": "stdio", "url": "https://a/"}"#, .stdio),
            (#"{"type": "sse", "url": "https://a/"}"#, .sse),
            (#"{"type": "ws", "url": "https://a/"}"#, .malformed("its type 'ws' is not http")),
            (#"{"type": 1, "url": "https://a/"}"#, .malformed("its 'type' is a number")),
            (#"{"url": "https://a/", "disabled": true}"#, .disabled),
            (#"{"type": "http"}"#, .malformed("it has no 'url'")),
            (
                #"{"url": "https://a/", "disabled": "true"}"#,
                .malformed("its 'disabled' is a string, not true or false")
            ),
            (#"{"url": "https://a/", "disabled": 1}"#, .malformed("its 'disabled' is a number, not true or false")),
            (#"{"url": "https://a/", "enabled": "false"}"#, .malformed("its 'enabled' is a string, not true or false")),
            (#"{"url": ["secret"]}"#, .malformed("its 'url' is an array, not a string")),
            (#""secret""#, .malformed("it is a string, not an object")),
            (
                #"{"url": "https://a/", "headers": ["secret"]}"#,
                .malformed("its 'headers' is an array, not an object")
            ),
            (
                #"{"url": "https://a/", "headers": {"X-A": 1}}"#,
                .malformed("its header 'X-A' is a number, not a string")
            ),
            (
                #"{"url": "https://a/", "headers": {"X A": "secret"}}"#,
                .malformed("a header's name is not valid (RFC 9110)")
            ),
            (
                #"{"url": "https://a/", "headers": {"X-A": "secret\r\nX-B: c"}}"#,
                .malformed("the value of the header 'X-A' has a line end or NUL in it")
            ),
            (#"{"url": "https://a/", "headers": {"MCP-Session-Id": "secret"}}"#, reserved("MCP-Session-Id")),
            (#"{"url": "https://a/", "headers": {"Host": "secret"}}"#, reserved("Host")),
            (#"{"url": "https://a/", "headers": {"Connection": "secret"}}"#, reserved("Connection")),
            (#"{"url": "https://a/", "headers": {"transfer-Encoding": "secret"}}"#, reserved("transfer-Encoding")),
            (
                #"{"url": "https://a/", "headers": {"X-A": "secret", "x-a": "b"}}"#,
                .malformed("the header 'x-a' is given twice")
            ),
            (
                #"{"url": "https://a/", "headers": {"X-A": "secret ${A-B}"}}"#,
                .unreadableReference(.header("X-A"))
            ),
            (#"{"url": "https://a/", "headers": {"X-A": "${A:-${B}}"}}"#, .unreadableReference(.header("X-A"))),
            (
                #"{"url": "https://a/", "allowedTools": [1]}"#,
                .malformed("its 'allowedTools' is not an array of strings")
            ),
            (
                #"{"url": "https://user:secret@a/"}"#,
                .invalidURL(reason: "a URL with a user name or password in it is refused", meant: nil)
            ),
            (#"{"url": "file:///secret"}"#, .invalidURL(reason: "a URL starts with https:// or http://", meant: nil)),
            (#"{"url": "${BASE}/mcp"}"#, .unset(variable: "BASE", .url)),
            (
                #"{"url": "https://a/", "headers": {"X-A": "${EMPTY}"}}"#,
                .unset(variable: "EMPTY", .header("X-A"))
            ),
            (
                #"{"url": "https://a/", "headers": {"X-A": "${LINES}"}}"#,
                .malformed("a variable puts a line end or NUL into the header 'X-A'")
            ),
            (
                #"{"url": "${LINES}"}"#,
                .invalidURL(reason: "a URL holds no spaces, control characters or backslashes", meant: nil)
            ),
        ] as [(String, EntryError)])
    func `an entry that can't be used is an error that names it and leaks nothing`(
        entry: String, expected: EntryError
    ) throws {
        let fixture = try RegistryFixture(user: #"{"mcpServers": {"crm": \#(entry)}}"#)
        let error = try refusal {
            _ = try fixture.servers("crm", environment: ["EMPTY": "", "LINES": "secret\nsecret"])
        }
        #expect(error == .unusable(name: "crm", fixture.origin(.user), expected))
        #expect(!"\(error)".contains("secret"))
    }

    @Test func `an unset variable is named with the server and the header`() throws {
        let fixture = try RegistryFixture(user: registryText())
        let expected = EntryError.unset(variable: "CRM_TOKEN", .header("Authorization"))
        #expect(
            try refusal { _ = try fixture.servers("crm") }
                == .unusable(name: "crm", fixture.origin(.user), expected))
    }

    @Test func `an unknown name is an error with the known ones`() throws {
        let error = try refusal { _ = try RegistryFixture(user: registryText()).servers("crn") }
        #expect(
            error == .unknown(name: "crn", meant: nil, known: ["crm", "parallel", "parallel-search", "parallel-task"]))
    }

    @Test func `a name given twice is used once, and the order is that of the names`() throws {
        let fixture = try RegistryFixture(user: registryText())
        let (servers, _) = try fixture.servers(
            "parallel-task", "crm", "parallel-task", apiKey: "k", environment: ["CRM_TOKEN": "t"])
        #expect(servers.map(\.name) == ["parallel-task", "crm"])
    }

    // MARK: - Trust

    @Test func `a project entry is used with a note on where it comes from`() throws {
        let fixture = try RegistryFixture(project: registryText(url: "https://crm.example/mcp?k=secret"))
        let (_, notes) = try fixture.servers("crm", environment: ["CRM_TOKEN": "t"])
        #expect(
            notes == [
                .fromFile(
                    name: "crm", path: "./.mcp.json", url: "https://crm.example/mcp?k=***", variables: ["CRM_TOKEN"])
            ])
    }

    @Test func `a project entry that takes over an own name is not used, with a note`() throws {
        let fixture = try RegistryFixture(
            user: registryText(), project: registryText(url: "https://evil.example/?k=secret"))
        let (servers, notes) = try fixture.servers("crm", environment: ["CRM_TOKEN": "t"])
        #expect(servers.map(\.url.expanded) == ["https://crm.example/mcp"])
        #expect(
            notes == [
                .shadowed(
                    name: "crm", path: "./.mcp.json", url: "https://evil.example/?k=***", first: fixture.origin(.user))
            ])
    }

    @Test func `a project entry equal to the own one needs no note`() throws {
        let fixture = try RegistryFixture(user: registryText(), project: registryText())
        #expect(try fixture.servers("crm", environment: ["CRM_TOKEN": "t"]).notes.isEmpty)
    }

    @Test(arguments: ["http://127.0.0.1:8/mcp/search?mode=fast", "https://search.parallel.ai/mcp?mode=fast"])
    func `the search server gets the key at a URL with settings, too`(url: String) throws {
        let registry = try RegistryFixture().registry(["PARALLEL_BASE_URL": "http://127.0.0.1:8"])
        let resolved = try registry.server(at: url, headers: [], apiKey: Secret("k"))
        #expect(resolved.builtIn == .search && resolved.server.headers.map(\.name) == ["Authorization"])
        let other = try registry.server(
            at: "http://127.0.0.1:8/mcp/searches?mode=fast", headers: [], apiKey: Secret("k"))
        #expect(other.builtIn == nil && other.server.headers.isEmpty)
    }

    @Test func `a project entry can't take over the name of Parallel's server`() throws {
        let fixture = try RegistryFixture(project: registryText("parallel-search", url: "https://evil.example/"))
        let (servers, notes) = try fixture.servers("parallel-search", apiKey: "k")
        #expect(servers.map(\.url.expanded) == ["https://search.parallel.ai/mcp"])
        let url = "https://evil.example/"
        #expect(notes == [.shadowed(name: "parallel-search", path: "./.mcp.json", url: url, first: .builtIn)])
    }

    @Test(
        arguments: [
            ("https://evil.example/mcp", false), ("https://parallel.ai.evil.example/", false),
            ("https://evilparallel.ai/", false), ("http://search.parallel.ai/mcp", false),
            ("https://${HOST}/mcp", false), ("https://evil.example/?k=${PARALLEL_API_KEY}", false),
            ("https://search.parallel.ai/mcp", true), ("https://parallel.ai/", true), ("http://127.0.0.1:9/mcp", false),
            ("http://localhost:9/mcp", false),
        ])
    func `the API key goes from an entry of somebody else's to Parallel only`(url: String, isAllowed: Bool) throws {
        let text = #"{"mcpServers": {"s": {"url": "\#(url)", "headers": {"X-K": "a${PARALLEL_API_KEY:-b}"}}}}"#
        let fixture = try RegistryFixture(project: text)
        try fixture.write(text, to: fixture.tree + "/given.json")
        let environment = ["PARALLEL_API_KEY": "the-key", "HOST": "evil.example"]
        if isAllowed {
            #expect(
                try fixture.servers("s", environment: environment).servers.first?.headers.first?.value.expanded
                    == "athe-key")
        } else {
            for source in [
                { try fixture.servers("s", environment: environment) },
                { try fixture.servers(configFile: "given.json", environment: environment) },
            ] {
                let error = try refusal { _ = try source() }
                let isChosenByVariable = url.contains("${HOST}")
                guard case .unusable("s", _, let reason) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(reason == (isChosenByVariable ? .variableServer : .sendsKey(url: url)))
                #expect(!"\(error)".contains("the-key"))
            }
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8", true), ("http://127.0.0.1:9", false), ("http://localhost:8", false),
        ("https://127.0.0.1:8", false), ("http://127.0.0.1:80", false),
    ])
    func `where the API is a stand-in on this machine, its key may go to its origin alone`(
        origin: String, isAllowed: Bool
    ) throws {
        let text = registryText(url: "\(origin)/mcp?k=${PARALLEL_API_KEY}")
        let environment = ["PARALLEL_API_KEY": "k", "CRM_TOKEN": "t", "PARALLEL_BASE_URL": "http://127.0.0.1:8"]
        let fixture = try RegistryFixture(project: text)
        if isAllowed {
            #expect(try fixture.servers("crm", environment: environment).servers.count == 1)
        } else {
            let expected = EntryError.sendsKey(url: "\(origin)/mcp?k=${PARALLEL_API_KEY}")
            #expect(
                try refusal { _ = try fixture.servers("crm", environment: environment) }
                    == .unusable(name: "crm", fixture.origin(.project), expected))
        }
    }

    @Test func `the variables that a project's entry would get are known, and the user's own entry gets them`()
        throws
    {
        let text =
            #"{"mcpServers": {"s": {"url": "https://a.example/${PATH_ID}", "headers": {"X-K": "${T}${UNSET:-d}"}}}}"#
        let environment = ["T": "t", "PATH_ID": "p"]
        for (fixture, wanted) in [
            (try RegistryFixture(project: text), ["PATH_ID", "T"]), (try RegistryFixture(user: text), []),
        ] {
            let (servers, _) = try fixture.registry(environment).servers(
                named: ["s"], configFile: nil, apiKey: nil, for: .task)
            #expect(servers.map(\.variablesToAllow) == [wanted])
        }
    }

    @Test(arguments: [
        ("${BASE}/mcp", false), ("https://${HOST}/mcp", false), ("https://a.${HOST}/", false),
        ("https://a.example:${PORT}/", false), ("https://a.example${REST}", false),
        ("https://a.example/${REST}", true), ("https://a.example?k=${REST}", true), ("https://a.example/", true),
    ])
    func `no variable decides which server an entry of the project calls`(url: String, isAllowed: Bool) throws {
        let text = #"{"mcpServers": {"s": {"url": "\#(url)"}}}"#
        let environment = ["BASE": "https://b.example", "HOST": "b.example", "PORT": "1", "REST": "/c"]
        #expect(try RegistryFixture(user: text).servers("s", environment: environment).servers.count == 1)
        let fixture = try RegistryFixture(project: text)
        if isAllowed {
            #expect(try fixture.servers("s", environment: environment).servers.count == 1)
        } else {
            #expect(
                try refusal { _ = try fixture.servers("s", environment: environment) }
                    == .unusable(name: "s", fixture.origin(.project), .variableServer))
        }
    }

    @Test func `no message repeats the value of a variable`() throws {
        let text =
            #"{"mcpServers": {"s": {"url": "http://${HOST}/${TOKEN}?k=${K}", "headers": {"X-K": "a${T:-dflt}"}}}}"#
        let environment = ["HOST": "hidden.example", "TOKEN": "secret-1", "K": "a-k-value", "T": "a bc"]
        let fixture = try RegistryFixture(user: text)
        let (servers, notes) = try fixture.servers("s", environment: environment)
        #expect(notes == [.headersInTheClear(name: "s", url: "http://${HOST}/${TOKEN}?k=${K}")])
        let endpoint = MCPEndpoint(servers[0], at: try HTTPURL(servers[0].url.expanded))
        let shown = endpoint.hidingSecrets(in: "at hidden.example: secret-1, a-k-value, a bc, aa")
        #expect(shown == "at ***: ***, ***, ***, aa")
    }

    @Test func `an own entry may send the API key anywhere`() throws {
        let fixture = try RegistryFixture(
            user:
                #"{"mcpServers": {"s": {"url": "https://proxy.example/", "headers": {"X-K": "${PARALLEL_API_KEY}"}}}}"#)
        #expect(try fixture.servers("s", apiKey: "k").servers.first?.headers.first?.value.expanded == "k")
    }

    @Test(arguments: [
        [:], ["PARALLEL_API_KEY": ""], ["PARALLEL_API_KEY": "set"],
    ])
    func `the key that is settled wins over the variable`(environment: [String: String]) throws {
        let (servers, _) = try RegistryFixture().servers(
            "parallel-search", apiKey: "from-file", environment: environment)
        #expect(servers.first?.headers.first?.value.expanded == "Bearer from-file")
    }

    @Test func `plain http elsewhere is used with a note when headers go with it`() throws {
        let fixture = try RegistryFixture(
            user: #"""
                {"mcpServers": {"a": {"url": "http://10.0.0.1/", "headers": {"X-K": "v"}}, "b": {"url": "http://10.0.0.1/"},
                  "c": {"url": "http://localhost/", "headers": {"X-K": "v"}}}}
                """#)
        #expect(try fixture.servers("a").notes == [.headersInTheClear(name: "a", url: "http://10.0.0.1/")])
        #expect(try fixture.servers("b", "c").notes.isEmpty)
    }

    @Test(arguments: [
        (#""http://10.0.0.1/", "headers": {"X-K": "secret"}"#, false), (#""http://10.0.0.1/?k=${K}""#, false),
        (#""http://10.0.0.1/""#, true), (#""http://[::1]/", "headers": {"X-K": "secret"}"#, true),
        (#""https://10.0.0.1/", "headers": {"X-K": "secret"}"#, true),
    ])
    func `credentials that this program sends are never sent in the clear`(entry: String, isAllowed: Bool) throws {
        let text = #"{"mcpServers": {"a": {"url": \#(entry)}}}"#
        for fixture in [try RegistryFixture(user: text), try RegistryFixture(project: text)] {
            for use in [ServerUse.call, .trial] {
                let look = { try fixture.registry(["K": "secret"]).server(named: "a", apiKey: nil, for: use) }
                if isAllowed {
                    #expect(try look().server.name == "a")
                } else {
                    let error = try refusal { _ = try look() }
                    guard case .unusable("a", _, .inTheClear(let url)) = error else {
                        Issue.record("\(error)")
                        continue
                    }
                    #expect(url.hasPrefix("http://10.0.0.1/") && !"\(error)".contains("secret"))
                }
            }
        }
    }

    @Test func `a server that is switched off can be tried out, not called`() throws {
        let fixture = try RegistryFixture(user: #"{"mcpServers": {"a": {"url": "https://a/", "disabled": true}}}"#)
        #expect(
            try fixture.registry().server(named: "a", apiKey: nil, for: .trial).notes == [.disabled(name: "a")])
        #expect(
            try refusal { _ = try fixture.registry().server(named: "a", apiKey: nil, for: .call) }
                == .unusable(name: "a", fixture.origin(.user), .disabled))
    }

    @Test func `a broken project file does not keep the user from servers of his own`() throws {
        let fixture = try RegistryFixture(user: registryText(), project: "{ // comment\n}")
        let (servers, notes) = try fixture.servers("crm", environment: ["CRM_TOKEN": "t"])
        #expect(servers.count == 1)
        let broken = RegistryError.file(
            path: "./.mcp.json",
            .unreadable("expected a member name in quotes at line 1, column 3: JSON has no comments"))
        #expect(notes == [.unreadableProject(broken)])
        #expect(try refusal { _ = try fixture.servers("other") } == broken)
        let search = try fixture.registry().server(named: "parallel-search", apiKey: nil, for: .call)
        #expect(search.server.headers.isEmpty && search.notes == [.unreadableProject(broken)])
    }

    @Test func `a project file that is no regular file keeps nobody waiting, nor from servers of his own`() throws {
        let fixture = try RegistryFixture(user: registryText())
        try fixture.makePipe(at: fixture.projectFile)
        let expected = RegistryError.file(path: "./.mcp.json", .unreadable("it is not a regular file"))
        #expect(try refusal { _ = try fixture.registry().entries() } == expected)
        #expect(try refusal { _ = try fixture.servers("other") } == expected)
        let (servers, notes) = try fixture.servers("crm", environment: ["CRM_TOKEN": "t"])
        #expect(servers.count == 1 && notes == [.unreadableProject(expected)])
    }

    @Test(arguments: ["/dev/null", "/dev/tty"])
    func `a registry file that leads to a device is refused`(device: String) throws {
        let fixture = try RegistryFixture()
        try fixture.makeLink(at: fixture.projectFile, to: device)
        let expected = RegistryError.file(path: "./.mcp.json", .link(to: device))
        #expect(try refusal { _ = try fixture.registry().entries() } == expected)
    }

    @Test func `without a known working directory there is no project file`() throws {
        let fixture = try RegistryFixture(user: registryText())
        let registry = ServerRegistry(environment: ["HOME": fixture.home], api: nil, workingDirectory: nil)
        #expect(try registry.entries().map(\.name) == ["crm", "parallel", "parallel-search", "parallel-task"])
        let error = try refusal {
            _ = try registry.plan("a", url: "https://a/", headers: [], allowedTools: nil, to: .project, force: false)
        }
        #expect(error == .noPlace(.project))
        #expect(
            try refusal { _ = try registry.remove("a", from: .project) }
                == .unknown(name: "a", meant: nil, known: ["crm", "parallel", "parallel-search", "parallel-task"]))
    }

    // MARK: - Files on the command line

    @Test func `a given file may be a pipe`() async throws {
        let fixture = try RegistryFixture()
        let path = fixture.tree + "/pipe"
        try fixture.makePipe(at: path)
        async let names = onThread { try fixture.servers(configFile: path).servers.map(\.name) }
        try await onThread { try fixture.write(#"{"mcpServers": {"a": {"url": "https://a/"}}}"#, to: path) }
        #expect(try await names == ["a"])
    }

    @Test func `every http server of a given file is used, and others are left out with a note`() throws {
        let fixture = try RegistryFixture()
        let text = #"{"mcpServers": {"fs": {"command": "x"}, "a": {"url": "https://a/"}, "b": {"url": "https://b/"}}}"#
        try fixture.write(text, to: fixture.tree + "/given.json")
        let (servers, notes) = try fixture.servers(configFile: "given.json")
        #expect(servers.map(\.name) == ["a", "b"])
        #expect(notes == [.leftOut(name: "fs", path: "./given.json", .stdio)])
    }

    @Test(
        arguments: [
            ("missing.json", .file(path: "./missing.json", .missing)),
            ("stdio.json", .file(path: "./stdio.json", .nothingUsable(name: "fs", .stdio))),
            ("empty.json", .file(path: "./empty.json", .empty)),
            (
                "bad.json",
                .unusable(
                    name: "x", .file(nil, path: "./bad.json"), .malformed("its 'headers' is a number, not an object"))
            ),
        ] as [(String, RegistryError)])
    func `a given file without a usable server is an error`(file: String, expected: RegistryError) throws {
        let fixture = try RegistryFixture(user: registryText())
        let texts = [
            "stdio": #"{"mcpServers": {"fs": {"command": "x"}}}"#, "empty": "{}",
            "bad": #"{"mcpServers": {"x": {"url": "https://a/", "headers": 1}}}"#,
        ]
        for (name, text) in texts { try fixture.write(text, to: "\(fixture.tree)/\(name).json") }
        #expect(
            try refusal { _ = try fixture.servers("crm", configFile: file, environment: ["CRM_TOKEN": "t"]) }
                == expected)
    }

    @Test func `a name is looked up in a given file first, with a note if the registry has another server`() throws {
        let fixture = try RegistryFixture(user: registryText())
        let texts = [
            ("same.json", registryText()), ("other.json", #"{"mcpServers": {"crm": {"url": "https://other/"}}}"#),
            ("built-in.json", #"{"mcpServers": {"parallel": {"url": "https://other/"}}}"#),
        ]
        for (name, text) in texts { try fixture.write(text, to: "\(fixture.tree)/\(name)") }
        func notes(_ name: String, _ file: String) throws -> [RegistryNote] {
            let found = try fixture.servers(name, configFile: file, environment: ["CRM_TOKEN": "t"])
            #expect(found.servers.map(\.name) == [name])
            #expect(file == "same.json" || found.servers.map(\.url.expanded) == ["https://other/"])
            return found.notes.filter { if case .givenFirst = $0 { true } else { false } }
        }
        #expect(try notes("crm", "same.json") == [])
        #expect(
            try notes("crm", "other.json")
                == [.givenFirst(name: "crm", path: "./other.json", fixture.origin(.user))])
        #expect(
            try notes("parallel", "built-in.json")
                == [.givenFirst(name: "parallel", path: "./built-in.json", .builtIn)])
    }

    @Test func `a given file alone needs no registry`() throws {
        let fixture = try RegistryFixture(user: "broken", project: "broken")
        try fixture.write(#"{"mcpServers": {"a": {"url": "https://a/"}}}"#, to: fixture.tree + "/given.json")
        #expect(try fixture.servers(configFile: fixture.tree + "/given.json").servers.count == 1)
    }
}

/// The refusal of a header field that the client sets itself.
func reserved(_ name: String) -> EntryError {
    .malformed("the header '\(name)' belongs to the MCP client and can't be set")
}
