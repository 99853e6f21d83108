import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a company allows the program to send and to keep.
@Suite(.timeLimit(.minutes(10))) struct CallRulesTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func run(
        _ words: [String], _ exchanges: [ScriptedTransport.Exchange] = [], settings: String = "{}",
        environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> CommandRun {
        let file = try folder.write(settings, to: "config.json")
        return await CommandRun(
            words, exchanges, environment: ["PARALLEL_CONFIG": file].merging(environment) { $1 },
            directory: folder.path, sourceLocation: sourceLocation)
    }

    private func lines(_ name: String = "audit.jsonl") -> [JSONValue] {
        (Disk.text(folder.file(name)) ?? "").split(separator: "\n").map { (try? JSONValue.parse(String($0))) ?? .null }
    }

    private static func status(_ id: String = "trun_1") -> ScriptedTransport.Exchange {
        .init(.get, "/v1/tasks/runs/\(id)", body: #"{"run_id":"\#(id)","status":"completed","is_active":false}"#)
    }

    // MARK: - Audit log

    @Test func `each request has a line with its host, path, hash, ids and cost, but nothing of its body`() async throws
    {
        let run = try await run(
            ["task", "run", "--no-wait", "-p", "core", "--audit-log", "audit.jsonl", "my question"],
            [Answer.created("trun_1")])
        #expect(run.code == .success, "\(run)")
        let line = try #require(lines().first)
        #expect(lines().count == 1 && Disk.mode(folder.file("audit.jsonl")) == 0o600)
        let body = run.requests[0].body ?? []
        #expect(line["time"]?.string == "2023-11-14T22:13:20Z" && line["command"]?.string == "task run")
        #expect(line["method"]?.string == "POST" && line["host"]?.string == "api.parallel.ai")
        #expect(line["path"]?.string == "/v1/tasks/runs" && line["status"]?.int == 202)
        #expect(line["bytes"]?.int == body.count && line["sha256"]?.string == SHA256.digits(of: body))
        #expect(line["ids"]?.array?.first?.string == "trun_1" && line["cost_usd"] == 0.025)
        let text = try #require(Disk.text(folder.file("audit.jsonl")))
        #expect(!text.contains("my question") && !text.contains("test-key"))
    }

    @Test func `flag, variable and settings each name a file that gets all lines`() async throws {
        let (set, named) = (folder.file("set.jsonl"), folder.file("named.jsonl"))
        for _ in 0..<2 {
            let run = try await run(
                ["task", "status", "trun_1", "--audit-log", "audit.jsonl"], [Self.status()],
                settings: #"{"audit-log":"\#(set)"}"#, environment: ["PARALLEL_AUDIT_LOG": named])
            #expect(run.code == .success, "\(run)")
        }
        for name in ["audit.jsonl", "set.jsonl", "named.jsonl"] {
            #expect(lines(name).map { $0["ids"]?[0]?.string } == ["trun_1", "trun_1"], "\(name)")
        }
    }

    /// Fails each request.
    private struct Failing: HTTPTransport {
        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            throw HTTPError(.tls, "no certificate for test-key", mayHaveBeenSent: false)
        }
    }

    @Test func `a query, a secret in a path and one in an error stay out of it`() async throws {
        let address = "https://mcp.example/0123456789abcdef0123456789abcdef/mcp?token=tok-1234567890abcdef"
        let run = await CommandRun(
            ["mcp", "tools", address], over: Failing(),
            environment: ["PARALLEL_AUDIT_LOG": folder.file("audit.jsonl")], directory: folder.path)
        #expect(run.code == .unreachable, "\(run)")
        let line = try #require(lines().first)
        #expect(line["host"]?.string == "mcp.example" && line["path"]?.string == "/***/mcp")
        #expect(line["status"] == nil && line["error"]?.string == "no certificate for ***")
        #expect(line["cost_usd"] == nil)
        #expect(!(Disk.text(folder.file("audit.jsonl")) ?? "").contains("tok-1"))
    }

    @Test func `a log that can't be written ends the command before any request`() async throws {
        try folder.write("x\n", to: "open.jsonl", mode: 0o644)
        try folder.write("", to: "real.jsonl")
        symlink(folder.file("real.jsonl"), folder.file("link.jsonl"))
        for (name, reason) in [
            ("link.jsonl", "it is a link"), (".", "is a directory"), ("none/a.jsonl", "no such file"),
            ("/dev/null", "it is not a regular file"), ("open.jsonl", "others can read it"),
        ] {
            let run = try await run(["task", "run", "--no-wait", "--audit-log", name, "x"])
            #expect(run.code == .usage && run.errors.contains(reason), "\(run)")
            #expect(run.errors.hasPrefix("error: the audit log can't be written, and without it nothing is sent: "))
        }
        #expect(Disk.text(folder.file("real.jsonl")) == "" && Disk.text(folder.file("open.jsonl")) == "x\n")
    }

    @Test func `a log can't go to standard output`() async throws {
        let run = try await run(["task", "run", "--no-wait", "--audit-log", "-", "x"])
        #expect(run.code == .usage && run.requests.isEmpty, "\(run)")
        #expect(run.errors.hasPrefix("error: --audit-log: standard output is for results\n  name a file\n"))
    }

    @Test func `a line that broke off gets its end before the next one`() async throws {
        try folder.write(#"{"time":"20"#, to: "audit.jsonl")
        _ = try await run(["task", "status", "trun_1", "--audit-log", "audit.jsonl"], [Self.status()])
        #expect(lines().count == 2 && lines()[0] == .null && lines()[1]["status"]?.int == 200)
    }

    @Test func `a line that can't be written later loses no answer, and no further request is sent`() async throws {
        let log = folder.file("audit.jsonl")
        let created = ScriptedTransport.Exchange(.post, "/v1/tasks/runs") { _ in
            unlink(log)
            try Directory.create(log)
            return HTTPResponse(status: 202, body: HTTPBody(Array(#"{"run_id":"trun_1","status":"queued"}"#.utf8)))
        }
        let run = try await run(["task", "run", "--audit-log", log, "x"], [created])
        #expect(run.code == .usage && run.requests.count == 1, "\(run)")
        #expect(run.errors.contains("run trun_1"), "\(run)")
        #expect(run.errors.contains("warning: a request is missing in the audit log: "), "\(run)")
    }

    @Test func `a relative path in settings is refused`() async throws {
        let run = try await run(["task", "status", "trun_1"], settings: #"{"audit-log":"a.jsonl"}"#)
        #expect(run.code == .usage && run.errors.contains("'a.jsonl' is no absolute path"), "\(run)")
    }

    @Test func `commands without a request don't open it, and those that mend settings neither`() async throws {
        let settings = #"{"audit-log":"/nonexistent/a.jsonl"}"#
        #expect(try await run(["task", "list"], settings: settings).code == .success)
        #expect(try await run(["config", "list"], settings: settings).code == .success)
        #expect(try await run(["search", "x", "--dry-run"], settings: settings).code == .success)
        #expect(try await run(["search", "x"], settings: settings).code == .usage)
    }

    // MARK: - Read-only

    /// The commands that are not refused as such: what they send reads, or is refused where it would be sent.
    private static let reading: Set<String> = [
        "task status", "task result", "task events", "task input", "group get", "group runs", "group events",
        "batch status", "batch results", "batch rerun", "findall status", "findall schema", "findall result",
        "findall events", "monitor get", "monitor list", "monitor stats", "monitor events", "auth status", "balance",
        "api", "mcp add", "mcp tools", "mcp resources", "mcp prompts", "mcp export", "mcp check", "mcp pin",
        "mcp test", "mcp proxy", "mcp serve", "doctor",
    ]

    @Test func `each command that sends something is known as one that reads, or one that doesn't`() {
        let all = CommandTree.program.commands.filter(\.usesNetwork).map(\.name)
        for name in all {
            #expect(
                CallRules.changing.contains(name) != Self.reading.contains(name),
                "\(name) costs or changes something, or it doesn't: list it")
        }
        #expect(CallRules.changing.union(Self.reading).subtracting(all).isEmpty)
    }

    @Test(arguments: CallRules.changing.sorted())
    func `a command that costs or changes something ends before anything is sent`(name: String) async throws {
        let command = try #require(CommandTree.program.commands.first { $0.name == name })
        var count = 0
        for example in command.examples where !example.line.contains(where: { "|$<>;&".contains($0) }) {
            guard let words = try? ProgramText.parse(example.line), words.first == "parallel",
                !words.contains(where: { ["--dry-run", "--curl"].contains($0) })
            else { continue }
            // Each way to switch it on, and nothing that could switch it off.
            for (variables, settings) in [
                (["PARALLEL_READ_ONLY": "1"], #"{"read-only":"false"}"#),
                (["PARALLEL_READ_ONLY": ""], #"{"read-only":"true"}"#),
                ([:], #"{"read-only":true,"profiles":{"p":{"read-only":"false"}}}"#),
            ] {
                let run = try await run(
                    Array(words.dropFirst()), settings: settings,
                    environment: variables.merging(["PARALLEL_PROFILE": "p"]) { $1 })
                #expect(run.code == .usage && run.output == "", "\(words) \(run)")
                #expect(run.errors.hasPrefix("error: read-only is set ("), "\(words) \(run)")
                #expect(run.errors.filter { $0 == "\n" }.count == 1, "\(run)")
            }
            count += 1
        }
        #expect(count > 0 || ["key delete"].contains(name), "no example of \(name) was tried")
    }

    @Test(arguments: [
        ["api", "POST", "/v1/search", "-f", "x=y"], ["api", "DELETE", "/v1/x"], ["api", "PATCH", "/v1/x", "-f", "a=b"],
    ])
    func `a call of the API that is no GET is not sent`(_ words: [String]) async throws {
        let run = try await run(words, environment: ["PARALLEL_READ_ONLY": "1"])
        #expect(run.code == .usage && run.errors.contains("read-only is set (PARALLEL_READ_ONLY)"), "\(run)")
    }

    @Test func `reading goes on`() async throws {
        let run = try await run(
            ["task", "status", "trun_1"], [Self.status()], environment: ["PARALLEL_READ_ONLY": "1"])
        #expect(run.code == .success, "\(run)")
        #expect(
            try await self.run(["search", "x", "--dry-run"], environment: ["PARALLEL_READ_ONLY": "1"]).code == .success)
        #expect(
            try await self.run(["config", "set", "mode", "fast"], environment: ["PARALLEL_READ_ONLY": "1"]).code
                == .success)
    }

    @Test func `of all methods only GET reads, unless a request says so itself`() {
        for method in HTTPMethod.allCases {
            #expect(HTTPRequest(method, .thisMachine, resend: .safe).isReading == (method == .get))
        }
    }

    // MARK: - Hosts

    @Test(arguments: [
        ("api.parallel.ai", "api.parallel.ai", true), ("*.parallel.ai", "api.parallel.ai", true),
        ("*.parallel.ai", "parallel.ai", false), ("parallel.ai", "api.parallel.ai", false),
        ("*.parallel.ai", "evilparallel.ai", false), ("*.parallel.ai", "api.parallel.ai.evil.example", false),
        ("a.example, API.parallel.ai", "api.parallel.ai", true), ("[::1] 127.0.0.1", "::1", true),
        ("::1", "::1", true), ("127.0.0.1", "localhost", false), ("a.example", "a.example.", false),
    ])
    func `a list names hosts exactly, or all below one`(list: String, host: String, allows: Bool) throws {
        let hosts = try #require(AllowedHosts(list, from: .preset))
        #expect(hosts.allows(host) == allows)
    }

    @Test(arguments: [
        "", " , ", "https://a.example", "a.example/x", "a.example:443", "*", "a.*.example", "a b@c", "é.example",
    ])
    func `what is no host is refused`(list: String) async throws {
        #expect(AllowedHosts(list, from: .preset) == nil)
        let set = try await run(["config", "set", "allowed-hosts", list.isEmpty ? "*" : list])
        #expect(set.code == .usage, "\(set)")
    }

    @Test func `a host that is not on the list gets nothing, and nothing undoes that`() async throws {
        let settings = #"{"allowed-hosts":"gateway.example","profiles":{"p":{"allowed-hosts":"api.parallel.ai"}}}"#
        for words in [["search", "x"], ["--profile", "p", "search", "x"], ["task", "status", "trun_1"]] {
            let run = try await run(words, settings: settings)
            #expect(run.code == .usage, "\(run)")
            #expect(
                run.errors.contains(
                    "'api.parallel.ai' is not among the allowed-hosts in \(folder.file("config.json"))"),
                "\(run)")
        }
    }

    @Test func `servers and webhooks that a request names must be on it, too`() async throws {
        let settings = #"{"allowed-hosts":"api.parallel.ai *.crm.example"}"#
        let words = ["task", "run", "--no-wait", "x", "--no-mcp-check"]
        let hook = try await run(words.dropLast() + ["--webhook", "https://hooks.evil.example/x"], settings: settings)
        #expect(hook.code == .usage && hook.errors.contains("'hooks.evil.example' is not among"), "\(hook)")
        let body = #"mcp_servers=[{"type":"url","name":"a","url":"https://mcp.evil.example/mcp"}]"#
        let raw = try await run(["api", "POST", "/v1/tasks/runs", "-F", body], settings: settings)
        #expect(raw.code == .usage && raw.errors.contains("'mcp.evil.example' is not among"), "\(raw)")
        let allowed = try await run(
            ["api", "POST", "/v1/tasks/runs", "-F", #"mcp_servers=[{"name":"a","url":"https://a.crm.example/mcp"}]"#],
            [.init(.post, "/v1/tasks/runs", status: 202, body: "{}")], settings: settings)
        #expect(allowed.code == .success, "\(allowed)")
    }

    @Test func `an MCP server that is not on the list is not asked, and the error says why`() async throws {
        let run = try await run(
            ["mcp", "test", "https://mcp.evil.example/mcp"], settings: #"{"allowed-hosts":"api.parallel.ai"}"#)
        #expect(
            run.code == .usage && run.errors.contains("'mcp.evil.example' is not among the allowed-hosts"), "\(run)")
    }

    @Test func `the file for all users of a machine counts whatever variables say`() async throws {
        let system = try folder.write(#"{"allowed-hosts":"gateway.example","read-only":"true"}"#, to: "system.json")
        let streams = Streams.captured()
        var context = Context.test(
            ScriptedTransport([]), streams: streams, environment: ["PARALLEL_CONFIG": "/dev/null"],
            directory: folder.path)
        context.systemConfiguration = system
        #expect(await Run.run(["task", "status", "trun_1"], context) == .usage)
        #expect(streams.capturedError.contains("is not among the allowed-hosts in \(system)"))
        #expect(await Run.run(["search", "x"], context) == .usage)
        #expect(streams.capturedError.contains("read-only is set (\(system))"))
        // It can't be mended by the user, and must not be passed over.
        try folder.write("{", to: "system.json")
        #expect(await Run.run(["search", "x"], context) == .usage)
    }

    @Test func `a file for all users that may not be read, or has a misspelt rule, forbids everything`() async throws {
        let streams = Streams.captured()
        var context = Context.test(ScriptedTransport([]), streams: streams, directory: folder.path)
        context.systemConfiguration = try folder.write(#"{"read_only":"true"}"#, to: "system.json")
        #expect(await Run.run(["task", "status", "trun_1"], context) == .usage)
        #expect(streams.capturedError.contains("system.json: 'read_only' is none of the rules: allowed-hosts, "))
        context.systemConfiguration = try folder.write(
            #"{"profiles":{"p":{"read-only":"true"}}}"#, to: "system.json")
        #expect(await Run.run(["task", "status", "trun_1"], context) == .usage)
    }

    @Test func `a look for what is wrong keeps the rules, and sends nothing where they can't be read`() async throws {
        let other = #"{"allowed-hosts":"gateway.example"}"#
        let run = try await run(["doctor", "--json", "--audit-log", "audit.jsonl"], settings: other)
        #expect(run.output.contains("'api.parallel.ai' is not among the allowed-hosts"), "\(run)")
        #expect(Disk.text(folder.file("audit.jsonl")) == "")
        let streams = Streams.captured()
        var context = Context.test(ScriptedTransport([]), streams: streams, directory: folder.path)
        context.systemConfiguration = try folder.write("{", to: "system.json")
        #expect(await Run.run(["doctor", "--json"], context) == .unexpected)
        #expect(streams.capturedOutput.contains("system.json"))
    }

    @Test func `a body that is no JSON, or not that of this program, is not sent past a list of hosts`() async throws {
        let body = try folder.write(#"{"a":NaN,"webhook":{"url":"https://evil.example/x"}}"#, to: "body.json")
        let run = try await run(
            ["api", "POST", "/v1/tasks/runs", "--input", body], settings: #"{"allowed-hosts":"api.parallel.ai"}"#)
        #expect(run.code == .usage && run.requests.isEmpty, "\(run)")
        // A field that says otherwise changes nothing.
        for text in [#"{"a":NaN}"#, #"{"webhook":{"url":"https://evil.example/x"}}"#] {
            try folder.write(text, to: "body.json")
            let form = try await self.run(
                [
                    "api", "POST", "/v1/tasks/runs", "--input", body, "-H",
                    "content-type: application/x-www-form-urlencoded",
                ],
                settings: #"{"allowed-hosts":"api.parallel.ai"}"#)
            #expect(form.code == .usage && form.requests.isEmpty, "\(form)")
        }
    }

    @Test func `the path of a gateway is masked, and an id is not`() async throws {
        let run = try await run(
            ["task", "status", "trun_0123456789abcdef0123456789abcdef", "--audit-log", "audit.jsonl"],
            [
                .init(
                    .get, "/v1/Zk3jQ9vX2bR7mT1wLp0s8dFy/v1/tasks/runs/trun_0123456789abcdef0123456789abcdef",
                    body: #"{"run_id":"trun_0123456789abcdef0123456789abcdef","status":"completed","is_active":false}"#)
            ], environment: ["PARALLEL_BASE_URL": "https://gateway.example/v1/Zk3jQ9vX2bR7mT1wLp0s8dFy"])
        #expect(run.code == .success, "\(run)")
        #expect(lines().first?["path"]?.string == "/v1/***/v1/tasks/runs/trun_0123456789abcdef0123456789abcdef")
    }

    @Test func `an answer whose line can't be written is printed, and the command fails`() async throws {
        let log = folder.file("audit.jsonl")
        let search = ScriptedTransport.Exchange(.post, "/v1/search") { _ in
            unlink(log)
            try Directory.create(log)
            return HTTPResponse(status: 200, body: HTTPBody(Array(#"{"search_id":"s","results":[]}"#.utf8)))
        }
        let run = try await run(["search", "x", "--json", "--audit-log", log], [search])
        #expect(run.code == .unexpected && run.output.contains(#""search_id":"s""#), "\(run)")
        #expect(run.errors.contains("warning: a request is missing in the audit log: "), "\(run)")
    }

    // MARK: - Zero retention

    @Test func `nothing is kept, and results are waited for`() async throws {
        let environment = ["PARALLEL_ZERO_RETENTION": "1", "PARALLEL_NO_LOG": ""]
        let refused = try await run(["task", "run", "--no-wait", "x"], environment: environment)
        #expect(
            refused.code == .usage && refused.errors.contains("--no-wait: results are fetched before"), "\(refused)")
        let run = try await run(
            ["task", "run", "x"], [Answer.created("trun_1"), Answer.result("trun_1")], environment: environment)
        #expect(run.code == .success, "\(run)")
        #expect(Disk.text(folder.file("parallel/log.jsonl")) == nil)
    }

    @Test func `with a budget, which needs the log, nothing is sent`() async throws {
        let run = try await run(
            ["task", "run", "x"], settings: #"{"zero-retention":"true","budget":"20/day"}"#,
            environment: ["PARALLEL_NO_LOG": ""])
        #expect(run.code == .usage && run.errors.contains("the budget of $20.00 a day is counted in the log"), "\(run)")
    }

    // MARK: - What a dry run tells

    @Test func `a dry run says where the request would go, with what key, and what would refuse it`() async throws {
        let settings = #"{"allowed-hosts":"gateway.example","budget":"0.001/day"}"#
        let run = try await run(
            ["task", "run", "--dry-run", "x", "--webhook", "https://hooks.example/x"], settings: settings,
            environment: ["HTTPS_PROXY": "http://user:secret-word@proxy.example:3128", "PARALLEL_NO_LOG": ""])
        #expect(run.code == .success)
        #expect(
            run.errors.contains(
                "it would go to https://api.parallel.ai/v1/tasks/runs through the proxy proxy.example:3128, with the key "
                    + "from PARALLEL_API_KEY\n"), "\(run)")
        #expect(run.errors.contains("data would also go to https://hooks.example/x\n"))
        #expect(run.errors.contains("it would be refused: 'api.parallel.ai' is not among the allowed-hosts"))
        #expect(!run.errors.contains("secret-word") && !run.errors.contains("test-key"))
        let poor = try await self.run(
            ["task", "run", "--dry-run", "x"], settings: #"{"budget":"0.001/day"}"#,
            environment: ["PARALLEL_NO_LOG": "", "PARALLEL_API_KEY": ""])
        #expect(poor.errors.contains("without a proxy, without a key\n"), "\(poor)")
        #expect(poor.errors.contains("it would be refused: this would cost up to $0.01"), "\(poor)")
    }
}
