import ParallelJSON
import TestSupport
import Testing

/// MCP servers from the registry to the trace of their calls.
@Suite(.limited) struct MCPTests {
    private static let token = "tok-471100-secret"

    /// A session that has `CRM_TOKEN` and the server as `crm`, allowed to use one tool.
    private func session(_ server: FakeMCPServer, _ sandbox: RunningSandbox, token: String? = token) async throws
        -> Session
    {
        var session = try Session(sandbox)
        session.environment["CRM_TOKEN"] = token
        let added = try await session.run(
            "mcp", "add", "crm", server.url, "--bearer-env", "CRM_TOKEN", "--allow-tool", "renewals", "--no-verify")
        #expect(added.exit == .code(0), "\(added)")
        return session
    }

    @Test(arguments: [nil, "config"])
    func `servers are added, listed, shown and removed where the user's configuration is`(
        _ folder: String?
    ) async throws {
        var session = try Session("")
        if let folder { session.environment["XDG_CONFIG_HOME"] = session.home.file(folder) }
        let file = session.home.file("\(folder ?? ".config")/parallel/mcp.json")

        let added = try await session.run(
            "mcp", "add", "--no-verify", "crm", "https://crm.example/mcp", "-H", "X-Key: ${CRM_KEY}")
        #expect(added.exit == .code(0))
        #expect(added.output == "")
        #expect(added.error == "added 'crm' to \(file)\n".replacing(session.home.path + "/", with: "./"))
        let stored = try JSONValue.parse(try #require(Disk.bytes(file)))
        #expect(
            stored == [
                "mcpServers": [
                    "crm": ["type": "http", "url": "https://crm.example/mcp", "headers": ["X-Key": "${CRM_KEY}"]]
                ]
            ])
        let mode = try await session.shell("stat -c %a '\(file)'")
        #expect(mode.output == "600\n")

        let again = try await session.run(
            "mcp", "add", "--no-verify", "crm", "https://crm.example/mcp", "-H", "X-Key: ${CRM_KEY}")
        #expect(again.exit == .code(0))
        let other = try await session.run("mcp", "add", "--no-verify", "crm", "https://other.example/mcp")
        #expect(other.exit == .code(2))
        #expect(other.error.contains("--force"))
        #expect(try JSONValue.parse(try #require(Disk.bytes(file))) == stored)

        let names = try await session.run("mcp", "list", "--format", "text")
        #expect(names.output == "crm\nparallel\nparallel-search\nparallel-task\n")
        let shown = try await session.run("mcp", "get", "crm")
        #expect(shown.output.contains("variable\tCRM_KEY (not set)\n"))

        #expect(try await session.run("mcp", "remove", "crm").exit == .code(0))
        #expect(try await session.run("mcp", "get", "crm").exit == .code(2))
        let missing = try await session.run("mcp", "remove", "crm")
        #expect(missing.exit == .code(2))
        #expect(missing.output == "")
    }

    @Test func `a run calls the server, and the trace shows server, tool, arguments and response`() async throws {
        let server = try FakeMCPServer(token: Self.token)
        let sandbox = try await RunningSandbox()
        let session = try await session(server, sandbox)
        let result = try await session.run(
            "task", "run", "Which renew?", "--mcp", "crm", "--metadata", "sandbox_output=Three.")
        #expect(result.exit == .code(0), "\(result)")
        #expect(
            result.output == """
                Three.

                MCP tool calls (1)
                1. crm › renewals
                   arguments: {"query":"Which renew?"}
                   response: 3 accounts renew

                """)
        #expect(!result.error.contains("warning"))
        #expect(server.calls.map { $0["name"] } == ["renewals"])

        let request = try #require(sandbox.creations.first)
        #expect(request.headers["parallel-beta"] == "mcp-server-2025-07-17,events-sse-2025-07-24")
        #expect(request.body["mcp_servers"]?[0]?["name"] == "crm")
        #expect(request.body["mcp_servers"]?[0]?["allowed_tools"] == ["renewals"])

