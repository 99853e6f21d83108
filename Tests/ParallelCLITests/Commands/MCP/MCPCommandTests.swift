import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

private struct Outcome {
    let code: ExitCode
    let output: String
    let errors: String
}

extension RegistryFixture {
    /// Runs `parallel mcp` with `words` in the working tree; a request would fail the test.
    fileprivate func mcp(_ words: String..., environment: [String: String] = [:]) async -> Outcome {
        await mcp(all: words, environment: environment)
    }

    fileprivate func mcp(
        all words: [String], terminal: TerminalInfo = TerminalInfo(), environment: [String: String] = [:]
    ) async -> Outcome {
        let streams = Streams.captured()
        let context = Context(
            programName: "parallel", streams: streams, terminal: terminal,
            environment: environment.merging(["HOME": home]) { given, _ in given }, workingDirectory: tree,
            fileDirectory: tree, clock: PatientClock(), now: { 0 }, random: { 0 },
            transport: ScriptedTransport([]),
            prompter: .scripted([]), interruption: { nil })
        // What connecting adds has tests of its own.
        let offline = words.first == "add" ? words + ["--no-verify"] : words
        let code = await Run.run(["mcp"] + offline, context)
        return Outcome(code: code, output: streams.capturedOutput, errors: streams.capturedError)
    }
}

private let shared =
    #"{"mcpServers": {"docs": {"url": "https://docs.example/mcp?key=tok-1", "allowedTools": ["a", "b"]}}}"#

