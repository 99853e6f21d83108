import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(10))) struct TaskRunCommandTests {
    private func run(
        _ words: String..., exchanges: [ScriptedTransport.Exchange]? = nil, stdin: String = "",
        environment: [String: String] = [:], directory: String = "/nowhere",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["task", "run"] + words, exchanges ?? [Answer.created(), Answer.result()], stdin: stdin,
            environment: environment, directory: directory, sourceLocation: sourceLocation)
    }

    /// The body that a run created with `words` is asked for with.
    private func body(
        _ words: [String], stdin: String = "", directory: String = "/nowhere",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> String {
        await CommandRun(
            ["task", "run", "--no-wait"] + words, [Answer.created()], stdin: stdin, directory: directory,
            sourceLocation: sourceLocation
        ).sentBody
    }

    // MARK: - From question to answer

    @Test func `a question is asked, its run followed, its answer printed`() async throws {
        let run = await run("why?", "-p", "core")
        #expect(run.code == .success && run.output == "42\n")
        #expect(run.errors == "run r1 created (processor core, about $0.025, 1 to 5 min)\n")
        #expect(run.requests.count == 2)
        let create = try #require(run.requests.first)
        #expect(create.method == .post && create.url.description == "https://api.parallel.ai/v1/tasks/runs")
        #expect(run.sentBody == #"{"input":"why?","processor":"core"}"#)
        #expect(create.resend == .never)
        #expect(
            create.headers.fields.map { "\($0.name): \($0.value)" } == [
                "x-api-key: test-key", "accept: application/json", "content-type: application/json",
            ])
        #expect(create.headers.fields.filter(\.isSecret).map(\.name) == ["x-api-key"])
        let poll = try #require(run.requests.last)
        #expect(poll.method == .get && poll.headers["x-api-key"] == "test-key" && poll.headers["content-type"] == nil)
    }

    @Test func `the id is reported before the first poll`() async {
        let streams = Streams.captured()
        let told = Lock("")
        let transport = ScriptedTransport([
            Answer.created(),
            .init(.get, Answer.path() + "/result") { _ in
                told.withLock { $0 = streams.capturedError }
                return HTTPResponse(status: 200, body: HTTPBody(Array(Answer.resultDocument().utf8)))
            },
        ])
        #expect(await Run.run(["task", "run", "why?"], .test(transport, streams: streams)) == .success)
        #expect(told.withLock { $0 } == "run r1 created (processor core, about $0.025, 1 to 5 min)\n")
    }

    @Test func `quiet prints the answer and nothing else`() async {
        let warnings = #","warnings":[{"message":"too vague"}]"#
        let exchanges = [Answer.created(more: warnings), Answer.result(run: warnings)]
        let loud = await run("why?", exchanges: exchanges)
        // The run has the warning when it is created, and when it has ended.
        #expect(loud.errors == "run r1 created (processor core, about $0.025, 1 to 5 min)\nwarning: too vague\n")
        let quiet = await run("why?", "-q", exchanges: exchanges)
        #expect(quiet.code == .success && quiet.output == "42\n" && quiet.errors.isEmpty)
    }

    @Test func `without waiting the id is printed`() async {
        let plain = await run("why?", "--no-wait", exchanges: [Answer.created()])
        #expect(plain.code == .success && plain.output == "r1\n")
        let json = await run("why?", "--no-wait", "--json", exchanges: [Answer.created()])
        #expect(
            json.output == #"{"run_id":"r1","status":"queued","is_active":true,"processor":"core"}"# + "\n")
    }

    // MARK: - Input

    @Test func `the question comes from a word, a file or standard input`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("from a file\n", to: "q.txt")
        let path = directory.path
        #expect(await body(["@q.txt"], directory: path) == #"{"input":"from a file","processor":"base"}"#)
        #expect(await body(["@\(path)/q.txt"]) == #"{"input":"from a file","processor":"base"}"#)
        #expect(await body(["-"], stdin: "piped\r\n") == #"{"input":"piped","processor":"base"}"#)
        // One line end belongs to the file, others to the text.
        #expect(await body(["-"], stdin: "a\n\n") == #"{"input":"a\n","processor":"base"}"#)
        #expect(await body(["a\n"]) == #"{"input":"a\n","processor":"base"}"#)
    }

    @Test func `structured input keeps its order and its numbers`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(#"{"z": 1.10, "a": [true, null]}"#, to: "in.json")
        for words in [["--input-json", #"{"z":1.10,"a":[true,null]}"#], ["--input-json=@in.json"]] {
            #expect(
                await body(words, directory: directory.path)
                    == #"{"input":{"z":1.10,"a":[true,null]},"processor":"base"}"#)
        }
        #expect(await body(["--input-json", #""text""#]) == #"{"input":"text","processor":"base"}"#)
    }

    @Test func `the flags are all in the request`() async {
        let run = await run(
            "why?", "--no-wait", "-pultra-fast", "--output-text", "short", "--input-schema", #"{"type":"object"}"#,
            "--metadata", "k=v=w", "--metadata=l=", "--include-domain", "a.example", "--include-domain", ".gov",
            "--location", "DE", "--webhook", "https://hook.example/x", "--previous-interaction-id", "trun_0",
            "--memory-scope-key", "acme", "--events", "--beta", "new-1", exchanges: [Answer.created()])
        #expect(run.code == .success)
        let expected =
            #"{"input":"why?","processor":"ultra-fast","task_spec":{"output_schema":{"type":"text","description":"short"},"#
            + #""input_schema":{"type":"json","json_schema":{"type":"object"}}},"metadata":{"k":"v=w","l":""},"#
            + #""source_policy":{"include_domains":["a.example",".gov"]},"advanced_settings":{"location":"de"},"#
            + #""enable_events":true,"webhook":{"url":"https://hook.example/x","event_types":["task_run.status"]},"#
            + #""previous_interaction_id":"trun_0","memory_scope_key":"acme"}"#
        #expect(run.sentBody == expected)
        #expect(run.requests.first?.headers["parallel-beta"] == "events-sse-2025-07-24,webhook-2025-08-12,new-1")
    }

    @Test(arguments: [
        (
            ["--field", "gdp=GDP"],
            #"{"type":"json","json_schema":{"type":"object","properties":{"gdp":{"type":"string","description":"GDP"}},"#
                + #""required":["gdp"],"additionalProperties":false}}"#
        ),
        (
            ["--output-schema", #"{"type":"object","properties":{}}"#],
            #"{"type":"json","json_schema":{"type":"object","properties":{}}}"#
        ),
        (
            ["--output-schema", #"{"json_schema":{"type":"object","properties":{}}}"#],
            #"{"json_schema":{"type":"object","properties":{}}}"#
        ),
        (["--output-schema", #""A list""#], #""A list""#),
        (["--output-schema", #"{"type":"auto"}"#], #"{"type":"auto"}"#),
        (["--output-auto"], #"{"type":"auto"}"#), (["--output-text", ""], #"{"type":"text","description":""}"#),
    ])
    func `the output's shape is put into the API's form`(words: [String], schema: String) async {
        let expected = #"{"input":"why?","processor":"base","task_spec":{"output_schema":\#(schema)}}"#
        #expect(await body(["why?"] + words) == expected)
    }

    @Test func `a request about which the API's documents disagree is sent with a warning`() async {
        let run = await run(
            "why?", "--no-wait", "--after-date", "2026-01-31", "--include-domain", "a.example", "--exclude-domain",
            "b.example", exchanges: [Answer.created()])
        #expect(run.code == .success)
        #expect(run.errors.contains("warning: the API ignores --exclude-domain where --include-domain is given\n"))
        #expect(run.errors.contains("warning: --after-date may have no effect on tasks"))
    }

    // MARK: - MCP servers

    @Test func `servers of the registry go along with their variables in place`() async throws {
        let directory = try TemporaryDirectory()
        try Directory.create(directory.file("xdg/parallel"))
        let crm = #"{"url": "https://crm.example/mcp", "headers": {"Authorization": "Bearer ${CRM_TOKEN}"}}"#
        try directory.write(#"{"mcpServers": {"crm": \#(crm)}}"#, to: "xdg/parallel/mcp.json")
        let environment = ["XDG_CONFIG_HOME": directory.file("xdg"), "CRM_TOKEN": "tok-1"]
        let run = await run(
            "why?", "--no-wait", "--no-check", "--mcp", "crm", "--mcp", "parallel-search", "--beta", "x",
            exchanges: [Answer.created()], environment: environment, directory: directory.path)
        #expect(run.code == .success && !run.errors.contains("tok-1"))
        let servers = try JSONValue.parse(run.sentBody)["mcp_servers"]
        #expect(servers?[0]?["name"] == "crm" && servers?[1]?["name"] == "parallel-search" && servers?[2] == nil)
        #expect(servers?[0]?["headers"] == ["Authorization": "Bearer tok-1"])
        #expect(servers?[1]?["headers"] == ["Authorization": "Bearer test-key"])
        #expect(run.requests.first?.headers["parallel-beta"] == "mcp-server-2025-07-17,events-sse-2025-07-24,x")

        let unset = await self.run(
            "why?", "--mcp", "crm", exchanges: [], environment: ["XDG_CONFIG_HOME": directory.file("xdg")],
            directory: directory.path)
        #expect(unset.code == .usage && unset.errors.contains("CRM_TOKEN"))
        let unknown = await self.run("why?", "--mcp", "crn", exchanges: [], environment: environment)
        #expect(unknown.code == .usage && unknown.errors.contains("no MCP server is named 'crn'"))

        let many = (1...11).map { #""s\#($0)": {"url": "https://s\#($0)/"}"# }.joined(separator: ",")
        try directory.write("{\"mcpServers\": {\(many)}}", to: "many.json")
        let excess = await self.run(
            "why?", "--mcp-config", "many.json", exchanges: [], environment: environment, directory: directory.path)
        #expect(excess.code == .usage && excess.errors.contains("11 MCP servers; a run takes at most 10"))
    }

    /// What is said before a run with one server is created; the world's time is 1,700,000,000.
    private func warnings(
        _ words: String..., header: String = "Authorization", value: String = "", server: String = "crm"
    ) async throws -> String {
        let directory = try TemporaryDirectory()
        let entry = #"{"mcpServers": {"\#(server)": {"url": "https://a/", "headers": {"\#(header)": "${T}"}}}}"#
        try directory.write(entry, to: "servers.json")
        let run = await CommandRun(
            ["task", "run", "why?", "--no-wait", "--no-check", "--mcp-config", "servers.json", "--trust-project"]
                + words,
            [Answer.created()],
            environment: ["T": value.isEmpty ? "secret" : value], directory: directory.path)
        #expect(run.code == .success && !run.errors.contains("eyJ"))
        let created = words.contains("-q") ? "" : "run r1 created (processor core, about $0.025, 1 to 5 min)\n"
        #expect(run.errors.hasSuffix(created))
        return String(run.errors.dropLast(created.count))
    }

    @Test(arguments: ["lite", "core", "lite-fast", "core-fast"])
    func `a processor that makes one tool call is warned of`(processor: String) async throws {
        #expect(
            try await warnings("-p", processor) == """
                warning: the processor '\(processor)' makes, as a rule, at most one tool call, whatever the number of MCP servers; \
                others, such as base and pro, may make several

                """)
        #expect(try await warnings("-p", processor, "-q") == "")
        #expect(
            await run("why?", "-p", processor).errors == "run r1 created (processor core, about $0.025, 1 to 5 min)\n")
    }

    @Test(arguments: ["base", "base-fast", "core2x", "pro", "ultra8x-fast", "tomorrow"])
    func `others are not`(processor: String) async throws {
        #expect(try await warnings("-p", processor) == "")
    }

    /// A token that expires so many seconds from now: `{"alg":"none"}`, `{"exp":…}`, no signature.
    private static func token(_ seconds: Int) -> String {
        let claims = Array(#"{"exp":\#(1_700_000_000 + seconds)}"#.utf8)
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        for start in stride(from: 0, to: claims.count, by: 3) {
            let group = claims[start..<min(start + 3, claims.count)]
            let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
            text += (0...group.count).map { String(digits[bits >> (18 - 6 * $0) & 63]) }.joined()
        }
        return "eyJhbGciOiJub25lIn0.\(text)."
    }

    @Test(arguments: [-86_400, -1, 0])
    func `a token that has expired is reported, and none of it`(seconds: Int) async throws {
        #expect(
            try await warnings(value: "Bearer \(Self.token(seconds))") == """
                warning: MCP server 'crm': the token in its header 'Authorization' has expired, so that the server \
                will refuse it

                """)
    }

    @Test(arguments: [
        ("base", 100, "1m 40s"), ("base-fast", 50, "50s"), ("core2x", 600, "10m 00s"), ("core2x-fast", 180, "3m 00s"),
        ("pro", 600, "10m 00s"), ("pro-fast", 300, "5m 00s"), ("ultra", 1_500, "25m 00s"),
        ("ultra-fast", 600, "10m 00s"), ("ultra2x", 3_000, "50m 00s"), ("ultra2x-fast", 1_200, "20m 00s"),
        ("ultra4x", 5_400, "1h 30m"), ("ultra4x-fast", 2_400, "40m 00s"), ("ultra8x", 7_200, "2h 00m"),
        ("ultra8x-fast", 3_600, "1h 00m"), ("tomorrow", 7_200, "2h 00m"),
    ])
    func `a token that may expire before the run ends is reported`(
        processor: String, longest: Int, shown: String
    ) async throws {
        let errors = try await warnings("-p", processor, header: "X-Token", value: Self.token(longest - 1))
        #expect(errors.hasPrefix("warning: MCP server 'crm': the token in its header 'X-Token' expires in "))
        #expect(errors.hasSuffix(", and a run on '\(processor)' can take \(shown)\n"))
        #expect(try await warnings("-p", processor, value: Self.token(longest)) == "")
    }

    @Test func `each header of each server is looked at, also where the request is only printed`() async throws {
        let directory = try TemporaryDirectory()
        let headers = #"{"A": "${OLD}", "B": "${NEW}", "C": "plain"}"#
        try directory.write(
            #"{"mcpServers": {"a": {"url": "https://a/", "headers": \#(headers)}, "b\u001b": {"url": "https://b/", "#
                + #""headers": \#(headers)}}}"#, to: "servers.json")
        let run = await run(
            "why?", "--dry-run", "--mcp-config", "servers.json", exchanges: [],
            environment: ["OLD": Self.token(-1), "NEW": Self.token(10)], directory: directory.path)
        #expect(run.code == .success && !(run.errors + run.output).contains("eyJ"))
        #expect(run.errors.contains("'a' comes from ./servers.json (https://a/); it gets the value of OLD, NEW\n"))
        let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
        #expect(lines.count == 4 && lines[2].contains("server 'b␛': the token in its header 'A' has expired"))
        #expect(lines[1].hasSuffix("'B' expires in 10s, and a run on 'base' can take 1m 40s"))
    }

    // MARK: - Usage

    @Test(arguments: [
        (["a", "b"], "unexpected argument 'b'"), ([""], "the input is empty"), ([" "], "the input is empty"),
        (["why?", "--input-json", "{}"], "INPUT and --input-json exclude each other"),
        (["why?", "--dry-run", "--curl"], "--dry-run and --curl exclude each other"),
        (["why?", "--field", "a=A", "--output-auto"], "--output-auto and --field exclude each other"),
        (
            ["why?", "--output-text", "a", "--output-schema", "{}"],
            "--output-text and --output-schema exclude each other"
        ),
        (["why?", "--field", "a=A", "--field", "a:number=B"], "--field: 'a' is given twice"),
        (["-", "--input-schema", "-"], "only one of the inputs can be read from standard input"),
        (["-", "--output-schema", "-"], "only one of the inputs can be read from standard input"),
        (["why?", "--input-schema", #"{"type":"auto"}"#], "the input schema has the type auto"),
        (["why?", "--webhook", "http:///h"], "--webhook: 'http:///h'"),
        (["--input-json", "{"], "--input-json: the argument is not JSON"),
        (["--input-json", "[1]"], "--input-json: the input is an array; the API takes an object or a string"),
        (["--input-json", "@no.json"], "--input-json: can't read /nowhere/no.json: no such file"),
        (["@no.txt"], "INPUT: can't read /nowhere/no.txt: no such file"),
        (["why?", "--output-schema", #"{"type":"array"}"#], "the output schema's root must have"),
        (["why?", "--output-schema", "null"], "the output schema is null, not an object"),
        (["why?", "--field", "a"], "--field: 'a' has no '='"), (["why?", "--metadata", "k"], "'k' is not KEY=VALUE"),
        (["why?", "--metadata", "=v"], "'=v' is not KEY=VALUE"),
        (["why?", "--metadata", "k=v", "--metadata", "k=w"], "--metadata: 'k' is given twice"),
        (["why?", "--metadata", "seventeen_letters=v"], "has 17 characters"),
        (["why?", "--webhook", "hook.example"], "--webhook: 'hook.example'"),
        (["why?", "--beta", "a,b"], "--beta: 'a,b' is no single word"), (["why?", "--beta", ""], "is no single word"),
        (["why?", "--location", "deu"], "no two-letter country code"), (["why?", "--location", "d1"], "no two-letter"),
        (["why?", "--after-date", "2026-02-30"], "'2026-02-30' is no date"),
        (["why?", "--include-domain", "https://a.example"], "leave the scheme out: a.example"),
        (["why?", "--processor", ""], "--processor: the name is empty"), (["why?", "-p"], "-p needs a value"),
        (["why?", "--timeout", "soon"], "--timeout: 'soon' is no duration"),
        (["why?", "--format", "xml"], "'xml' is none"),
        (["why?", "--jsonn"], "did you mean --json?"), (["why?", "--json=1"], "--json takes no value"),
        (["why?", "-o", ""], "-o: the file name is empty"), (["why?", "-o", "/"], "can't write /: it is a directory"),
        (["why?", "-o", "/dev/fd/999999"], "can't write /dev/fd/999999: bad file descriptor"),
        (["why?", "--api-key-file", "no"], "/nowhere/no: no such file"), ([], "missing INPUT"),
    ])
    func `a mistake is reported in a line before anything is sent`(words: [String], message: String) async {
        let run = await CommandRun(["task", "run"] + words)
        #expect(run.code == .usage && run.output.isEmpty)
        #expect(run.errors.hasPrefix("error: ") && run.errors.contains(message))
    }

    @Test(arguments: [
        "https://user:pw-1@hook.example/", "user:pw-1@hook.example", "https:/user:pw-1@hook.example/",
        "https://hook.example:x/?key=pw-1", "https://user:pw-1@/", "https://u:a/pw-1@hook.example",
    ])
    func `a webhook that is refused is reported without what is secret in it`(url: String) async {
        let run = await CommandRun(["task", "run", "why?", "--webhook", url])
        #expect(run.code == .usage && run.errors.hasPrefix("error: --webhook: ") && !run.errors.contains("pw-1"))
    }

    @Test func `the output's schema comes from standard input`() async {
        let schema = #"{"type":"object","properties":{}}"#
        #expect(await body(["why?", "--output-schema", "-"], stdin: schema).contains(#""json_schema":\#(schema)"#))
        // A later choice takes the place of standard input.
        #expect(await body(["-", "--output-schema", "-", "--output-schema", schema], stdin: "q").contains(schema))
    }

    @Test func `a key file that others can read is a key that can't be used`() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("key-1", to: "key")
        try #require(chmod(path, 0o640) == 0)
        let run = await run("why?", "--api-key-file", path, exchanges: [])
        #expect(run.code == .notAuthenticated)
        #expect(
            run.errors
                == "error: the API key in \(path) can't be used: others can read it\n  run: chmod 600 \(path)\n")
    }

    @Test func `a dash for the output's file is standard output`() async {
        let run = await run("why?", "-o", "-")
        #expect(run.code == .success && run.output == "42\n")
        let last = await self.run("why?", "-o", "/nowhere/x", "--output=-")
        #expect(last.code == .success && last.output == "42\n")
    }

    @Test func `without a folder for them paths go to the system as they are`() async throws {
        var context = Context.test(ScriptedTransport([]))
        context.workingDirectory = nil
        context.fileDirectory = nil
        for words in [["@no/such.txt"], ["why?", "-o", "no/such.txt"], ["why?", "--api-key-file", "no/such.txt"]] {
            let streams = Streams.captured()
            context.streams = streams
            #expect(await Run.run(["task", "run"] + words, context) == .usage)
            #expect(streams.capturedError.contains(" no/such.txt: no such file"))
        }
    }

    @Test func `standard input that is not UTF-8 is refused`() async {
        let streams = Streams.captured(stdin: [0x61, 0xFF])
        let code = await Run.run(["task", "run", "-"], .test(ScriptedTransport([]), streams: streams))
        #expect(code == .usage && streams.capturedError == "error: standard input is not valid UTF-8 (byte 2)\n")
    }

    @Test func `without a key nothing is asked or sent`() async {
        for environment in [["PARALLEL_API_KEY": ""], ["PARALLEL_API_KEY": " "]] {
            let run = await CommandRun(
                ["task", "run"], terminal: .person, environment: environment, answers: [.line("why?")])
            #expect(run.code == .notAuthenticated && run.prompts.isEmpty)
            #expect(run.errors.contains("key"))
        }
        // A question that is wrong is told first.
        let run = await CommandRun(["task", "run", " "], environment: ["PARALLEL_API_KEY": ""])
        #expect(run.code == .usage)
    }

    @Test func `a base URL that would send the key in the clear is refused`() async {
        let run = await CommandRun(
            ["task", "run", "why?"], environment: ["PARALLEL_BASE_URL": "http://api.parallel.ai"])
        #expect(run.code == .usage && run.errors.hasPrefix("error: PARALLEL_BASE_URL: http is allowed to this machine"))
    }

    @Test func `a refused stream of events does not hold back the result`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock(passing: .seconds(60))
        let refusals = Lock(0)
        // Any scripted transport does; this one answers however often it is asked.
        let api = ScriptedMCPServer { call in
            switch call.request.url.path {
            case Answer.path() + "/events":
                refusals.withLock { $0 += 1 }
                return .text("no", status: 404)
            case Answer.path() + "/result":
                // Where it is asked again, the first refusal is known.
                try await poll("two refusals") { refusals.withLock { $0 > 1 } }
                return HTTPResponse(status: 200, body: HTTPBody(Array(Answer.resultDocument().utf8)))
            default:
                return HTTPResponse(status: 202, body: HTTPBody(Array(Answer.runDocument(status: "running").utf8)))
            }
        }
        let run = await CommandRun(
            ["task", "run", "why?", "--events-file", "e"], over: api, directory: directory.path, clock: clock)
        #expect(run.code == .success && run.output == "42\n", "\(run.errors)")
        #expect(
            run.errors.contains("warning: the events are not recorded: run r1: the API answered 404"), "\(run.errors)")
        #expect(!clock.sleeps.contains(.seconds(1)) && !clock.sleeps.contains(.seconds(10)), "\(clock.sleeps)")
    }

    // MARK: - Prompt

    @Test func `at the prompt a file's name stands for the file, as on the command line`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("why so?", to: "q.txt")
        let words = ["task", "run", "--no-wait"]
        let run = await CommandRun(
            words, [Answer.created()], terminal: .person, directory: folder.path, answers: [.line("@q.txt")])
        #expect(run.sentBody.hasPrefix(#"{"input":"why so?""#), "\(run)")
        let missing = await CommandRun(
            words, [], terminal: .person, directory: folder.path, answers: [.line("@none.txt")])
        #expect(missing.code == .usage && missing.requests.isEmpty, "\(missing)")
        #expect(missing.errors.contains("/none.txt: no such file or directory\n"), "\(missing.errors)")
    }

    @Test func `on a terminal the question is asked for until there is one`() async {
        let run = await CommandRun(
            ["task", "run", "--no-wait"], [Answer.created()], terminal: .person,
            answers: [.line(""), .line("  "), .line("why?")])
        #expect(run.code == .success)
        #expect(run.prompts == Array(repeating: "What should be researched? ", count: 3))
        #expect(run.sentBody.hasPrefix(#"{"input":"why?""#))
    }

    @Test(arguments: [
        (LineEditor.Result.interrupted, ExitCode.interrupted, "error: interrupted; nothing was sent\n"),
        (.endOfInput, .unexpected, "error: no input was given; nothing was sent\n"),
    ])
    func `giving no question sends nothing`(answer: LineEditor.Result, code: ExitCode, message: String) async {
        let run = await CommandRun(["task", "run"], terminal: .person, answers: [.line(""), answer])
        #expect(run.code == code && run.output.isEmpty && run.errors.hasPrefix(message))
    }

    @Test func `a question on the command line is not asked for`() async {
        let run = await CommandRun(
            ["task", "run", "--no-wait", "why?"], [Answer.created()], terminal: .person, answers: [.line("other")])
        #expect(run.code == .success && run.prompts.isEmpty)
    }
}
