import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// `mcp add` connects before it stores.
@Suite struct MCPAddVerificationTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func add(
        _ words: [String], _ server: any HTTPTransport, environment: [String: String] = [:],
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

    @Test func `what no task could use is refused, and stored with force`() async {
        let server = ScriptedMCPServer.modern()
        let refused = await add(["box", "https://box.local/mcp"], server)
        #expect(refused.code == .usage)
        #expect(refused.errors.contains("a Parallel task could not use 'box'") && refused.errors.contains("--force"))
        #expect(stored == nil)
        let forced = await add(["box", "https://box.local/mcp", "--force"], server)
        #expect(forced.code == .success)
        #expect(forced.errors.contains("warning: a Parallel task could not use 'box'"))
        #expect(stored?.contains("box.local") == true)
    }

    @Test(arguments: [401, 404, 500])
    func `a server that does not work is refused with its reason`(status: Int) async {
        let server = ScriptedMCPServer { _ in .text("no", status: status) }
        let run = await add(["crm", MCPRun.url], server)
        #expect(run.code == (status == 401 ? .notAuthenticated : .refused))
        #expect(run.errors.contains("--no-verify"))
        #expect(stored == nil)
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

    @Test func `a mistake in the entry is told before anything is asked of the server`() async {
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
        #expect(run.code == .usage)
        #expect(!run.errors.contains("abcdef"))
        #expect(stored == nil)
    }

    @Test func `one of Parallel's own needs no more than its name`() async {
        let run = await add(["parallel-search"], ScriptedMCPServer.legacy())
        #expect(run.code == .success, "\(run.errors)")
    }

    @Test func `without a terminal the name is missing`() async {
        let run = await add([], ScriptedMCPServer.modern())
        #expect(run.code == .usage && run.errors.contains("missing NAME"))
    }
}