        let json = try await session.run("task", "result", result.runID, "--json")
        let calls = try #require(try JSONValue.parse(json.outputBytes)["output"]?["mcp_tool_calls"])
        #expect(calls[0]?["tool_name"] == "renewals")
        let trace = try await session.run("task", "result", result.runID, "--tool-calls")
        #expect(trace.output == result.output.replacing("Three.\n\n", with: ""))
        let alone = try await session.run("task", "result", result.runID, "--tool-calls", "--json")
        #expect(try JSONValue.parse(alone.outputBytes) == calls)
    }

    @Test func `tool calls are reported as they happen, and to task events`() async throws {
        let server = try FakeMCPServer(token: Self.token)
        let session = try await session(server, try await RunningSandbox(delay: "8"))
        let process = try session.start("task", "run", "x", "--mcp", "crm")
        try await process.waitUntil(errorContains: "tool_call: Called tool renewals of crm.\n")
        let result = try await process.wait()
        #expect(result.exit == .code(0))
        #expect(!result.error.contains("plan: "))
        let id = try await session.run("task", "run", "x", "--mcp", "crm", "--no-wait").runID
        let events = try await session.run("task", "events", id)
        #expect(events.output.contains("\ttool_call\tCalled tool renewals of crm.\n"), "\(events)")
        let none = try await session.run("task", "run", "x", "--mcp", "crm", "--no-wait", "--no-events").runID
        #expect(!(try await session.run("task", "events", none)).output.contains("tool_call"))
    }

    @Test func `on a terminal a tool call stays above the progress line, and the trace is laid out`() async throws {
        let server = try FakeMCPServer(token: Self.token, answer: #"{"accounts": 3}"#)
        let session = try await session(server, try await RunningSandbox(delay: "8"))
        let terminal = try session.terminal(
            "task", "run", "Which renew?", "--mcp", "crm", "--metadata", "sandbox_output=Three.")
        try await terminal.waitUntil(contains: "tool_call: Called tool renewals of crm.")
        let position = terminal.position
        try await terminal.waitUntil(contains: " 0:0", after: position)
        #expect(try await terminal.wait() == .code(0))
        let lines = terminal.output.plainLines
        #expect(lines.dropFirst().first == "tool_call: Called tool renewals of crm.")
        #expect(lines.contains("Three."))
        #expect(
            lines.suffix(8) == [
                "MCP tool calls (1)", "1. crm › renewals", "   arguments:", "      query: Which renew?",
                "   response:", "      {", "        \"accounts\": 3", "      }",
            ])
    }

    @Test func `with a wrong token the run completes with the documented warning`() async throws {
        let server = try FakeMCPServer(token: Self.token)
        let session = try await session(server, try await RunningSandbox(), token: "wrong-471100")
        let result = try await session.run("task", "run", "x", "--mcp", "crm", "--metadata", "sandbox_output=None.")
        #expect(result.exit == .code(0))
        #expect(result.output == "None.\n")
        #expect(
            result.error.contains("warning: the MCP server 'crm' can't be used from here: 'crm' "), "\(result)")
        #expect(
            result.error.contains(
                "warning: Error listing tools from MCP server crm: 401 Unauthorized. Server details: Name: crm, URL: "
                    + #"\#(server.url), Headers: {"Authorization":"REDACTED"}. Reference ID: "#), "\(result)")
        #expect(result.error.hasSuffix(", check with: parallel mcp test crm\n"))
        #expect(!result.error.contains("wrong-471100"))
    }

    // MARK: - Before money is spent

    /// A server whose tool `delete` says that it destroys.
    private func destructive(tools: JSONValue? = nil) throws -> FakeMCPServer {
        let tool: JSONValue = [
            "name": "delete", "inputSchema": ["type": "object"], "annotations": ["destructiveHint": true],
        ]
        return try FakeMCPServer(
            token: Self.token, results: ["tools/list": ["tools": tools ?? [tool, ["name": "renewals"]]]])
    }

    @Test func `a destructive tool is named by add, test and a run, unless it is not among the allowed ones`()
        async throws
    {
        let server = try destructive()
        var session = try Session(try await RunningSandbox())
        session.environment["CRM_TOKEN"] = Self.token
        let warning =
            "warning: the MCP server 'crm' calls 'delete' destructive, and a run calls tools without asking\n"
        let add = ["mcp", "add", "crm", server.url, "--bearer-env", "CRM_TOKEN"]
        let added = try await session.run(add)
        #expect(added.exit == .code(0) && added.error.contains(warning), "\(added)")
        #expect(added.error.contains("--allow-tool"))
        #expect(try await session.run("mcp", "test", "crm").error.contains(warning))
        let first = try await session.run("task", "run", "x", "--mcp", "crm")
        #expect(first.exit == .code(0) && first.error.hasPrefix(warning), "\(first)")

        let limited = try await session.run(add + ["--allow-tool", "renewals", "--force"])
        #expect(limited.exit == .code(0) && !limited.error.contains("destroy"), "\(limited)")
        #expect(!(try await session.run("mcp", "test", "crm").error.contains("destroy")))
        #expect(!(try await session.run("task", "run", "x", "--mcp", "crm").error.contains("destroy")))
    }

    @Test func `a server is looked at once in ten minutes, and not where nothing is sent or nobody wants it`()
        async throws
    {
        let server = try destructive()
        let session = try await session(server, try await RunningSandbox())
        // 'crm' may not use the tool that destroys, 'crm2' may.
        _ = try await session.run("mcp", "add", "crm2", server.url, "--bearer-env", "CRM_TOKEN", "--no-verify")
        for words in [["--dry-run"], ["--curl"], ["--no-check", "--no-wait"]] {
            #expect(try await session.run(["task", "run", "x", "--mcp", "crm"] + words).exit == .code(0))
        }
        #expect(server.sessions == 0)
        for _ in 0..<2 {
            let run = try await session.run("task", "run", "x", "--mcp", "crm2", "--no-wait")
            #expect(run.exit == .code(0) && run.error.hasPrefix("warning: the MCP server 'crm2' calls 'delete'"))
        }
        #expect(server.sessions == 1)
        let cache = session.home.file(".cache/parallel/mcp-checked.json")
        #expect(Disk.mode(cache) == 0o600)
        #expect(Disk.text(cache)?.contains(Self.token) == false)
        // Other credentials are looked at anew.
        var other = session
        other.environment["CRM_TOKEN"] = "wrong-471100"
        let wrong = try await other.run("task", "run", "x", "--mcp", "crm2", "--no-wait")
        #expect(wrong.error.hasPrefix("warning: the MCP server 'crm2' can't be used from here"), "\(wrong)")
        // Trouble is remembered as well, but does not keep a server that is required from being looked at.
        let sessions = server.sessions
        let again = try await other.run("task", "run", "x", "--mcp", "crm2", "--no-wait")
        #expect(again.error.split(separator: "\n").prefix(2) == wrong.error.split(separator: "\n").prefix(2))
        #expect(server.sessions == sessions)
        let required = try await other.run("task", "run", "x", "--mcp", "crm2", "--no-wait", "--require-mcp")
        #expect(required.exit == .code(4), "\(required)")
        #expect(server.sessions == sessions + 1)
        #expect(Disk.text(cache)?.contains("471100") == false)
    }

    @Test(arguments: [false, true])
    func `a server that can't be reached from here is a warning, or required, and then nothing is sent`(
        isBatch: Bool
    ) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        _ = try await session.run("mcp", "add", "gone", "http://127.0.0.1:1/mcp", "--no-verify")
        try session.home.write("a\nx\n", to: "in.csv")
        let words =
            isBatch
            ? ["batch", "run", "in.csv", "-o", "out.csv", "--yes", "--field", "f=F", "--mcp", "gone"]
            : ["task", "run", "x", "--mcp", "gone", "--metadata", "sandbox_output=None."]
        let required = try await session.run(words + ["--require-mcp"])
        #expect(required.exit == .code(7), "\(required)")
        #expect(required.error.contains("; nothing was sent\n  check with: parallel mcp test gone\n"), "\(required)")
        #expect(sandbox.requests.isEmpty)
        #expect(!Disk.names(in: session.home.path).contains { $0.hasPrefix("out.csv") })

        // 'mcp test' knows no server of such a file by its name.
        try session.home.write(
            #"{"mcpServers":{"other":{"type":"http","url":"http://127.0.0.1:1/mcp"}}}"#, to: "o.json")
        let inFile = try await session.run(
            words.filter { $0 != "--mcp" && $0 != "gone" } + ["--mcp-config", "o.json", "--require-mcp"])
        #expect(inFile.error.contains("; nothing was sent\n  check with: parallel mcp test URL\n"), "\(inFile)")

        let warned = try await session.run(words)
        #expect(warned.exit == .code(0), "\(warned)")
        let begin = isBatch ? "1 column: a; 1 row\n" : ""
        #expect(
            warned.error.hasPrefix(begin + "warning: the MCP server 'gone' can't be used from here: "), "\(warned)")
        #expect(warned.error.contains("; Parallel calls it from its own side, so this goes on\n"))
    }

    @Test func `rows that are paid are had while a required server is down, and only rows that are sent need it`()
        async throws
    {
        let server = try FakeMCPServer(token: Self.token)
        let sandbox = try await RunningSandbox()
        let session = try await session(server, sandbox)
        try session.home.write("a\nx\n", to: "in.csv")
        let more = ["--yes", "--mcp", "crm", "--require-mcp"]
        let words = ["batch", "run", "in.csv", "-o", "out.csv", "--field", "f=F"] + more
        for refused in [
            ["batch", "run", "in.csv"] + more,
            ["batch", "run", "in.csv", "-o", "none/out.csv", "--field", "f=F"] + more,
        ] {
            #expect(try await session.run(refused).exit == .code(2))
        }
        #expect(server.sessions == 0)
        let first = try await session.run(words + ["--no-wait"])
        #expect(first.exit == .code(0) && server.sessions > 0, "\(first)")
        let group = first.output.split(separator: "\n").joined()
        #expect(try await session.run("batch", "results", group, "--wait").exit == .code(0))
        server.close()
        for _ in 0..<2 {
            let result = try await session.run(words)
            #expect(result.exit == .code(0) && Disk.text(session.home.file("out.csv")) != nil, "\(result)")
        }
        let other = ["batch", "run", "in.csv", "-o", "other.csv", "--field", "f=F"] + more
        let refused = try await session.run(other)
        #expect(refused.exit == .code(4) && refused.error.contains("; nothing was sent\n"), "\(refused)")
        #expect(sandbox.addedRows.count == 1)
    }

    @Test(arguments: [("[]", "lists no tools"), (#"[{"name": "other"}]"#, "has none of the tools")])
    func `a server that is required has to have tools that a run may use`(tools: String, words: String) async throws {
        let server = try destructive(tools: JSONValue.parse(tools))
        let sandbox = try await RunningSandbox()
        let session = try await session(server, sandbox)
        let result = try await session.run("task", "run", "x", "--mcp", "crm", "--require-mcp")
        #expect(result.exit == .code(4) && result.error.contains("'crm' \(words)"), "\(result)")
        #expect(sandbox.requests.isEmpty)
        let refused = try await self.session(server, sandbox, token: "wrong-471100")
            .run("task", "run", "x", "--mcp", "crm", "--require-mcp")
        #expect(refused.exit == .code(4) && !refused.error.contains("471100"), "\(refused)")
    }

    @Test(arguments: [false, true])
    func `a run that had to do without a server that is required is a failure, with its result printed`(
        isBatch: Bool
    ) async throws {
        // The server lets this program in, and not the sandbox, which comes later.
        let server = try FakeMCPServer(token: Self.token)
        let sandbox = try await RunningSandbox()
        let session = try await session(server, sandbox)
        try session.home.write("a\nx\n", to: "in.csv")
        let words = isBatch ? ["batch", "run", "in.csv", "--yes", "--field", "f=F"] : ["task", "run", "x"]
        let more = ["--mcp", "crm", "--require-mcp", "--metadata", "sandbox_delay=5"]
        #expect(try await session.run(words + more).exit == .code(0))
        let known = sandbox.requests.count
        // It is looked at again, although it was a moment ago.
        let process = try session.start(words + more)
        try await poll("the second run") { sandbox.requests.count > known && server.sessions == 2 }
        server.close()
        let result = try await process.wait()
        #expect(result.exit == .code(6), "\(result)")
        #expect(!result.output.isEmpty && result.error.contains("that --require-mcp asks for"))
        #expect(result.error.contains("), check with: parallel mcp test crm\n"), "\(result)")
    }

    @Test func `a batch that had to do without a required server exits with 6 again when it is done`() async throws {
        let server = try FakeMCPServer(token: Self.token)
        let sandbox = try await RunningSandbox()
        let session = try await session(server, sandbox)
        try session.home.write("a\nx\n", to: "in.csv")
        let words = [
            "batch", "run", "in.csv", "-o", "out.csv", "--yes", "--field", "f=F", "--mcp", "crm", "--require-mcp",
            "--metadata", "sandbox_delay=5",
        ]
        let process = try session.start(words)
        try await poll("the batch") { !sandbox.addedRows.isEmpty }
        server.close()
        let ended = try await process.wait()
        #expect(ended.exit == .code(6), "\(ended)")
        let again = try await session.run(words)
        #expect(again.exit == .code(6) && again.error.contains("this batch is done"), "\(again)")
    }

    @Test func `a file that is named twice is refused before servers are looked at`() async throws {
        let server = try destructive()
        let session = try await session(server, try await RunningSandbox())
        let result = try await session.run(
            "task", "run", "x", "--mcp", "crm", "--events-file", "same", "-o", "same")
        #expect(result.exit == .code(2) && result.error.contains("--events-file and --output"), "\(result)")
        #expect(server.sessions == 0)
    }

    @Test func `what contradicts a required server is refused`() async throws {
        let session = try Session("http://127.0.0.1:9")
        for words in [["--require-mcp"], ["--require-mcp", "--mcp", "crm", "--no-check"]] {
            let result = try await session.run(["task", "run", "x"] + words)
            #expect(result.exit == .code(2) && result.error.contains("--require-mcp"), "\(result)")
        }
    }

    // MARK: - Variables

    @Test(arguments: [nil, ""])
    func `a variable that is not set is reported before anything is sent`(_ token: String?) async throws {
        let server = try FakeMCPServer(token: Self.token)
        let sandbox = try await RunningSandbox()
        let session = try await session(server, sandbox, token: token)
        let result = try await session.run("task", "run", "x", "--mcp", "crm")
        #expect(result.exit == .code(2))
        #expect(result.error.contains("CRM_TOKEN"))
        #expect(sandbox.requests.isEmpty)
        #expect(server.calls.isEmpty)
    }

    @Test func `a server that is disabled is not used until it is enabled`() async throws {
        let server = try FakeMCPServer(token: Self.token)
        let sandbox = try await RunningSandbox()
        let session = try await session(server, sandbox)
        let file = session.home.file(".config/parallel/mcp.json")
        let before = Disk.bytes(file)
        #expect(try await session.run("mcp", "disable", "crm").exit == .code(0))
        let refused = try await session.run("task", "run", "x", "--mcp", "crm")
        #expect(refused.exit == .code(2))
        #expect(refused.error.contains("it is disabled\n  to use it: parallel mcp enable crm\n"), "\(refused)")
        #expect(sandbox.requests.isEmpty)
        #expect(try await session.run("mcp", "list").output.hasPrefix("crm\tuser (disabled)\t\(server.url)\t"))
        #expect(try await session.run("mcp", "enable", "crm").exit == .code(0))
        #expect(Disk.bytes(file) == before)
        #expect(try await session.run("task", "run", "x", "--mcp", "crm").exit == .code(0))
    }

    @Test func `a token that has expired and a processor that makes one call are reported before the run`() async throws
    {
        // {"alg":"none"} and {"exp":1700000000}, which is 2023.
        let token = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDB9.471100"
        let server = try FakeMCPServer(token: token)
        let session = try await session(server, try await RunningSandbox(), token: token)
        let result = try await session.run("task", "run", "x", "--mcp", "crm", "-p", "lite")
        #expect(result.exit == .code(0))
        let lines = result.error.split(separator: "\n")
        #expect(
            lines[0].hasPrefix("warning: the processor 'lite' makes, as a rule, at most one tool call"), "\(result)")
        #expect(lines[1].hasPrefix("warning: MCP server 'crm': the token in its header 'Authorization' has expired"))
        #expect(lines[2].hasPrefix("run trun_"))
        #expect(!result.error.contains("471100") && !result.error.contains("eyJ"))
    }

    @Test(arguments: [["--dry-run"], ["--curl"], ["-v"], ["-v", "--no-wait"]])
    func `the token is in nothing that is printed`(_ words: [String]) async throws {
        let server = try FakeMCPServer(token: Self.token)
        let sandbox = try await RunningSandbox()
        let session = try await session(server, sandbox)
        let result = try await session.run(["task", "run", "x", "--mcp", "crm"] + words)
        #expect(result.exit == .code(0))
        #expect(!result.output.contains("471100"))
        #expect(!result.error.contains("471100"))
        #expect(!sandbox.logText.contains("471100"))
        #expect(sandbox.requests.isEmpty == (words[0] != "-v"))
        if words[0] != "-v" { #expect(result.output.contains("${CRM_TOKEN}")) }
    }

    @Test func `the input of a run hides the headers of its servers`() async throws {
        let server = try FakeMCPServer(token: Self.token)
        let session = try await session(server, try await RunningSandbox())
        let id = try await session.run("task", "run", "x", "--mcp", "crm", "--no-wait").runID
        let input = try await session.run("task", "input", "--json", id)
        #expect(input.exit == .code(0))
        #expect(try JSONValue.parse(input.outputBytes)["mcp_servers"]?[0]?["name"] == "crm")
        #expect(!input.output.contains("471100"))
    }

    /// What shells would change if it were not protected.
    private static let tricky = "it's \"$HOME\" `id` \\n \\\\ $(id) !! \u{E9}\nBODY\nHEADERS\n${CRM_TOKEN} ~ * # %s"

    @Test(arguments: ["/bin/sh", "/bin/bash"], [false, true])
    func `the printed curl command creates the same run`(_ shell: String, _ usesServer: Bool) async throws {
        let server = try FakeMCPServer(token: Self.token)
        let sandbox = try await RunningSandbox()
        let session = try await session(server, sandbox)
        var words = ["task", "run", Self.tricky, "--metadata", "note=\(Self.tricky)", "--field", "a=It's $HOME"]
        if usesServer { words += ["--mcp", "crm"] }

        let printed = try await session.run(words + ["--curl"])
        #expect(printed.exit == .code(0))
        #expect(sandbox.requests.isEmpty)
        let pasted = try await session.shell(printed.output, shell)
        #expect(pasted.exit == .code(0), "\(printed.output)\n\(pasted)")
        let run = try JSONValue.parse(pasted.outputBytes)
        let id = try #require(run["run_id"]?.string)
        _ = try await session.run("task", "result", id)

        _ = try await session.run(words + ["--no-wait"])
        let creations = sandbox.creations
        try #require(creations.count == 2)
        #expect(creations[0].body == creations[1].body)
        #expect(creations[0].body["input"]?.string == Self.tricky)
        #expect(creations[0].headers["parallel-beta"] == creations[1].headers["parallel-beta"])
        // The server was called with the real token, which only the shell put in.
        #expect(server.calls.count >= (usesServer ? 1 : 0))
        #expect(server.values(of: "authorization").isEmpty == !usesServer)
        #expect(server.values(of: "authorization").allSatisfy { $0 == "Bearer \(Self.token)" })
    }

    @Test func `a printed curl command keeps the key out of the arguments of curl`() async throws {
        let session = try Session("http://127.0.0.1:9")
        try session.home.write("#!/bin/sh\nprintf '%s\\n' \"$@\"\n", to: "curl", mode: 0o700)
        let printed = try await session.run("task", "run", "x", "--curl")
        let pasted = try await session.shell("PATH=\"$PWD:$PATH\"; \(printed.output)")
        #expect(pasted.output.contains("http://127.0.0.1:9/v1/tasks/runs\n"))
        #expect(!pasted.output.contains(Session.key))
    }

    @Test func `a dry run shows the request and sends nothing`() async throws {
        let sandbox = try await RunningSandbox()
        var session = try Session(sandbox)
        session.environment["PARALLEL_API_KEY"] = nil
        let result = try await session.run("task", "run", "x", "--events", "--dry-run")
        #expect(result.exit == .code(0))
        #expect(
            result.error.hasPrefix("nothing is sent; the run would be on processor base, about $0.01, 15 to 100 s\n"))
        let shown = try JSONValue.parse(result.outputBytes)
        #expect(shown["method"] == "POST")
        #expect(shown["headers"]?["parallel-beta"] == "events-sse-2025-07-24")
        #expect(shown["body"] == ["input": "x", "processor": "base", "enable_events": true])
        #expect(sandbox.requests.isEmpty)
    }

    @Test func `a project's server is used by name and says where it comes from`() async throws {
        let server = try FakeMCPServer(token: Self.token)
        let session = try await session(server, try await RunningSandbox())
        _ = try await session.shell("mkdir .git")
        let added = try await session.run(
            "mcp", "add", "docs", server.url, "--header", "Authorization: Bearer ${CRM_TOKEN}", "--scope", "project")
        #expect(added.exit == .code(0))
        #expect(Disk.names(in: session.home.path).contains(".mcp.json"))
        let refused = try await session.run("task", "run", "x", "--mcp", "docs")
        #expect(refused.exit == .code(2) && refused.error.contains("CRM_TOKEN"))
        let result = try await session.run("task", "run", "x", "--mcp", "docs", "--trust-project")
        #expect(result.exit == .code(0))
        #expect(result.error.contains("MCP server 'docs' comes from ./.mcp.json (\(server.url)); it gets the value of"))
        #expect(result.output.contains("1. docs › delete\n"))
    }

    @Test func `on a terminal somebody is asked before a project's server gets a variable, quiet or not`() async throws
    {
        let server = try FakeMCPServer(token: Self.token)
        let session = try await session(server, try await RunningSandbox())
        _ = try await session.shell("mkdir .git")
        let preparation = try await session.run(
            "mcp", "add", "docs", server.url, "--bearer-env", "CRM_TOKEN", "--scope", "project", "--no-verify")
        #expect(preparation.exit == .code(0))
        for (answer, code) in [("n", Int32(1)), ("y", 0)] {
            let terminal = try session.terminal("mcp", "tools", "docs", "-q")
            try await terminal.waitUntil(contains: "[y/N]")
            terminal.send("\(answer)\r")
            #expect(try await terminal.wait() == .code(code))
            #expect(server.values(of: "authorization").isEmpty == (answer == "n"))
        }
    }

    @Test func `a project's file is no more trusted when it is named`() async throws {
        let server = try FakeMCPServer(token: Self.token)
        var session = try Session(try await RunningSandbox())
        session.environment["CRM_TOKEN"] = Self.token
        _ = try await session.shell("mkdir .git other")
        let text =
            #"{"mcpServers": {"crm": {"url": "\#(server.url)", "headers": {"Authorization": "Bearer ${CRM_TOKEN}"}}}}"#
        try session.home.write(text, to: ".mcp.json")
        let refused = try await session.run("task", "run", "x", "--mcp-config", "other/../.mcp.json")
        #expect(refused.exit == .code(2))
        #expect(refused.error.contains("CRM_TOKEN"))
        #expect(server.values(of: "authorization").isEmpty)
        let trusted = try await session.run("task", "run", "x", "--mcp-config", ".mcp.json", "--trust-project")
        #expect(trusted.exit == .code(0), "\(trusted)")
    }
}
