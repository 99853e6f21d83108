import ParallelJSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// MCP servers that are programs on this machine.
@Suite(.limited) struct MCPStdioTests {
    private func session(atStart: String = "", behaviour: String = "") throws -> Session {
        let session = try Session("http://127.0.0.1:1")
        try ShellMCPServer.write(into: session.home, atStart: atStart, behaviour: behaviour)
        return session
    }

    @Test func `a program is started without a shell and without keys, and ends with its input`() async throws {
        let session = try session()
        let call = try await session.run("mcp", "call", "--command", "./server 'a b' $HOME", "echo", "--no-check")
        #expect(call.exit == .code(0), "\(call)")
        #expect(call.output == "a b $HOME HOME LC_ALL PATH PWD \(session.home.path)\n")
        #expect(Disk.text(session.home.file("ended")) == "ended\n")
    }

    @Test func `an entry of the user's own registry gives it arguments, variables and a folder`() async throws {
        let session = try session()
        _ = try await session.shell("mkdir -p .config/parallel data .git; chmod 700 .config/parallel")
        try session.home.write(
            """
            {"mcpServers": {"fs": {"command": "\(session.home.file("server"))", "args": ["x"], "cwd": "data",
            "env": {"KEY": "${PARALLEL_API_KEY}"}}}}
            """, to: ".config/parallel/mcp.json")
        let call = try await session.run("mcp", "call", "fs", "echo", "--no-check")
        #expect(call.output == "x HOME KEY LC_ALL PATH PWD \(session.home.path)/data\n", "\(call)")
        let test = try await session.run("mcp", "test", "fs", "--json")
        #expect(test.exit == .code(0), "\(test)")
        #expect(try JSONValue.parse(test.outputBytes)["usable_by_tasks"] == false)
        #expect((try await session.run("mcp", "get", "fs")).output.contains("program\tstarted here"))
        for words in [["task", "run", "x", "--mcp", "fs"], ["mcp", "proxy", "fs"]] {
            let refused = try await session.run(words)
            #expect(refused.exit == .code(2), "\(refused)")
        }
        // A clone must not start anything.
        try session.home.write(#"{"mcpServers": {"theirs": {"command": "./server"}}}"#, to: ".mcp.json")
        _ = try await session.shell("rm -f ended data/ended")
        let theirs = try await session.run("mcp", "tools", "theirs")
        #expect(theirs.exit == .code(2), "\(theirs)")
        #expect(Disk.text(session.home.file("data/ended")) == nil && Disk.text(session.home.file("ended")) == nil)
    }

    @Test func `a program that ends early is reported with its exit code and its last words`() async throws {
        let session = try session(atStart: #"echo "no $(printf '\033[31m')config" >&2; exit 3"#)
        let result = try await session.run("mcp", "tools", "--command", "./server")
        #expect(result.exit == .code(7))
        #expect(
            result.error == "error: the program './server' has ended with exit code 3; it said: no ␛[31mconfig\n",
            "\(result)")
        let missing = try await session.run("mcp", "tools", "--command", "./nowhere")
        #expect(missing.exit == .code(7))
        #expect(missing.error == "error: cannot start './nowhere': No such file or directory\n")
    }

    @Test func `a program is stored after it was tried, with names of variables in place of values`() async throws {
        var session = try session()
        session.environment["TOKEN"] = "t0psecret-value"
        let add = ["mcp", "add", "local", "--command", "./server 'a b'", "--env", "TOKEN", "--env", "LEVEL=debug"]
        let added = try await session.run(add)
        #expect(added.exit == .code(0), "\(added)")
        #expect(added.error.contains("'local' has 1 tool: echo\n"), "\(added)")
        #expect(added.error.contains("tasks can't use it; to call it from here: parallel mcp call local\n"), "\(added)")
        let file = try #require(Disk.text(session.home.file(".config/parallel/mcp.json")))
        let entry = try JSONValue.parse(file)["mcpServers"]?["local"]
        #expect(
            entry == [
                "command": .string(session.home.file("server")), "args": ["a b"],
                "env": ["TOKEN": "${TOKEN}", "LEVEL": "debug"],
            ], "\(file)")
        let call = try await session.run("mcp", "call", "local", "echo", "--no-check")
        #expect(call.output.hasPrefix("a b HOME LC_ALL LEVEL PATH PWD TOKEN "), "\(call)")
        #expect(try await session.run("mcp", "check", "local").exit == .code(0))
        #expect(try await session.run("mcp", "check").error.contains("'local': 1 tool, nothing has changed"))
        let again = try await session.run(add)
        #expect(again.exit == .code(0) && again.error.contains("nothing to do"), "\(again)")
        let other = try await session.run("mcp", "add", "local", "--command", "./server")
        #expect(other.exit == .code(2) && other.error.contains("--force replaces it"), "\(other)")
        let task = try await session.run("task", "run", "x", "--mcp", "local")
        #expect(task.exit == .code(2) && task.error.contains("parallel mcp tools local"), "\(task)")
        let removed = try await session.run("mcp", "remove", "local")
        #expect(removed.error.contains("forgot the pinned tools of 'local'"), "\(removed)")
    }

