import ParallelJSON
import ParallelMCP
import TestSupport
import Testing

@Suite struct ServerRegistrySwitchTests {
    @discardableResult
    private func disable(
        _ isDisabled: Bool, _ name: String, in scope: RegistryScope = .project, _ fixture: RegistryFixture
    )
        throws -> Bool
    {
        try fixture.registry().setDisabled(isDisabled, name, in: scope).isChanged
    }

    @Test(
        arguments: [
            (
                #"{"mcpServers":{"n":{"url":"https://n/"}}}"#,
                #"{"mcpServers":{"n":{"url":"https://n/","disabled":true}}}"#
            ),
            (
                "{\n  \"a\": [1,\t2],\n  \"mcpServers\": {\n    \"n\": {\n      \"url\": \"https:\\/\\/n/\"\n    },\n    \"b\": {}\n  },\n  \"z\": 1.10\n}\n",
                "{\n  \"a\": [1,\t2],\n  \"mcpServers\": {\n    \"n\": {\n      \"url\": \"https:\\/\\/n/\",\n      \"disabled\": true\n    },\n    \"b\": {}\n  },\n  \"z\": 1.10\n}\n"
            ),
            (
                "{\r\n\t\"mcpServers\": {\r\n\t\t\"n\": {\r\n\t\t\t\"url\": \"https://n/\"\r\n\t\t}\r\n\t}\r\n}",
                "{\r\n\t\"mcpServers\": {\r\n\t\t\"n\": {\r\n\t\t\t\"url\": \"https://n/\",\r\n\t\t\t\"disabled\": true\r\n\t\t}\r\n\t}\r\n}"
            ),
            // What stands on one line stays there, whatever kind of entry it is.
            (
                "{\n  \"mcpServers\": {\n    \"n\": { \"command\": \"npx\", \"args\": [\"}\"] }\n  }\n}",
                "{\n  \"mcpServers\": {\n    \"n\": { \"command\": \"npx\", \"args\": [\"}\"], \"disabled\": true }\n  }\n}"
            ),
            (
                "{\n  \"mcpServers\": {\n    \"n\": {\"type\": \"sse\", \"url\": 1}\n  }\n}",
                "{\n  \"mcpServers\": {\n    \"n\": {\"type\": \"sse\", \"url\": 1, \"disabled\": true}\n  }\n}"
            ),
        ])
    func `switching off adds one member, and on again restores every byte`(before: String, after: String) throws {
        let fixture = try RegistryFixture(project: before)
        #expect(try disable(true, "n", fixture))
        #expect(Disk.text(fixture.projectFile) == after)
        #expect(try !disable(true, "n", fixture))
        #expect(Disk.text(fixture.projectFile) == after)
        #expect(try disable(false, "n", fixture))
        #expect(Disk.text(fixture.projectFile) == before)
        #expect(try !disable(false, "n", fixture))
        #expect(Disk.text(fixture.projectFile) == before)
    }

    @Test(
        arguments: [
            (#"{"disabled": false, "url": "u"}"#, true, #"{"disabled": true, "url": "u"}"#),
            (#"{"disabled": true, "url": "u"}"#, false, #"{"url": "u"}"#),
            (#"{"a": 1, "disabled": true, "url": "u"}"#, false, #"{"a": 1, "url": "u"}"#),
            (#"{"disabled": true}"#, false, "{}"),
            // The last of two is the one that counts.
            (#"{"disabled": true, "disabled": true}"#, false, "{}"),
            (#"{"disabled": "yes"}"#, true, #"{"disabled": true}"#),
        ])
    func `a member that is there is changed where it stands`(before: String, isDisabled: Bool, after: String) throws {
        let fixture = try RegistryFixture(project: #"{"mcpServers": {"n": \#(before), "m": 1}}"#)
        #expect(try disable(isDisabled, "n", fixture))
        #expect(Disk.text(fixture.projectFile) == #"{"mcpServers": {"n": \#(after), "m": 1}}"#)
    }

    @Test func `a value other than true disables nothing`() throws {
        let text = #"{"mcpServers": {"n": {"disabled": true, "disabled": false}, "m": {"disabled": "yes"}}}"#
        let fixture = try RegistryFixture(project: text)
        #expect(try !disable(false, "n", fixture) && !disable(false, "m", fixture))
        #expect(Disk.text(fixture.projectFile) == text)
    }

    @Test func `one of Parallel's servers gets an entry of the user's to be switched off`() throws {
        let fixture = try RegistryFixture()
        #expect(try !disable(false, "parallel-task", in: .user, fixture))
        #expect(Disk.names(in: fixture.home).isEmpty)
        #expect(try disable(true, "parallel-task", in: .user, fixture))
        #expect(fixture.mode(fixture.userFile) == 0o600)
        let entry = try JSONValue.parse(Disk.text(fixture.userFile) ?? "")["mcpServers"]?["parallel-task"]
        #expect(
            entry == [
                "type": "http", "url": "https://task-mcp.parallel.ai/mcp",
                "headers": ["Authorization": "Bearer ${PARALLEL_API_KEY}"], "disabled": true,
            ])
        let used = try fixture.registry().entries().filter { $0.name == "parallel-task" && !$0.isShadowed }
        #expect(used.map(\.isDisabled) == [true])
        #expect(try disable(false, "parallel-task", in: .user, fixture))
        #expect(try fixture.servers("parallel-task", environment: ["PARALLEL_API_KEY": "k"]).servers.count == 1)
    }

    @Test func `an entry that can't be disabled is reported with its place`() throws {
        let project = #"{"mcpServers": {"shared": {}, "odd": 1}}"#
        let fixture = try RegistryFixture(user: registryText(), project: project)
        let known = ["crm", "parallel", "parallel-search", "parallel-task", "shared", "odd"]
        let user = fixture.userFile
        let cases: [(name: String, scope: RegistryScope, expected: RegistryError)] = [
            ("crm", .project, .elsewhere(name: "crm", scope: .project, found: .user, path: user, .disable)),
            ("shared", .user, elsewhere("shared", .disable)),
            ("parallel-search", .project, .builtIn(name: "parallel-search", scope: .project)),
            ("nobody", .user, .unknown(name: "nobody", meant: nil, known: known)),
            ("odd", .project, .noObject(name: "odd", path: "./.mcp.json", type: "a number")),
        ]
        for (name, scope, expected) in cases {
            #expect(try refusal { try disable(true, name, in: scope, fixture) } == expected)
        }
        #expect(try refusal { try disable(false, "shared", in: .user, fixture) } == elsewhere("shared", .enable))
        #expect(Disk.text(fixture.projectFile) == project && Disk.text(fixture.userFile) == registryText())
    }

    @Test(arguments: RegistryScope.allCases)
    func `a server that is switched off can't be used, wherever it is`(scope: RegistryScope) throws {
        let text = #"{"mcpServers": {"crm": {"url": "https://a/", "disabled": true}}}"#
        let fixture = try RegistryFixture(
            user: scope == .user ? text : nil, project: scope == .project ? text : nil)
        #expect(
            try refusal { _ = try fixture.servers("crm") }
                == .unusable(name: "crm", fixture.origin(scope), .disabled))
    }
}
