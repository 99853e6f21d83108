import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// `@last` and `@2` where an id stands, and runs that go on from others.
@Suite(.timeLimit(.minutes(10))) struct RecentIDTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try Directory.create(folder.file("parallel"))
        let lines =
            ["run", "group", "findall", "monitor"].flatMap { kind in
                (1...3).map { number in
                    let prefix =
                        ["run": "trun_", "group": "tgrp_", "findall": "findall_", "monitor": "monitor_"][kind] ?? ""
                    return
                        #"{"key":"\#(kind)\#(number)","time":1,"command":"x","kind":"\#(kind)","id":"\#(prefix)\#(number)","cost":0,"status":"queued","words":"Question \#(number)"}"#
                }
            } + [
                #"{"key":"lost","time":1,"command":"task run","kind":"run","cost":1,"status":"creating","words":"lost"}"#
            ]
        try folder.write(lines.joined(separator: "\n") + "\n", to: "parallel/log.jsonl")
    }

    private func run(
        _ words: [String], _ exchanges: [ScriptedTransport.Exchange] = [], environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            words, exchanges, environment: ["PARALLEL_NO_LOG": ""].merging(environment) { $1 },
            directory: folder.path, sourceLocation: sourceLocation)
    }

    /// Commands of every kind with the id that they ask the API for.
    static let commands: [(words: [String], path: String)] = [
        (["task", "status", "@last"], "/v1/tasks/runs/trun_3"), (["task", "status", "@3"], "/v1/tasks/runs/trun_1"),
        (["task", "result", "@2"], "/v1/tasks/runs/trun_2/result"),
        (["task", "input", "@last"], "/v1/tasks/runs/trun_3/input"),
        (["task", "events", "@1"], "/v1/tasks/runs/trun_3/events"),
        (["batch", "status", "@last"], "/v1/tasks/groups/tgrp_3"),
        (["batch", "results", "@2"], "/v1/tasks/groups/tgrp_2"),
        (["group", "get", "@2"], "/v1/tasks/groups/tgrp_2"),
        (["group", "runs", "@last"], "/v1/tasks/groups/tgrp_3/runs"),
        (["group", "events", "@last"], "/v1/tasks/groups/tgrp_3/events"),
        (["findall", "status", "@last"], "/v1beta/findall/runs/findall_3"),
        (["findall", "result", "@2"], "/v1beta/findall/runs/findall_2"),
        (["findall", "schema", "@last"], "/v1beta/findall/runs/findall_3/schema"),
        (["findall", "events", "@last"], "/v1beta/findall/runs/findall_3/events"),
        (["findall", "extend", "@last", "5"], "/v1beta/findall/runs/findall_3/schema"),
        (["monitor", "get", "@2"], "/v1/monitors/monitor_2"),
        (["monitor", "events", "@last"], "/v1/monitors/monitor_3/events"),
    ]

    @Test(arguments: commands)
    func `a number stands for an id in every command`(_ words: [String], _ path: String) async {
        // One answer is enough to see who is asked.
        let refusal = ScriptedTransport.Exchange(.get, path, status: 401, body: Answer.fault("no"))
        let run = await run(words, [refusal])
        #expect(run.requests.first?.url.path == path)
        let word = words[2]
        #expect(run.errors.contains("\(word) is "), "\(run.errors)")
    }

    @Test(arguments: [
        (["findall", "cancel", "@last"], "/v1beta/findall/runs/findall_3/cancel"),
        (["monitor", "cancel", "@last"], "/v1/monitors/monitor_3/cancel"),
        (["monitor", "trigger", "@2"], "/v1/monitors/monitor_2/trigger"),
    ])
    func `it does so in commands that change something`(_ words: [String], _ path: String) async {
        let refusal = ScriptedTransport.Exchange(.post, path, status: 401, body: Answer.fault("no"))
        #expect(await run(words, [refusal]).requests.first?.url.path == path)
    }

    @Test func `several are told of, and nothing with --quiet`() async {
        let answers = [Answer.run("trun_3", status: "completed"), Answer.run("trun_2", status: "completed")]
        let both = await run(["task", "status", "@last", "@2"], answers)
        #expect(both.errors == "@last is run trun_3: Question 3\n@2 is run trun_2: Question 2\n")
        let quiet = await run(["task", "status", "-q", "@last"], [Answer.run("trun_3", status: "completed")])
        #expect(quiet.errors.isEmpty)
    }

    @Test(arguments: [
        (["task", "status", "@4"], "RUN_ID: @4: the log of this machine has only 3 runs"),
        (["monitor", "get", "@99999"], "MONITOR: @99999: the log of this machine has only 3 monitors"),
        (["task", "status", "@0"], "'@0' is no run id"), (["task", "status", "@01"], "'@01' is no run id"),
        (["task", "status", "@latest"], "'@latest' is no run id"), (["task", "status", "@"], "'@' is no run id"),
        (
            ["task", "run", "x", "--continue-from", "@9"],
            "--continue-from: @9: the log of this machine has only 3 runs"
        ),
    ])
    func `what there is not is refused`(_ words: [String], _ message: String) async {
        let run = await run(words)
        #expect(run.code == .usage && run.errors.contains(message), "\(run.errors)")
    }

    @Test func `an empty log has none`() async throws {
        let run = await CommandRun(["batch", "status", "@last"])
        #expect(run.code == .usage)
        #expect(run.errors.contains("GROUP: @last: the log of this machine has no group"))
        #expect(run.errors.contains("'task list --kind group' shows what it has"))
    }

    @Test func `the ids of another address are not meant`() async {
        let run = await run(["task", "status", "@last"], environment: ["PARALLEL_BASE_URL": "http://127.0.0.1:1"])
        #expect(run.code == .usage && run.errors.contains("has no run"))
    }

    // MARK: - Going on

    private func previous(_ words: String..., environment: [String: String] = [:]) async -> String? {
        let run = await run(
            ["task", "run", "--no-wait", "why?"] + words, [Answer.created("trun_4")], environment: environment)
        return (try? JSONValue.parse(run.sentBody))?["previous_interaction_id"]?.string
    }

    @Test func `a run goes on from the newest one, or from one that is named`() async {
        #expect(await previous("--continue-from", "@2") == "trun_2")
        #expect(await previous("--continue-from", "other_1") == "other_1")
        #expect(await previous("--previous-interaction-id", "@last") == "trun_4")
        #expect(await previous("--continue") == "trun_4")
        #expect(await previous() == nil)
    }

    @Test func `it goes on from the interaction of a run`() async throws {
        let created = Answer.created("trun_5", more: #","interaction_id":"int_5""#)
        _ = await run(["task", "run", "--no-wait", "x"], [created])
        #expect(await previous("--continue") == "int_5")
    }

    @Test(arguments: [
        (["--continue", "--no-log"], "--continue and --no-log exclude each other"),
        (["--continue", "--continue-from", "trun_1"], "--continue and --continue-from exclude each other"),
        (["--continue-from", "a", "--previous-interaction-id", "b"], "exclude each other"),
    ])
    func `what can't be together is refused`(_ words: [String], _ message: String) async {
        let run = await run(["task", "run", "x"] + words)
        #expect(run.code == .usage && run.errors.contains(message), "\(run.errors)")
    }

    @Test func `without a log there is nothing to go on from`() async {
        let off = await run(["task", "run", "x", "--continue"], environment: ["PARALLEL_NO_LOG": "1"])
        #expect(off.code == .usage && off.errors.contains("the log is off (PARALLEL_NO_LOG)"))
        let empty = await CommandRun(["task", "run", "x", "--continue"], environment: ["PARALLEL_NO_LOG": ""])
        #expect(empty.code == .usage && empty.errors.contains("has no run"))
    }
}