    @Test(arguments: [
        (["--command", "./nowhere"], 7, "/nowhere': No such file or directory"),
        (["--command", "./server", "--env", "UNSET_ONE"], 2, "UNSET_ONE"),
        (["--command", "./server", "--env", "K=sk-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"], 2, "looks like a secret"),
        (["--command", "./server --api-key sk-4f9a8b7c6d5e"], 2, "the value of --api-key looks like a secret"),
        (["--command", "./server --api-key=sk-4f9a8b7c6d5e"], 2, "the value of --api-key looks like a secret"),
        (["--command", "./server -e GITHUB_TOKEN=sk-4f9a8b7c6d5e"], 2, "the value of GITHUB_TOKEN looks like"),
        (["--command", "./server -H 'Authorization: Bearer sk-4f9a8b7c'"], 2, "the value of Authorization looks like"),
        (["--command", "./server --say 'Bearer sk-4f9a8b7c'"], 2, "the value of --say looks like a secret"),
        (["--command", "./server 'Bearer sk-4f9a8b7c'"], 2, "the value of an argument looks like a secret"),
        // A name that is handed on, and no secret.
        (["--command", "./nowhere -e API_KEY image:2025.11.30"], 7, "/nowhere': No such file or directory"),
        (["--command", "./server postgresql://me:pw@db.example/x"], 2, "the value of a URL looks like a secret"),
        (["--command", "./server 'https://x.example/mcp?token=sk-4f9a8b7c6d5e'"], 2, "the value of a URL looks like"),
        (["--command", "./server", "--env", "A=b", "--env", "A"], 2, "--env A is given twice"),
        (["--command", "./server", "--scope", "project"], 2, "your own registry only"),
        (["--command", "./server", "https://x.example/mcp"], 2, "takes the place of the URL"),
        (["--command", "./server", "--bearer-env", "TOKEN"], 2, "go with a URL"),
        (["--command", "./server", "--allow-tool", "a"], 2, "--allow-tool is for tasks"),
        (["https://x.example/mcp", "--env", "A=b"], 2, "--env goes with --command"),
    ])
    func `what can't be stored as a program is refused, and nothing is stored`(
        _ words: [String], _ code: Int32, _ reason: String
    ) async throws {
        var session = try session()
        session.environment["TOKEN"] = "t0psecret-value"
        let result = try await session.run(["mcp", "add", "local"] + words)
        #expect(result.exit == .code(code), "\(result)")
        #expect(result.error.contains(reason) && !result.error.contains("sk-4f9a"), "\(result)")
        #expect(Disk.text(session.home.file(".config/parallel/mcp.json")) == nil)
        #expect(Disk.text(session.home.file(".mcp.json")) == nil)
    }

