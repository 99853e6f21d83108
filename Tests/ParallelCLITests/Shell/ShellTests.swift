import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

/// `parallel shell` with scripted lines.
@Suite(.timeLimit(.minutes(10))) struct ShellTests {
    private func shell(
        _ lines: [String], _ exchanges: [ScriptedTransport.Exchange] = [], words: [String] = ["shell"],
        terminal: TerminalInfo = .person, environment: [String: String] = [:], directory: String = "/nowhere",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            words, exchanges, terminal: terminal, environment: environment, directory: directory,
            answers: lines.map { $0 == "^C" ? .interrupted : .line($0) }, sourceLocation: sourceLocation)
    }

    private func bodies(_ run: CommandRun) -> [JSONValue] {
        run.requests.filter { $0.method == .post }.map { (try? JSONValue.parse($0.body ?? [])) ?? .null }
    }

    private static func turn(_ id: String, _ output: String = Answer.text, run: String = "") -> [ScriptedTransport
        .Exchange]
    {
        [Answer.created(id), Answer.result(id, output: output, run: run)]
    }

    @Test func `each question goes on from the one before, until one begins anew`() async {
        let run = await shell(
            ["Why?", "And how?", "/new", "What else?"],
            Self.turn("r1") + Self.turn("r2", run: #","interaction_id":"int_2""#) + Self.turn("r3"))
        #expect(run.code == .success, "\(run)")
        #expect(bodies(run).map { $0["input"]?.string } == ["Why?", "And how?", "What else?"])
        #expect(bodies(run).map { $0["previous_interaction_id"]?.string } == [nil, "r1", nil])
        #expect(
            run.prompts == [
                "base $0.01 > ", "base $0.01 >> ", "base $0.01 >> ", "base $0.01 > ", "base $0.01 >> ",
            ])
        #expect(run.output == "42\n42\n42\n")
        let other = await shell(
            ["Why?", "And how?"], Self.turn("r1", run: #","interaction_id":"int_1""#) + Self.turn("r2"))
        #expect(bodies(other)[1]["previous_interaction_id"] == "int_1")
    }

    @Test func `what is set holds for each question, and the prompt has its price`() async {
        let run = await shell(
            [
                "/flags --dry-run", "/processor core-fast", "/sources intel.com -spam.example", "/output report",
                "Why?",
                "/output ceo=Name founded:integer=Year", "/sources none", "/output", "/flags", "How?",
            ])
        #expect(
            run.prompts == [
                "base $0.01 > ", "base $0.01 > ", "core-fast $0.025 > ", "core-fast $0.025 > ", "core-fast $0.025 > ",
                "core-fast $0.025 > ", "core-fast $0.025 > ", "core-fast $0.025 > ", "core-fast $0.025 > ",
                "core-fast $0.025 > ", "core-fast $0.025 > ",
            ])
        #expect(
            run.errors.contains(
                """
                /output: --field ceo=Name --field founded:integer=Year
                a question is: task run --processor core-fast --field ceo=Name --field founded:integer=Year --dry-run \
                QUESTION

                """), "\(run)")
        let requests = run.output.split(separator: "\n}\n").compactMap { try? JSONValue.parse(String($0) + "\n}") }
        let (first, second) = (requests.first?["body"], requests.last?["body"])
        #expect(requests.count == 2 && first?["processor"] == "core-fast", "\(run)")
        #expect(first?["source_policy"]?["include_domains"] == ["intel.com"] || run.output.contains("intel.com"))
        #expect(second?["task_spec"]?["output_schema"]?["json_schema"]?["properties"]?["founded"] != nil, "\(run)")
        #expect(second?["source_policy"] == nil)
    }

    @Test(
        arguments: [
            (["-p", "pro"], [:], "pro $0.1 > "), ([], ["PARALLEL_PROCESSOR": "ultra"], "ultra $0.30 > "),
            (["-p", "core9"], [:], "core9 $? > "), (["--chat"], [:], "chat speed $0.005 > "),
            (["--chat", "-p", "core"], [:], "chat core $0.025 > "), (["--with", "anthropic"], [:], "anthropic $? > "),
            (["--with", "parallel"], [:], "parallel $0.05 > "), (["--", "--report"], [:], "pro $0.10 > "),
            (["--", "-p", "lite", "--paid-source", "x"], [:], "lite $0.005+ > "),
        ] as [([String], [String: String], String)])
    func `the price of a question stands in the prompt`(
        _ words: [String], _ environment: [String: String], _ prompt: String
    ) async {
        let run = await shell([], words: ["shell"] + words, environment: environment)
        #expect(run.code == .success && run.prompts == [prompt.replacing("$0.1 ", with: "$0.10 ")], "\(run)")
    }

    @Test func `a setting that the command refuses changes nothing`() async {
        let run = await shell([
            "/output --procesor", "/mcp", "/sources 'no domain'", "/sources", "/with gemini", "/with nobody",
            "/chat deep",
            "/procesor core", "/task", "/etc/hosts",
        ])
        for message in [
            "unknown flag --procesor", "missing --model", "/with: 'nobody' is no provider",
            "--model: 'deep' is none of", "unknown command '/procesor'\n  did you mean '/processor'?",
            "/sources: not set", "unknown command '/etc/hosts'",
        ] { #expect(run.errors.contains(message), "\(message)\n\(run.errors)") }
        #expect(Set(run.prompts) == ["base $0.01 > "] && run.code == .success)
    }

    @Test func `other commands answer with flags of their own`() async {
        let run = await shell([
            "/sources intel.com", "/flags --dry-run --max-cost 1", "/chat lite", "/flags", "/sources",
        ])
        #expect(
            run.errors.contains(
                "set aside, as not all of it is known here: /sources, /flags\n"
                    + "a question is: chat --model lite QUESTION\n/sources: not set\n"),
            "\(run)")
        #expect(run.prompts.last == "chat lite $0.005 > ")
    }

    @Test func `what is set for one kind of question holds again when it is chosen again, and flags add up`() async {
        let run = await shell([
            "/processor core", "/flags --dry-run --max-cost 1", "/flags --confirm-above 1", "/chat", "/task", "/flags",
            "/task", "/flags none", "/flags",
        ])
        let question = "a question is: task run --processor core"
        #expect(run.errors.contains("\(question) --dry-run --max-cost 1 --confirm-above 1 QUESTION\n"), "\(run)")
        #expect(run.errors.contains("\(question) QUESTION\n") && run.prompts.last == "core $0.025 > ", "\(run)")
    }

    @Test func `what is set is checked before a question is asked`() async {
        let run = await shell([
            "/mcp nosuch", "/mcp", "/processor corre", "/processor none", "/processor", "/save", "/flags extra", "?",
            "/output ceo=Name of it",
        ])
        for message in [
            "error: no MCP server is named 'nosuch'\n", "/mcp: not set\n",
            "warning: 'corre' is no processor that this version knows; did you mean 'core'?\n",
            "/processor: base $0.01\n", "/save takes one FILE\n  write it as /save [--force] FILE.md\n",
            "error: 'extra' is no flag\n", "error: a ? in front makes any line a question\n",
        ] { #expect(run.errors.contains(message), "\(message)\n\(run.errors)") }
        #expect(run.requests.isEmpty)
    }

    @Test func `a line that may hold a secret is asked about`() async {
        let run = await shell(["my key is sk-abcdefgh12345678", "", "? what is sk-abcdefgh12345678", "n"])
        #expect(run.requests.isEmpty && run.errors.contains("error: this may hold a secret"), "\(run)")
    }

    @Test func `a line that may be a command is asked about, and nothing is spent by Enter`() async {
        let run = await shell(["search engines of Europe", "", "taks", "n", "task force on climate", "^C"])
        #expect(run.requests.isEmpty && run.code == .success)
        #expect(
            run.prompts.filter { $0.hasPrefix("Ask it as a question (base $0.01)? [y/N]") }.count == 3, "\(run.prompts)"
        )
        let asked = await shell(["search engines of Europe", "y"], Self.turn("r1"))
        #expect(bodies(asked).map { $0["input"] } == ["search engines of Europe"])
    }

    @Test func `commands run as they do outside, and one that fails ends nothing`() async {
        let run = await shell(
            ["parallel task result r9", "task status r9 --json", "--version", "help exit-codes", "task status"],
            [
                Answer.failure("r9", "/result", status: 404), Answer.failure("r9", status: 404),
                Answer.run("r9", status: "running"),
            ])
        #expect(run.code == .success && run.output.contains("parallel \(Version.number)\n"), "\(run)")
        #expect(run.output.contains(#""status": "running""#) && run.errors.contains("error: missing RUN_ID"), "\(run)")
        #expect(run.prompts.count == 6)
    }

    @Test(arguments: [
        "task run -", "batch run - -o x.csv --yes", "mcp serve", "task run x --context -",
    ])
    func `nothing waits for standard input, where the lines are typed`(_ line: String) async {
        let run = await shell([line])
        #expect(run.errors.contains("standard input is where the lines of this shell are typed"), "\(run)")
        #expect(run.requests.isEmpty && run.code == .success)
    }

    @Test func `a run that was not waited for is gone on from once its result is there`() async {
        let run = await shell(
            ["/flags --no-wait", "Why?", "/flags none", "task result other", "What?", "task result r1", "And how?"],
            [
                Answer.created("r1"), Answer.result("other"), Answer.created("r2"), Answer.result("r2"),
                Answer.result("r1"),
                Answer.created("r3"), Answer.result("r3"),
            ])
        // The run of the second question is the open one by then.
        #expect(bodies(run).map { $0["previous_interaction_id"]?.string } == [nil, nil, "r2"], "\(run)")
        let picked = await shell(
            ["/flags --no-wait", "Why?", "/flags none", "task result r1", "And how?"],
            [Answer.created("r1"), Answer.result("r1")] + Self.turn("r3"))
        #expect(bodies(picked).last?["previous_interaction_id"] == "r1", "\(picked)")
    }

    private static func chat(_ text: String, id: String? = nil) -> ScriptedTransport.Exchange {
        let end = id.map { #","interaction_id":"\#($0)""# } ?? ""
        return .init(
            .post, "/v1beta/chat/completions", headers: [("content-type", "text/event-stream")],
            body: #"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":"stop"}]\#(end)}"#
                + "\n\ndata: [DONE]\n\n")
    }

    @Test func `a chat goes on by its messages, or by the id of the answer where there is one`() async {
        let run = await shell(
            ["One?", "Two?", "Three?"], [Self.chat("A1."), Self.chat("A2.", id: "int_2"), Self.chat("A3.")],
            words: ["shell", "--chat"])
        let sent = bodies(run)
        #expect(
            sent.map { $0["messages"]?.array?.compactMap { $0["content"]?.string } } == [
                ["One?"], ["One?", "A1.", "Two?"], ["Three?"],
            ], "\(run)")
        #expect(sent.map { $0["previous_interaction_id"]?.string } == [nil, nil, "int_2"])
        #expect(run.output == "A1.\nA2.\nA3.\n" && !run.errors.contains("continue with"))
        let asked = await shell(["chat One?", "chat Two?"], [Self.chat("A1."), Self.chat("A2.")])
        #expect(bodies(asked).last?["messages"]?.array?.count == 1)
    }

    // MARK: - What is left

    @Test func `questions and answers are saved with their sources, and no file is replaced unasked`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("mine", to: "old.md")
        let run = await shell(
            [
                "/save new.md", "Who leads it?", "One\\\nmore?", "/save new.md", "/save old.md", "/save page.html",
                "/save rows.csv", "/save", "/save --force old.md",
            ], Self.turn("r1", Answer.structured) + Self.turn("r2"), directory: folder.path)
        let text = try #require(Disk.text(folder.file("new.md")))
        #expect(text.hasPrefix("# Who leads it?\n") && text.contains("https://openai.com/about"), "\(text)")
        #expect(text.contains("\n# One\n\n## Question\n\nOne\\\nmore?\n\n## Answer\n\n`r2`\n\n42\n"), "\(text)")
        #expect(Disk.text(folder.file("old.md")) == text)
        #expect(Disk.text(folder.file("page.html"))?.contains("Who leads it?</h1>") == true)
        #expect(Disk.text(folder.file("rows.csv")) == nil)
        for message in [
            "there is no answer to save yet", "2 answers saved in new.md", "old.md exists", "--force replaces it",
            "the name of the file ends in .md or .html", "/save takes one FILE",
        ] { #expect(run.errors.contains(message), "\(message)\n\(run.errors)") }
    }

    @Test(arguments: [[], ["--no-log"]]) func `the cost of the session is told`(_ words: [String]) async throws {
        let folder = try TemporaryDirectory()
        let run = await shell(
            ["/cost", "Why?", "search x", "/cost"],
            Self.turn("r1") + [
                .init(.post, "/v1/search", status: 422, body: Answer.fault("no"))
            ], words: ["shell", "-p", "core"] + words, environment: ["PARALLEL_NO_LOG": ""], directory: folder.path)
        #expect(run.errors.contains("0 paid calls so far: $0.00 at list prices\n"), "\(run)")
        #expect(run.errors.contains("1 paid call so far: $0.025 at list prices\n"), "\(run)")
        #expect((Disk.text(folder.file("parallel/log.jsonl")) == nil) == (words == ["--no-log"]))
        #expect((Disk.text(folder.file("parallel/history")) == nil) == (words == ["--no-log"]))
    }

    @Test func `a key that is typed by mistake is in no history`() async throws {
        let folder = try TemporaryDirectory()
        _ = await shell(
            [
                "/cost", "test-key", "sk-abcdefgh12345678", "/cost ", " /cost",
                "task run x --header 'X-Key: abc'",
            ],
            [], words: ["shell", "--", "--dry-run"], environment: ["PARALLEL_NO_LOG": ""], directory: folder.path)
        #expect(Disk.text(folder.file("parallel/history")) == "\"/cost\"\n\"/cost \"\n")
        #expect(Disk.mode(folder.file("parallel/history")) == 0o600)
    }

    // MARK: - Ways in

    @Test func `without a terminal there is no shell`() async {
        for terminal in [TerminalInfo(), TerminalInfo(stdinIsTerminal: true), TerminalInfo(stderrIsTerminal: true)] {
            let run = await shell([], terminal: terminal)
            #expect(run.code == .usage && run.errors.hasPrefix("error: the shell needs a terminal"), "\(run)")
            let alone = await shell([], words: [], terminal: terminal)
            #expect(alone.code == .usage && alone.errors.contains("Usage: parallel"), "\(alone)")
        }
    }

    @Test func `the program alone is the shell where all streams are a terminal`() async {
        let run = await shell(["/help", "shell", "parallel"], words: [])
        #expect(run.code == .success && run.prompts.count == 4, "\(run)")
        #expect(run.output.contains("/processor NAME") && run.errors.contains("this is the shell already"))
        let piped = TerminalInfo(stdinIsTerminal: true, stderrIsTerminal: true)
        #expect(await shell([], words: [], terminal: piped).code == .usage)
        #expect(await shell([], terminal: piped).code == .success)
    }

    @Test(arguments: [
        (["--chat", "--with", "openai"], "--chat and --with exclude each other"),
        (["--", "--procesor"], "unknown flag"),
        (["--with", "gemini"], "missing --model"), (["--", "What is it?"], "'What is it?' is no flag"),
        (["question"], "'question' is no flag"),
    ])
    func `a mistake in the call ends it`(_ words: [String], _ message: String) async {
        let run = await shell([], words: ["shell"] + words)
        #expect(run.code == .usage && run.errors.contains(message) && run.prompts.isEmpty, "\(run)")
    }
}