@Suite(.timeLimit(.minutes(10))) struct MCPLineTests {
    @Test(
        arguments: [
            (
                ["add", "https://crm.example/mcp?key=tok-1"],
                "a name comes first: parallel mcp add NAME https://crm.example/mcp?key=***"
            ),
            (["add", "fs", "npx", "-y", "@x/fs"], "a task can't use a server that is a program on this machine"),
            (["add", "fs", "--", "npx", "-y", "@x/fs"], "a task can't use a server that is a program on this machine"),
            (["add", "fs", "npx"], "a task can't use a server that is a program on this machine"),
            (["add", "fs", "./server.py"], "a task can't use a server that is a program on this machine"),
            (["add", "crm", "localhost"], "did you mean http://localhost?"),
            (["add", "fs", "./server.py", "foo"], "a task can't use a server that is a program on this machine"),
            (["add", "crm", "crm.example/mcp", "-y"], "unknown flag -y"),
            (["call", "crm", "find", #"{"name":"x"}"#], "did you mean --args '{…}'?"),
            (["ls"], "did you mean 'mcp list'?"), (["rm", "crm"], "did you mean 'mcp remove'?"),
            (["remove", "crn"], "did you mean 'crm'?"), (["tools", "cmr"], "did you mean 'crm'?"),
        ])
    func `a line that other programs take, or with a slip, is refused with what is meant`(
        words: [String], says: String
    ) async throws {
        let outcome = await (try RegistryFixture(user: registry("crm"))).mcp(all: words)
        #expect(outcome.code == .usage && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains(says) && !outcome.errors.contains("tok-1"), "\(outcome)")
    }
}

@Suite(.timeLimit(.minutes(10))) struct MCPAddCommandTests {
    @Test func `a server is stored with its variables unexpanded and told on standard error`() async throws {
        let fixture = try RegistryFixture()
        let outcome = await fixture.mcp(
            "add", "crm", "https://crm.example/mcp", "--header", "X-Tenant:  ${TENANT} ", "--bearer-env", "CRM_TOKEN",
            "--allow-tool", "find", "--allow-tool=get", environment: ["CRM_TOKEN": "tok-1"])
        #expect(outcome.code == .success && outcome.output.isEmpty)
        #expect(outcome.errors == "added 'crm' to \(fixture.userFile)\n")
        let stored = try JSONValue.parse(Disk.text(fixture.userFile) ?? "")
        #expect(
            stored["mcpServers"]?["crm"] == [
                "type": "http", "url": "https://crm.example/mcp",
                "headers": ["X-Tenant": "${TENANT}", "Authorization": "Bearer ${CRM_TOKEN}"],
                "allowedTools": ["find", "get"],
            ])
    }

    @Test(arguments: ["parallel-task", "parallel-search", "parallel"])
    func `one of Parallel's servers needs not be added`(name: String) async throws {
        let fixture = try RegistryFixture()
        let outcome = await fixture.mcp("add", name)
        #expect(outcome.code == .success && outcome.errors == "'\(name)' is built in; nothing to add\n")
        #expect(Disk.text(fixture.userFile) == nil)
    }

    @Test func `the same again is nothing to do, and something else needs force`() async throws {
        let fixture = try RegistryFixture()
        _ = await fixture.mcp("add", "a", "https://a.example/")
        let again = await fixture.mcp("add", "a", "https://a.example/")
        #expect(again.code == .success && again.errors.contains("nothing to do"))
        let other = await fixture.mcp("add", "a", "https://b.example/")
        #expect(other.code == .usage && other.errors.contains("--force"))
        let forced = await fixture.mcp("add", "a", "https://b.example/", "--force")
        #expect(forced.code == .success && forced.errors.contains("replaced 'a'"))
    }

    @Test(
        arguments: [
            (["add"], "missing NAME"), (["add", "a"], "needs a URL"), (["add", "a", "tok-1"], "https://"),
            (["add", "a b", "https://a.example/"], "1 to 64"),
            (["add", "a", "https://a.example/", "--header", "tok-1"], "'Name: value'"),
            (["add", "a", "https://a.example/", "--header", "X-Key=tok-1"], "'Name: value'"),
            (["add", "a", "https://a.example/", "--header", "X Key: tok-1"], "'Name: value'"),
            (["add", "a", "https://a.example/", "--header", ": tok-1"], "'Name: value'"),
            (["add", "a", "https://a.example/", "--header", "X-Key: tok-1\r\nX-B: c"], "line end"),
            (["add", "a", "https://a.example/", "--header", "X-Key: "], "single quotes"),
            (["add", "a", "https://a.example/", "--header", "Authorization: Bearer "], "single quotes"),
            (["add", "a", "https://a.example/", "--header", "Accept: tok-1"], "'Accept'"),
            (["add", "a", "https://a.example/", "--header", "Connection: tok-1"], "'Connection'"),
            (["add", "a", "http://a.example/"], "https URLs only"), (["add", "a", "https://10.0.0.1/"], "10.0.0.1"),
            (["add", "a", "127.0.0.1:8811/mcp"], "did you mean http://127.0.0.1:8811/mcp?"),
            (["add", "a", "a.example/mcp?k=tok-1"], "did you mean https://a.example/mcp?k=***?"),
            (["add", "a", "eyJtok1.eyJtok1.tok1"], "https://"),
            (["add", "a", "https://a.example/", "--bearer-env", "sk-tok-1"], "not the token"),
            (
                ["add", "a", "https://a.example/", "--bearer-env", "ghp_tok1abcdefghijklmnopqrstuvwxyz01"],
                "not the token"
            ),
            (["add", "a", "https://a.example/", "--bearer-env", ""], "not the token"),
            (["add", "a", "https://a.example/", "--bearer-env", "T", "-H", "authorization: Bearer tok-1"], "exclude"),
            (["add", "a", "https://a.example/", "--allow-tool", ""], "empty"),
            (["add", "a", "https://a.example/", "--scope", "local"], "user, project"),
            (["add", "a", "https://a.example/?key=tok-1", "--scope", "project"], "literal value"),
            (["add", "a", "https://a.example/", "-H", "X-Key: tok-1", "--scope", "project"], "literal value"),
        ])
    func `a mistake is refused in one line that repeats no value`(words: [String], expected: String) async throws {
        let fixture = try RegistryFixture()
        let outcome = await fixture.mcp(all: words)
        #expect(outcome.code == .usage)
        #expect(outcome.errors.hasPrefix("error: ") && outcome.errors.contains(expected))
        #expect(!outcome.errors.contains("tok-1") && !outcome.errors.contains("tok1"))
        #expect(Disk.text(fixture.userFile) == nil && Disk.text(fixture.projectFile) == nil)
    }

    @Test func `a literal secret of one's own is stored with advice`() async throws {
        let outcome = await (try RegistryFixture()).mcp("add", "a", "https://a.example/", "-H", "X-Key: tok-1")
        #expect(outcome.code == .success)
        #expect(outcome.errors.contains("note: ") && outcome.errors.contains("${VAR}"))
        #expect(!outcome.errors.contains("tok-1"))
    }

    @Test func `a file that is not JSON stays as it is and is reported with line and column`() async throws {
        let fixture = try RegistryFixture(user: "{\n  // mine\n}")
        let outcome = await fixture.mcp("add", "a", "https://a.example/")
        #expect(outcome.code == .usage)
        #expect(outcome.errors.contains("\(fixture.userFile): expected a member name in quotes at line 2, column 3"))
        #expect(Disk.text(fixture.userFile) == "{\n  // mine\n}")
    }

    @Test func `a folder in the file's place is no usage error`() async throws {
        let fixture = try RegistryFixture()
        try fixture.write("", to: fixture.home + "/.config")
        let outcome = await fixture.mcp("add", "a", "https://a.example/")
        #expect(outcome.code == .unexpected)
        #expect(outcome.errors.contains(fixture.home))
    }
}

@Suite(.timeLimit(.minutes(10))) struct MCPListCommandTests {
    private let user = #"""
        {"mcpServers": {
          "crm": {"url": "https://crm.example/mcp", "headers": {"Authorization": "Bearer ${CRM_TOKEN}", "X-Key": "tok-1"}},
          "fs": {"command": "npx", "args": ["--token=tok-1"], "env": {"K": "tok-1", "R": "${R}"}},
          "old": {"type": "sse", "url": "https://old/"}, "off": {"url": "https://off/", "headers": {"X-Key": "tok-1"}, "disabled": true}, "bad": 1
        }}
        """#

    @Test func `a pipe gets a row per entry, tab-separated, with secrets hidden`() async throws {
        let fixture = try RegistryFixture(user: user, project: shared)
        let outcome = await fixture.mcp("list")
        #expect(outcome.code == .success && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                crm\tuser\thttps://crm.example/mcp\tAuthorization: Bearer ${CRM_TOKEN}, X-Key: ***\tall
                fs\tuser\tstdio (not usable in tasks)\t\t
                old\tuser\tsse (not usable in tasks)\t\t
                off\tuser (disabled)\thttps://off/\tX-Key: ***\tall
                bad\tuser\tinvalid: it is a number, not an object\t\t
                parallel\tbuilt-in\thttps://mcp.parallel.ai/mcp\tAuthorization: Bearer ${PARALLEL_API_KEY}\tall
                parallel-search\tbuilt-in\thttps://search.parallel.ai/mcp\tAuthorization: Bearer ${PARALLEL_API_KEY}\tall
                parallel-task\tbuilt-in\thttps://task-mcp.parallel.ai/mcp\tAuthorization: Bearer ${PARALLEL_API_KEY}\tall
                docs\tproject\thttps://docs.example/mcp?key=***\t\ta, b

                """)
    }

    @Test func `JSON has every entry whole but for secrets, in keys not known too`() async throws {
        let fixture = try RegistryFixture(user: user, project: shared)
        let outcome = await fixture.mcp("list", "--json")
        let entries = try #require(try JSONValue.parse(outcome.output).array)
        #expect(entries.count == 9)
        #expect(
            entries[1] == [
                "name": "fs", "scope": "user", "file": .string(fixture.userFile), "shadowed": false,
                "entry": ["command": "***", "args": ["***"], "env": ["K": "***", "R": "${R}"]],
                "problem": "stdio (not usable in tasks)",
            ])
        #expect(entries[6]["file"] == .null)
        #expect(entries[8]["entry"]?["url"] == "https://docs.example/mcp?key=***")
        #expect(!outcome.output.contains("tok-1"))
        #expect(await fixture.mcp("list", "--format", "jsonl").output.split(separator: "\n").count == 9)
    }

    @Test func `text is the names that count, and none a shell would expand`() async throws {
        let project = #"{"mcpServers": {"crm": {}, "$(touch x)": {}, "a b": {}, "ok.1": {}}}"#
        let fixture = try RegistryFixture(user: registry("crm"), project: project)
        #expect(
            await fixture.mcp("list", "--format", "text").output
                == "crm\nparallel\nparallel-search\nparallel-task\nok.1\n")
    }

    @Test func `a broken file of the project costs only its own servers, in 'get' too`() async throws {
        let fixture = try RegistryFixture(user: registry("crm"), project: "{\n  // theirs\n}")
        let warning =
            "warning: ./.mcp.json: expected a member name in quotes at line 2, column 3: JSON has no comments; none of "
            + "its MCP servers can be used\n"
        let list = await fixture.mcp("list", "--format", "text")
        #expect(list.code == .success && list.output == "crm\nparallel\nparallel-search\nparallel-task\n")
        #expect(list.errors == warning)
        let shown = await fixture.mcp("get", "crm")
        #expect(shown.code == .success && shown.output.hasPrefix("name\tcrm\n") && shown.errors == warning)
        let missing = await fixture.mcp("get", "theirs")
        #expect(missing.code == .usage && missing.errors.contains("JSON has no comments"))
        #expect(await fixture.mcp("remove", "crm").code == .success)
    }

    @Test func `a broken registry of one's own is an error, after the other servers are listed`() async throws {
        let fixture = try RegistryFixture(user: #"{"mcpServers": {},}"#, project: shared)
        let list = await fixture.mcp("list", "--format", "text")
        #expect(list.code == .usage && list.output == "parallel\nparallel-search\nparallel-task\ndocs\n")
        #expect(
            list.errors.hasPrefix("error: \(fixture.userFile): ") && list.errors.contains("no comma in front of it"))
        #expect(await fixture.mcp("get", "docs").code == .usage)
    }

    @Test func `what no command can use is marked, and JSON says so too`() async throws {
        let project = #"{"mcpServers": {"x": {"url": "https://x.example/", "headers": {"K": "${PARALLEL_API_KEY}"}}}}"#
        let fixture = try RegistryFixture(project: project)
        let reason = "invalid: it would send your Parallel API key to https://x.example/"
        #expect(await fixture.mcp("list").output.hasSuffix("x\tproject\t\(reason)\t\t\n"))
        #expect(await fixture.mcp("get", "x").output.contains("unusable\t\(reason)\nurl\thttps://x.example/\n"))
        #expect(await fixture.mcp("get", "x", "--json").output.contains(#""problem":"\#(reason)""#))
    }

    @Test func `an own server that takes the name of one of Parallel's is pointed out`() async throws {
        let fixture = try RegistryFixture(user: registry("parallel"))
        let list = await fixture.mcp("list")
        #expect(list.output.hasPrefix("parallel\tuser\t") && list.output.contains("parallel\tbuilt-in (shadowed)\t"))
        #expect(list.errors == "note: 'parallel' comes before Parallel's own server\n")
        let copy = try RegistryFixture()
        _ = await copy.mcp("disable", "parallel")
        #expect(await copy.mcp("list").errors.isEmpty)
    }

    @Test func `a shadowed entry is marked`() async throws {
        let fixture = try RegistryFixture(user: registry("docs"), project: shared)
        #expect(await fixture.mcp("list").output.contains("docs\tproject (shadowed)\t"))
    }

    @Test func `a name stays in one piece on a narrow terminal`() async throws {
        let name = "a-name-that-is-much-longer-than-most"
        let fixture = try RegistryFixture(user: registry(name))
        let terminal = TerminalInfo(stdoutIsTerminal: true, columns: 40, term: "xterm", noColor: true)
        #expect(
            await fixture.mcp(all: ["list"], terminal: terminal).output.contains(
                "name:\n  \(name)\nscope:          user\n"))
    }

    @Test func `a usual registry is a table on a terminal of 100 columns`() async throws {
        let entry =
            #"{"url": "https://crm.example/v1/mcp/streamable", "headers": {"Authorization": "Bearer ${CRM_TOKEN}"}}"#
        let fixture = try RegistryFixture(
            user: #"{"mcpServers": {"crm-of-all": \#(entry), "off": {"url": "https://off/", "disabled": true}}}"#)
        let terminal = TerminalInfo(stdoutIsTerminal: true, columns: 100, term: "xterm", noColor: true)
        let lines = await fixture.mcp(all: ["list"], terminal: terminal).output.split(separator: "\n")
        #expect(
            lines.first?.hasPrefix("name             scope") == true && lines.first?.contains("tools") == false,
            "\(lines)")
        #expect(lines.count { $0.hasPrefix("crm-of-all  ") && $0.contains("/v1/mcp/streamable  ") } == 1, "\(lines)")
    }

    @Test func `text of a registry file can't control the terminal`() async throws {
        let fixture = try RegistryFixture(
            project: #"{"mcpServers": {"a\u001b[31m\u202e": {"url": "https://a\u001b]0;x"}}}"#)
        let terminal = TerminalInfo(stdoutIsTerminal: true, columns: 200, term: "xterm", noColor: true)
        for words in [["list"], ["list", "--json"], ["get", "a\u{1B}[31m\u{202E}"], ["get", "b\u{1B}[31m"]] {
            let outcome = await fixture.mcp(all: words, terminal: terminal)
            #expect(!(outcome.output + outcome.errors).unicodeScalars.contains("\u{1B}"))
            #expect(!(outcome.output + outcome.errors).unicodeScalars.contains("\u{202E}"))
        }
    }

    @Test func `a file takes the list`() async throws {
        let fixture = try RegistryFixture()
        let outcome = await fixture.mcp("list", "-o", "list.csv", "--format", "csv")
        #expect(outcome.code == .success && outcome.output.isEmpty)
        #expect(
            Disk.text(fixture.tree + "/list.csv")?.hasPrefix("name,scope,url,authentication,tools\n")
                == true)
    }
}

