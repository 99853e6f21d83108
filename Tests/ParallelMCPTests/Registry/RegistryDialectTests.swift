import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelSettings
import TestSupport
import Testing

/// Files as other programs write them.
@Suite(.timeLimit(.minutes(10))) struct RegistryDialectTests {
    @Test(
        arguments: [
            #"{"mcpServers": {"a": {"url": "https://a.example/"}}, "servers": {"a": {"url": "https://b.example/"}}}"#,
            #"{"inputs": [{"id": "k"}], "servers": {"a": {"url": "https://a.example/"}}}"#,
            #"{"editor.tabSize": 2, "mcp": {"inputs": [], "servers": {"a": {"url": "https://a.example/"}}}}"#,
            #"{"a": {"url": "https://a.example/"}, "$schema": "x", "version": {"n": 1}}"#,
            #"{"a": {"url": "https://a.example/", "headers": {"A": "b"}, "x": {"y": {"url": "https://b/"}}}}"#,
            #"{"mcpServers": {"a": {"url": "https://a.example/", "headersHelper": null, "requestInit": null}}}"#,
            #"{"mcpServers": {"a": {"serverUrl": "https://a.example/"}}}"#,
            #"{"mcpServers": {"a": {"httpUrl": "https://a.example/", "url": "https://a.example/sse"}}}"#,
            #"{"mcpServers": {"a": {"url": "${env:BASE}"}}}"#,
        ])
    func `servers are found under any of the usual names`(text: String) throws {
        let fixture = try RegistryFixture(user: text)
        #expect(try fixture.registry().entries().map(\.name).prefix(2) == ["a", "parallel"])
        let (servers, _) = try fixture.servers("a", environment: ["BASE": "https://a.example/"])
        #expect(servers.map(\.url.expanded) == ["https://a.example/"])
        // In a file that somebody else may have written, no variable says which server it is.
        if text.contains("env:") { return }
        let given = try RegistryFixture()
        try given.write(text, to: given.tree + "/given.json")
        #expect(
            try given.registry().previews(named: [], configFile: given.tree + "/given.json", apiKey: nil).servers.count
                == 1)
    }

    @Test func `servers beside mcpServers are found and changed where they are`() throws {
        let fixture = try RegistryFixture(
            user: #"{"mcpServers": {"a": {"url": "https://a/"}}, "servers": {"a": {"url": "https://x/"}, "#
                + #""b": {"url": "https://b/"}, "port": 1}}"#)
        #expect(try fixture.servers("a", "b").0.map(\.url.expanded) == ["https://a/", "https://b/"])
        #expect(try fixture.registry().setDisabled(true, "b", in: .user).isChanged)
        let changed = try #require(try JSONValue.parse(Disk.text(fixture.userFile) ?? "").object)
        #expect(changed["servers"]?["b"]?["disabled"] == true && changed["mcpServers"]?.object?.keys == ["a"])
    }

    @Test(arguments: [
        #"{"headers": {"Authorization": "Bearer ${env:TOKEN}"}}"#, #"{"header": {"Authorization": "Bearer ${TOKEN}"}}"#,
        #"{"headers": {"Authorization": "${env:TOKEN_WITH_SCHEME}"}}"#,
        #"{"headers": {"Authorization": "Bearer ${TOKEN_WITH_SCHEME}"}}"#,
        #"{"headers": {"Authorization": "bearer ${env:TOKEN_WITH_SCHEME}"}}"#,
    ])
    func `a token is sent once behind its scheme, however its variable is written`(members: String) throws {
        var entry = try #require(try JSONValue.parse(members).object)
        entry["url"] = "https://a.example/"
        let fixture = try RegistryFixture(user: JSONValue.object(["mcpServers": ["a": .object(entry)]]).serialized())
        let environment = ["TOKEN": "t-1", "TOKEN_WITH_SCHEME": "Bearer t-1"]
        let (servers, _) = try fixture.servers("a", environment: environment)
        #expect(servers.first?.headers.map(\.value.expanded) == ["Bearer t-1"])
        let preview = try #require(
            try fixture.registry(environment).previews(named: ["a"], configFile: nil, apiKey: nil).servers.first)
        let template = try #require(preview.headers.first?.value.template)
        #expect(try VariableReference.expand(template, environment) == "Bearer t-1")
        #expect(!template.contains("env:"))
    }

    @Test(
        arguments: [
            (#"{"url": "https://a/", "headersHelper": "get-headers.sh"}"#, .foreignHeaders(key: "headersHelper")),
            (
                #"{"url": "https://a/", "requestInit": {"headers": {"A": "b"}}}"#, .foreignHeaders(key: "requestInit")
            ),
            (#"{"url": "https://a/", "http_headers": {"A": "b"}}"#, .foreignHeaders(key: "http_headers")),
            (#"{"url": "https://a/", "bearer_token_env_var": "T"}"#, .foreignHeaders(key: "bearer_token_env_var")),
            (#"{"url": "https://a/", "enabled": false}"#, .disabled),
            (#"{"url": "https://a/", "enabled": true, "disabled": true}"#, .disabled),
            (#"{"type": "local", "command": ["npx"]}"#, .stdio),
            (
                #"{"url": "https://a/", "headers": {"A": "b"}, "header": {"C": "d"}}"#,
                .malformed("it has both 'headers' and 'header'")
            ),
            (#"{"url": "https://a/", "header": "A: b"}"#, .malformed("its 'header' is a string, not an object")),
            (#"{"serverUrl": 1}"#, .malformed("its 'serverUrl' is a number, not a string")),
            (#"{"url": "https://a/", "headers": {"A": "${input:key}"}}"#, .unreadableReference(.header("A"))),
        ] as [(String, EntryError)])
    func `what other programs understand and this one doesn't is named`(entry: String, expected: EntryError) throws {
        let fixture = try RegistryFixture(user: #"{"mcpServers": {"a": \#(entry)}}"#)
        #expect(try refusal { _ = try fixture.servers("a") } == .unusable(name: "a", fixture.origin(.user), expected))
        // Of a file that is named on the command line, such an entry is left out, and a malformed one is an error.
        try fixture.write(
            #"{"mcpServers": {"b": {"url": "https://b/"}, "c": \#(entry)}}"#, to: fixture.tree + "/given.json")
        switch expected {
        case .foreignHeaders, .disabled, .stdio:
            let (servers, notes) = try fixture.servers(configFile: "given.json")
            #expect(servers.map(\.name) == ["b"])
            #expect(notes == [.leftOut(name: "c", path: "./given.json", expected)])
        default: _ = try refusal { _ = try fixture.servers(configFile: "given.json") }
        }
    }

    @Test(
        arguments: [
            (
                "{\"mcpServers\": {\n  // mine\n}}",
                "expected a member name in quotes at line 2, column 3: JSON has no comments"
            ),
            ("/* mine */ {}", "unexpected '/' where a value should be at line 1, column 1: JSON has no comments"),
            (
                #"{"mcpServers": {"a": {"url": "https://a//"},}}"#,
                "expected a member name in quotes at line 1, column 45: there must be no comma in front of it"
            ),
            (
                #"{"a": [1, 2 ,  ]}"#,
                "unexpected ']' where a value should be at line 1, column 16: there must be no comma in front of it"
            ),
            (#"{"url": "https://a/"}"#, "the file holds one server without a name"),
            (#"{"command": "npx", "args": []}"#, "the file holds one server without a name"),
            (#"{"mcp_servers": {"a": {"url": "https://a/"}}}"#, "'mcp_servers' has to be called 'mcpServers'"),
            (#"{"mcp": {"a": {"url": "https://a/"}}}"#, "'mcp' has to be called 'mcpServers'"),
            (#"{"context_servers": {"a": {"url": "https://a/"}}}"#, "'context_servers' has to be called 'mcpServers'"),
            (#"{"amp.mcpServers": {"a": {"url": "https://a/"}}}"#, "'amp.mcpServers' has to be called 'mcpServers'"),
            (#"{"Servers": {"a": {"command": "npx"}}}"#, "'Servers' has to be called 'mcpServers'"),
            (#"{"servers": []}"#, "'servers' is an array, not an object"),
        ])
    func `a file that is nearly right says what is wrong with it`(text: String, reason: String) throws {
        let fixture = try RegistryFixture(project: text)
        let problem = RegistryError.file(path: "./.mcp.json", .unreadable(reason))
        #expect(try refusal { _ = try fixture.registry().entries() } == problem)
        // It costs only its own servers.
        let listed = fixture.registry().listedEntries()
        #expect(listed.entries.map(\.name) == ["parallel", "parallel-search", "parallel-task"])
        #expect(listed.errors == [.project: problem])
    }

    @Test(arguments: [
        (#"{"servers": {"a": {"url": "https://a/"}}}"#, ["servers"]),
        (#"{"mcp": {"servers": {"a": {"url": "https://a/"}}}}"#, ["mcp", "servers"]),
        (#"{"a": {"url": "https://a/"}}"#, []),
        ("{}", ["mcpServers"]), (#"{"other": 1}"#, ["mcpServers"]),
    ])
    func `a new entry goes where the file has the others`(text: String, path: [String]) throws {
        let fixture = try RegistryFixture(user: text)
        try fixture.add("b", "https://b.example/")
        var table = try JSONValue.parse(Disk.text(fixture.userFile) ?? "")
        for key in path { table = table[key] ?? .null }
        #expect(table["b"]?["url"] == "https://b.example/")
        #expect(try fixture.servers("b").servers.count == 1)
        _ = try fixture.registry().setDisabled(true, "b", in: .user)
        #expect(try fixture.registry().entries().first { $0.name == "b" }?.isDisabled == true)
        _ = try fixture.registry().remove("b", from: .user)
        if path != ["mcpServers"] { #expect(Disk.text(fixture.userFile) == text) }
    }

    @Test func `a server that is switched by 'enabled' is switched there`() throws {
        let text = #"{"mcpServers": {"a": {"enabled": false, "url": "https://a/", "disabled": true}}}"#
        let fixture = try RegistryFixture(user: text)
        #expect(try fixture.registry().setDisabled(false, "a", in: .user).isChanged)
        #expect(
            Disk.text(fixture.userFile) == #"{"mcpServers": {"a": {"enabled": true, "url": "https://a/"}}}"#)
        #expect(try !fixture.registry().setDisabled(false, "a", in: .user).isChanged)
        #expect(try fixture.registry().setDisabled(true, "a", in: .user).isChanged)
        #expect(
            Disk.text(fixture.userFile) == #"{"mcpServers": {"a": {"enabled": false, "url": "https://a/"}}}"#)
    }

    @Test func `what every use refuses is known beforehand`() throws {
        let fixture = try RegistryFixture(
            user: #"""
                {"mcpServers": {"fine": {"url": "https://a.example/", "headers": {"A": "${NOT_SET}"}},
                  "host": {"url": "https://a.example/", "headers": {"Host": "x"}}, "file": {"url": "file:///x"}}}
                """#,
            project: #"""
                {"mcpServers": {"key": {"url": "https://evil.example/", "headers": {"A": "${PARALLEL_API_KEY}"}},
                  "where": {"url": "https://${HOST}/"}, "open": {"url": "https://b.example/"}}}
                """#)
        let registry = fixture.registry()
        let problems = Dictionary(
            uniqueKeysWithValues: try registry.entries().map { ($0.name, registry.problem(with: $0)) })
        #expect(
            problems.compactMapValues(\.self) == [
                "host": reserved("Host"),
                "file": .invalidURL(reason: "a URL starts with https:// or http://", meant: nil),
                "key": .sendsKey(url: "https://evil.example/"), "where": .variableServer,
            ])
    }

    // MARK: - Names of a given file

    private func fixture() throws -> RegistryFixture {
        let fixture = try RegistryFixture(user: registryText())
        let text =
            #"{"mcpServers": {"a": {"url": "https://a/"}, "b": {"url": "https://b/"}, "off": {"url": "https://c/", "disabled": true}}}"#
        try fixture.write(text, to: fixture.tree + "/given.json")
        return fixture
    }

    @Test func `names may be those of a given file, and then only these are used`() throws {
        let fixture = try fixture()
        let environment = ["CRM_TOKEN": "t"]
        #expect(try fixture.servers("b", configFile: "given.json").servers.map(\.name) == ["b"])
        let both = try fixture.servers("b", "crm", "a", configFile: "given.json", environment: environment)
        #expect(both.servers.map(\.name) == ["b", "crm", "a"])
        // None of the file is named, so all of them are used.
        let all = try fixture.servers("crm", configFile: "given.json", environment: environment)
        #expect(all.servers.map(\.name) == ["crm", "a", "b"])
    }

    @Test func `a name that is not in a given file either is an error with all known names`() throws {
        let fixture = try fixture()
        let error = try refusal { _ = try fixture.servers("c", configFile: "given.json") }
        let known = ["crm", "parallel", "parallel-search", "parallel-task", "a", "b", "off"]
        #expect(error == .unknown(name: "c", meant: nil, known: known))
        let disabled = try refusal { _ = try fixture.servers("off", configFile: "given.json") }
        #expect(disabled == .unusable(name: "off", .file(nil, path: "./given.json"), .disabled))
    }

    @Test func `the given file may be the registry's own`() throws {
        let fixture = try RegistryFixture(user: registryText("own"), project: registryText())
        let (servers, _) = try fixture.servers("crm", configFile: ".mcp.json", environment: ["CRM_TOKEN": "t"])
        #expect(servers.map(\.name) == ["crm"])
    }

    // MARK: - Where a name is

    @Test func `the file that has a name is found`() throws {
        let fixture = try RegistryFixture(
            user: #"{"mcpServers": {"mine": {}, "both": {}}}"#,
            project: #"{"mcpServers": {"theirs": {}, "both": {}, "parallel-task": {}}}"#)
        let registry = fixture.registry()
        func scope(_ name: String, _ change: RegistryChange) throws -> RegistryScope {
            try registry.scope(of: name, for: change)
        }
        #expect(try scope("mine", .remove) == .user)
        #expect(try scope("theirs", .remove) == .project)
        #expect(try scope("theirs", .enable) == .project)
        #expect(try scope("parallel-search", .disable) == .user)
        #expect(try scope("parallel-task", .remove) == .project)
        #expect(
            try refusal { _ = try scope("both", .remove) }
                == .inSeveral(name: "both", user: fixture.userFile, project: "./.mcp.json", .remove))
        #expect(
            try refusal { _ = try scope("parallel-task", .disable) }
                == .inSeveral(name: "parallel-task", user: nil, project: "./.mcp.json", .disable))
    }

    @Test func `a broken file of the project does not hinder a change of one's own`() throws {
        let fixture = try RegistryFixture(user: #"{"mcpServers": {"mine": {}}}"#, project: "{,}")
        #expect(try fixture.registry().scope(of: "mine", for: .remove) == .user)
        _ = try refusal { _ = try fixture.registry().scope(of: "other", for: .remove) }
    }
}
