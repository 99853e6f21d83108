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

/// `parallel-sandbox` as people use it.
@Suite(.limited) struct SandboxTests {
    private let home: TemporaryDirectory
    private let environment: [String: String]

    init() throws {
        home = try TemporaryDirectory()
        environment = ["HOME": home.path, "PATH": "\(Program.folder):/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
    }

    @Test func `serve prints what another shell needs, and shows requests without their secrets`() async throws {
        let sandbox = try ChildProcess.start(
            Program.sandbox, ["serve", "--delay", "0", "-v"], environment: environment, input: .closed)
        try await sandbox.waitUntil(outputContains: "XAI_API_KEY=")
        #expect(
            sandbox.output.split(separator: "\n").map { $0.prefix { $0 != "=" } } == [
                "export PARALLEL_BASE_URL", "export PARALLEL_API_KEY", "export PARALLEL_PLATFORM_URL",
                "export PARALLEL_SERVICE_API_URL", "export PARALLEL_WEBHOOK_SECRET",
                "export OPENAI_BASE_URL", "export OPENAI_API_KEY", "export ANTHROPIC_BASE_URL",
                "export ANTHROPIC_API_KEY", "export GOOGLE_GEMINI_BASE_URL", "export GEMINI_API_KEY",
                "export XAI_BASE_URL", "export XAI_API_KEY",
            ])
        // The lines are what a shell understands.
        let script = sandbox.output + "parallel search 'x y' --max-results 1"
        let result = try await ChildProcess.run("/bin/sh", ["-c", script], environment: environment)
        #expect(result.exit == .code(0) && result.output.hasPrefix("https://"), "\(result)")
        let url = "\(try #require(sandbox.output.split(separator: "\n").first).dropFirst(25))/v1/tasks/a?token=hunter2"
        _ = try await ChildProcess.run("/bin/sh", ["-c", "curl -s '\(url)'"], environment: environment)
        sandbox.send(signal: SIGTERM)
        #expect(try await sandbox.wait().exit == .code(0))
        // After the lines that say where the sandbox and its page are.
        let lines = sandbox.error.split(separator: "\n").dropFirst(2)
        #expect(
            lines.map { $0.split(separator: " ").dropLast(2).joined(separator: " ") } == [
                "POST /v1/search 200", "GET /v1/tasks/a 404",
            ])
        #expect(lines.allSatisfy { $0.hasSuffix(" ms") } && !sandbox.error.contains("hunter2"))
    }

    @Test func `serve says where its page is, and the page is there`() async throws {
        let sandbox = try await RunningSandbox()
        #expect(
            sandbox.announcement.split(separator: "\n") == [
                "parallel-sandbox listening on \(sandbox.baseURL)",
                "Watch requests and runs, and make them fail, at \(sandbox.baseURL)/ in a browser",
            ])
        let page = try await ChildProcess.run(
            "/bin/sh", ["-c", "curl -s -H 'accept: text/html' \(sandbox.baseURL)/"], environment: environment)
        #expect(page.output.hasPrefix("<!doctype html>"))
        let client = try await ChildProcess.run(
            "/bin/sh", ["-c", "curl -s -o /dev/null -w '%{http_code}' \(sandbox.baseURL)/"], environment: environment)
        #expect(client.output == "404")
        try await sandbox.stop()
    }

    @Test func `a control file that is not there yet is told of`() async throws {
        let result = try await ChildProcess.run(
            Program.sandbox, ["run", "--control-file", "cf.json", "--", "true"], environment: environment)
        #expect(result.exit == .code(0))
        #expect(
            result.error
                == "parallel-sandbox: cf.json: no such file yet; there are no faults until it is there\n", "\(result)")
    }

    @Test func `a shell at which somebody types is greeted`() async throws {
        let terminal = try PseudoTerminal(columns: 120)
        try terminal.start(
            Program.sandbox, ["run", "--", "sh"],
            environment: environment.merging(["TERM": "xterm", "PS1": "> "]) { $1 },
            directory: home.path)
        try await terminal.waitUntil(contains: "parallel-sandbox: parallel asks the sandbox here")
        try await terminal.waitUntil(contains: "Try: parallel task run")
        try await terminal.waitUntil(contains: "/ in a browser")
        terminal.send("echo $PARALLEL_API_KEY $PARALLEL_WEBHOOK_SECRET; exit 7\r")
        #expect(try await terminal.wait() == .code(7))
        #expect(terminal.output.contains("sandbox-key whsec_"))
    }

    @Test(arguments: [["sh", "-c", "true"], ["true"]])
    func `a command is not greeted, on a terminal or elsewhere`(command: [String]) async throws {
        let terminal = try PseudoTerminal(columns: 120)
        try terminal.start(
            Program.sandbox, ["run", "--"] + command, environment: environment, directory: home.path)
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output == "")
        let script = "\(Program.sandbox) run -- sh < /dev/null"
        #expect(try await ChildProcess.run("/bin/sh", ["-c", script], environment: environment).error == "")
    }

    @Test(arguments: ["help", "help scenarios", "help --man", "completion bash", "--version"])
    func `what can't be written is an error`(words: String) async throws {
        let script = "parallel-sandbox \(words) >/dev/full"
        let result = try await ChildProcess.run("/bin/sh", ["-c", script], environment: environment)
        #expect(result.exit == .code(1))
        #expect(result.error == "parallel-sandbox: cannot write to standard output: No space left on device\n")
    }

    @Test func `an answer to a question costs what the balance has to cover`() async throws {
        let script = "parallel respond -q --effort low x >answer && parallel respond -q --effort low x; echo $?"
        let result = try await ChildProcess.run(
            Program.sandbox, ["run", "--balance", "0.015", "--", "sh", "-c", script], environment: environment,
            directory: home.path)
        #expect(result.output == "4\n" && result.error.contains("insufficient credit"), "\(result)")
    }

    @Test func `the page of a run leads to where the sandbox shows it`() async throws {
        let script = """
            run=$(parallel task run -q --no-wait x); group=$(parallel group create -q)
            for id in $run $group; do
                curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "$(parallel task open $id)" | sed "s|$id|ID|"; echo
            done
            """
        let result = try await ChildProcess.run(
            Program.sandbox, ["run", "--", "sh", "-c", script], environment: environment, directory: home.path)
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("302 http://127.0.0.1:") }, "\(result)")
        #expect(lines.first?.hasSuffix("/#runs/ID") == true && lines.last?.hasSuffix("/#groups/ID") == true)
    }

    @Test func `the log has no key of an address`() async throws {
        let script = """
            curl -s "$PARALLEL_BASE_URL/v1/search?key=hunter2&x=1"
            parallel task run -q --no-wait x --webhook 'https://h.example/in?k=hunter3' >/dev/null
            parallel mcp add -q crm "$PARALLEL_BASE_URL/mcp/search?k=hunter4" 2>/dev/null
            parallel task run -q --no-wait --no-check --mcp crm x >/dev/null
            parallel respond -q --no-check --mcp crm x >/dev/null
            cat log.jsonl
            """
        let result = try await ChildProcess.run(
            Program.sandbox, ["run", "--log", "log.jsonl", "--", "sh", "-c", script], environment: environment,
            directory: home.path)
        #expect(result.output.contains(#""query":{"key":"***","x":"1"}"#), "\(result)")
        #expect(result.output.contains("https://h.example/in?***"), "\(result)")
        #expect(result.output.contains("/mcp/search?***"), "\(result)")
        for number in 2...4 { #expect(!result.output.contains("hunter\(number)"), "\(result)") }
    }

    @Test func `a run that the balance does not cover is refused as the API does`() async throws {
        let script = """
            parallel task run x -q -p core > answer && parallel task run x -q -p core; echo $?
            """
        let result = try await ChildProcess.run(
            Program.sandbox, ["run", "--delay", "0", "--balance", "0.03", "--", "sh", "-c", script],
            environment: environment, directory: home.path)
        #expect(result.output == "4\n" && result.error.contains("402"), "\(result)")
        #expect(result.error.contains("insufficient credit"), "\(result)")
    }
}
