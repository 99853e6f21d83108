import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// Whose login a run, a batch, a model and a served client get at each MCP server.
@Suite(.timeLimit(.minutes(10))) struct LoginAccountTests {
    private let files: RegistryFixture

    init() throws {
        files = try RegistryFixture(
            user: #"""
                {"mcpServers": {
                  "wiki": {"url": "https://wiki.example/mcp"}, "docs": {"url": "https://docs.example/mcp"},
                  "open": {"url": "https://open.example/mcp"},
                  "crm": {"url": "https://crm.example/mcp", "headers": {"Authorization": "Bearer ${CRM_TOKEN}"}}
                }}
                """#)
        try StoredLogin.keep(at: "https://wiki.example/mcp", token: "wiki-nameless", in: files.home)
        try StoredLogin.keep(at: "https://wiki.example/mcp", "work", token: "wiki-work", in: files.home)
        try StoredLogin.keep(at: "https://docs.example/mcp", "home", token: "docs-home", in: files.home)
    }

    private func run(_ words: [String], _ exchanges: [ScriptedTransport.Exchange] = []) async -> CommandRun {
        await CommandRun(
            words, exchanges, environment: ["CRM_TOKEN": "crm-tok", "OPENAI_API_KEY": "sk-1"], directory: files.home)
    }

    private static let created = ScriptedTransport.Exchange(
        .post, "/v1/tasks/runs", status: 202, body: #"{"run_id": "trun_1", "status": "queued"}"#)

    /// The `Authorization` fields of the servers in a request.
    private static func tokens(_ run: CommandRun) -> [String] {
        let json = try? JSONValue.parse(run.sentBody)
        return (json?["mcp_servers"]?.array ?? []).map { server in
            server["headers"]?["Authorization"]?.string?.replacing("Bearer ", with: "") ?? "-"
        }
    }

    @Test(arguments: [
        ("--mcp wiki", ["wiki-nameless"]), ("--mcp wiki --account work", ["wiki-work"]),
        ("--mcp wiki --account wiki=work", ["wiki-work"]),
        // What needs no login, or has credentials itself, stays as it is.
        ("--mcp wiki --mcp open --mcp crm --account work", ["wiki-work", "-", "crm-tok"]),
        ("--mcp wiki --mcp docs --account work --account docs=home", ["wiki-work", "docs-home"]),
        ("--mcp docs --mcp wiki --account docs=home", ["docs-home", "wiki-nameless"]),
    ])
    func `a run gets the token of the account at each server`(flags: String, tokens: [String]) async {
        let run = await run(
            ["task", "run", "x", "--no-wait", "--no-check"] + flags.split(separator: " ").map(String.init),
            [Self.created])
        #expect(run.code == .success, "\(run.errors)")
        #expect(Self.tokens(run) == tokens)
        #expect(run.errors.contains("signed in as 'work'") == tokens.contains("wiki-work"), "\(run.errors)")
        #expect(tokens.allSatisfy { !run.errors.contains($0) || $0 == "-" })
    }

    @Test(arguments: [
        ("--mcp wiki --account other", "parallel mcp login wiki --account other"),
        ("--mcp wiki --mcp docs --account work", "parallel mcp login docs --account work"),
        ("--mcp wiki --account wiki=home", "parallel mcp login wiki --account home"),
        ("--mcp open --account work", "parallel mcp login open --account work"),
        ("--mcp wiki --mcp open --account open=work", "parallel mcp login open --account work"),
    ])
    func `no server gets the login of another account, and nothing is sent`(flags: String, command: String) async {
        let words = flags.split(separator: " ").map(String.init)
        for start in [["task", "run", "x"], ["ask", "--with", "openai", "x"]] {
            let run = await run(start + ["--no-check"] + words)
            #expect(run.code == .notAuthenticated && run.errors.contains(command), "\(run.errors)")
        }
    }

    @Test(arguments: [
        ("--account work", "goes with --mcp"),
        ("--mcp crm --account work", "each MCP server has a key, a token or an account"),
        ("--mcp crm --account crm=work", "'crm' has credentials of its own"),
        ("--mcp wiki --account crm=work", "has no MCP server 'crm'"),
        ("--mcp wiki --account crm=work --dry-run", "has no MCP server 'crm'"),
        ("--mcp wiki --account a --account b", "'a' and 'b'"), ("--mcp wiki --account =b", "is not SERVER=NAME"),
        ("--mcp wiki --account wiki=", "the name is empty"),
        ("--mcp wiki --account wiki=a --account wiki=b", "'a' and 'b' are meant at 'wiki', which gets one account"),
    ])
    func `an account that nobody could use is a mistake in the command`(flags: String, told: String) async {
        let words = flags.split(separator: " ").map(String.init)
        for start in [["task", "run", "x"], ["ask", "--with", "openai", "x"]] {
            let run = await run(start + words)
            #expect(run.code == .usage && run.errors.contains(told), "\(run.errors)")
        }
    }

    @Test(arguments: [
        ("--mcp docs", "--account home"), ("--mcp docs --mcp open", "--account docs=home"),
        ("--mcp wiki --mcp docs --account wiki=work", "--account docs=home"),
    ])
    func `a server where only named accounts are signed in is not left out of what is paid`(
        flags: String, account: String
    ) async throws {
        try files.write("name\nAcme\n", to: files.home + "/in.csv")
        let batch = ["batch", "run", files.home + "/in.csv", "-o", files.home + "/out.csv", "--template", "{name}?"]
        for start in [["task", "run", "x"], ["ask", "--with", "openai", "x"], batch + ["--yes"]] {
            let run = await run(start + ["--no-check"] + flags.split(separator: " ").map(String.init))
            #expect(run.code == .notAuthenticated, "\(run.errors)")
            #expect(
                run.errors.contains("error: signed in to 'docs' as 'home', and no account is named; nothing was sent"))
            #expect(run.errors.contains("such as \(account)\n"), "\(run.errors)")
        }
    }

    @Test func `a call with credentials of its own refuses an account`() async {
        let run = await run(["mcp", "tools", "crm", "--account", "work"])
        #expect(run.code == .usage && run.errors.contains("'crm' has credentials of its own"), "\(run.errors)")
    }

    @Test func `a batch is not resumed with another account`() async throws {
        try files.write("name\nAcme\n", to: files.home + "/in.csv")
        let words = [
            "batch", "run", files.home + "/in.csv", "-o", files.home + "/out.csv", "--template", "Who is {name}?",
            "--mcp", "wiki", "--no-check", "--no-wait",
        ]
        let group = #"{"taskgroup_id": "tgrp_1", "status": {"num_task_runs": 1, "is_active": true}}"#
        let begun = await run(
            words + ["--account", "work"],
            [
                .init(.post, "/v1/tasks/groups", body: group),
                .init(.post, "/v1/tasks/groups/tgrp_1/runs", body: #"{"run_ids": ["trun_1"], "status": {}}"#),
            ])
        #expect(begun.code == .success, "\(begun.errors)")
        let sent = String(decoding: begun.requests.last?.body ?? [], as: UTF8.self)
        #expect(sent.contains("Bearer wiki-work") && !sent.contains("\"account\""))
        let resumed = await run(words)
        #expect(resumed.code == .usage)
        #expect(resumed.errors.contains("or accounts (--mcp …, --account …) differs"), "\(resumed.errors)")
    }

    @Test func `a conversation goes on with its accounts`() async throws {
        let words = ["ask", "--with", "openai", "--no-stream", "--no-check"]
        let answer = AskRun.whole("/v1/responses", AskRun.response(AskRun.message("Then.")))
        for more in [["--mcp", "wiki", "--account", "work", "When?"], ["--continue", "And then?"]] {
            let run = await run(words + more, [answer])
            #expect(run.code == .success && run.sentBody.contains("wiki-work"), "\(run.errors)")
        }
        let other = await run(words + ["--continue", "--mcp", "docs", "--account", "home", "x"], [answer])
        #expect(other.sentBody.contains("docs-home") && !other.sentBody.contains("wiki"))
    }

    @Test func `research of a served client uses the account`() async throws {
        try StoredLogin.keep(at: "https://wiki.example/mcp", "old", token: "wiki-old", until: 2, in: files.home)
        let call =
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"research","arguments":{"question":"x"}}}"#
        let run = await CommandRun(
            ["mcp", "serve", "--mcp", "wiki", "--account", "old"], stdin: call + "\n", directory: files.home)
        #expect(run.output.contains("'wiki': the login has expired"), "\(run.output)\(run.errors)")
    }

    @Test(arguments: [
        ("--mcp wiki --account other", ExitCode.notAuthenticated, "'wiki': there is no login for 'other'"),
        ("--mcp wiki --mcp docs --account docs=work", .notAuthenticated, "parallel mcp login docs --account work"),
        ("--mcp wiki --account docs=home", .usage, "the request has no MCP server 'docs'"),
        ("--mcp crm --account crm=home", .usage, "'crm' has credentials of its own"),
        ("--account x", .usage, "--account goes with --mcp"),
        ("--mcp docs", .notAuthenticated, "signed in to 'docs' as 'home', and no account is named"),
        ("--mcp wiki --mcp open --account work", .success, ""),
    ])
    func `an account that can't be used ends our own server at its start`(
        _ flags: String, _ code: ExitCode, _ reason: String
    ) async throws {
        let run = await CommandRun(
            ["mcp", "serve"] + flags.split(separator: " ").map(String.init), stdin: "",
            environment: ["CRM_TOKEN": "crm-tok"], directory: files.home)
        #expect(run.code == code && run.errors.contains(reason), "\(run.errors)")
        #expect(run.output.isEmpty)
    }
}