@Suite(.timeLimit(.minutes(10))) struct MCPGetCommandTests {
    @Test func `an entry is shown with its variables, never their values`() async throws {
        let entry = #"{"url": "https://crm/${T:-tok-1}", "headers": {"A": "${SET}", "B": "${EMPTY}"}}"#
        let fixture = try RegistryFixture(user: #"{"mcpServers": {"docs": \#(entry)}}"#, project: shared)
        let environment = ["SET": "tok-1", "EMPTY": ""]
        let outcome = await fixture.mcp("get", "docs", environment: environment)
        #expect(outcome.code == .success)
        #expect(
            outcome.output == """
                name\tdocs
                scope\tuser
                file\t\(fixture.userFile)
                url\thttps://crm/${T:-***}
                header\tA: ${SET}
                header\tB: ${EMPTY}
                tools\tall
                variable\tT (not set, has a default)
                variable\tSET (set)
                variable\tEMPTY (not set)
                shadows\tthe entry in ./.mcp.json

                """)
        let shown = await fixture.mcp(all: ["get", "docs"], terminal: .screen, environment: environment).output
        #expect(shown.hasPrefix("name:     docs\nscope:    user\n") && shown.contains("\nheader:   A: ${SET}\n"))
        let json = try JSONValue.parse(await fixture.mcp("get", "docs", "--json", environment: environment).output)
        #expect(json["variables"]?[1] == ["name": "SET", "set": true, "has_default": false])
        #expect(!json.serialized().contains("tok-1"))
    }

    @Test func `an entry that can't be used is shown with the reason`() async throws {
        let fixture = try RegistryFixture(user: #"{"mcpServers": {"fs": {"command": "npx"}}}"#)
        #expect(await fixture.mcp("get", "fs").output.contains("unusable\tstdio (not usable in tasks)\n"))
    }

    @Test func `an unknown name is an error with the nearest one`() async throws {
        let outcome = await (try RegistryFixture(user: registry("crm"))).mcp("get", "crn")
        #expect(outcome.code == .usage && outcome.output.isEmpty)
        #expect(outcome.errors.contains("'crn'") && outcome.errors.contains("did you mean 'crm'?"))
    }
}

@Suite(.timeLimit(.minutes(10))) struct MCPRemoveCommandTests {
    @Test func `an entry is removed from one's own file, and what takes its place is reported`() async throws {
        let fixture = try RegistryFixture(user: registry("docs"), project: shared)
        let unclear = await fixture.mcp("remove", "docs")
        #expect(unclear.code == .usage && Disk.text(fixture.userFile) == registry("docs"))
        #expect(
            unclear.errors == """
                error: 'docs' is in \(fixture.userFile), and in ./.mcp.json too; nothing was changed
                  say which is meant: parallel mcp remove docs --scope user, or --scope project

                """)
        let outcome = await fixture.mcp("remove", "docs", "--scope", "user")
        #expect(outcome.code == .success && outcome.output.isEmpty)
        #expect(
            outcome.errors == """
                removed 'docs' from \(fixture.userFile)
                note: 'docs' is now the one in ./.mcp.json

                """)
        #expect(Disk.text(fixture.projectFile) == shared)
    }

    @Test(arguments: [[], ["--scope=project"]])
    func `an entry of the project is removed where only the project has it, or by scope`(words: [String]) async throws {
        let fixture = try RegistryFixture(project: shared)
        let other = await fixture.mcp("remove", "docs", "--scope", "user")
        #expect(other.code == .usage && other.errors.contains("--scope project"))
        #expect(await fixture.mcp(all: ["remove", "docs"] + words).errors == "removed 'docs' from ./.mcp.json\n")
        #expect(Disk.text(fixture.projectFile) == #"{"mcpServers": {}}"#)
    }

    @Test(arguments: ["parallel-search", "nobody"])
    func `a server that is in no file can't be removed`(name: String) async throws {
        #expect(await (try RegistryFixture()).mcp("remove", name).code == .usage)
    }
}

