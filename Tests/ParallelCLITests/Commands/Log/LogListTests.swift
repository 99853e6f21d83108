import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

/// What `task list`, `batch list`, `spend` and `task open` show of the log, and what commands put into it.
@Suite(.timeLimit(.minutes(10))) struct LogListTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private var text: String { Disk.text(folder.file("parallel/log.jsonl")) ?? "" }

    private func run(
        _ words: [String], _ exchanges: [ScriptedTransport.Exchange] = [], stdin: String = "",
        terminal: TerminalInfo = TerminalInfo(), environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            words, exchanges, stdin: stdin, terminal: terminal,
            environment: ["PARALLEL_NO_LOG": ""].merging(environment) { $1 }, directory: folder.path,
            sourceLocation: sourceLocation)
    }

    /// Starts a run of this id.
    private func start(_ id: String, _ words: String..., question: String = "Who?") async {
        _ = await run(["task", "run", "--no-wait", question] + words, [Answer.created(id)])
    }

    private func entries(_ words: String...) async throws -> [JSONValue] {
        try JSONValue.parse(await run(["task", "list", "--json"] + words).output).array ?? []
    }

    // MARK: - What is put down

    @Test func `a run is put down with its price and question, and its end`() async throws {
        let result = await run(
            ["task", "run", "-p", "core", "Who founded Intel?"], [Answer.created(), Answer.result()])
        #expect(result.code == .success)
        let entry = try #require(try await entries().first)
        #expect(
            entry.serialized()
                == #"{"number":1,"kind":"run","id":"r1","time":"2023-11-14T22:13:20Z","command":"task run","processor":"core","cost_usd":0.025,"status":"completed","words":"Who founded Intel?"}"#
        )
        #expect(!text.contains("test-key"))
    }

    @Test func `a run whose answer is lost may exist, and one that was refused costs nothing`() async throws {
        let lost = HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)
        _ = await run(["task", "run", "one"], [.init(.post, "/v1/tasks/runs", failing: lost)])
        let refusal = ScriptedTransport.Exchange(.post, "/v1/tasks/runs", status: 422, body: Answer.fault("no"))
        _ = await run(["task", "run", "two"], [refusal])
        let broken = ScriptedTransport.Exchange(.post, "/v1/tasks/runs", status: 200, body: "<p>")
        _ = await run(["task", "run", "three"], [broken])
        let entries = try await entries()
        #expect(entries.compactMap { $0["status"]?.string } == ["may exist", "refused", "may exist"])
        #expect(entries.map { $0["cost_usd"] } == [0.01, 0, 0.01] && entries.allSatisfy { $0["number"] == .null })
        let list = await run(["task", "list"])
        #expect(list.errors.contains("2 may exist: no answer has come, and it may cost; look at https://platform"))
        #expect(await run(["spend", "-q", "--format", "csv"]).output.contains("task run,2,$0.02,0"))
    }

    @Test func `what has no price is not shown as free, and what may not have been spent is named`() async throws {
        _ = await run(
            ["api", "POST", "/v1/decisions", "-f", "state=x"], [.init(.post, "/v1/decisions", body: "{}")])
        let unknown = await run(["spend"])
        #expect(unknown.output.split(separator: "\n").last == "api\t1\t\t1", "\(unknown)")
        #expect(unknown.errors == "without 1 call of unknown price: api\n")
        #expect(try JSONValue.parse(await run(["spend", "--json"]).output)[0]?["usd"] == .null)
        let lost = HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)
        _ = await run(["task", "run", "one"], [.init(.post, "/v1/tasks/runs", failing: lost)])
        let open = await run(["spend"])
        #expect(
            open.errors.contains(
                "$0.01 of it is for 1 call without an answer, which may have cost nothing: parallel task list --kind all "
                    + "--status 'may exist'\n"), "\(open)")
    }

    @Test func `lists and sums of one profile leave the others out`() async throws {
        let settings = try folder.write(#"{"profiles":{"work":{"processor":"lite"}}}"#, to: "c.json")
        let environment = ["PARALLEL_CONFIG": settings]
        _ = await run(
            ["task", "run", "--no-wait", "a", "--profile", "work"], [Answer.created("r1")], environment: environment)
        _ = await run(["task", "run", "--no-wait", "b"], [Answer.created("r2")], environment: environment)
        for (profile, id, cost) in [("work", "r1", "$0.005"), ("default", "r2", "$0.01")] {
            let list = await run(["task", "list", "--format", "text", "--profile", profile], environment: environment)
            #expect(list.output == "\(id)\n", "\(list)")
            let spend = await run(["spend", "--profile", profile], environment: environment)
            #expect(spend.errors == "at most \(cost) at list prices, by the log of this machine\n", "\(spend)")
        }
    }

    @Test(arguments: ["--no-log", "PARALLEL_NO_LOG"]) func `the log can be off`(how: String) async throws {
        let off = how.hasPrefix("--") ? ["--no-log"] : []
        let environment = off.isEmpty ? [how: "1"] : [:]
        let words = ["task", "run", "--no-wait", "x"] + off
        let result = await run(words, [Answer.created()], environment: environment)
        #expect(result.code == .success && text.isEmpty)
        if off.isEmpty {
            #expect(
                await run(["task", "list"], environment: environment).errors.contains(
                    "the log is off (PARALLEL_NO_LOG)"))
        }
    }

    @Test func `where it can't be written, one warning says so, and none with --quiet`() async throws {
        try folder.write("", to: "parallel")
        let run = await run(["task", "run", "x"], [Answer.created(), Answer.result()])
        #expect(run.code == .success && run.output == "42\n")
        #expect(run.errors.split(separator: "\n").count { $0.contains("not in the log") } == 1, "\(run.errors)")
        let quiet = await self.run(["task", "run", "x", "-q"], [Answer.created(), Answer.result()])
        #expect(quiet.errors.isEmpty)
    }

    /// Each call that costs something, with the kind and the cost that the log has for it; nil if nobody can say.
    static let calls: [(words: [String], path: String, answer: String, kind: String, usd: JSONValue)] = [
        (["search", "heat pumps"], "/v1/search", #"{"results":[]}"#, "search", 0.001),
        (["search", "x", "--mode", "advanced", "--limit", "20"], "/v1/search", #"{"results":[]}"#, "search", 0.015),
        (
            ["extract", "https://a.example", "https://b.example"], "/v1/extract",
            #"{"results":[{"url":"https://a.example","excerpts":["x"]}],"errors":[]}"#, "extract", 0.002
        ),
        (["images", "cats"], "/v1/images/search", #"{"results":[]}"#, "images", 0.001),
        (
            ["places", "cafe", "--near", "Oslo", "--mode", "advanced"], "/v1/places/search", #"{"places":[]}"#,
            "places", .null
        ),
        (
            ["chat", "hello", "--json"], "/v1beta/chat/completions", #"{"choices":[{"message":{"content":"hi"}}]}"#,
            "chat", 0.005
        ),
        (
            ["decide", "Intel", "-Q", "open:boolean:Is it?", "--json"], "/v1/decisions", #"{"answers":{}}"#, "decide",
            .null
        ),
        (
            ["findall", "entities", "companies", "chips", "--json"], "/v1beta/findall/entity-search",
            #"{"entities":[]}"#, "entities", 0.005
        ),
        (["monitor", "create", "recalls", "-q"], "/v1/monitors", #"{"monitor_id":"monitor_1"}"#, "monitor", 0.09),
        (
            ["group", "create"], "/v1/tasks/groups",
            #"{"taskgroup_id":"tgrp_1","status":{"num_task_runs":0,"task_run_status_counts":{},"is_active":false}}"#,
            "group", 0
        ),
        (
            ["api", "POST", "/v1/tasks/runs", "-f", "input=x", "-f", "processor=lite"], "/v1/tasks/runs",
            #"{"run_id":"trun_1","status":"queued"}"#, "run", 0.005
        ),
    ]

    @Test(arguments: calls)
    func `every call that costs something is put down`(
        _ words: [String], _ path: String, _ answer: String, _ kind: String, _ usd: JSONValue
    ) async throws {
        let headers = [("content-type", "application/json")]
        let result = await run(words, [.init(.post, path, headers: headers, body: answer)])
        let entries = try await entries("--kind", "all")
        #expect(entries.count == 1, "\(result.errors)")
        #expect(entries.first?["kind"]?.string == kind && entries.first?["cost_usd"] == usd, "\(entries)")
        #expect(
            entries.first?["status"]?.string.map { !["creating", "may exist", "refused"].contains($0) } == true,
            "\(result.errors) \(entries)")
    }

    @Test func `a dry run and a read leave nothing`() async throws {
        _ = await run(["task", "run", "x", "--dry-run"])
        _ = await run(["search", "x", "--curl"])
        _ = await run(["task", "status", "r1"], [Answer.run(status: "completed")])
        #expect(text.isEmpty)
    }

    @Test func `looking at a run later tells the log how it ended`() async throws {
        await start("r1")
        _ = await run(["task", "status", "r1"], [Answer.run(status: "failed")])
        #expect(try await entries().map { $0["status"]?.string } == ["failed"])
        // A run that failed is free.
        #expect(try await entries().map { $0["cost_usd"] } == [0])
    }

    @Test func `runs that are added to a group are in its cost`() async throws {
        let group =
            #"{"taskgroup_id":"tgrp_1","status":{"num_task_runs":0,"task_run_status_counts":{},"is_active":false}}"#
        _ = await run(["group", "create"], [.init(.post, "/v1/tasks/groups", body: group)])
        let added =
            #"{"run_ids":["r1","r2"],"status":{"num_task_runs":2,"task_run_status_counts":{"queued":2},"is_active":true}}"#
        let inputs = "{\"input\":\"a\",\"processor\":\"core\"}\n{\"input\":\"b\",\"processor\":\"lite\"}\n"
        _ = await run(
            ["group", "add", "tgrp_1", "-"], [.init(.post, "/v1/tasks/groups/tgrp_1/runs", body: added)], stdin: inputs)
        let list = try JSONValue.parse(await run(["batch", "list", "--json"]).output).array ?? []
        #expect(list.count == 1 && list[0]["id"] == "tgrp_1" && list[0]["cost_usd"] == 0.03)
    }

    // MARK: - Lists

    @Test func `the newest run stands first, with the number that stands for it`() async throws {
        await start("trun_1", question: "First?")
        await start("trun_2", "-p", "pro", question: "Second\tone?")
        let list = await run(["task", "list"])
        #expect(
            list.output == """
                1\ttrun_2\t2023-11-14 22:13:20 UTC\tpro\t$0.10\tqueued\tSecond one?
                2\ttrun_1\t2023-11-14 22:13:20 UTC\tbase\t$0.01\tqueued\tFirst?

                """)
        #expect(await run(["task", "list", "--format", "text"]).output == "trun_2\ntrun_1\n")
        #expect(await run(["task", "list", "--limit", "1", "--format", "text"]).output == "trun_2\n")
        #expect(await run(["task", "list", "--status", "completed"]).errors.contains("has none of these"))
        #expect(await run(["task", "list", "--since", "2023-11-15", "--format", "text"]).output.isEmpty)
        #expect(await run(["task", "list", "--since", "2023-11-14", "--format", "text"]).output == "trun_2\ntrun_1\n")
        #expect(
            await run(["task", "list", "--since", "1h", "--format", "jsonl"]).output.split(separator: "\n").count == 2)
    }

    @Test func `an empty log is no error`() async throws {
        for words in [["task", "list"], ["batch", "list"], ["spend"]] {
            let run = await run(words)
            #expect(run.code == .success && !run.errors.contains("error"))
        }
        #expect(await run(["task", "list", "--json"]).output == "[]\n")
    }

    @Test(arguments: [60, 80, 100, 120, 160])
    func `on a terminal each run has one line, whatever its width`(columns: Int) async throws {
        let id = "trun_9907962f83aa4d9d98fd7f4bf745d654"
        await start(id, question: String(repeating: "Who founded Intel? ", count: 9))
        let screen = TerminalInfo(stdoutIsTerminal: true, columns: columns, term: "xterm", noColor: true)
        let lines = await run(["task", "list"], terminal: screen).output.split(separator: "\n")
        #expect(lines.count == 2 && lines.allSatisfy { $0.displayWidth <= columns }, "\(lines)")
        #expect(lines[1].contains(id) && lines[1].contains("queued"), "\(lines)")
        #expect(lines[0].contains("cost") == (columns >= 120))
    }

    @Test func `control characters of a question don't reach a terminal`() async throws {
        await start("trun_1", question: "\u{1B}]0;x\u{7}Who?")
        let list = await run(["task", "list"], terminal: TerminalInfo(stdoutIsTerminal: true))
        #expect(list.output.contains("Who?") && !list.output.contains("\u{1B}]") && !list.output.contains("\u{7}"))
    }

    @Test(arguments: [
        ["task", "list", "--since", "x"], ["task", "list", "--since", "7"], ["task", "list", "--limit", "0"],
        ["task", "list", "--kind", "runs"], ["spend", "--by", "hour"], ["spend", "--since", "2026-02-30"],
    ])
    func `a value that means nothing is refused`(_ words: [String]) async {
        #expect(await run(words).code == .usage)
    }

    @Test func `a file that others can read is refused, and says how to mend it`() async throws {
        await start("trun_1")
        let path = folder.file("parallel/log.jsonl")
        let kept = text
        UserFile.remove(path)
        try folder.write(kept, to: "parallel/log.jsonl", mode: 0o644)
        let list = await run(["task", "list"])
        #expect(list.code != .success && list.errors.contains("others can read it") && list.errors.contains("chmod"))
    }

    // MARK: - Spending

    @Test func `what was spent is added up by command, day and processor`() async throws {
        await start("trun_1", "-p", "core")
        await start("trun_2", "-p", "lite")
        _ = await run(["search", "x"], [.init(.post, "/v1/search", body: #"{"results":[]}"#)])
        _ = await run(
            ["decide", "Intel", "-Q", "open:boolean:Is it?", "--json"],
            [.init(.post, "/v1/decisions", body: #"{"answers":{}}"#)])
        let byCommand = await run(["spend"])
        #expect(
            byCommand.output
                == "task run\t2\t$0.03\t0\nsearch\t1\t$0.001\t0\ndecide\t1\t\t1\n")
        #expect(byCommand.errors.contains("at most $0.031 at list prices, by the log of this machine"))
        #expect(byCommand.errors.contains("without 1 call of unknown price: decide"))
        #expect(
            await run(["spend", "--by", "processor", "--format", "jsonl", "-q"]).output
                == """
                {"processor":"core","calls":1,"usd":0.025,"unknown":0}
                {"processor":"lite","calls":1,"usd":0.005,"unknown":0}
                {"processor":"fast","calls":1,"usd":0.001,"unknown":0}
                {"processor":"none","calls":1,"usd":null,"unknown":1}

                """)
        #expect(
            await run(["spend", "--by", "day", "--json"]).output
                == #"[{"day":"2023-11-14","calls":4,"usd":0.031,"unknown":1}]"# + "\n")
        #expect(await run(["spend", "--since", "2023-11-15", "--json"]).output == "[]\n")
    }

    // MARK: - Pages

    @Test func `the page of a run is printed where there is no browser or terminal`() async throws {
        await start("trun_1")
        await start("trun_2")
        let newest = await run(["task", "open"])
        #expect(newest.output == "https://platform.parallel.ai/play/deep-research/trun_2\n")
        #expect(newest.errors == "@last is run trun_2: Who?\n")
        #expect(await run(["task", "open", "@2"]).output == "https://platform.parallel.ai/play/deep-research/trun_1\n")
        #expect(
            await run(["task", "open", "tgrp_1"]).output == "https://platform.parallel.ai/view/task-run-group/tgrp_1\n")
        #expect(await run(["task", "open", "findall_1"]).code == .usage)
        #expect(await run(["task", "open", "../x"]).code == .usage)
    }

    @Test func `without a run there is no page`() async {
        let run = await run(["task", "open"])
        #expect(run.code == .usage && run.errors.contains("@last: the log of this machine has no run"))
    }
}
