import ParallelCLI
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct RequestPreviewTests {
    private func preview(
        _ words: String..., environment: [String: String] = [:], directory: String = "/nowhere"
    ) async -> CommandRun {
        await CommandRun(["task", "run"] + words, environment: environment, directory: directory)
    }

    /// A folder whose registry has a server with a variable, a literal and a default in its headers.
    private func registry() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try Directory.create(directory.file(".config/parallel"))
        let crm =
            #"{"url": "https://crm.example/mcp", "headers": {"Authorization": "Bearer ${TOKEN}", "X-Key": "lit-1","#
            + #" "X-Default": "${UNSET:-def-1}"}}"#
        try directory.write(#"{"mcpServers": {"crm": \#(crm)}}"#, to: ".config/parallel/mcp.json")
        return directory
    }

    @Test func `a dry run is the request as JSON, and sends nothing`() async {
        let run = await preview("why?", "--dry-run", "--events")
        #expect(run.code == .success)
        #expect(
            run.errors == """
                nothing is sent; the run would be on processor base, about $0.01, 15 to 100 s
                it would go to https://api.parallel.ai/v1/tasks/runs without a proxy, with the key from PARALLEL_API_KEY

                """)
        let expected =
            #"{"method":"POST","url":"https://api.parallel.ai/v1/tasks/runs","headers":{"x-api-key":"***","#
            + #""accept":"application/json","content-type":"application/json","parallel-beta":"events-sse-2025-07-24"},"#
            + #""body":{"input":"why?","processor":"base","enable_events":true}}"#
        #expect(run.output == expected + "\n")
    }

    @Test func `neither preview needs a key`() async {
        for flag in ["--dry-run", "--curl"] {
            let run = await preview("why?", flag, environment: ["PARALLEL_API_KEY": ""])
            #expect(run.code == .success && run.output.contains("why?"))
        }
    }

    @Test func `a command on a terminal, where it may be copied, says that it is for a POSIX shell`() async {
        let note = "the command is for a POSIX shell; from another one, such as fish, pipe this into sh\n"
        for isTerminal in [true, false] {
            let run = await CommandRun(
                ["task", "run", "x", "--curl"], terminal: TerminalInfo(stdoutIsTerminal: isTerminal))
            #expect(run.code == .success && run.errors == (isTerminal ? note : ""))
        }
    }

    @Test func `an invalid request is refused instead of shown`() async {
        #expect(await preview("", "--dry-run").code == .usage)
    }

    @Test func `neither preview holds a secret`() async throws {
        let directory = try registry()
        for flag in ["--dry-run", "--curl"] {
            let run = await preview(
                "why?", "--mcp", "crm", flag, environment: ["TOKEN": "tok-1"], directory: directory.path)
            #expect(run.code == .success && run.output.contains("Bearer ${TOKEN}"))
            for secret in ["tok-1", "lit-1", "def-1", "test-key"] {
                #expect(!(run.output + run.errors).contains(secret))
            }
        }
    }

    @Test func `neither preview holds secret parts of a webhook's URL`() async {
        let words = ["task", "run", "why?", "--webhook", "https://hook.example/x?token=t0psecret"]
        let dry = await CommandRun(words + ["--dry-run"])
        #expect(dry.code == .success && dry.output.contains(#""url":"https://hook.example/x?token=***""#))
        let curl = await CommandRun(words + ["--curl"])
        #expect(curl.code == .success && !curl.output.contains("t0psecret"))
        let warning = "warning: parts of the webhook's URL that may be secret are not printed; fill them in by hand\n"
        #expect(curl.errors == warning)
    }

    @Test func `--no-output-auto takes --output-auto back`() async {
        let words = ["task", "run", "why?", "--dry-run", "--output-auto", "--no-output-auto"]
        let plain = await CommandRun(words)
        #expect(plain.code == .success && !plain.output.contains("output_schema"))
        let earlier = await CommandRun(
            ["task", "run", "why?", "--dry-run", "--output-text", "x", "--output-auto", "--no-output-auto"])
        #expect(earlier.output.contains(#""output_schema":{"type":"text","description":"x"}"#))
        let text = await CommandRun(words + ["--output-text", "x"])
        #expect(text.code == .success && text.output.contains(#""output_schema":{"type":"text","description":"x"}"#))
    }

    @Test func `a literal that can't be printed is warned of`() async throws {
        let directory = try registry()
        let run = await preview("why?", "--mcp=crm", "--curl", environment: ["TOKEN": "t"], directory: directory.path)
        let warning = "warning: a literal secret of MCP server 'crm' is not printed; put it in a variable\n"
        #expect(run.errors == warning)
    }

    @Test func `a command that asks about the API key is warned of`() async {
        let key = "own-key-0123456789"
        for words in [["what is \(key)?"], ["why?", "--metadata", "job=\(key)"]] {
            let run = await preview(words, key: key)
            let warning =
                "warning: the command has a secret in it, such as the API key, because the request does; don't share it\n"
            #expect(run.code == .success && run.output.contains(key) && run.errors == warning)
        }
        #expect(await preview(["why?"], key: key).errors == "")
    }

    private func preview(_ words: [String], key: String) async -> CommandRun {
        await CommandRun(["task", "run", "--curl"] + words, environment: ["PARALLEL_API_KEY": key])
    }

    @Test(arguments: [("a\"b", true), ("a\\b", true), ("a\tb", true), ("a$b`é", false)])
    func `a variable that a here-document can't bring into JSON is warned of by name`(
        value: String, isWarned: Bool
    ) async throws {
        let directory = try registry()
        let run = await preview("why?", "--mcp=crm", "--curl", environment: ["TOKEN": value], directory: directory.path)
        #expect(run.code == .success && run.errors.contains("warning: the value of TOKEN has a character") == isWarned)
        #expect(!(run.output + run.errors).contains(value) && !run.errors.contains("UNSET"))
    }

    @Test func `the curl command is for people to read`() async {
        let run = await preview("it's?", "--curl", "--beta", "x")
        #expect(
            run.output == """
                curl -sS -X POST https://api.parallel.ai/v1/tasks/runs \\
                  -H 'accept: application/json' \\
                  -H 'content-type: application/json' \\
                  -H 'parallel-beta: x' \\
                  -H @/dev/fd/3 --data-binary @- 3<<HEADERS <<'BODY'
                x-api-key: $PARALLEL_API_KEY
                HEADERS
                {
                  "input": "it's?",
                  "processor": "base"
                }
                BODY

                """)
    }

    /// What a shell makes of a curl command: the arguments, the header file and the body, from a stand-in for curl.
    private func carriedOut(_ command: String, environment: [String: String]) async throws -> [String] {
        let directory = try TemporaryDirectory()
        try directory.write(
            "#!/bin/sh\nprintf '%s\\n' \"$*\"\nprintf '%s\\n' ---\ncat /dev/fd/3\nprintf '%s\\n' ---\ncat\n",
            to: "curl",
            mode: 0o700)
        let result = try await ChildProcess.run(
            "/bin/sh", ["-c", command],
            environment: environment.merging(["PATH": "\(directory.path):/usr/bin:/bin"]) { $1 })
        #expect(result.error.isEmpty)
        return result.output.split(separator: "---\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func `a shell sends the very same request`() async throws {
        let text = "it's $HOME `id` \\ \"q\" $(id) ${TOKEN} %s\nBODY\nend 日本"
        let run = await preview(text, "--curl", "--metadata", "k=$HOME")
        let parts = try await carriedOut(run.output, environment: ["PARALLEL_API_KEY": "key-1", "TOKEN": "tok-1"])
        #expect(parts.count == 3 && !parts[0].contains("key-1") && parts[1] == "x-api-key: key-1\n")
        #expect(
            try JSONValue.parse(parts[2]) == [
                "input": .string(text), "processor": "base", "metadata": ["k": "$HOME"],
            ])
    }

    @Test func `a shell replaces the variables of servers, and nothing else`() async throws {
        let directory = try registry()
        let text = "what is ${TOKEN} and $TOKEN and `id` \\ in mcp_servers?"
        let run = await preview(
            text, "--curl", "--mcp", "crm", environment: ["TOKEN": "tok-1"], directory: directory.path)
        let parts = try await carriedOut(run.output, environment: ["PARALLEL_API_KEY": "key-1", "TOKEN": "tok-2"])
        let body = try JSONValue.parse(try #require(parts.last))
        #expect(body["mcp_servers"]?[0]?["headers"]?["Authorization"] == "Bearer tok-2")
        #expect(body["input"]?.string == text)
    }

    @Test func `a variable in the name of a tool stays text`() async throws {
        let directory = try registry()
        try directory.write(
            #"{"mcpServers": {"x": {"url": "https://x.example/${TOKEN}", "allowedTools": ["a${TOKEN}", "`id`"]}}}"#,
            to: "x.json")
        let run = await preview(
            "why?", "--curl", "--mcp-config", "x.json", environment: ["TOKEN": "tok-1"], directory: directory.path)
        let parts = try await carriedOut(run.output, environment: ["PARALLEL_API_KEY": "key-1", "TOKEN": "tok-2"])
        let server = try JSONValue.parse(try #require(parts.last))["mcp_servers"]?[0]
        #expect(server?["url"] == "https://x.example/tok-2")
        #expect(server?["allowed_tools"] == ["a${TOKEN}", "`id`"])
        #expect(run.errors.contains("it gets the value of TOKEN"), "\(run.errors)")
    }
}
