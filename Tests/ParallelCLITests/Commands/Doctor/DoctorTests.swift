import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DoctorTests {
    private let home: TemporaryDirectory

    init() throws { home = try TemporaryDirectory() }

    /// The time of `Context.test`.
    private static let now = "Tue, 14 Nov 2023 22:13:20 GMT"

    private static func reached(at date: String = now, status: Int = 401) -> ScriptedTransport.Exchange {
        .init(.get, "/v1/tasks/runs/trun_0", status: status, headers: [("date", date)])
    }

    private static func key(_ status: Int) -> ScriptedTransport.Exchange {
        .init(.get, "/v1/tasks/runs/trun_00000000000000000000000000000000", status: status, body: Answer.fault("no"))
    }

    private func doctor(
        _ words: String..., sending exchanges: [ScriptedTransport.Exchange] = [], environment: [String: String] = [:],
        terminal: TerminalInfo = TerminalInfo(), sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["doctor"] + words, exchanges, terminal: terminal, environment: environment, directory: home.path,
            sourceLocation: sourceLocation)
    }

    private func configure(_ text: String, _ name: String = "config.json", mode: UInt32 = 0o600) throws {
        try Directory.create(home.file(".config/parallel"))
        try home.write(text, to: ".config/parallel/\(name)", mode: mode)
    }

    @Test func `where all is well it says so, without a secret, and ends with 0`() async {
        let run = await doctor(sending: [Self.reached(), Self.key(404)])
        #expect(run.code == .success && run.errors.isEmpty, "\(run.errors)")
        for line in [
            "ok\tkey\tfrom PARALLEL_API_KEY", "ok\tkey\tthe API accepts it", "ok\tclock\tright to 1 second",
            "ok\tAPI\thttps://api.parallel.ai (the default) answers", "ok\tproxy\tnone for the API",
            "ok\tsettings\tno mistakes", "ok\tfolders\tcan be written to",
            "ok\tversion\tparallel \(Version.number), Swift ",
            "ok\tterminal\tnone", "ok\tMCP servers\t3 servers",
        ] {
            #expect(("\n" + run.output).contains("\n\(line)"), "\(line): \(run.output)")
        }
        #expect(!run.output.contains("test-key") && !run.output.contains("problem\t"))
        #expect(run.requests.first?.headers["x-api-key"] == nil)
        #expect(run.requests.last?.headers["x-api-key"] == "test-key")
    }

    @Test func `a wrong clock is a warning, which is no failure`() async {
        let run = await doctor(sending: [Self.reached(at: "Tue, 14 Nov 2023 23:13:20 GMT"), Self.key(404)])
        #expect(run.code == .success)
        #expect(run.output.contains("warning\tclock\t3,600 seconds behind the API\tset it"), "\(run.output)")
    }

    @Test func `a key that is refused is a problem with its fix`() async {
        let run = await doctor(sending: [Self.reached(), Self.key(401)])
        #expect(run.code == .unexpected)
        #expect(run.output.contains("problem\tkey\tthe API refuses it (401)\tsign in again, parallel login"))
        #expect(run.errors == "1 problem\n")
    }

    @Test func `without a network there is one problem, and the key is not sent`() async {
        let failed = ScriptedTransport.Exchange(
            .get, "/v1/tasks/runs/trun_0", failing: HTTPError(.resolve, "no such host", mayHaveBeenSent: false))
        let run = await doctor(sending: [failed])
        #expect(run.code == .unexpected && run.output.contains("problem\tAPI\tno such host"))
        #expect(run.errors == "1 problem\n")
    }

    @Test(arguments: [200, 302, 503])
    func `an address that answers like no API gets no key`(status: Int) async {
        let run = await doctor(sending: [Self.reached(status: status)])
        #expect(run.code == .success && run.output.contains("warning\tAPI\t") && run.output.contains(" \(status) "))
    }

    @Test func `without a key it says how to get one, and still looks whether the API is there`() async {
        let run = await doctor(sending: [Self.reached()], environment: ["PARALLEL_API_KEY": ""])
        #expect(run.code == .unexpected)
        #expect(run.output.contains("problem\tkey\tno API key is set\tsign in: parallel login"), "\(run.output)")
        #expect(run.output.contains("ok\tAPI\t"))
    }

    @Test func `broken files are problems, each with its name, and the rest is looked at`() async throws {
        try configure("{")
        try configure("[", "mcp.json")
        let run = await doctor("--offline")
        #expect(run.code == .unexpected && run.errors == "2 problems\n")
        #expect(run.output.contains("problem\tsettings\t") && run.output.contains("config.json"), "\(run.output)")
        #expect(run.output.contains("problem\tMCP servers\t") && run.output.contains("mcp.json"), "\(run.output)")
        #expect(run.output.contains("ok\tAPI\thttps://api.parallel.ai (the default) was not asked"))
    }

    @Test func `mistakes in settings and servers are named, and the address of the settings counts`() async throws {
        try configure(#"{"procesor":"lite","base-url":"https://gateway.example","budget":"much"}"#)
        try configure(
            #"{"mcpServers":{"crm":{"url":"https://crm.example/mcp","headers":{"Authorization":"Bearer ${CRM_TOKEN}"}}}}"#,
            "mcp.json", mode: 0o644)
        let run = await doctor(sending: [Self.reached()], environment: ["PARALLEL_API_KEY": ""])
        #expect(run.output.contains("there is no setting 'procesor'"), "\(run.output)")
        #expect(run.output.contains("problem\tsettings\t") && run.output.contains("budget"), "\(run.output)")
        #expect(run.output.contains("warning\tMCP servers\t'crm' needs CRM_TOKEN, not set here\texport CRM_TOKEN"))
        #expect(run.output.contains("warning\tfolders\t\(home.file(".config/parallel/mcp.json")): others can read it"))
        #expect(run.output.contains("run: chmod 600 "))
        #expect(run.requests.first?.url.host == "gateway.example")
    }

    @Test func `without a home it still works`() async {
        let variables = ["HOME": "", "XDG_CACHE_HOME": "", "XDG_STATE_HOME": "", "PATH": ""]
        let run = await doctor("--offline", environment: variables)
        #expect(run.code == .success && run.output.contains("HOME is not set"), "\(run.output)")
    }

    @Test func `certificates and proxies that can't be used are problems, and no password is shown`() async throws {
        try home.write("no certificate", to: "ca.pem")
        let variables = [
            "SSL_CERT_FILE": home.file("ca.pem"), "SSL_CERT_DIR": "/nowhere",
            "HTTPS_PROXY": "gopher://me:hunter2-secret@proxy.example",
        ]
        let run = await doctor("--offline", environment: variables)
        #expect(run.code == .unexpected && run.errors == "3 problems\n", "\(run.output)")
        #expect(run.output.contains("SSL_CERT_FILE: \(home.file("ca.pem")): it holds no certificate"))
        #expect(run.output.contains("problem\tproxy\t") && !run.output.contains("hunter2"))
        let json = await doctor("--offline", "--json", environment: variables)
        #expect(!json.output.contains("hunter2"))
    }

    @Test func `another program of this name that comes first is a warning`() async throws {
        try home.write("#!/bin/sh\n", to: "parallel", mode: 0o700)
        var context = Context.test(
            ScriptedTransport([]), environment: ["PATH": "/nowhere:\(home.path)"], directory: home.path)
        context.programPath = try home.write("x", to: "own", mode: 0o700)
        #expect(await Run.run(["doctor", "--offline"], context) == .success)
        #expect(
            context.streams.capturedOutput.contains(
                "warning\tPATH\t'parallel' means another program, \(home.path)/parallel"))
        context.programPath = home.file("parallel")
        #expect(await Run.run(["doctor", "--offline"], context) == .success)
        #expect(context.streams.capturedOutput.contains("ok\tPATH\t'parallel' is \(home.path)/parallel"))
    }

    @Test func `completions of an older version are to be renewed`() async throws {
        let environment = ["SHELL": "/bin/fish", "XDG_CONFIG_HOME": home.file("conf")]
        #expect(await doctor("--offline", environment: environment).output.contains("parallel completion install"))
        let install = await CommandRun(
            ["completion", "install"], environment: environment, directory: home.path)
        #expect(install.code == .success)
        let path = home.file("conf/fish/completions/parallel.fish")
        #expect(await doctor("--offline", environment: environment).output.contains("ok\tcompletions\t\(path)\t\n"))
        try home.write((Disk.text(path) ?? "") + "#\n", to: "conf/fish/completions/parallel.fish")
        let run = await doctor("--offline", environment: environment)
        #expect(run.output.contains("warning\tcompletions\t\(path) is of another version"), "\(run.output)")
    }

    @Test func `as JSON it has each check with its state and fix`() async throws {
        let run = await doctor("--offline", "--json", environment: ["PARALLEL_API_KEY": ""])
        let document = try JSONValue.parse(Array(run.output.utf8))
        #expect(run.code == .unexpected && document["ok"] == false)
        let key = try #require(document["checks"]?.array?.first { $0["check"] == "key" })
        #expect(key["state"] == "problem" && key["fix"]?.string?.contains("parallel login") == true)
    }

    @Test func `a terminal gets signs, and what to do below what is wrong`() async {
        func screen(_ columns: Int) -> TerminalInfo {
            TerminalInfo(
                stdoutIsTerminal: true, stderrIsTerminal: true, columns: columns, term: "xterm", noColor: true)
        }
        let run = await doctor("--offline", environment: ["PARALLEL_API_KEY": "", "LANG": "C"], terminal: screen(100))
        #expect(run.output.contains("✗ problem  key"), "\(run.output)")
        #expect(run.output.contains("→ sign in: parallel login") && run.output.contains("! warning  terminal"))
        let lines = await doctor("--offline", terminal: screen(40)).output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.displayWidth <= 40 || !$0.contains(" ") || $0.contains("/") }, "\(lines)")
    }

    @Test(arguments: [["--version", "--verbose"], ["-v", "--version"], ["task", "run", "--version", "--verbose"]])
    func `a version with --verbose names the parts`(_ words: [String]) async {
        let run = await CommandRun(words)
        let lines = run.output.split(separator: "\n")
        #expect(run.code == .success && lines.first == "parallel \(Version.number)")
        for name in ["Swift ", "libcurl ", "libedit ", "MCP 2026-07-28 ", "system ", "terminal "] {
            #expect(lines.contains { $0.hasPrefix(name) }, "\(name)")
        }
        #expect(await CommandRun(["--version"]).output == "parallel \(Version.number)\n")
    }
}
