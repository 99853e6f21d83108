import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Servers that repeat what they were sent: the key and the values of header fields are in nothing that people see.
@Suite(.limited) struct SecretsTests {
    private static let token = "tok/471100+do not=show"

    /// Forms in which a secret may be seen.
    private static func forms(of secret: String) -> [String] {
        [
            secret, HTTPURL.encodeSegment(secret), String(secret.dropFirst(secret.utf8.count / 2)),
            String(secret.prefix(secret.utf8.count / 2)), JSONValue.string(secret).serialized(),
        ]
    }

    private func expectSilence(
        _ result: ChildProcess.Result, on secrets: [String] = [Session.key],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for form in secrets.flatMap(Self.forms) {
            #expect(!result.output.contains(form), "\(result)", sourceLocation: sourceLocation)
            #expect(!result.error.contains(form), "\(result)", sourceLocation: sourceLocation)
        }
    }

    // MARK: - The API

    /// What a server can put a secret into, as it is and as a URL has it.
    private static func echoes(of secret: String) -> [ScriptedAPI.Answer] {
        let encoded = HTTPURL.encodeSegment(secret)
        let string = JSONValue.string(secret).serialized()
        return [
            .whole(302, headers: [("location", "https://elsewhere.example/\(encoded)/x?k=\(encoded)#\(encoded)")]),
            .whole(307, headers: [("location", "https://\(encoded):\(encoded)@elsewhere.example/")]),
            .whole(307, headers: [("location", "/\(encoded)")]),
            .whole(429, headers: [("retry-after", secret), ("x-ratelimit-of", secret), ("x-request-id", secret)]),
            .whole(200, headers: [("content-type", secret), ("server", secret), ("via", "1.1 \(secret)")]),
            .whole(400, headers: [("content-type", "text/plain")], body: Array("you sent \(secret)".utf8)),
            .whole(400, body: Array("\(String(repeating: "x", count: 190)) \(secret)".utf8)),
            .whole(401, body: Array(#"{"error":{"message":"no \#(secret)","ref_id":"\#(secret)"}}"#.utf8)),
            .whole(422, body: Array(#"{"detail":[{"loc":["header",\#(string)],"msg":\#(string)}]}"#.utf8)),
            .whole(422, body: Array(#"{"error":{"message":"x","detail":{"key":\#(string)}}}"#.utf8)),
            .whole(
                422, body: Array(#"{"error":{"message":"\#(String(repeating: "x", count: 3_990)) \#(secret)"}}"#.utf8)),
            .whole(200, body: Array(#"{"run_id":7,"x":\#(string)}"#.utf8)),
            .text("HTTP/1.1 200 OK\r\n\(secret)\r\n\r\n"), .text("HTTP/9.9 \(secret)\r\n\r\n"),
            .text("HTTP/1.1 200 OK\r\n\(secret): 1\r\ncontent-length: 2\r\n\r\n{}"),
        ]
    }

    @Test(
        arguments: [["task", "run", "x"], ["group", "runs", "tgrp_1"], ["task", "status", "trun_1"]], [[], ["-v"]])
    func `a key that the API repeats is shown nowhere`(_ words: [String], _ more: [String]) async throws {
        for answer in Self.echoes(of: Session.key) {
            let server = try ScriptedAPI { _ in answer }
            // Reads are tried again, for which a test need not wait.
            let result = try await Session(server).run(words + more)
            expectSilence(result)
            #expect(server.requests.first?.headers["x-api-key"] == Session.key)
        }
    }

    @Test func `a run's warnings hide the key and what is secret in the addresses they name`() async throws {
        let warning =
            "Error listing tools from https://user:pw-471100@mcp.example/s/AbCdEfGhIjKlMnOp471100/mcp?key=v-471100, \(Session.key)"
        let run =
            #"{"run_id":"\#(ScriptedAPI.runID)","status":"completed","is_active":false,"processor":"base","#
            + #""warnings":[{"type":"x","message":"\#(warning)","detail":{"url":"https://h.example/?k=d-471100"}}]}"#
        let server = try ScriptedAPI { request in
            request.isPoll ? .ok(#"{"run":\#(run),"output":{"type":"text","content":"done","basis":[]}}"#) : .ok(run)
        }
        for words in [["task", "run", "x"], ["task", "run", "x", "-v"], ["task", "status", ScriptedAPI.runID]] {
            let result = try await Session(server).run(words)
            #expect(result.exit == .code(0), "\(result)")
            expectSilence(result)
            #expect(!result.error.contains("471100") && !result.output.contains("471100"), "\(result)")
            if words[1] == "run" {
                #expect(result.error.contains("from https://***:***@mcp.example/s/***/mcp?key=***, ***"), "\(result)")
            }
        }
    }

    @Test func `text and tables hide the key, and JSON and files keep every byte`() async throws {
        let server = try ScriptedAPI { request in
            request.isPoll ? .ok(ScriptedAPI.textResult("it is \(Session.key)")) : .ok(ScriptedAPI.run())
        }
        let session = try Session(server)
        for format in ["table", "text", "markdown"] {
            let result = try await session.run("task", "run", "x", "--format", format)
            #expect(result.output.contains("it is ***"), "\(result)")
            expectSilence(result)
        }
        for format in ["json", "jsonl", "csv"] {
            #expect(try await session.run("task", "run", "x", "--format", format).output.contains(Session.key))
        }
        #expect(try await session.run("task", "run", "x", "--format", "text", "-o", "out").exit == .code(0))
        #expect(Disk.text(session.home.file("out")) == "it is \(Session.key)\n")
    }

    @Test func `a key that is a word is hidden as a word, and a shorter one not at all`() async throws {
        let server = try ScriptedAPI { request in
            request.isPoll ? .ok(ScriptedAPI.textResult("any test is tested")) : .ok(ScriptedAPI.run())
        }
        let session = try Session(server)
        for (key, shown) in [
            ("test", "any *** is tested\n"), ("any", "any test is tested\n"), ("t", "any test is tested\n"),
        ] {
            #expect(try await session.run("task", "run", "x", adding: ["PARALLEL_API_KEY": key]).output == shown)
        }
    }

    @Test func `a secret at the edge of a cell is not cut on a terminal`() async throws {
        let name = String(repeating: "n", count: 40)
        let server = try ScriptedAPI { request in
            request.isPoll
                ? .ok(ScriptedAPI.result(#"{"type":"json","content":{"\#(name)":"a \#(Session.key)"},"basis":[]}"#))
                : .ok(ScriptedAPI.run())
        }
        for columns in [30, 40, 50, 60] {
            let terminal = try Session(server).terminal("task", "run", "x", columns: columns)
            #expect(try await terminal.wait() == .code(0))
            #expect(!terminal.output.contains("471100") && !terminal.output.contains("do-not"), "\(terminal.output)")
        }
    }

    // MARK: - MCP servers

    @Test(arguments: [[], ["-v"]])
    func `a token that an MCP server repeats is shown nowhere`(_ more: [String]) async throws {
        for answer in Self.echoes(of: Self.token) + Self.echoes(of: "tok-471100-in-one-word") {
            let server = try ScriptedAPI { _ in answer }
            let session = try Session("http://127.0.0.1:9", server)
            for command in [["tools"], ["test"], ["test", "--json"], ["call", "echo"]] {
                let words = [command[0], server.baseURL + "/mcp"] + command.dropFirst()
                let variables = ["CRM_TOKEN": Self.token, "OTHER": "tok-471100-in-one-word"]
                let result = try await session.run(
                    ["mcp"] + words + ["--bearer-env", "CRM_TOKEN", "-H", "X-Other: ${OTHER}"] + more, adding: variables
                )
                expectSilence(result, on: [Self.token, "tok-471100-in-one-word", Session.key])
            }
        }
    }

    @Test func `a tool's answer is shown without the token of its server`() async throws {
        let server = try FakeMCPServer(token: "tok-471100-x", answer: "you are tok-471100-x")
        var session = try Session("http://127.0.0.1:9", server)
        session.environment["CRM_TOKEN"] = "tok-471100-x"
        let words = ["mcp", "call", server.url, "renewals", "-a", "query=x", "--bearer-env", "CRM_TOKEN"]
        #expect(try await session.run(words).output == "you are ***\n")
        #expect(try await session.run(words + ["--json"]).output.contains("tok-471100-x"))
    }

    // MARK: - Words of a command line

    @Test(arguments: [
        ["--api-key", "sk-471100", "search", "x"], ["--api-key=sk-471100", "search", "x"], ["--api-key", "sk-471100"],
        ["--api-key=sk-471100"], ["search", "x", "--api-key", "sk-471100"], ["search", "x", "--api-key=sk-471100"],
        ["task", "--api-key", "sk-471100", "run", "x"], ["-ksk-471100", "search", "x"], ["search", "x", "-Ksk-471100"],
        ["search", "x", "-vKsk-471100"], ["task", "run", "x", "--api-key-file", "--api-key-file=sk-471100"],
        ["task", "run", "x", "--webhook", "--metadata=sk-471100"], ["search", "x", "--quiet=sk-471100"],
        ["search", "x", "--no-quiet=sk-471100"], ["--quiet=sk-471100", "search", "x"],
        ["mcp", "list", "--key=sk-471100"],
        ["mcp", "tools", "http://127.0.0.1:9/", "--header", "sk-471100 value"],
        ["mcp", "tools", "http://127.0.0.1:9/", "--header", "sk-471100 value: x"],
        ["mcp", "tools", "http://127.0.0.1:9/", "-H", "sk-471100"], ["PARALLEL_API_KEY=sk-471100"],
        ["task", "status", "trun_1", "Authorization: Bearer sk-471100"],
        ["mcp", "list", "Authorization: Bearer sk-471100"],
        ["task", "input", "trun_1", "KEY=sk-471100"], ["search", "x", "--api-key-file", "sk-live-0123456789ab-471100"],
        ["mcp", "add", "crm", "http://127.0.0.1:9/", "--bearer-env", "sk-live-0123456789ab-471100"],
        ["mcp", "tools", "http://127.0.0.1:9/", "--bearer-env", "471100_live_0123456789abCD"],
    ])
    func `a secret in the wrong place of a command line is not repeated`(_ words: [String]) async throws {
        let result = try await Session("http://127.0.0.1:9").run(words)
        #expect(result.exit == .code(2), "\(result)")
        #expect(!result.error.contains("471100") && !result.output.contains("471100"), "\(result)")
        #expect(result.error.hasPrefix("error: "))
    }

    @Test func `a header's name that can't be one is not shown`() async throws {
        let session = try Session("http://127.0.0.1:9")
        try session.home.write(
            #"{"mcpServers":{"k":{"url":"https://h.example/","headers":{"sk 471100":"x","sk-ö471100":7}},"#
                + #""l":{"url":"https://h.example/","headers":{"sk 471100":"x"}}}}"#, to: ".mcp.json")
        let lines = [
            ["mcp", "list"], ["mcp", "list", "--json"], ["mcp", "get", "k"], ["mcp", "get", "k", "--json"],
            ["mcp", "get", "l"], ["mcp", "get", "l", "--json"], ["mcp", "tools", "k"], ["mcp", "tools", "l"],
            ["task", "run", "x", "--mcp", "l", "--dry-run"],
        ]
        for words in lines {
            let result = try await session.run(words)
            #expect(!result.error.contains("471100") && !result.output.contains("471100"), "\(words): \(result)")
        }
        let server = try ScriptedAPI { _ in .text("HTTP/1.1 200 OK\r\nsk 471100: 1\r\ncontent-length: 2\r\n\r\n{}") }
        #expect(!(try await Session(server).run("search", "x", "-v").error.contains("471100")))
    }

    @Test func `a proxy's password is in no message`() async throws {
        let session = try Session("https://api.example.invalid")
        for proxy in [
            "http://user:pw-471100-x@127.0.0.1:9", "user:pw-471100-x@127.0.0.1:9",
            "http://user:pw-471100/x@127.0.0.1:9",
        ] {
            let result = try await session.run(
                "task", "status", "trun_1", "-v", adding: ["https_proxy": proxy, "ALL_PROXY": proxy])
            #expect(!result.error.contains("471100"), "\(result)")
        }
    }

    // MARK: - Clones

    /// A working tree whose file has this server under the name `k`.
    private func clone(_ session: Session, url: String, _ value: String) throws {
        _ = try? session.home.write("", to: ".git")
        let text = #"{"mcpServers":{"k":{"url":"\#(url)","headers":{"X-Key":"\#(value)"}}}}"#
        try session.home.write(text, to: ".mcp.json")
    }

    @Test func `a project's server on another port of this machine gets no key, and one beside the API does`()
        async throws
    {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let other = try FakeMCPServer(token: nil)
        let port = other.url.drop { $0 != ":" }.dropFirst(3).drop { $0 != ":" }
        for url in [other.url, "http://localhost\(port)", "http://127.0.0.2\(port)"] {
            try clone(session, url: url, "${PARALLEL_API_KEY}")
            for words in [
                ["mcp", "tools", "k"], ["mcp", "tools", "k", "--trust-project"], ["task", "run", "x", "--mcp", "k"],
            ] {
                let result = try await session.run(words)
                #expect(result.exit == .code(2), "\(result)")
                #expect(result.error.contains("it would send your Parallel API key to \(url)"), "\(result)")
            }
        }
        #expect(other.values(of: "x-key").isEmpty)
        try clone(session, url: sandbox.baseURL + "/mcp/search", "${PARALLEL_API_KEY}")
        #expect(try await session.run("mcp", "tools", "k").exit == .code(0))
    }

    @Test func `a file of servers that is named is asked about, unless it is the user's own registry`() async throws {
        let sandbox = try await RunningSandbox()
        let server = try FakeMCPServer(token: "tok-471100-x")
        var session = try Session(sandbox)
        session.environment["CRM_TOKEN"] = "tok-471100-x"
        let added = try await session.run("mcp", "add", "crm", server.url, "--bearer-env", "CRM_TOKEN")
        #expect(added.exit == .code(0), "\(added)")
        let registry = ".config/parallel/mcp.json"
        try session.home.write(Disk.text(session.home.file(registry)) ?? "", to: "servers.json")
        let asked = server.values(of: "authorization").count

        let refused = try await session.run("task", "run", "x", "--mcp-config", "servers.json")
        #expect(refused.exit == .code(2), "\(refused)")
        #expect(refused.error.contains("CRM_TOKEN") && refused.error.contains("--trust-project"))
        let terminal = try session.terminal("task", "run", "x", "--mcp-config", "servers.json")
        try await terminal.waitUntil(contains: "servers.json wants to send CRM_TOKEN to")
        terminal.send("n\r")
        #expect(try await terminal.wait() == .code(1))
        #expect(server.values(of: "authorization").count == asked)
        #expect(sandbox.creations.isEmpty)

        let trusted = try await session.run("task", "run", "x", "--mcp-config", "servers.json", "--trust-project")
        #expect(trusted.exit == .code(0), "\(trusted)")
        for path in [registry, "./\(registry)"] {
            #expect(try await session.run("task", "run", "x", "--mcp-config", path).exit == .code(0))
        }
    }

    @Test(arguments: [["--dry-run"], ["--curl"]])
    func `where nothing is sent, nothing is expanded and nobody is asked`(_ flag: [String]) async throws {
        let session = try Session("http://127.0.0.1:9")
        try clone(session, url: "https://h.example/mcp", "${CRM_TOKEN}")
        try session.home.write(Disk.text(session.home.file(".mcp.json")) ?? "", to: "servers.json")
        for words in [["--mcp", "k"], ["--mcp-config", "servers.json"]] {
            for variables in [[:], ["CRM_TOKEN": "tok-471100-x"]] {
                let result = try await session.run(["task", "run", "x"] + words + flag, adding: variables)
                #expect(result.exit == .code(0), "\(result)")
                #expect(result.output.contains("${CRM_TOKEN}"))
                #expect(!result.output.contains("471100") && !result.error.contains("471100"))
                let terminal = try session.terminal(["task", "run", "x"] + words + flag, adding: variables)
                #expect(try await terminal.wait() == .code(0))
                #expect(!terminal.output.contains("go on?"))
            }
        }
    }

    // MARK: - The key's file

    @Test func `a key comes from standard input, which nothing else can be read from then`() async throws {
        let server = try ScriptedAPI { _ in .ok(#"{"results":[]}"#) }
        let session = try Session(server)
        let input = ChildProcess.Input.bytes(Array("key-from-stdin\n".utf8))
        let result = try await session.run("search", "x", "--api-key-file", "-", input: input)
        #expect(result.exit == .code(0), "\(result)")
        #expect(server.requests.map { $0.headers["x-api-key"] } == ["key-from-stdin"])
        let lines = [
            ["task", "run", "-"], ["task", "run", "--input-json", "-"], ["task", "status", "-"],
            ["group", "add", "tgrp_1", "-"],
            ["batch", "run", "-", "-p", "lite", "--yes", "--field", "a=b"],
        ]
        for words in lines {
            let second = try await session.run(words + ["--api-key-file", "-"], input: input)
            #expect(second.exit == .code(2), "\(words): \(second)")
            #expect(
                second.error.contains("only one of the inputs can be read from standard input"), "\(words): \(second)")
        }
        #expect(server.requests.count == 1)
        let both = try await session.run(
            "search", "x", "--api-key-file", "-", input: .text("key-from-stdin\na question 471100\n"))
        #expect(both.exit == .code(2) && both.error.contains("more than a key"), "\(both)")
        #expect(!both.error.contains("471100") && server.requests.count == 1)
        let empty = try await session.run("search", "x", "--api-key-file", "-", input: .bytes([]))
        #expect(empty.exit == .code(3) && empty.error.contains("standard input"), "\(empty)")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can mount")) func `files that containers mount are taken`()
        async throws
    {
        let server = try ScriptedAPI { _ in .ok(#"{"results":[]}"#) }
        let session = try Session(server)
        // In a mount namespace of its own: a read-only file system, and one under the name that containers have.
        let script = """
            unshare -m sh -c 'set -e
            mkdir -p m; mount -t tmpfs tmpfs m; echo key-on-mount > m/key; chmod 644 m/key; mount -o remount,ro m
            parallel search x --api-key-file m/key
            mount -t tmpfs tmpfs /run; mkdir /run/secrets; cd /run/secrets
            echo key-of-swarm > key; chmod 444 key; parallel search x --api-key-file /run/secrets/key
            chmod 644 key; ! parallel search x --api-key-file /run/secrets/key'
            """
        let result = try await session.shell(script)
        #expect(result.exit == .code(0), "\(result)")
        #expect(server.requests.map { $0.headers["x-api-key"] } == ["key-on-mount", "key-of-swarm"])
        #expect(result.error.contains("others can read it\n  run: chmod 600 /run/secrets/key"), "\(result)")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files to others"))
    func `the remedy for somebody else's file works`() async throws {
        let server = try ScriptedAPI { _ in .ok(#"{"results":[]}"#) }
        let session = try Session(server)
        try session.home.write("key-of-another", to: "key", mode: 0o644)
        try #require(chown(session.home.file("key"), 1, 1) == 0)
        let refused = try await session.run("search", "x", "--api-key-file", "key")
        #expect(refused.exit == .code(3), "\(refused)")
        let remedy = try #require(refused.error.split(separator: "standard input: ").last?.split(separator: "\n").first)
        #expect(try await session.shell("parallel search x \(remedy)").exit == .code(0), "\(remedy)")
        #expect(server.requests.map { $0.headers["x-api-key"] } == ["key-of-another"])
    }

    // MARK: - Crashes

    @Test(arguments: [SIGQUIT, SIGABRT])
    func `a crash leaves no image of the memory`(_ signal: Int32) async throws {
        let server = try ScriptedAPI { _ in .stalled("") }
        let session = try Session(server)
        let shell = "ulimit -c unlimited 2>/dev/null; exec parallel search x"
        let child = try ChildProcess.start(
            "/bin/sh", ["-c", shell], environment: session.environment, directory: session.home.path)
        try await poll("a request") { !server.requests.isEmpty }
        let limits = Disk.text("/proc/\(child.pid)/limits")
        if let limits {
            let line = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
            #expect(line?.split(separator: " ").dropFirst(4).first == "0", "\(limits)")
        }
        child.send(signal: signal)
        #expect(try await child.wait().exit == .signal(signal))
        #expect(!Disk.names(in: session.home.path).contains { $0.hasPrefix("core") })
    }
}
