import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

/// `mcp add` connects before it stores.
@Suite(.timeLimit(.minutes(10))) struct MCPAddVerificationTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func add(
        _ words: [String], _ server: ScriptedMCPServer, environment: [String: String] = [:],
        terminal: TerminalInfo = TerminalInfo(), answers: [LineEditor.Result] = []
    ) async -> CommandRun {
        await MCPRun.run(
            ["add"] + words, server, environment: environment, terminal: terminal, directory: directory.path,
            answers: answers)
    }

    private var stored: String? { Disk.text(directory.file(".config/parallel/mcp.json")) }

    @Test func `a server that works is stored, and its tools are shown`() async {
        let server = ScriptedMCPServer.modern(tools: [["name": "find"], ["name": "list"]])
        let run = await add(["crm", MCPRun.url, "--bearer-env", "T"], server, environment: ["T": "tok-4711"])
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.errors.contains("'crm' has 2 tools: find, list\n"))
        #expect(run.errors.contains("added 'crm' to"))
        #expect(server.calls[0].header("authorization") == "Bearer tok-4711")
        #expect(stored?.contains("${T}") == true && stored?.contains("4711") == false)
    }

    @Test func `a server that no task could use is refused, and stored with force`() async {
        let server = ScriptedMCPServer.modern()
        let refused = await add(["box", "https://box.local/mcp"], server)
        #expect(refused.code == .usage)
        #expect(refused.errors.contains("a Parallel task could not use 'box'") && refused.errors.contains("--force"))
        #expect(stored == nil && server.calls.isEmpty)
        #expect(await add(["box", "https://box.local/mcp", "--no-verify"], server).code == .usage)
        let forced = await add(["box", "https://box.local/mcp", "--force"], server)
        #expect(forced.code == .success)
        #expect(forced.errors.split(separator: "\n").filter { $0.contains("could not use 'box'") }.count == 1)
        #expect(stored?.contains("box.local") == true)
    }

    @Test func `a mistyped name of --allow-tool is refused with the name that is meant`() async {
        let server = ScriptedMCPServer.modern(tools: [["name": "web_search"], ["name": "list"]])
        let run = await add(["crm", MCPRun.url, "--allow-tool", "web_serch", "--allow-tool", "list"], server)
        #expect(run.code == .usage && stored == nil)
        #expect(run.errors.contains("it has no tool named web_serch\n  did you mean 'web_search'?\n"), "\(run.errors)")
    }

    @Test(arguments: [401, 404, 500])
    func `a server that does not work is refused with its reason`(status: Int) async {
        let server = ScriptedMCPServer { _ in .text("no", status: status) }
        let run = await add(["crm", MCPRun.url], server)
        #expect(run.code == (status == 401 ? .notAuthenticated : .refused))
        #expect(run.errors.contains("--no-verify"))
        #expect(stored == nil)
    }

    @Test func `a server that can't be reached can be stored all the same, by either flag`() async {
        let server = ScriptedMCPServer { _ in throw HTTPError(.connect, "it failed", mayHaveBeenSent: false) }
        let run = await add(["crm", MCPRun.url], server)
        #expect(run.code == .unreachable)
        #expect(run.errors.contains("--no-verify") && run.errors.contains("--force"))
        #expect(await add(["crm", MCPRun.url, "--force"], server).code == .success)
        #expect(stored != nil)
    }

    @Test func `a token that has expired is of no use to a task`() async {
        // {"exp":1600000000}
        let environment = ["T": "eyJhbGciOiJub25lIn0.eyJleHAiOjE2MDAwMDAwMDB9.c2ln"]
        let run = await add(["crm", MCPRun.url, "--bearer-env", "T"], .modern(), environment: environment)
        #expect(run.code == .usage && run.errors.contains("its token has expired"))
    }

    @Test func `without verifying nothing is asked of the server`() async {
        let server = ScriptedMCPServer.modern()
        #expect(await add(["crm", MCPRun.url, "--no-verify", "--bearer-env", "UNSET"], server).code == .success)
        #expect(server.calls.isEmpty)
        #expect(stored != nil)
    }

    @Test func `a variable that is not set can't be verified with`() async {
        let server = ScriptedMCPServer.modern()
        let run = await add(["crm", MCPRun.url, "--bearer-env", "UNSET"], server)
        #expect(run.code == .usage)
        #expect(run.errors.contains("UNSET") && run.errors.contains("--no-verify"))
        #expect(server.calls.isEmpty && stored == nil)
    }

    @Test func `an entry that is there already is not connected to again`() async {
        let server = ScriptedMCPServer.modern()
        _ = await add(["crm", MCPRun.url], server)
        let again = ScriptedMCPServer.modern()
        let run = await add(["crm", MCPRun.url], again)
        #expect(run.code == .success && run.errors.contains("nothing to do"))
        #expect(again.calls.isEmpty)
    }

    @Test func `a mistake in the entry is reported before anything is asked of the server`() async {
        let server = ScriptedMCPServer.modern()
        #expect(await add(["bad name", MCPRun.url], server).code == .usage)
        #expect(await add(["crm", "ftp://x/"], server).code == .usage)
        #expect(server.calls.isEmpty)
    }

    // MARK: - Asking

    private static let person = TerminalInfo(stdinIsTerminal: true, stderrIsTerminal: true, term: "dumb")

    @Test func `on a terminal without arguments the person is asked`() async {
        let server = ScriptedMCPServer.modern()
        let run = await add(
            [], server, environment: ["CRM_TOKEN": "tok-4711"], terminal: Self.person,
            answers: [.line(""), .line("crm"), .line(" \(MCPRun.url) "), .line("CRM_TOKEN")])
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.prompts.count == 4)
        #expect(stored?.contains("Bearer ${CRM_TOKEN}") == true)
        #expect(server.calls[0].header("authorization") == "Bearer tok-4711")
    }

    @Test func `a token in the place of its variable is refused and not repeated`() async {
        let run = await add(
            [], ScriptedMCPServer.modern(), terminal: Self.person,
            answers: [.line("crm"), .line(MCPRun.url), .line("sk-abcdef1234567890abcdef1234567890")])
        #expect(run.code == .unexpected)
        #expect(!run.errors.contains("abcdef"))
        #expect(stored == nil)
    }

    @Test func `one of Parallel's own needs not be added, and with other tools no key`() async {
        let server = ScriptedMCPServer.legacy(tools: [["name": "web_search"]])
        let none = await add([], server, terminal: Self.person, answers: [.line("parallel-search")])
        #expect(none.code == .success && none.errors.contains("is built in; nothing to add"))
        #expect(stored == nil && server.calls.isEmpty)
        let run = await add(
            ["parallel-search", "--allow-tool", "web_search"], server,
            environment: ["PARALLEL_API_KEY": "", "PARALLEL_BASE_URL": "http://127.0.0.1:8"])
        #expect(run.code == .success, "\(run.errors)")
        #expect(!server.calls.isEmpty)
        #expect(server.calls.allSatisfy { $0.request.url.description == "http://127.0.0.1:8/mcp/search" })
        #expect(stored?.contains("https://search.parallel.ai/mcp") == true && stored?.contains("127.0.0.1") == false)
    }

    @Test func `an answer that can't be used is asked for again at once, with why`() async throws {
        try Directory.create(directory.file(".config/parallel"))
        try directory.write(
            #"{"mcpServers": {"taken": {"url": "https://a.example/"}}}"#, to: ".config/parallel/mcp.json")
        let token = "sk-abcdef1234567890abcdef1234567890"
        let run = await add(
            [], .modern(), environment: ["T": "t"], terminal: Self.person,
            answers: [
                "no name", "taken", "crm", "ftp://x/", "mcp.example/mcp", "http://mcp.example/mcp",
                "https://box.local/",
                MCPRun.url, token, "T",
            ].map { .line($0) })
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.prompts.count == 10)
        for told in [
            "1 to 64", "'taken' is in ./.config/parallel/mcp.json already", "did you mean https://mcp.example/mcp?",
            "https URLs only", "box.local is not a public address", "not the token itself",
        ] { #expect(run.errors.contains(told), "\(told)") }
        #expect(!run.errors.contains(token))
    }

    @Test func `without a terminal the name is missing`() async {
        let run = await add([], ScriptedMCPServer.modern())
        #expect(run.code == .usage && run.errors.contains("missing NAME"))
    }
}
