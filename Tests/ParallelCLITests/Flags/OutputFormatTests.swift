import ParallelCLI
import ParallelHTTP
import ParallelOutput
import ParallelTerminal
import TestSupport
import Testing

/// What the name of a file says of its format, and pages of HTML.
@Suite(.timeLimit(.minutes(10))) struct OutputFormatTests {
    private static let text = ##"{"type":"text","content":"# A\n\n**b** & <i>"}"##

    /// What `task result r1 -o NAME` writes.
    private func written(
        _ name: String, _ words: String..., output: String = text, exchanges: [ScriptedTransport.Exchange] = []
    ) async throws -> String? {
        let directory = try TemporaryDirectory()
        let run = await CommandRun(
            ["task", "result", "r1", "-o", name] + words, [Answer.result(output: output)] + exchanges,
            directory: directory.path)
        #expect(run.code == .success && run.output.isEmpty, "\(run.errors)")
        return Disk.text(directory.file(name))
    }

    @Test func `the extension of the file says the format`() async throws {
        let document = Answer.resultDocument(output: Self.text) + "\n"
        #expect(try await written("a.json") == document)
        #expect(try await written("a.jsonl") == document)
        #expect(try await written("a.ndjson", "--json") == document)
        #expect(try await written("A.CSV")?.hasPrefix("field,value,confidence,sources\noutput,\"# A\n") == true)
        #expect(try await written("a.tsv")?.hasPrefix("field\tvalue\tconfidence\tsources\noutput\t\"# A\n") == true)
        for name in ["a.md", "a.txt", "a", ".hidden"] { #expect(try await written(name) == "# A\n\n**b** & <i>\n") }
        #expect(try await written("a", "--format", "csv")?.hasPrefix("field,") == true)
        let fields = #"{"type":"json","content":{"a":"x"}}"#
        let asked = [Answer.input(#""Which a?""#)]
        #expect(try await written("a.md", output: fields, exchanges: asked) == "# Which a?\n\n- **a:** x\n")
        #expect(try await written("a.txt", output: fields) == "a: x\n")
    }

    @Test(arguments: [
        (["-o", "a.csv", "--json"], "error: --json contradicts the name a.csv\n"),
        (["-o", "a.json", "--format", "csv"], "error: --format csv contradicts the name a.json\n"),
        (["-o", "a.md", "--format", "text"], "error: --format text contradicts the name a.md\n"),
        (["-o", "b/a.xlsx"], "error: b/a.xlsx: can't write a .xlsx file\n"),
        (["-o", "a.pdf", "--format", "csv"], "error: a.pdf: can't write a .pdf file\n"),
    ])
    func `a format that contradicts the name, and an extension that is not known, are refused`(
        _ words: [String], _ error: String
    ) async {
        for command in [
            ["task", "run", "why?"], ["task", "result", "r1"], ["search", "why?"], ["group", "get", "g"],
        ] {
            let run = await CommandRun(command + words)
            #expect(run.code == .usage && run.errors.hasPrefix(error), "\(run.errors)")
        }
    }

    @Test(arguments: [
        (["-o", "a.csv", "--format", "tsv"], "error: --format tsv contradicts the name a.csv\n"),
        (["-o", "a.html"], "error: a.html: the rows of a batch can't be written as such a file\n"),
        (["-o", "a.xlsx", "--format", "csv"], "error: a.xlsx: the rows of a batch can't be written as such a file\n"),
    ])
    func `a batch writes rows only`(_ words: [String], _ error: String) async {
        for command in [["batch", "run", "in.csv"], ["batch", "results", "tgrp_1"]] {
            let run = await CommandRun(command + words)
            #expect(run.code == .usage && run.errors.hasPrefix(error), "\(run.errors)")
        }
    }

    @Test func `a script may have any name, and a schema is no table`() async throws {
        let directory = try TemporaryDirectory()
        let script = await CommandRun(["task", "run", "why?", "--curl", "-o", "run.sh"], directory: directory.path)
        #expect(script.code == .success && Disk.text(directory.file("run.sh"))?.hasPrefix("curl ") == true)
        let suggestion = await CommandRun(["batch", "suggest", "why?", "-o", "a.csv"])
        #expect(suggestion.code == .usage && suggestion.errors.contains("can't be printed as csv"))
    }

    // MARK: - Pages

    private static let input = ScriptedTransport.Exchange(
        .get, "/v1/tasks/runs/r1/input", body: #"{"input":"Why <b>?","processor":"base"}"#)

    @Test func `a page has question, answer, sources, tool calls and facts`() async throws {
        let output =
            ##"{"type":"text","content":"**Because** <script>","basis":[{"field":"output","confidence":"high","##
            + ##""reasoning":"Read.","citations":[{"url":"https://x.example/","title":"X","excerpts":["said"]}]}],"##
            + ##""mcp_tool_calls":[{"server_name":"s","tool_name":"t","arguments":"{}","content":"found"}]}"##
        let page = try #require(try await written("a.html", output: output, exchanges: [Self.input]))
        for part in [
            "<title>Why &lt;b&gt;?</title>", "<h1 dir=\"auto\">Why &lt;b&gt;?</h1>",
            "<strong>Because</strong> &lt;script&gt;",
            "Confidence: <span class=\"good\">● high</span>", "Read.", "id=\"source-1\">X<br>", "said",
            "<summary>s › t</summary>", "found", "<code class=\"whole\">r1</code>", "completed",
        ] { #expect(page.contains(part), "\(part)") }
        #expect(!page.contains("<script"))
    }

    @Test func `several results are one page, in a pipe too`() async {
        let inputs = ["r1", "r2"].map {
            ScriptedTransport.Exchange(.get, "/v1/tasks/runs/\($0)/input", body: #"{"input":"Q \#($0)"}"#)
        }
        let run = await CommandRun(
            ["task", "result", "r1", "r2", "--format", "html"], [Answer.result("r1"), Answer.result("r2")] + inputs)
        #expect(run.code == .success && run.output.hasPrefix("<!DOCTYPE html>") && run.output.hasSuffix("</html>\n"))
        #expect(run.output.contains(">Q r1</h1>") && run.output.contains(">Q r2</h1>"))
        #expect(run.output.split(separator: "<!DOCTYPE").count == 1)
    }

    @Test func `a page without its question is still one`() async {
        let run = await CommandRun(
            ["task", "result", "r1", "--format", "html"],
            [Answer.result(), .init(.get, "/v1/tasks/runs/r1/input", status: 404, body: Answer.fault("gone"))])
        #expect(run.code == .success && run.output.contains("Task run r1"))
        #expect(run.errors.contains("warning: run r1: its question can't be shown"))
    }

    private static let long = "Who makes heat pumps? " + String(repeating: "Name them all. ", count: 30)

    /// The input of a run as JSON, the title of its page, and what the page shows below the title.
    @Test(arguments: [
        (#""Who makes heat pumps?\n""#, "Who makes heat pumps?", nil),
        (#""\nWho makes heat pumps?\n\nName <all> of them.""#, "Who makes heat pumps?", "Name &lt;all&gt; of them."),
        ("\"\(long)\"", "\(long.prefix(200))…", "\(long.dropLast())"),
        (#"{"company":"Acme","where":{"country":"FR","city":""}}"#, "Acme, FR", ">where<"),
        (#"{"company":"","note":null}"#, "Task run r1", nil),
    ])
    func `the title of a page is the question`(_ input: String, _ title: String, _ more: String?) async throws {
        let page = try #require(try await written("a.html", exchanges: [Answer.input(input)]))
        #expect(page.contains("<h1 dir=\"auto\">\(title)</h1>"), "\(page.prefix(4_000))")
        let bookmark = title.count > 100 ? title.prefix(100) + "…" : title[...]
        #expect(page.contains("<title>\(bookmark)</title>") && page.contains("<code class=\"whole\">r1</code>"))
        #expect(page.contains(">Question</h2>") == (more != nil) && page.contains(more ?? "r1"))
    }

    @Test func `a long objective of a search is below its title`() async {
        let search = await CommandRun(
            ["search", "Find makers.\nOnly of heat pumps.", "--format", "markdown"],
            [.init(.post, "/v1/search", body: #"{"results":[{"url":"https://x.example/"}]}"#)])
        #expect(
            search.output == """
                # Find makers.

                ## Objective

                Find makers.\\
                Only of heat pumps.

                ## <https://x.example/>

                <https://x.example/>

                """)
    }

    @Test func `a secret at the end of a title is masked, not cut`() async {
        let secret = "sk-0123456789abcdef0123456789abcdef"
        let question = String(repeating: "why ", count: 45) + secret
        let run = await CommandRun(
            ["task", "result", "r1", "--format", "html"], [Answer.result(), Answer.input("\"\(question)\"")],
            environment: ["PARALLEL_API_KEY": secret])
        #expect(run.code == .success && run.output.contains("<h1") && !run.output.contains("sk-0"))
    }

    @Test func `search results and lists are pages, too`() async {
        let found = #"{"results":[{"url":"https://x.example/","title":"A & B","excerpts":["**e**"]}]}"#
        let search = await CommandRun(
            ["search", "why?", "--format", "html"], [.init(.post, "/v1/search", body: found)])
        #expect(search.output.contains("<h1 dir=\"auto\">why?</h1>"))
        #expect(search.output.contains(">A &amp; B</a></h2>") && search.output.contains("<strong>e</strong>"))
        let status = await CommandRun(
            ["task", "status", "r1", "--format", "html"], [Answer.run(status: "queued")])
        #expect(status.output.contains("<td data-label=\"run_id\" class=\"whole\">r1</td>"))
    }

    // MARK: - Reports

    private func report(_ words: String...) async -> CommandRun {
        await CommandRun(
            ["task", "run", "why?", "--report", "--quiet"] + words, [Answer.created(), Answer.result()])
    }

    @Test func `a report is text, on the processor pro unless another is chosen`() async {
        let body = await report().sentBody
        #expect(body.contains(#""processor":"pro""#))
        #expect(body.contains(#""output_schema":{"type":"text","description":"A research report in Markdown"#))
        #expect(await report("-p", "ultra").sentBody.contains(#""processor":"ultra""#))
    }

    @Test(arguments: [
        ([], nil), (["-p", "pro-fast"], nil), (["-p", "ultra"], nil), (["-p", "newest"], nil),
        (["-p", "core"], "warning: reports begin with the processor pro; 'core' may write a few lines"),
        (["-p", "core2x-fast"], "warning: reports begin with the processor pro; 'core2x-fast' may write a few lines"),
    ])
    func `a processor that is too small for a report is warned of`(_ words: [String], _ told: String?) async {
        let run = await CommandRun(["task", "run", "why?", "--report", "--dry-run"] + words)
        #expect(
            run.code == .success
                && run.errors.split(separator: "\n").first { $0.hasPrefix("warning") }.map(String.init) == told)
    }

    @Test(arguments: [["--field", "a=b"], ["--output-auto"], ["--output-text", "x"], ["--output-schema", "{}"]])
    func `a report excludes other shapes`(_ words: [String]) async {
        let run = await CommandRun(["task", "run", "why?", "--report"] + words)
        #expect(run.code == .usage && run.errors.contains("exclude each other"))
    }
}
