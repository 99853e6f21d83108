import ParallelJSON
import TestSupport
import Testing

/// `ask` against the sandbox's models, which really use the servers named.
@Suite(.limited) struct AskTests {
    private static let providers = ["openai", "anthropic", "parallel", "gemini", "xai"]

    @Test(arguments: providers)
    func `a model uses a server, streamed and not, and goes on`(provider: String) async throws {
        let session = try Session(try await RunningSandbox())
        let words = ["ask", "--with", provider, "--model", provider == "parallel" ? "parallel" : "m"]
        for manner in ["--stream", "--no-stream"] {
            let run = try await session.run(words + ["-v", "--mcp", "parallel-search", manner, "Who founded Intel?"])
            #expect(run.exit == .code(0), "\(run)")
            #expect(run.output.contains("Sandbox answer to: Who founded Intel?\n"))
            #expect(run.output.contains("1. parallel-search › web_search\n"), "\(run.output)")
            #expect(run.error.contains("> POST ") && !run.error.contains("do-not-show"), "\(run.error)")
            #expect(!run.output.contains("do-not-show"))
        }
        let next = try await session.run(words + ["--continue", "And AMD?"])
        #expect(next.exit == .code(0) && next.output.contains("Sandbox answer to: And AMD?\n"), "\(next)")
    }

    @Test(arguments: providers)
    func `a task that a model starts is waited for, and its result handed back`(provider: String) async throws {
        let session = try Session(try await RunningSandbox())
        let run = try await session.run(
            "ask", "--with", provider, "--model", provider == "parallel" ? "parallel" : "m", "--mcp", "parallel-task",
            "--wait", "Research heat pumps")
        #expect(run.exit == .code(0), "\(run)")
        let id = ChildProcess.Result.runID(in: run.error)
        #expect(id.hasPrefix("trun_") && run.error.contains("waiting for run \(id)\n"), "\(run.error)")
        #expect(run.output.contains("The result of \(id), which createDeepResearch has started:"))
        #expect(run.output.contains("Sandbox report: Research heat pumps"))
        let alone = try await session.run(
            "ask", "--with", provider, "--model", provider == "parallel" ? "parallel" : "m", "--mcp", "parallel-task",
            "Research heat pumps")
        let other = ChildProcess.Result.runID(in: alone.error)
        #expect(alone.error.contains("the model has started \(other): parallel task result \(other)\n"), "\(alone)")
    }

    @Test(arguments: providers)
    func `the curl command is understood by the provider`(provider: String) async throws {
        let session = try Session(try await RunningSandbox())
        let command = try await session.run(
            "ask", "--with", provider, "--model", provider == "parallel" ? "parallel" : "m", "--mcp", "parallel-search",
            "--no-stream", "--curl", "It's ${HOME}?")
        #expect(command.exit == .code(0) && !command.output.contains("471100") && !command.output.contains("471200"))
        let answer = try await session.shell(command.output)
        #expect(answer.output.contains("Sandbox answer to: It's ${HOME}?"), "\(answer)")
    }

    @Test(arguments: providers)
    func `the curl command of a snippet is understood by the provider, whatever is asked`(
        provider: String
    ) async throws {
        let session = try Session(try await RunningSandbox())
        for question in [
            "Who founded Intel?", "It's ${PARALLEL_API_KEY} $(id) `id` \\ \"x\"\nBODY\nHEADERS\n</script>",
        ] {
            let code = try await session.run(
                "mcp", "snippet", "parallel-search", "parallel-task", "--with", provider, "--model",
                provider == "parallel" ? "parallel" : "m", "--as", "curl", "--prompt", question)
            #expect(code.exit == .code(0) && !code.output.contains("do-not-show"), "\(code)")
            let answer = try await session.shell(code.output)
            let quoted = JSONValue.string("Sandbox answer to: \(question)").serialized().dropLast()
            #expect(answer.output.contains(quoted), "\(answer)")
            #expect(answer.output.contains("web_search"))
        }
    }

    @Test func `the servers of each question are looked at, and one that is required has to be usable`() async throws {
        let server = try FakeMCPServer(
            token: nil,
            results: ["tools/list": ["tools": [["name": "delete", "annotations": ["destructiveHint": true]]]]])
        let session = try Session(try await RunningSandbox())
        _ = try await session.run("mcp", "add", "crm", server.url, "--no-verify")
        let words = ["ask", "--with", "openai", "--mcp", "crm", "Who?"]
        let warning =
            "warning: the MCP server 'crm' calls 'delete' destructive, and the model calls tools without asking"
        for count in 1...2 {
            let run = try await session.run(words)
            #expect(run.exit == .code(0) && run.error.hasPrefix(warning), "\(run)")
            #expect(server.sessions == count)
        }
        let failing = try await session.run(words.dropLast() + ["--require-mcp", "Who? sandbox:list-fails"])
        #expect(failing.exit == .code(6) && failing.output.contains("Sandbox answer to"), "\(failing)")
        #expect(failing.error.contains("error: OpenAI could not use an MCP server that --require-mcp asks for\n"))
        server.close()
        let warned = try await session.run(words)
        #expect(warned.error.hasPrefix("warning: the MCP server 'crm' can't be used from here"), "\(warned)")
        #expect(warned.error.contains("; OpenAI calls it from its own side, so this goes on\n"))
        let required = try await session.run(words + ["--require-mcp"])
        #expect(required.exit == .code(4) && required.output == "", "\(required)")
        #expect(required.error.contains("; nothing was sent\n") && required.error.contains("OpenAI calls servers from"))
    }

    @Test func `a call is allowed on a terminal`() async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try session.terminal(
            "ask", "--with", "openai", "--mcp", "parallel-search", "--approve", "ask", "Who founded Intel?")
        try await terminal.waitUntil(contains: "Allow it?")
        #expect(terminal.output.contains("'web_search' of 'parallel-search'"))
        terminal.send("y\r")
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.contains("Sandbox answer to"))
    }

    @Test func `Ctrl-C ends the wait at once, and says that the answer may cost`() async throws {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(head + "data: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_7\"}}\n\n")
            connection.waitForClose()
        }
        defer { server.stop() }
        var session = try Session("")
        session.environment["OPENAI_BASE_URL"] = "http://127.0.0.1:\(server.port)/v1"
        session.environment["OPENAI_API_KEY"] = Session.modelKey
        let process = try session.start("ask", "-v", "--with", "openai", "Hm?")
        try await process.waitUntil(errorContains: "* the answer is resp_7")
        process.send(signal: 2)
        let result = try await process.wait()
        #expect(
            result.exit == .code(130) && result.error.contains("the answer resp_7 may cost all the same"), "\(result)")
    }

    @Test func `a reader that has gone away ends it quietly`() async throws {
        let session = try Session(try await RunningSandbox())
        let run = try await session.shell(
            "parallel ask --with openai --mcp parallel-search 'Who founded Intel?' 2>err | true; cat err")
        #expect(run.exit == .code(0) && !run.output.contains("error"), "\(run)")
    }
}
