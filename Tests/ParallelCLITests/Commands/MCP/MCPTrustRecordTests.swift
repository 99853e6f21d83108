import ParallelCLI
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is remembered of an approval, and what is asked about anew.
@Suite(.timeLimit(.minutes(10))) struct MCPTrustRecordTests {
    private static let person = TerminalInfo(stdinIsTerminal: true, stderrIsTerminal: true, term: "dumb")
    private static let entry = #"{"url": "https://docs.example/mcp", "headers": {"X-Key": "${CRM_TOKEN}"}}"#

    private let directory: TemporaryDirectory
    private var record: String { directory.file(".config/parallel/trusted-servers.json") }

    init() throws {
        directory = try TemporaryDirectory()
        try write(Self.entry)
    }

    private func write(_ entry: String, to name: String = ".mcp.json") throws {
        try directory.write(#"{"mcpServers": {"docs": \#(entry)}}"#, to: name)
    }

    private func run(
        _ words: String..., folder: String? = nil, variables: [String: String] = [:], terminal: TerminalInfo? = nil,
        answers: [LineEditor.Result] = []
    ) async -> (run: CommandRun, calls: Int) {
        let server = ScriptedMCPServer.modern()
        let home = ["HOME": directory.path, "CRM_TOKEN": "tok-4711"].merging(variables) { $1 }
        let run = await MCPRun.run(
            words, server, environment: home, terminal: terminal ?? TerminalInfo(),
            directory: folder ?? directory.path, answers: answers)
        return (run, server.calls.count)
    }

    private func use(folder: String? = nil, variables: [String: String] = [:]) async -> CommandRun {
        await run("tools", "docs", folder: folder, variables: variables).run
    }

    @Test func `a yes at the terminal counts until the entry changes`() async throws {
        let asked = await run("tools", "docs", terminal: Self.person, answers: [.line("y")])
        #expect(
            asked.run.prompts == [
                "./.mcp.json wants to send CRM_TOKEN to https://docs.example; allow it until the entry changes? [y/N] "
            ])
        #expect(asked.run.code == .success && Disk.mode(record) == 0o600)
        #expect(Disk.text(record)?.contains("4711") == false)
        let later = await run("tools", "docs", terminal: Self.person)
        #expect(later.run.code == .success && later.run.prompts.isEmpty && later.calls > 0)

        // Spaces and line ends have no meaning.
        try write(Self.entry.replacing(", ", with: ",\n  "))
        #expect(await use().code == .success)

        try write(Self.entry.replacing("docs.example/mcp", with: "docs.example/other"))
        let changed = await run("tools", "docs")
        #expect(changed.run.code == .usage && changed.calls == 0)
        #expect(changed.run.errors.contains("it has changed since it was approved"))
        #expect(changed.run.errors.contains("parallel mcp trust docs"))
        let again = await run("tools", "docs", terminal: Self.person, answers: [.line("n")])
        #expect(again.run.prompts.first?.contains("('docs' has changed since it was approved)") == true)
        #expect(again.run.code == .unexpected && again.calls == 0)
    }

    @Test func `a no is not remembered, nor is a flag`() async {
        _ = await run("tools", "docs", terminal: Self.person, answers: [.line("n")])
        _ = await run("tools", "docs", "--trust-project")
        #expect(Disk.mode(record) == nil)
        #expect(await use().code == .usage)
    }

    @Test func `a script approves with --yes, and only then`() async {
        let refused = await run("trust", "docs").run
        #expect(refused.code == .usage && refused.errors.contains("--yes"))
        let approved = await run("trust", "docs", "--yes")
        #expect(approved.run.code == .success && approved.calls == 0)
        #expect(
            approved.run.errors.contains("'docs' in ./.mcp.json: https://docs.example/mcp\n  X-Key: ${CRM_TOKEN}\n"))
        #expect(approved.run.errors.contains("approved: it may send CRM_TOKEN to https://docs.example\n"))
        #expect(await use().code == .success)
        #expect(await run("trust", "docs").run.errors.contains("approved already"))
        let list = await run("trust", "--list").run
        #expect(list.output == "docs\t\(directory.path)/.mcp.json\tCRM_TOKEN\thttps://docs.example\n")
        let revoked = await run("trust", "docs", "--revoke").run
        #expect(revoked.code == .success && revoked.errors == "forgot 1 approval of 'docs'\n")
        #expect(await use().code == .usage)
        #expect(await run("trust", "docs", "--revoke").run.code == .usage)
    }

    @Test(arguments: [("y", ExitCode.success), ("n", .unexpected), ("", .unexpected)])
    func `on a terminal the command asks`(answer: String, code: ExitCode) async {
        let run = await run("trust", "docs", "-q", terminal: Self.person, answers: [.line(answer)]).run
        #expect(run.code == code && run.prompts.count == 1)
        #expect(await use().code == (code == .success ? .success : .usage))
    }

    @Test func `an equal file in another folder is asked about`() async throws {
        _ = await run("trust", "docs", "--yes")
        try Directory.create(directory.file("clone"))
        try write(Self.entry, to: "clone/.mcp.json")
        #expect(await use(folder: directory.file("clone")).code == .usage)
        // A link to the approved folder leads to the same file.
        #expect(symlink(directory.path, directory.file("link")) == 0)
        #expect(await use(folder: directory.file("link")).code == .success)
        // Where the link leads elsewhere, the path is another one.
        #expect(unlink(directory.file("link")) == 0 && symlink(directory.file("clone"), directory.file("link")) == 0)
        #expect(await use(folder: directory.file("link")).code == .usage)
    }

    @Test func `a variable that is set later is asked about, and so is a repeated member`() async throws {
        try write(#"{"url": "https://docs.example/mcp", "headers": {"X-Key": "${CRM_TOKEN}", "X-B": "${OTHER:-b}"}}"#)
        _ = await run("tools", "docs", terminal: Self.person, answers: [.line("y")])
        #expect(await use().code == .success)
        let other = await use(variables: ["OTHER": "more"])
        #expect(other.code == .usage && other.errors.contains("CRM_TOKEN, OTHER"))

        try write(
            #"{"url": "https://evil.example/mcp", "url": "https://docs.example/mcp", "headers": {"X-Key": "${CRM_TOKEN}"}}"#
        )
        #expect(await run("trust", "docs", "--yes").run.code == .success)
        try write(
            #"{"url": "https://docs.example/mcp", "url": "https://evil.example/mcp", "headers": {"X-Key": "${CRM_TOKEN}"}}"#
        )
        #expect(await use().code == .usage)
    }

    @Test(arguments: ["link", "mode", "text"])
    func `a record that others could have made is not relied on`(kind: String) async throws {
        _ = await run("trust", "docs", "--yes")
        switch kind {
        case "link":
            #expect(rename(record, directory.file("planted")) == 0 && symlink(directory.file("planted"), record) == 0)
        case "mode": #expect(chmod(record, 0o644) == 0)
        default: try directory.write("{", to: ".config/parallel/trusted-servers.json")
        }
        let (used, calls) = await run("tools", "docs")
        #expect(used.code == .unexpected && calls == 0 && used.errors.contains("trusted-servers.json: "))
        #expect(await run("trust", "docs", "--yes").run.code == .unexpected)
        #expect(await run("tools", "docs", "--trust-project").run.code == .success)
    }

    @Test func `what needs no approval is said to, and an unknown name is refused`() async throws {
        try Directory.create(directory.file(".config/parallel"))
        try directory.write(#"{"mcpServers": {"own": \#(Self.entry)}}"#, to: ".config/parallel/mcp.json")
        for name in ["own", "parallel-search"] {
            let run = await run("trust", name, "--yes").run
            #expect(run.code == .success && run.errors == "'\(name)' needs no approval; nothing to do\n")
        }
        #expect(Disk.mode(record) == nil)
        #expect(await run("trust", "dcs", "--yes").run.errors.contains("did you mean 'docs'?"))
        #expect(await run("trust").run.code == .usage)
        #expect(await run("trust", "docs", "--list").run.code == .usage)
        try write(#"{"url": "https://${CRM_TOKEN}/mcp"}"#)
        #expect(await run("trust", "docs", "--yes").run.errors.contains("a variable decides"))
    }

    @Test func `a file named on the command line is asked about each time`() async throws {
        try write(Self.entry, to: "servers.json")
        for _ in 1...2 {
            let run = await CommandRun(
                ["task", "run", "x", "--mcp-config", "servers.json", "--no-check"], terminal: Self.person,
                environment: ["CRM_TOKEN": "tok-4711"], directory: directory.path, answers: [.line("n")])
            #expect(run.prompts == ["./servers.json wants to send CRM_TOKEN to https://docs.example; allow it? [y/N] "])
        }
    }
}
