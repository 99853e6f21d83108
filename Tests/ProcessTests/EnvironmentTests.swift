import ParallelHTTP
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the environment settles: the key, the server, colour and width.
@Suite(.limited) struct EnvironmentTests {
    @Test(arguments: [
        ["task", "run", "x"], ["task", "run", "x", "--json", "-v"], ["search", "x"],
        ["search", "x", "--format", "text"],
        ["help"], ["help", "task", "run"], ["mcp", "list"], ["task", "result", "trun_0"], ["tsak"],
        ["task", "run", "x", "--metadata", "sandbox_status=failed"],
    ])
    func `no escape byte reaches a pipe`(_ words: [String]) async throws {
        let session = try Session(try await RunningSandbox())
        let result = try await session.run(words, adding: ["TERM": "xterm-256color", "COLUMNS": "100"])
        #expect(!(result.outputBytes + result.errorBytes).isEmpty)
        #expect(!(result.outputBytes + result.errorBytes).contains(0x1B))
    }

    @Test(arguments: [
        ([:], true), (["NO_COLOR": "1"], false), (["NO_COLOR": ""], true), (["TERM": "dumb"], false),
        (["TERM": ""], false),
        (["NO_COLOR": "1", "CLICOLOR_FORCE": "1"], false),
    ])
    func `colour on a terminal goes by the environment`(_ variables: [String: String], _ isColored: Bool) async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try session.terminal("search", "x", "--max-results", "1", adding: variables)
        #expect(try await terminal.wait() == .code(0))
        // The progress line is erased on any terminal that can do it.
        let text = terminal.output.split(separator: "\r\u{1B}[K").joined()
        #expect(text.contains("\u{1B}[") == isColored)
        let failing = try session.terminal("task", "result", "trun_0", "--quiet", adding: variables)
        #expect(try await failing.wait() == .code(4))
        #expect(failing.output.contains("\u{1B}[1;31merror:") == isColored)
    }

    @Test(arguments: [("40", 40), ("0", 70), ("wide", 70), ("100000", 70)])
    func `COLUMNS beats the terminal's own width where it makes sense`(_ value: String, _ columns: Int) async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try session.terminal("search", "x", columns: 70, adding: ["COLUMNS": value])
        #expect(try await terminal.wait() == .code(0))
        let widths = terminal.output.plainLines.filter { $0.hasPrefix("│ ") }.map(\.count)
        #expect(widths.max().map { (columns - 15...columns).contains($0) } == true, "\(widths)")
    }

    @Test(arguments: [(["--color", "never"], false), (["--color=always"], true)])
    func `a flag for colour beats the environment`(_ words: [String], _ isColored: Bool) async throws {
        let session = try Session(try await RunningSandbox())
        let forced = ["NO_COLOR": isColored ? "1" : ""]
        let result = try await session.run(["search", "x", "--format", "text"] + words, adding: forced)
        #expect(result.output.contains("\u{1B}[") == isColored)
    }

    @Test(arguments: ["PARALLEL_BASE_URL", "PARALLEL_API_URL"])
    func `a key is not sent in the clear to another machine`(_ variable: String) async throws {
        var session = try Session("")
        session.environment[variable] = "http://198.51.100.7:9"
        let result = try await session.run("search", "x")
        #expect(result.exit == .code(2))
        #expect(
            result.error == "error: \(variable): http is allowed to this machine only; use https for 198.51.100.7\n")
    }

    @Test(arguments: [
        "ftp://127.0.0.1", "127.0.0.1", "http://127.0.0.1/?x=1", "http://u:p471100@127.0.0.1/",
        "http://127.0.0.1.evil.example",
    ])
    func `a base URL that makes no sense is refused`(_ url: String) async throws {
        let result = try await Session(url).run("search", "x")
        #expect(result.exit == .code(2))
        #expect(result.error.hasPrefix("error: PARALLEL_BASE_URL: "))
        #expect(!result.error.contains("471100"))
    }

    @Test func `a path in the base URL is kept`() async throws {
        let server = try ScriptedAPI { _ in .ok(#"{"results":[]}"#) }
        #expect(try await Session(server.baseURL + "/proxy/", server).run("search", "x").exit == .code(0))
        #expect(server.requests.map(\.target) == ["/proxy/v1/search"])
    }

    @Test func `files of the working directory set nothing`() async throws {
        let sandbox = try await RunningSandbox()
        var session = try Session(sandbox)
        for name in [".env", ".env.local"] {
            try session.home.write("PARALLEL_BASE_URL=http://127.0.0.1:9\nPARALLEL_API_KEY=other\n", to: name)
        }
        #expect(try await session.run("search", "x").exit == .code(0))
        session.environment["PARALLEL_API_KEY"] = nil
        let result = try await session.run("search", "x")
        #expect(result.exit == .code(3))
        #expect(sandbox.requests.count == 1)
    }

    @Test(arguments: [nil, ""])
    func `without a key both ways to give one are reported and nothing is sent`(_ key: String?) async throws {
        let sandbox = try await RunningSandbox()
        var session = try Session(sandbox)
        session.environment["PARALLEL_API_KEY"] = key
        for words in [["task", "run", "x"], ["task", "result", "trun_0"], ["search", "x"]] {
            let result = try await session.run(words)
            #expect(result.exit == .code(3))
            #expect(result.error.hasPrefix("error: no API key is set\n"))
            #expect(result.error.contains("export PARALLEL_API_KEY="))
            #expect(result.error.contains("--api-key-file FILE"))
        }
        #expect(sandbox.requests.isEmpty)
    }

    @Test func `a key with a line break around it works, one with more in it is refused unseen`() async throws {
        let server = try ScriptedAPI { _ in .ok(#"{"results":[]}"#) }
        let session = try Session(server)
        try session.home.write(" \n\(Session.key)\r\n", to: "key")
        for words in [["search", "x", "--api-key-file", "key"], ["--api-key-file=key", "search", "x"]] {
            let result = try await session.run(words, adding: ["PARALLEL_API_KEY": "other"])
            #expect(result.exit == .code(0), "\(result)")
        }
        let variable = try await session.run("search", "x", adding: ["PARALLEL_API_KEY": "\(Session.key)\n"])
        #expect(variable.exit == .code(0))
        #expect(server.requests.map { $0.headers["x-api-key"] } == [Session.key, Session.key, Session.key])

        for key in ["secret471100 more", "secret471100\nx-evil: 1", "sécret471100"] {
            let result = try await session.run("search", "x", adding: ["PARALLEL_API_KEY": key])
            #expect(result.exit == .code(3))
            #expect(!result.error.contains("471100"))
        }
        #expect(server.requests.count == 3)
    }

    @Test(arguments: [("key", 0o644), ("key", 0o640), ("-kf", 0o606), ("it's mine", 0o644)] as [(String, UInt32)])
    func `a key file that others can read is refused with the remedy`(_ name: String, _ mode: UInt32) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let path = try session.home.write(Session.key, to: name, mode: 0o600)
        try #require(chmod(path, mode_t(mode)) == 0)
        let result = try await session.run("search", "x", "--api-key-file", name)
        #expect(result.exit == .code(3))
        let error = "error: the API key in \(name) can't be used: others can read it\n  run: "
        #expect(result.error.hasPrefix(error), "\(result)")
        #expect(sandbox.requests.isEmpty)

        #expect(try await session.shell(String(result.error.dropFirst(error.count))).exit == .code(0), "\(result)")
        #expect(try await session.run("search", "x", "--api-key-file", name).exit == .code(0))
    }

    @Test(arguments: ["HOME", "XDG_CONFIG_HOME", "TMPDIR", "PARALLEL_API_KEY"])
    func `a variable that is no text is not used by another name`(_ name: String) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let result = try await session.shell(
            "mkdir tmp; \(name)=$(printf '%s/h\\351' \"$PWD/tmp\") parallel mcp add s https://mcp.example/ --no-check")
        let warning = "warning: the value of \(name) is not valid UTF-8 and is not used\n"
        #expect(result.error.hasPrefix(warning), "\(result)")
        #expect(Disk.names(in: session.home.file("tmp")) == [])
        #expect(sandbox.requests.isEmpty)
    }

    @Test(arguments: ["PARALLEL_BASE_URL", "HTTPS_PROXY", "SSL_CERT_FILE"])
    func `an address that is no text is not passed over`(_ name: String) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let result = try await session.shell("\(name)=$(printf 'https://h\\351') parallel search x")
        #expect(result.exit == .code(2) && result.output == "")
        #expect(result.error.hasPrefix("error: the value of \(name) is not valid UTF-8\n"), "\(result)")
        #expect(sandbox.requests.isEmpty)
    }

    @Test func `a key file may be a pipe, and a missing or empty one is reported`() async throws {
        let session = try Session(try await RunningSandbox())
        let pipe = try await session.shell("parallel search x --api-key-file <(echo key)", "/bin/bash")
        #expect(pipe.exit == .code(0), "\(pipe)")
        let missing = try await session.run("search", "x", "--api-key-file", "nowhere")
        #expect(missing.exit == .code(2))
        #expect(missing.error.contains("nowhere: no such file or directory"))
        try session.home.write("\n", to: "empty")
        let empty = try await session.run("search", "x", "--api-key-file", "empty")
        #expect(empty.exit == .code(3))
        #expect(empty.error.contains("it holds no key"))
    }

    @Test func `the key shows up neither in arguments nor in what is printed`() async throws {
        let sandbox = try await RunningSandbox(delay: "60")
        let session = try Session(sandbox)
        let child = try session.start("task", "run", "x", "-v")
        try await child.waitUntil(errorContains: "/result")
        // As other users see it.
        let arguments = Disk.text("/proc/\(child.pid)/cmdline")
        child.send(signal: 2)
        let result = try await child.wait()
        #expect(!result.error.contains(Session.key))
        #expect(arguments?.contains(Session.key) != true)
        #expect(!sandbox.logText.contains(Session.key))
        for words in [
            ["task", "run", "x", "--dry-run"], ["task", "run", "x", "--curl"],
            ["task", "run", Session.key + "x", "-z"],
        ] {
            let shown = try await session.run(words)
            #expect(!shown.output.contains(Session.key))
        }
    }

    @Test func `a key on the command line is no flag`() async throws {
        let result = try await Session("http://127.0.0.1:9").run("search", "x", "--api-key", "secret471100")
        #expect(result.exit == .code(2))
        #expect(!result.error.contains("secret471100"))
    }

    @Test(arguments: ["en_US.UTF-8", "C", "POSIX", "xx_YY"])
    func `texts are UTF-8 in every locale`(_ locale: String) async throws {
        let session = try Session(try await RunningSandbox())
        let result = try await session.run(
            "task", "run", "größer als 東京?", "--metadata", "sandbox_output=@input", adding: ["LC_ALL": locale])
        #expect(result.output == "größer als 東京?\n")
    }

    @Test func `the program works without home, locale or terminal type`() async throws {
        let sandbox = try await RunningSandbox()
        var session = try Session(sandbox)
        session.environment = session.environment.filter { $0.key.hasPrefix("PARALLEL_") }
        #expect(try await session.run("task", "run", "x").exit == .code(0))
        #expect(try await session.run("mcp", "list").exit == .code(0))
    }
}
