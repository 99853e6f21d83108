import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TaskStatusCommandTests {
    private func status(
        _ words: String..., exchanges: [ScriptedTransport.Exchange], stdin: String = "",
        terminal: TerminalInfo = TerminalInfo(), sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["task", "status"] + words, exchanges, stdin: stdin, terminal: terminal, sourceLocation: sourceLocation)
    }

    private let times = #","created_at":"2025-04-23T20:21:48Z","modified_at":"2025-04-23T20:22:47Z""#

    @Test func `the status is a row`() async {
        let run = await status("r1", exchanges: [Answer.run(status: "running", more: times)])
        #expect(run.code == .success && run.errors.isEmpty)
        #expect(run.output == "r1\trunning\tcore\t2025-04-23T20:21:48Z\t2025-04-23T20:22:47Z\t\n")
        #expect(run.requests.map(\.url.description) == ["https://api.parallel.ai/v1/tasks/runs/r1"])
    }

    @Test func `a failed run is no failed command`() async {
        let run = await status("r1", exchanges: [Answer.failed()[1]])
        #expect(run.code == .success && run.output == "r1\tfailed\tcore\t\t\tno way\n")
    }

    @Test func `every format has the same cells`() async {
        func show(_ words: String...) async -> String {
            await CommandRun(["task", "status", "r1"] + words, [Answer.run(status: "queued")]).output
        }
        #expect(
            await show("--format", "csv")
                == "run_id,status,processor,created,modified,error\nr1,queued,core,,,\n")
        #expect(await show("--format", "markdown").hasSuffix("\n| r1 | queued | core |  |  |  |\n"))
        #expect(await show("--json") == #"{"run_id":"r1","status":"queued","processor":"core"}"# + "\n")
        #expect(await show("--format", "text") == "r1\tqueued\tcore\t\t\t\n")
    }

    @Test func `a terminal gets headings, and no column without anything in it`() async {
        let run = await status("r1", exchanges: [Answer.run(status: "queued")], terminal: .screen)
        #expect(
            run.output == "run_id  status    processor\nr1      … queued  core\n")
        let json = await status("--json", "r1", exchanges: [Answer.run(status: "queued")], terminal: .screen)
        #expect(json.output == "{\n  \"run_id\": \"r1\",\n  \"status\": \"queued\",\n  \"processor\": \"core\"\n}\n")
    }

    @Test func `where every run fails there are no headings`() async {
        let failures = ["r1", "r2"].map { Answer.failure($0, status: 404) }
        let run = await status("r1", "r2", exchanges: failures, terminal: .screen)
        #expect(run.code == .refused && run.output.isEmpty, "\(run.output)")
    }

    @Test func `several come in order, and one that fails does not hide the others`() async {
        let run = await status(
            "-",
            exchanges: [
                Answer.run("r1", status: "queued"), Answer.failure("r2", status: 404),
                Answer.run("r3", status: "completed", more: #","warnings":[{"message":"vague"}]"#),
            ], stdin: "r1\nr2\nr3\n")
        #expect(run.code == .partial && run.output == "r1\tqueued\tcore\t\t\t\nr3\tcompleted\tcore\t\t\t\n")
        #expect(run.errors == "error: run r2: the API answered 404: status 404 (ref ref-1)\nwarning: r3: vague\n")
    }

    @Test func `an answer that is no run is an error`() async {
        let run = await status("r1", exchanges: [.init(.get, Answer.path(), body: "{}")])
        #expect(run.code == .unexpected && run.output.isEmpty)
        #expect(run.errors == "error: the API's answer is not a run\n")
    }
}

@Suite(.timeLimit(.minutes(10))) struct TaskInputCommandTests {
    private func input(
        _ document: String, _ words: String..., terminal: TerminalInfo = TerminalInfo(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["task", "input", "r1"] + words, [.init(.get, Answer.path() + "/input", body: document)],
            terminal: terminal, sourceLocation: sourceLocation)
    }

    @Test func `text is shown as it is, structured input as rows`() async {
        #expect(await input(#"{"input":"why?\nreally"}"#).output == "why?\nreally\n")
        #expect(await input(#"{"input":"why?"}"#, "--format", "csv").output == "field,value\noutput,why?\n")
        #expect(await input(#"{"input":{"country":"France","year":2023}}"#).output == "country\tFrance\nyear\t2023\n")
        #expect(await input(#"{"processor":"core"}"#).code == .success)
    }

    @Test func `on a terminal structured input is laid out`() async {
        let document = #"{"input":{"in":{"country":"France"},"year":null}}"#
        #expect(await input(document, terminal: .screen).output == "year: –\n\nin:\n  country: France\n")
        #expect(
            await input(document, "--format", "markdown").output == "- **year:** –\n\n## in\n\n- **country:** France\n")
        #expect(await input(document, "--format", "csv", terminal: .screen).output.hasPrefix("field,value\n"))
    }

    @Test func `secret parts of servers are masked, whatever the API sends`() async {
        let servers =
            #""mcp_servers":[{"url":"https://a/","name":"a","headers":{"Authorization":"Bearer tok-1","X":null}},"#
            + #"{"url":"https://b/mcp?key=tok-2","name":"b","headers":null},{"url":"https://u:tok-3@c/"}]"#
        let run = await input(#"{"input":"why?","processor":"core",\#(servers)}"#, "--json")
        #expect(
            run.output == #"{"input":"why?","processor":"core","mcp_servers":[{"url":"https://a/","name":"a","#
                + #""headers":{"Authorization":"***","X":"***"}},{"url":"https://b/mcp?key=***","name":"b","headers":null},"#
                + #"{"url":"https://***:***@c/"}]}"#
                + "\n")
    }

    @Test func `an answer that is no object is an error`() async {
        let run = await input("[]")
        #expect(run.code == .unexpected && run.errors == "error: the API's answer is not the input of a run\n")
    }

    @Test func `one id is needed, and no dash`() async {
        for (words, message) in [
            ([], "missing RUN_ID"), (["-"], "- can't stand"), (["a", "b"], "unexpected argument"),
        ] {
            let run = await CommandRun(["task", "input"] + words)
            #expect(run.code == .usage && run.errors.hasPrefix("error: \(message)"))
        }
    }
}
