import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// `mcp test`: what is found out about a server, and what the exit code says.
@Suite(.timeLimit(.minutes(10))) struct MCPTestCommandTests {
    private static func test(
        _ server: any HTTPTransport, _ words: [String] = [], url: String = MCPRun.url,
        environment: [String: String] = [:]
    ) async -> CommandRun {
        await MCPRun.run(["test", url] + words, server, environment: environment)
    }

    private static func json(_ run: CommandRun) throws -> JSONValue { try JSONValue.parse(run.output) }

    /// The state of each step by its name.
    private static func states(_ run: CommandRun) throws -> [String: String] {
        var states: [String: String] = [:]
        for step in try json(run)["steps"]?.array ?? [] {
            states[step["step"]?.string ?? ""] = step["state"]?.string
        }
        return states
    }

    @Test func `a public server with tools passes, and every step has a line`() async {
        let run = await Self.test(ScriptedMCPServer.legacy(session: "s"))
        #expect(run.code == .success, "\(run.errors)")
        let lines = run.output.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false)
        }
        #expect(
            lines.map { "\($0[0]) \($0[1])" } == [
                "address ok", "TLS ok", "authentication ok", "protocol ok", "server ok", "tools ok", "Parallel task ok",
            ])
        #expect(lines[3][3] == "2025-11-25 (legacy, with a session)")
        #expect(lines[4][3] == "scripted 1")
        #expect(lines[5][3] == "1: echo")
        #expect(lines[3][2].hasSuffix(" ms"))
        // Nothing takes no time.
        #expect(!run.output.contains("\t0.0 ms"))
    }

    @Test func `a terminal marks what went well and what failed`() async {
        let good = await MCPRun.run(["test", MCPRun.url], ScriptedMCPServer.legacy(session: "s"), terminal: .screen)
        #expect(good.output.hasPrefix("step            state "), "\(good.output)")
        #expect(good.output.contains("\nTLS             ✓ ok "), "\(good.output)")
        let bad = await MCPRun.run(
            ["test", "https://intranet/mcp"], ScriptedMCPServer.legacy(session: "s"), terminal: .screen)
        #expect(bad.output.contains("\nParallel task   ✗ failed "), "\(bad.output)")
    }

    @Test func `json has the findings for scripts`() async throws {
        let json = try Self.json(await Self.test(ScriptedMCPServer.modern(), ["--json"]))
        #expect(json["ok"] == true && json["usable_by_tasks"] == true && json["exit_code"] == 0)
        #expect(json["protocol"] == ["version": "2026-07-28", "era": "modern"])
        #expect(json["server_info"] == ["name": "scripted", "version": "2"])
        #expect(json["serverInfo"] == json["server_info"] && json["protocolVersion"] == "2026-07-28")
        #expect(json["tools"] == ["echo"] && json["problems"] == [])
        #expect(json["steps"]?.array?.count == 7)
    }

    @Test(arguments: [
        ("http://mcp.example/mcp", "https URLs only"), ("https://10.1.2.3/mcp", "10.1.2.3"),
        ("https://192.168.0.9/mcp", "192.168.0.9"), ("https://intranet/mcp", "intranet"),
        ("https://box.local/mcp", "box.local"), ("https://[fd00::1]/mcp", "fd00::1"),
        ("https://127.0.0.1:8443/mcp", "127.0.0.1"), ("https://169.254.169.254/", "169.254"),
    ])
    func `an address that only this side reaches is of no use to a task`(url: String, told: String) async throws {
        let run = await Self.test(ScriptedMCPServer.modern(), ["--json"], url: url)
        #expect(run.code == .partial)
        #expect(try Self.json(run)["ok"] == true)
        #expect(try Self.json(run)["usable_by_tasks"] == false)
        #expect(run.output.contains(told))
    }

    @Test func `where the API is a stand-in on this machine, its tasks reach this machine`() async {
        let run = await Self.test(
            ScriptedMCPServer.modern(), url: "http://127.0.0.1:9/mcp",
            environment: ["PARALLEL_BASE_URL": "http://127.0.0.1:8"])
        #expect(run.code == .success)
    }

    @Test func `tools must be there, those of --allow-tool among them`() async throws {
        let none = await Self.test(ScriptedMCPServer.modern(tools: []))
        #expect(none.code == .partial && none.output.contains("it has no tools"))
        let missing = await Self.test(ScriptedMCPServer.modern(), ["--allow-tool", "echo", "--allow-tool", "find"])
        #expect(missing.code == .partial && missing.output.contains("no tool named find"))
    }

    @Test func `missing credentials are reported`() async throws {
        let server = ScriptedMCPServer { _ in
            .empty(
                401,
                headers: [
                    ("www-authenticate", #"Basic realm="a, b""#),
                    ("WWW-Authenticate", #"Bearer error="e", resource_metadata="https://mcp.example/.well-known/x""#),
                ])
        }
        let run = await Self.test(server, ["--json"])
        #expect(run.code == .notAuthenticated)
        #expect(try Self.states(run)["authentication"] == "failed")
        #expect(try Self.states(run)["address"] == "ok")
        #expect(try Self.states(run)["tools"] == "skipped")
        #expect(try Self.json(run)["exit_code"] == 3)
        #expect(run.errors.contains("wants credentials") && run.errors.contains("mcp login"))
        #expect(run.errors.contains("--bearer-env"))
        let wrong = await Self.test(
            server, ["--bearer-env", "TOKEN"], environment: ["TOKEN": "tok-4711"])
        #expect(wrong.errors.contains("did not accept the credentials"))
        #expect(!(wrong.output + wrong.errors).contains("4711"))
    }

    @Test func `when a token expires is reported, and the token is not`() async throws {
        // {"exp":1700000600}, ten minutes after the test's time.
        let token = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDA2MDB9.c2ln"
        let run = await Self.test(
            ScriptedMCPServer.modern(), ["--json", "--bearer-env", "TOKEN"], environment: ["TOKEN": token])
        #expect(run.code == .success)
        #expect(run.output.contains("accepted: Authorization; the token expires in 10 min"))
        #expect(try Self.json(run)["token_expires_at"] == 1_700_000_600)
        #expect(!run.output.contains("eyJleHAi"))
    }

    @Test func `a token that expires soon is warned of, and one that has expired is no use to a task`() async throws {
        let soon = await Self.test(
            ScriptedMCPServer.modern(), ["--bearer-env", "TOKEN"],
            environment: ["TOKEN": "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDA2MDB9.c2ln"])
        #expect(soon.code == .success && soon.errors.contains("warning: the token of "), "\(soon.errors)")
        // {"exp":1600000000}
        let late = await Self.test(
            ScriptedMCPServer.modern(), ["--json", "--bearer-env", "TOKEN"],
            environment: ["TOKEN": "eyJhbGciOiJub25lIn0.eyJleHAiOjE2MDAwMDAwMDB9.c2ln"])
        #expect(late.code == .partial)
        #expect(try Self.json(late)["problems"] == ["its token has expired"])
    }

    @Test func `json is printed also where credentials are missing`() async throws {
        let noKey = await Self.test(
            ScriptedMCPServer.modern(), ["--json"], url: "parallel-task", environment: ["PARALLEL_API_KEY": ""])
        #expect(noKey.code == .notAuthenticated)
        #expect(try Self.json(noKey)["exit_code"] == 3)
        #expect(try Self.json(noKey)["url"] == "https://task-mcp.parallel.ai/mcp")
        let unset = await Self.test(ScriptedMCPServer.modern(), ["--json", "--bearer-env", "UNSET"])
        #expect(unset.code == .usage && unset.errors.contains("UNSET"))
        for run in [noKey, unset] {
            #expect(try Self.states(run)["authentication"] == "failed")
            #expect(try Self.json(run)["ok"] == false)
        }
        let table = await Self.test(ScriptedMCPServer.modern(), ["--bearer-env", "UNSET"])
        #expect(table.output.contains("authentication\tfailed\t\t"))
    }

    @Test func `a server that is switched off can be tried out`() async throws {
        let directory = try TemporaryDirectory()
        try Directory.create(directory.file(".config/parallel"))
        try directory.write(
            #"{"mcpServers": {"crm": {"url": "\#(MCPRun.url)", "disabled": true}}}"#, to: ".config/parallel/mcp.json")
        let run = await MCPRun.run(["test", "crm"], ScriptedMCPServer.modern(), directory: directory.path)
        #expect(run.code == .success && run.errors.contains("'crm' is disabled"))
        #expect(
            await MCPRun.run(["tools", "crm"], ScriptedMCPServer.modern(), directory: directory.path).code == .usage)
    }

    @Test func `a connection that fails is reported at the step where it failed`() async throws {
        for (kind, step, code) in [
            (HTTPError.Kind.resolve, "address", ExitCode.unreachable), (.connect, "address", .unreachable),
            (.tls, "tls", .unreachable),
        ] {
            let server = ScriptedMCPServer { _ in throw HTTPError(kind, "it failed", mayHaveBeenSent: false) }
            let run = await Self.test(server, ["--json"])
            #expect(run.code == code)
            #expect(try Self.states(run)[step] == "failed")
            #expect(run.errors.contains("error: it failed"))
        }
    }

    @Test func `a server that says nothing has shown neither an address nor a certificate`() async throws {
        let server = ScriptedMCPServer { _ in
            try await Task.sleep(for: .seconds(60))
            return .empty(200)
        }
        let run = await Self.test(server, ["--json", "--timeout", "50ms"])
        #expect(run.code == .unreachable)
        #expect(try Self.states(run)["address"] == "failed")
        #expect(try Self.states(run)["tls"] == "skipped")
    }

    @Test func `a server that speaks something else fails at the protocol`() async throws {
        let run = await Self.test(ScriptedMCPServer { _ in .text("hello", status: 200) }, ["--json"])
        #expect(run.code == .unexpected)
        #expect(try Self.states(run)["protocol"] == "failed")
    }

    @Test(arguments: [401, 403])
    func `a list that is only for others fails at the authentication`(status: Int) async throws {
        let server = ScriptedMCPServer.legacy { call in
            call.method == "tools/list" ? .text("not you", status: status) : nil
        }
        let run = await Self.test(server, ["--json"])
        #expect(run.code == (status == 401 ? .notAuthenticated : .refused))
        let states = try Self.states(run)
        #expect(states["authentication"] == "failed" && states["server"] == "ok" && states["tools"] == "skipped")
        #expect(try Self.json(run)["steps"]?.array?.count == 7)
    }

    @Test(arguments: [HTTPError.Kind.protocolError, .truncated, .connectionLost])
    func `a server that does not speak HTTP as it should fails at the protocol`(kind: HTTPError.Kind) async throws {
        let server = ScriptedMCPServer { _ in throw HTTPError(kind, "no HTTP", mayHaveBeenSent: true) }
        let states = try Self.states(await Self.test(server, ["--json"]))
        #expect(states["address"] == "ok" && states["protocol"] == "failed")
    }

    @Test func `a list that fails leaves what was found before`() async throws {
        let server = ScriptedMCPServer.legacy { call in
            call.method == "tools/list" ? call.error(-32603, "broken") : nil
        }
        let run = await Self.test(server, ["--json"])
        #expect(run.code == .refused)
        #expect(try Self.states(run)["server"] == "ok")
        #expect(try Self.states(run)["tools"] == "failed")
    }

    @Test func `a test does not use the cache of eras and calls no tool`() async throws {
        let directory = try TemporaryDirectory()
        for _ in 0..<2 {
            let server = ScriptedMCPServer.legacy()
            _ = await MCPRun.run(["tools", MCPRun.url], server, directory: directory.path)
            let again = ScriptedMCPServer.legacy()
            _ = await MCPRun.run(["test", MCPRun.url], again, directory: directory.path)
            #expect(again.methods == ["server/discover", "initialize", "notifications/initialized", "tools/list"])
        }
    }
}