@Suite(.timeLimit(.minutes(10))) struct MCPSwitchTests {
    @Test func `a server is switched off and on, and twice is nothing to do`() async throws {
        let fixture = try RegistryFixture(user: registry("crm"))
        let off = await fixture.mcp("disable", "crm")
        #expect(off.code == .success && off.output.isEmpty)
        #expect(off.errors == "disabled 'crm' in \(fixture.userFile)\n")
        let again = await fixture.mcp("disable", "crm")
        #expect(again.code == .success && again.errors == "'crm' is already disabled; nothing to do\n")
        #expect(await fixture.mcp("list").output.hasPrefix("crm\tuser (disabled)\thttps://crm.example/mcp\t"))
        #expect(await fixture.mcp("get", "crm").output.contains("state\tdisabled\nurl\thttps://crm.example/mcp\n"))
        #expect(await fixture.mcp("enable", "crm").errors == "enabled 'crm' in \(fixture.userFile)\n")
        #expect(await fixture.mcp("enable", "crm").errors == "'crm' is already enabled; nothing to do\n")
        #expect(Disk.text(fixture.userFile) == registry("crm"))
        #expect(await fixture.mcp("disable", "crm", "-q").errors.isEmpty)
    }

    @Test func `an entry is switched in the one file that has it`() async throws {
        let fixture = try RegistryFixture(user: registry("crm"), project: shared)
        #expect(await fixture.mcp("disable", "docs").errors == "disabled 'docs' in ./.mcp.json\n")
        #expect(await fixture.mcp("enable", "docs").errors == "enabled 'docs' in ./.mcp.json\n")
        #expect(Disk.text(fixture.projectFile) == shared && Disk.text(fixture.userFile) == registry("crm"))
    }

    @Test func `the scope says whose entry is switched`() async throws {
        let fixture = try RegistryFixture(user: registry("docs"), project: shared)
        #expect(await fixture.mcp("disable", "docs", "--scope", "project").errors == "disabled 'docs' in ./.mcp.json\n")
        #expect(Disk.text(fixture.userFile) == registry("docs"))
        #expect(await fixture.mcp("enable", "docs", "--scope=project").code == .success)
        #expect(Disk.text(fixture.projectFile) == shared)
    }

    @Test func `a server that could not be used anyway shows both in the list`() async throws {
        let fixture = try RegistryFixture(user: #"{"mcpServers": {"fs": {"command": "npx"}}}"#)
        #expect(await fixture.mcp("disable", "fs").code == .success)
        #expect(await fixture.mcp("list").output.hasPrefix("fs\tuser (disabled)\tstdio (not usable in tasks)\t"))
    }

    @Test func `one of Parallel's servers is switched off in one's own file`() async throws {
        let fixture = try RegistryFixture()
        #expect(await fixture.mcp("enable", "parallel-search").errors.contains("already enabled"))
        #expect(Disk.text(fixture.userFile) == nil)
        #expect(await fixture.mcp("disable", "parallel-search").code == .success)
        let list = await fixture.mcp("list").output
        #expect(list.hasPrefix("parallel-search\tuser (disabled)\thttps://search.parallel.ai/mcp\t"))
        #expect(list.contains("parallel-search\tbuilt-in (shadowed)\t"))
    }

    @Test(arguments: ["enable", "disable"])
    func `a name that is not known is an error with the nearest one`(command: String) async throws {
        let fixture = try RegistryFixture(user: registry("crm"))
        let outcome = await fixture.mcp(command, "crn")
        #expect(outcome.code == .usage && outcome.output.isEmpty)
        #expect(outcome.errors.contains("'crn'") && outcome.errors.contains("did you mean 'crm'?"))
        let elsewhere = await fixture.mcp(command, "crm", "--scope", "project")
        #expect(elsewhere.code == .usage && elsewhere.errors.contains("mcp \(command) crm --scope user"))
    }

    @Test func `a project's file that can't be read does not matter for one's own`() async throws {
        let fixture = try RegistryFixture(user: registry("crm"), project: "{")
        #expect(await fixture.mcp("disable", "crm").code == .success)
        #expect(await fixture.mcp("disable", "crm", "--scope", "project").errors.contains("./.mcp.json: "))
    }
}

private func registry(_ name: String) -> String {
    #"{"mcpServers": {"\#(name)": {"type": "http", "url": "https://crm.example/mcp"}}}"#
}
