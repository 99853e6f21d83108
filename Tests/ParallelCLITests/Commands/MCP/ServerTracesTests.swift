import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// What `mcp remove` and a replacement leave of a server, and how entries show their approval.
@Suite(.timeLimit(.minutes(10))) struct ServerTracesTests {
    private static let url = "https://wiki.example/mcp"
    private let files: RegistryFixture

    private static func registry(_ servers: String) -> String { #"{"mcpServers": {\#(servers)}}"# }
    private static let wiki = #""wiki": {"url": "\#(url)"}"#

    init() throws {
        files = try RegistryFixture(user: Self.registry(Self.wiki))
        try StoredLogin.keep(at: Self.url, token: "token-4711", in: files.home)
        try StoredLogin.keep(at: Self.url, "work", token: "token-4712", in: files.home)
    }

    private var logins: Int {
        Disk.names(in: files.home + "/.config/parallel/credentials").count { $0.hasSuffix(".json") }
    }

    private func run(
        _ words: String..., revocations: Int = 0, status: Int = 200, environment: [String: String] = [:]
    ) async -> CommandRun {
        let revocation = ScriptedTransport.Exchange(.post, "/revoke", status: status)
        return await CommandRun(
            ["mcp"] + words, Array(repeating: revocation, count: revocations),
            environment: environment.merging(["HOME": files.home]) { given, _ in given }, directory: files.tree)
    }

    @Test func `a server that is removed leaves no login, and its tokens are revoked`() async {
        let run = await run("remove", "wiki", revocations: 2)
        #expect(run.code == .success && logins == 0, "\(run.errors)")
        #expect(run.errors.contains("signed out at 'wiki' as 'work': the tokens are revoked and removed"))
        #expect(!run.errors.contains("471"))
        #expect(await self.run("logout", Self.url).code == .usage)
    }

    @Test func `signing out names the account that there is`() async {
        #expect(await run("logout", "wiki", revocations: 1).code == .success && logins == 1)
        let again = await run("logout", "wiki")
        #expect(again.code == .usage && again.errors.contains("error: 'wiki' has no login without a name\n"))
        #expect(again.errors.contains("it has 'work': parallel mcp logout wiki --account work\n"), "\(again.errors)")
    }

    @Test func `tokens that can't be revoked are removed all the same, which is told`() async {
        let run = await run("remove", "wiki", revocations: 2, status: 503)
        #expect(run.code == .success && logins == 0 && run.errors.contains("not revoked"), "\(run.errors)")
    }

    @Test func `a login stays as long as another entry has its URL`() async throws {
        try files.write(Self.registry(#"\#(Self.wiki), "copy": {"url": "\#(Self.url)"}"#), to: files.userFile)
        #expect(await run("remove", "wiki").code == .success && logins == 2)
        try files.write(Self.registry(Self.wiki), to: files.projectFile)
        #expect(await run("remove", "copy").code == .success && logins == 2)
        #expect(await run("remove", "wiki", revocations: 2).code == .success && logins == 0)
    }

    @Test func `an entry that gets another URL leaves no login at the old one`() async {
        let same = await run("add", "wiki", Self.url, "--no-verify", "--force", "--header", "X-Team: 7")
        #expect(same.code == .success && logins == 2, "\(same.errors)")
        let moved = await run("add", "wiki", "https://new.example/mcp", "--no-verify", "--force", revocations: 2)
        #expect(moved.code == .success && logins == 0, "\(moved.errors)")
    }

    @Test func `pinned tools go with the entry`() async {
        let server = ScriptedMCPServer.modern(tools: [["name": "find"]])
        let pin = await MCPRun.run(
            ["pin", "wiki"], server, environment: ["HOME": files.home], directory: files.tree)
        #expect(pin.code == .success, "\(pin.errors)")
        let removed = await run("remove", "wiki", revocations: 2)
        #expect(removed.errors.contains("forgot the pinned tools of 'wiki'"), "\(removed.errors)")
        #expect(Disk.text(files.home + "/.config/parallel/pinned-tools.json")?.contains("wiki") == false)
    }

    @Test func `programs that still have the server are named with the command that takes it out`() async throws {
        for folder in [".cursor", ".codex"] { try Directory.create(files.home + "/" + folder) }
        #expect(await run("install", "cursor", "wiki").code == .success)
        #expect(await run("install", "codex", "wiki", "--via", "proxy", "--as", "own").code == .success)
        let removed = await run("remove", "wiki", revocations: 2)
        #expect(removed.errors.contains("parallel mcp uninstall cursor wiki\n"), "\(removed.errors)")
        #expect(removed.errors.contains("parallel mcp uninstall codex own\n"), "\(removed.errors)")
        #expect(await run("uninstall", "codex", "own").code == .success)
    }

    @Test func `a program's entry is named though the URL has changed, or another entry has it`() async throws {
        try Directory.create(files.home + "/.cursor")
        #expect(await run("install", "cursor", "wiki").code == .success)
        try files.write(
            Self.registry(#""wiki": {"url": "https://moved.example/mcp"}, "copy": {"url": "\#(Self.url)"}"#),
            to: files.userFile)
        // It has neither the name nor the new URL.
        #expect(await !run("remove", "copy", revocations: 2).errors.contains("Cursor still has 'copy'"))
        let moved = await run("remove", "wiki")
        #expect(moved.errors.contains("Cursor still has 'wiki'") && moved.errors.contains("uninstall cursor wiki\n"))
        try files.write(Self.registry(#"\#(Self.wiki), "copy": {"url": "\#(Self.url)"}"#), to: files.userFile)
        #expect(await run("remove", "wiki").errors.contains("parallel mcp uninstall cursor wiki\n"))
    }

    @Test func `several servers are removed, or none if one is not there`() async throws {
        try files.write(
            Self.registry(#""a": {"url": "https://a.example/"}, "b": {"command": "x"}"#), to: files.userFile)
        let missing = await run("remove", "a", "c", "b")
        #expect(missing.code == .usage && missing.errors.contains("'c'"), "\(missing.errors)")
        #expect(Disk.text(files.userFile)?.contains("a.example") == true)
        let both = await run("remove", "a", "b", "a")
        #expect(both.code == .success && both.errors.split(separator: "\n").count == 2, "\(both.errors)")
        #expect(Disk.text(files.userFile)?.contains("a.example") == false)
    }

    // MARK: - Approval

    @Test func `an approval that is forgotten is told, and one that can't be is a warning`() async throws {
        let key = ["DOCS_KEY": "docs-key-1"]
        let entry = #""docs": {"url": "https://docs.example/mcp", "headers": {"X-Key": "${DOCS_KEY}"}}"#
        try files.write(Self.registry(entry), to: files.projectFile)
        #expect(await run("trust", "docs", "--yes", environment: key).code == .success)
        #expect(await run("remove", "docs").errors.contains("\nforgot the approval of 'docs'\n"))
        try files.write(Self.registry(entry), to: files.projectFile)
        try files.write("broken", to: files.home + "/.config/parallel/trusted-servers.json", mode: 0o600)
        let broken = await run("remove", "docs")
        #expect(broken.code == .success && broken.errors.contains("the approval of 'docs' can't be forgotten: "))
    }

    @Test func `an entry of the project's file shows whether it is approved`() async throws {
        let entry = #""docs": {"url": "https://docs.example/mcp", "headers": {"X-Key": "${DOCS_KEY}"}}"#
        try files.write(Self.registry(#"\#(entry), "plain": {"url": "https://p.example/mcp"}"#), to: files.projectFile)
        let key = ["DOCS_KEY": "docs-key-1"]
        func shown() async -> (list: String, get: String, json: JSONValue?) {
            let json = try? JSONValue.parse(await run("get", "docs", "--json", environment: key).output)
            return (
                await run("list", environment: key).output, await run("get", "docs", environment: key).output,
                json?["approved"]
            )
        }
        let before = await shown()
        #expect(before.list.contains("docs\tproject (not approved)\t") && before.list.contains("plain\tproject\t"))
        #expect(before.get.contains("not approved") && before.get.contains("mcp trust") && before.json == false)
        #expect(await run("trust", "docs", "--yes", environment: key).code == .success)
        let after = await shown()
        #expect(after.list.contains("docs\tproject (approved)\t") && after.json == true)
        try files.write(Self.registry(entry.replacing("docs.example", with: "other.example")), to: files.projectFile)
        #expect(await shown().list.contains("docs\tproject (changed since it was approved)\t"))
        #expect(await run("remove", "docs", environment: key).code == .success)
        #expect(await run("trust", "--list").errors == "nothing is approved\n")
    }

    @Test(arguments: [["--json"], ["--format", "csv"], ["-o", "x.json"]])
    func `an approval has no data to print`(flags: [String]) async {
        let run = await CommandRun(["mcp", "trust", "docs", "--yes"] + flags, directory: files.tree)
        #expect(run.code == .usage && run.errors.contains("--list"), "\(run.errors)")
    }
}
