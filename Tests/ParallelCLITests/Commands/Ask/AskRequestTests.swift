import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// What each provider is sent.
@Suite(.timeLimit(.minutes(10))) struct AskRequestTests {
    private static let crm = #""headers":{"Authorization":"Bearer crm-token-4715"}"#

    @Test(arguments: [
        (
            "openai", [],
            #"{"model":"gpt-6-astra","input":"When?","tools":[{"type":"mcp","server_label":"crm","#
                + #""server_url":"https://crm.example/mcp?team=7",\#(crm),"require_approval":"never"}]}"#
        ),
        (
            "parallel", ["--effort", "low", "--allow-tool", "find"],
            #"{"model":"parallel","input":"When?","reasoning":{"effort":"low"},"tools":[{"type":"mcp","#
                + #""server_label":"crm","server_url":"https://crm.example/mcp?team=7",\#(crm),"#
                + #""allowed_tools":["find"],"require_approval":"never"}]}"#
        ),
        (
            "xai", ["--model", "grok-model", "--max-tokens", "9"],
            #"{"model":"grok-model","input":"When?","max_output_tokens":9,"tools":[{"type":"mcp","#
                + #""server_label":"crm","server_url":"https://crm.example/mcp?team=7",\#(crm),"require_approval":"never"}]}"#
        ),
        (
            "gemini",
            ["--model", "gemini-model", "--system", "Be short.", "--allow-tool", "find", "--max-tokens", "9"],
            #"{"model":"gemini-model","system_instruction":"Be short.","input":"When?","#
                + #""generation_config":{"max_output_tokens":9},"tools":[{"type":"mcp_server","name":"crm","#
                + #""url":"https://crm.example/mcp?team=7",\#(crm),"allowed_tools":[{"mode":"auto","tools":["find"]}]}]}"#
        ),
        (
            "anthropic", ["--system", "Be short."],
            #"{"model":"claude-sonnet-5","max_tokens":8000,"system":"Be short.","messages":[{"role":"user","#
                + #""content":"When?"}],"mcp_servers":[{"type":"url","url":"https://crm.example/mcp?team=7","#
                + #""name":"crm","authorization_token":"crm-token-4715"}],"#
                + #""tools":[{"type":"mcp_toolset","mcp_server_name":"crm"}]}"#
        ),
        (
            "anthropic", ["--allow-tool", "find", "--max-tokens", "9", "--beta", "mcp-client-2025-11-20"],
            #"{"model":"claude-sonnet-5","max_tokens":9,"messages":[{"role":"user","content":"When?"}],"#
                + #""mcp_servers":[{"type":"url","url":"https://crm.example/mcp?team=7","name":"crm","#
                + #""authorization_token":"crm-token-4715"}],"tools":[{"type":"mcp_toolset","mcp_server_name":"crm","#
                + #""default_config":{"enabled":false},"configs":{"find":{"enabled":true}}}]}"#
        ),
        (
            "anthropic", ["--allow-tool", "find", "--beta", "mcp-client-2025-04-04"],
            #"{"model":"claude-sonnet-5","max_tokens":8000,"messages":[{"role":"user","content":"When?"}],"#
                + #""mcp_servers":[{"type":"url","url":"https://crm.example/mcp?team=7","name":"crm","#
                + #""authorization_token":"crm-token-4715","tool_configuration":{"enabled":true,"allowed_tools":["find"]}}]}"#
        ),
    ])
    func `a provider gets the question and the servers in its own form`(
        provider: String, words: [String], body: String
    ) async throws {
        let path = try #require(AskRun.paths[provider])
        let run = try await AskRun().run(
            ["--with", provider, "--mcp", "crm", "--no-stream", "When?"] + words,
            [AskRun.whole(path, AskRun.response(AskRun.message("Then.")))])
        #expect(run.code == .success && run.output == "Then.\n", "\(run.errors)")
        #expect(run.sentBody == body)
    }

    @Test(arguments: [
        ("openai", "authorization", "Bearer sk-openai-4711", "https://api.openai.com/v1/responses"),
        ("anthropic", "x-api-key", "sk-ant-4712", "https://api.anthropic.com/v1/messages"),
        ("parallel", "authorization", "Bearer test-key", "https://api.parallel.ai/v1/responses"),
        ("gemini", "x-goog-api-key", "g-4713", "https://generativelanguage.googleapis.com/v1beta/interactions"),
        ("xai", "authorization", "Bearer xai-4714", "https://api.x.ai/v1/responses"),
    ])
    func `a key goes to its own provider alone`(
        provider: String, field: String, value: String, url: String
    ) async throws {
        let run = try await AskRun().run(
            ["--with", provider, "--model", "m", "--no-stream", "When?"],
            [AskRun.whole(AskRun.paths[provider] ?? "", AskRun.response(AskRun.message("Then.")))])
        let request = try #require(run.requests.first)
        #expect(request.url.description == url && request.resend == .never)
        #expect(request.headers.fields.filter(\.isSecret).map(\.name) == [field])
        #expect(request.headers[field] == value)
        #expect(request.headers["anthropic-version"] == (provider == "anthropic" ? "2023-06-01" : nil))
        #expect(request.headers["anthropic-beta"] == nil)
    }

    @Test func `the newest connector of Anthropic is asked for where there are servers`() async throws {
        let run = try await AskRun().run(
            ["--with", "anthropic", "--mcp", "crm", "--no-stream", "When?"],
            [AskRun.whole("/v1/messages", #"{"id":"msg_1","content":[{"type":"text","text":"Then."}]}"#)])
        #expect(run.requests.first?.headers["anthropic-beta"] == "mcp-client-2026-09-15")
    }

    @Test(
        arguments: [
            (
                ["--with", "openai"], #""crm":{"url":"http://127.0.0.1:9/mcp"}"#,
                "is on this machine, where OpenAI can't reach it"
            ),
            (["--with", "anthropic"], #""crm":{"url":"http://crm.example/mcp"}"#, "Anthropic takes https only"),
            (
                ["--with", "anthropic"], #""crm":{"url":"https://crm.example/mcp","headers":{"X-Key":"k"}}"#,
                "wants the header 'X-Key', and Anthropic sends servers nothing but a bearer token"
            ),
            (
                ["--with", "parallel", "--system", String(repeating: "x", count: 20_000)], AskRun.crm,
                "the prompt has 5 characters; Parallel takes 20000, the text before the conversation included"
            ),
            (["--with", "anthropic", "--approve", "ask"], AskRun.crm, "Anthropic asks nobody before it calls a tool"),
            (["--with", "gemini"], AskRun.crm, "missing --model"),
            (["--with", "openai", "--beta", "mcp-client-2025-04-04"], AskRun.crm, "--beta goes with --with anthropic"),
            (["--with", "anthropic", "--beta", "other"], AskRun.crm, "'other' is none of mcp-client-2026-09-15"),
            (["--with", "anthropic", "--effort", "low"], AskRun.crm, "Anthropic has no such setting here"),
            (["--with", "other"], AskRun.crm, "other"), ([], AskRun.crm, "missing --with"),
            (["--with", "openai", "--format", "csv"], AskRun.crm, "can't be printed as csv"),
            (["--with", "openai", "--continue", "--continue-from", "r"], AskRun.crm, "exclude each other"),
            (["--with", "openai", "--dry-run", "--wait"], AskRun.crm, "--dry-run and --wait exclude each other"),
            (["--with", "openai", "--require-mcp"], AskRun.crm, "--require-mcp and --no-check exclude each other"),
        ] as [([String], String, String)])
    func `what a provider refuses for certain is not sent`(words: [String], servers: String, error: String) async throws
    {
        let run = try await AskRun(servers: servers).run(words + ["--mcp", "crm", "When?"])
        #expect(run.code == .usage && run.errors.contains(error), "\(run.errors)")
    }

    // MARK: - Tools

    /// Asks OpenAI with a look at the servers, which all have the tool `find`.
    private func look(_ words: String..., servers: String = AskRun.crm) async throws -> (CommandRun, asked: Bool) {
        let ask = try AskRun(servers: servers)
        let server = ScriptedMCPServer.modern(tools: [["name": "find", "annotations": ["destructiveHint": true]]])
        let run = await CommandRun(
            ["ask", "--with", "openai", "When?"] + words, over: server, environment: ask.environment,
            directory: ask.files.home, clock: PatientClock())
        return (run, server.calls.contains { $0.request.url.host == "api.openai.com" })
    }

    @Test func `a mistyped tool is told before the question is paid for`() async throws {
        let two = #"\#(AskRun.crm),"docs":{"url":"https://docs.example/mcp"}"#
        for (words, servers) in [(["--mcp", "crm"], AskRun.crm), (["--mcp", "crm", "--mcp", "docs"], two)] {
            let ask = try AskRun(servers: servers)
            let server = ScriptedMCPServer.modern(tools: [["name": "find"]])
            let run = await CommandRun(
                ["ask", "--with", "openai", "When?", "--allow-tool", "find", "--allow-tool", "fnd"] + words,
                over: server,
                environment: ask.environment, directory: ask.files.home, clock: PatientClock())
            #expect(run.code == .usage && run.errors.contains("did you mean 'find'?"), "\(run.errors)")
            #expect(run.errors.contains("no MCP server of the request has a tool 'fnd'; nothing was sent"))
            #expect(!server.calls.contains { $0.request.url.host == "api.openai.com" })
        }
        // Nobody looks at Parallel's own server, so nobody knows its tools.
        let (own, asked) = try await look("--mcp", "crm", "--mcp", "parallel-search", "--allow-tool", "web_search")
        #expect(asked && own.code != .usage, "\(own.errors)")
    }

    @Test func `a tool that an entry allows and its server does not have is a warning`() async throws {
        let limited = AskRun.crm.replacing("\"headers\"", with: #""allowedTools":["find","fnd"],"headers""#)
        let warning =
            "warning: the MCP server 'crm' has no tool 'fnd', which its entry allows\n  did you mean 'find'?\n"
        let (run, asked) = try await look("--mcp", "crm", servers: limited)
        #expect(asked && run.errors.contains(warning), "\(run.errors)")
        #expect(run.errors.contains("to limit the model to other tools, name each with --allow-tool\n"))
        let ask = try AskRun(servers: limited)
        for _ in 1...2 {
            let task = await CommandRun(
                ["task", "run", "x", "--no-wait", "--mcp", "crm"],
                over: ScriptedMCPServer.modern(tools: [["name": "find"]]),
                environment: ask.environment, directory: ask.files.home, clock: PatientClock())
            #expect(task.errors.contains(warning), "\(task.errors)")
        }
    }

    @Test func `a dry run shows a key only where it would be sent`() async throws {
        for (server, key, isSent) in [
            ("parallel-search", "", false), ("parallel-search", "key-4711", true), ("parallel-task", "", true),
        ] {
            var ask = try AskRun()
            ask.environment["PARALLEL_API_KEY"] = key
            for flag in ["--dry-run", "--curl"] {
                let run = await ask.run(["--with", "openai", "--mcp", server, flag, "When?"])
                #expect(run.code == .success && run.output.contains("{PARALLEL_API_KEY}") == isSent, "\(run)")
            }
        }
    }

    @Test func `Parallel takes ten servers, and no more`() async throws {
        let names = (1...11).map { "s\($0)" }
        let entries = names.map { #""\#($0)":{"url":"https://\#($0).example/mcp"}"# }.joined(separator: ",")
        let run = try await AskRun(servers: entries).run(
            ["--with", "parallel", "When?"] + names.flatMap { ["--mcp", $0] })
        #expect(run.code == .usage && run.errors.contains("11 MCP servers are given; Parallel takes 10"))
    }

    @Test func `without a key nothing is sent, and the error names the variable`() async throws {
        var ask = try AskRun()
        ask.environment["OPENAI_API_KEY"] = ""
        let run = await ask.run(["--with", "openai", "When?"])
        #expect(run.code == .notAuthenticated)
        #expect(
            run.errors == """
                error: no key for OpenAI is set
                  set one: export OPENAI_API_KEY=…
                  or put it in a file only you can read: --key-file FILE

                """)
    }

    @Test func `a key file is read, and one that others can read is refused`() async throws {
        let ask = try AskRun()
        try ask.write("sk-file-1\n", to: "key")
        let run = await ask.run(
            ["--with", "openai", "--key-file", "key", "--no-stream", "When?"],
            [AskRun.whole("/v1/responses", AskRun.response(AskRun.message("Then.")))])
        #expect(run.requests.first?.headers["authorization"] == "Bearer sk-file-1")
        try ask.write("sk-file-1\n", to: "open", mode: 0o644)
        let refused = await ask.run(["--with", "openai", "--key-file", "open", "When?"])
        #expect(refused.code == .notAuthenticated && refused.errors.contains("others can read it"))
        let key = "sk-proj-4kQ9vXz81LmW27TbYc"
        let typed = await ask.run(["--with", "openai", "--key-file", key, "When?"])
        #expect(typed.code == .usage && typed.errors.contains("looks like a key") && !typed.errors.contains(key))
    }

    @Test func `a file with Parallel's key is no provider's, and is refused where nothing uses it`() async throws {
        let ask = try AskRun()
        try ask.write("sk-file-1\n", to: "key")
        let run = await ask.run(["--with", "openai", "--api-key-file", "key", "When?"])
        #expect(run.code == .usage)
        #expect(
            run.errors.hasPrefix(
                "error: --api-key-file has Parallel's key, and nothing here uses it\n  --key-file has that of OpenAI\n")
        )
        let used = await ask.run(
            ["--with", "openai", "--api-key-file", "key", "--mcp", "parallel-search", "--no-stream", "When?"],
            [AskRun.whole("/v1/responses", AskRun.response(AskRun.message("Then.")))])
        #expect(used.sentBody.contains("Bearer sk-file-1"))
        #expect(used.requests.first?.headers["authorization"] == "Bearer sk-openai-4711")
    }

    @Test(arguments: ["http://api.example/v1", "ftp://api.example", "https://user@api.example/v1"])
    func `an address that a key must not go to is refused`(address: String) async throws {
        var ask = try AskRun()
        ask.environment["OPENAI_BASE_URL"] = address
        let run = await ask.run(["--with", "openai", "When?"])
        #expect(run.code == .usage && run.errors.hasPrefix("error: OPENAI_BASE_URL: "), "\(run.errors)")
    }

    @Test func `a redirect to another host is not followed`() async throws {
        let redirect = ScriptedTransport.Exchange(
            .post, "/v1/responses", status: 307, headers: [("location", "https://evil.example/v1/responses")])
        let run = try await AskRun().run(["--with", "openai", "When?"], [redirect])
        #expect(run.code == .refused && run.errors.contains("https://evil.example/"), "\(run.errors)")
        #expect(run.requests.count == 1)
    }

    @Test func `a dry run shows the request, and no secret`() async throws {
        let run = try await AskRun().run(["--with", "openai", "--mcp", "crm", "--dry-run", "When?"])
        #expect(run.code == .success && run.requests.isEmpty)
        let shown = try JSONValue.parse(run.output)
        #expect(shown["headers"]?["authorization"] == "***")
        #expect(shown["body"]?["tools"]?[0]?["headers"]?["Authorization"] == "Bearer ${CRM_TOKEN}")
        #expect(!run.output.contains("4711") && !run.output.contains("4715"))
    }

    @Test func `a curl command has variables in place of secrets, and only where they belong`() async throws {
        let run = try await AskRun().run(["--with", "anthropic", "--mcp", "crm", "--curl", "Why ${CRM_TOKEN}?"])
        #expect(run.code == .success)
        #expect(run.output.contains("x-api-key: $ANTHROPIC_API_KEY\n"))
        #expect(run.output.contains(#"      "authorization_token": "${CRM_TOKEN}""#))
        #expect(run.output.contains(#""content": "Why \${CRM_TOKEN}?""#))
        #expect(!run.output.contains("4712") && !run.output.contains("4715"))
    }

    @Test func `the prompt may come in a pipe or a file`() async throws {
        let ask = try AskRun()
        try ask.write("From a file?\n", to: "question.txt")
        let answer = AskRun.whole("/v1/responses", AskRun.response(AskRun.message("Then.")))
        let words = ["--with", "openai", "--no-stream"]
        let piped = await ask.run(words, [answer], stdin: "From a pipe?\n")
        #expect(piped.sentBody.contains(#""input":"From a pipe?""#))
        let read = await ask.run(words + ["@question.txt"], [answer])
        #expect(read.sentBody.contains(#""input":"From a file?""#))
        let typed = await ask.run(words, [answer], terminal: .person, answers: [.line(" "), .line("Typed?")])
        #expect(typed.sentBody.contains(#""input":"Typed?""#))
        let nothing = await ask.run(words)
        #expect(nothing.code == .usage && nothing.errors.contains("missing PROMPT"))
    }
}