    @Test func `places in this folder are stored so that they hold in others, and all else as it is`() async throws {
        let session = try session()
        let arguments =
            "'.' ./data/x ../y server nowhere.py -v --api-key '${TOKEN}' --ssh-key ./id_ed25519 /etc/../etc ... ''"
        let added = try await session.run("mcp", "add", "local", "--command", "./server \(arguments)", "--no-verify")
        #expect(added.exit == .code(0), "\(added)")
        let home = session.home.path
        #expect(
            added.error.contains("stored with places that hold in any folder: '\(home)', '\(home)/data/x'"), "\(added)")
        let file = try #require(Disk.text(session.home.file(".config/parallel/mcp.json")))
        let stored = try JSONValue.parse(file)["mcpServers"]?["local"]?["args"]?.array?.compactMap(\.string)
        #expect(
            stored == [
                home, "\(home)/data/x", "\(home)/../y", "\(home)/server", "nowhere.py", "-v", "--api-key", "${TOKEN}",
                "--ssh-key", "\(home)/id_ed25519", "/etc/../etc", "...", "",
            ])
    }

    @Test func `a program whose folder is missing says so, and none gets descriptors of its parents`() async throws {
        let session = try session(atStart: "ls /proc/self/fd | tr '\\n' ' ' >descriptors")
        _ = try await session.shell("mkdir -p .config/parallel; chmod 700 .config/parallel")
        try session.home.write(
            #"{"mcpServers": {"fs": {"command": "ls", "cwd": "not there"}}}"#, to: ".config/parallel/mcp.json")
        let test = try await session.run("mcp", "test", "fs")
        #expect(test.error.contains("cannot start 'ls' in 'not there', which is no folder"), "\(test)")
        #expect(!test.output.contains("could not use it now"), "\(test)")
        #if os(Linux)
            let tools = try await session.shell("exec 7</dev/null; parallel mcp tools --command ./server")
            #expect(tools.exit == .code(0), "\(tools)")
            // 3 is what ls itself reads.
            #expect(Disk.text(session.home.file("descriptors")) == "0 1 2 3 ")
        #endif
    }

    @Test func `its standard error is shown with --verbose only, and lines that are no messages are told of`()
        async throws
    {
        let session = try session(atStart: "echo hello; echo words >&2")
        let quiet = try await session.run("mcp", "tools", "--command", "./server")
        #expect(quiet.exit == .code(0), "\(quiet)")
        #expect(quiet.error.contains("what is no message of MCP on standard output: hello"))
        #expect(!quiet.error.contains("words"))
        let verbose = try await session.run("mcp", "tools", "--command", "./server", "-v")
        #expect(verbose.error.contains("words"), "\(verbose)")
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `an interrupted command leaves nothing running, not even what takes no notice`(_ signal: Int32) async throws {
        let session = try session(
            atStart: "trap '' TERM; sleep 1000 & echo $! >child; echo $$ >pid",
            behaviour: #"case $line in *tools/call*) touch called; while :; do sleep 1; done ;; esac"#)
        let process = try session.start("mcp", "call", "--command", "./server", "echo", "--no-check")
        try await poll("the call") { Disk.text(session.home.file("called")) != nil }
        process.send(signal: signal)
        let result = try await process.wait()
        #expect(result.exit == .code(128 + signal), "\(result)")
        for name in ["pid", "child"] {
            let text = try #require(Disk.text(session.home.file(name)))
            let id = try #require(Int32(text.dropLast()))
            // The process that ended it need not have noticed yet.
            try await poll("the end of \(name)") {
                kill(id, 0) != 0 || Disk.text("/proc/\(id)/stat")?.contains(") Z ") == true
            }
        }
    }

    @Test func `a call that takes too long ends with the program`() async throws {
        let session = try session(behaviour: #"case $line in *tools/call*) continue ;; esac"#)
        let result = try await session.run(
            "mcp", "call", "--command", "./server", "echo", "--no-check", "--timeout", "1s")
        #expect(result.exit == .code(5), "\(result)")
        #expect(Disk.text(session.home.file("ended")) == "ended\n")
    }
}
