import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

/// `--select`, `--pick`, `--cut` and `--digest`.
@Suite(.timeLimit(.minutes(10))) struct ReductionTests {
    private static let answer =
        #"{"search_id":"s1","results":[{"url":"https://a.example/x","title":"First of all","n":1.10,"new":{"a":1}},"#
        + #"{"url":"https://b.example/","title":null}],"a/b":{"c~d":"x"},"warnings":null}"#

    private func search(
        _ words: String..., body: String = answer, terminal: TerminalInfo = TerminalInfo(),
        environment: [String: String] = [:], directory: String = "/nowhere",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["search", "x"] + words, [.init(.post, "/v1/search", body: body)], terminal: terminal,
            environment: environment, directory: directory, sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        (["--select", "/results/0/n"], "1.10"), (["--select", "/a~1b/c~0d"], #""x""#), (["--select=/warnings"], "null"),
        (["--select="], answer), (["--pick", "warnings,search_id"], #"{"search_id":"s1","warnings":null}"#),
        (
            ["--select", "/results", "--pick", "n, url"],
            #"[{"url":"https://a.example/x","n":1.10},{"url":"https://b.example/"}]"#
        ),
        (
            ["--select", "/results/0", "--cut", "7"],
            #"{"url":"https:/…[+12]","title":"First o…[+5]","n":1.10,"new":{"a":1}}"#
        ),
        (["--select", "/results/0/title", "--cut", "12"], #""First of all""#),
        (["--format", "jsonl", "--pick", "search_id"], #"{"search_id":"s1"}"#),
        (["--select", "/results/0/title", "--format", "text"], "First of all"),
        (["--format", "text", "--pick", "search_id"], #"{"search_id":"s1"}"#),
    ])
    func `only what is asked for is printed, as it was written`(_ words: [String], _ expected: String) async {
        let run = await CommandRun(["search", "x"] + words, [.init(.post, "/v1/search", body: Self.answer)])
        #expect(run.output == expected + "\n")
        #expect(run.code == .success && run.errors.isEmpty)
    }

    @Test(arguments: [
        (["--select", "/result"], "--select /result: the answer has no member 'result'", "did you mean /results?"),
        (["--select", "/results/0/titel"], "/results/0 has no member 'titel'", "did you mean /results/0/title?"),
        (["--select", "/a~1c"], "the answer has no member 'a/c'", "did you mean /a~1b?"),
        (["--select", "/results/7"], "/results is a list of 2, and has no '7'", ""),
        (["--select", "/search_id/x"], "/search_id is of type string, and has no members", ""),
        (["--pick", "serch_id"], "--pick serch_id: the answer has no member 'serch_id'", "did you mean 'search_id'?"),
        (["--pick", "zzzzz"], "no member 'zzzzz'", "it has: search_id, results, a/b, warnings"),
        (["--select", "/results", "--pick", "url,naem"], "/results has no member 'naem'", ""),
    ])
    func `what matches nothing is an error that names the nearest, and nothing is printed`(
        _ words: [String], _ message: String, _ hint: String
    ) async {
        let run = await CommandRun(["search", "x"] + words, [.init(.post, "/v1/search", body: Self.answer)])
        #expect(run.code == .unexpected && run.output.isEmpty)
        #expect(run.errors.contains(message) && run.errors.contains(hint), "\(run.errors)")
    }

    @Test(arguments: [
        ["--select", "results"], ["--select", "/a~2"], ["--pick", ""], ["--pick", "a,,b"], ["--cut", "0"],
        ["--cut", "-1"],
        ["--pick", "a", "--format", "csv"], ["--format", "markdown", "--cut", "5"], ["--digest", "-o", "x.csv"],
        ["--select", "/a", "-o", "x.html"],
    ])
    func `a mistake is told before anything is sent`(_ words: [String]) async {
        let run = await CommandRun(["search", "x"] + words)
        #expect(run.code == .usage && run.output.isEmpty)
    }

    @Test func `names and texts of the answer can't control a terminal`() async {
        let body = #"{"results":[],"\u001b[2Jresults":"\u001b]0;x\u0007"}"#
        let run = await search("--pick", "resultt", body: body, terminal: .screen)
        #expect(run.code == .unexpected && !run.errors.contains("\u{1B}[2J"))
        let text = await search("--select", "/\u{1B}[2Jresults", "--format", "text", body: body, terminal: .screen)
        #expect(text.code == .success && !text.output.contains("\u{1B}"))
    }

    @Test func `a file gets the reduced answer, and none is made if nothing matches`() async throws {
        let folder = try TemporaryDirectory()
        let run = await search("--pick", "search_id", "-o", "out.json", directory: folder.path)
        #expect(run.code == .success && run.output.isEmpty)
        #expect(Disk.text(folder.file("out.json")) == "{\"search_id\":\"s1\"}\n")
        let failed = await search("--pick", "nothing", "-o", "none.json", directory: folder.path)
        #expect(failed.code == .unexpected && Disk.text(folder.file("none.json")) == nil)
    }

    @Test func `a digest names a private file with the whole answer, and tells in lines what it is like`() async throws
    {
        let folder = try TemporaryDirectory()
        let run = await search("--digest", environment: ["TMPDIR": folder.path])
        let lines = run.output.split(separator: "\n").map(String.init)
        try #require(run.code == .success && lines.count == 6, "\(run.output)")
        #expect(lines[0].hasPrefix(folder.path + "/parallel-") && lines[0].hasSuffix(".json"))
        #expect(Disk.text(lines[0]) == Self.answer + "\n")
        #expect(Disk.mode(lines[0]) == 0o600)
        #expect(lines[1] == "object of 4 members, \(Self.answer.utf8.count + 1) bytes")
        #expect(lines[2] == #"  "search_id": string of 2, "s1""#)
        #expect(
            lines[3].hasPrefix(#"  "results": array of 2 elements, 119 bytes, each: "url" "title" "n" "new""#),
            "\(lines[3])")
        #expect(lines[5] == #"  "warnings": null"#)
    }

    @Test func `a digest has ten lines at most, and is of the file of --output if there is one`() async throws {
        let folder = try TemporaryDirectory()
        let body =
            "{\"results\":[],\((0..<50).map { "\"m\($0)\":\"\(String(repeating: "long ", count: 900))\"" }.joined(separator: ","))}"
        let run = await search("--digest", "-o", "out.json", body: body, directory: folder.path)
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 10 && lines[0] == "out.json" && lines[9] == "  … 44 more")
        #expect(run.output.utf8.count < 1_000)
        #expect(Disk.text(folder.file("out.json")) == body + "\n")
    }

    private func events(_ words: String...) async -> CommandRun {
        let lines = [
            #"{"type":"a","message":"Looking around"}"#, #"{"type":"b","n":1}"#, #"{"type":"c","message":"Done"}"#,
            #"{"type":"task_run.state","run":\#(Answer.runDocument(status: "completed"))}"#,
        ]
        let stream = lines.map { "event: x\ndata: \($0)\n\n" }.joined()
        return await CommandRun(
            ["task", "events", "r1"] + words, [.init(.get, Answer.path() + "/events", body: stream)])
    }

    @Test func `of a stream each line is reduced, and lines without what is wanted are left out`() async {
        #expect(await events("--select", "/message", "--cut", "4").output == "\"Look…[+10]\"\n\"Done\"\n")
        #expect(await events("--pick", "n,message").output.split(separator: "\n").count == 3)
        let none = await events("--select", "/mesage")
        #expect(none.code == .unexpected && none.output.isEmpty && none.errors.contains("did you mean /message?"))
    }

    @Test(arguments: [
        ["search", "x", "--select", "/nope"],
        ["api", "POST", "/v1/search", "-f", "objective=x", "--pick", "nope", "-q"],
    ])
    func `an answer that can't be had again is kept where it has not what is wanted`(_ words: [String]) async throws {
        let folder = try TemporaryDirectory()
        let run = await CommandRun(
            words, [.init(.post, "/v1/search", body: Self.answer)], environment: ["TMPDIR": folder.path],
            directory: folder.path)
        #expect(run.code == .unexpected && run.output.isEmpty)
        let line = try #require(run.errors.split(separator: "\n").first { $0.hasPrefix("the whole answer is in ") })
        let path = String(line.dropFirst("the whole answer is in ".count))
        #expect(path.hasPrefix(folder.path) && Disk.text(path) == Self.answer && Disk.mode(path) == 0o600)
    }

    @Test func `a run that was paid for is named if its answer has not what is wanted`() async {
        let run = await CommandRun(
            ["task", "run", "x", "--select", "/outputs"],
            [Answer.created(), Answer.result()])
        #expect(run.code == .unexpected && run.output.isEmpty)
        #expect(run.errors.contains("did you mean /output?"), "\(run.errors)")
        #expect(run.errors.contains("parallel task result r1 --json\n"), "\(run.errors)")
    }
}
