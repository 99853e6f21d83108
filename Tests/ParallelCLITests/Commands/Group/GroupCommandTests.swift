import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

/// `group create`, `get`, `runs` and `events`.
@Suite(.timeLimit(.minutes(10))) struct GroupCommandTests {
    private static let path = "/v1/tasks/groups/g1"
    private static let document =
        #"{"taskgroup_id":"g1","metadata":null,"status":{"num_task_runs":3,"task_run_status_counts":"#
        + #"{"completed":1,"running":2},"is_active":true,"status_message":"busy"},"x":1.10}"#

    private static let completed =
        #"{"type":"task_run.state","event_id":"1","input":{"processor":"core","input":{"country":"France"},"#
        + #""mcp_servers":[{"name":"crm","url":"https://x.example/?k=s3cret","headers":{"Authorization":"Bearer s3cret"}}]},"#
        + #""run":{"run_id":"trun_a","status":"completed","processor":"core"},"#
        + #""output":{"type":"json","content":{"gdp":3.10}}}"#
    private static let failed =
        #"{"type":"task_run.state","event_id":"2","input":null,"run":{"run_id":"trun_b","status":"failed","#
        + #""processor":"core","error":{"ref_id":"x","message":"no\tway"}},"output":null}"#
    private static let fault = #"{"type":"error","error":{"message":"Error reading one run"}}"#
    private static let active =
        #"{"type":"task_group_status","event_id":"3","status":{"num_task_runs":2,"#
        + #""task_run_status_counts":{"completed":1,"running":1,"queued":0},"is_active":true}}"#
    private static let inactive =
        #"{"type":"task_group_status","event_id":"4","status":{"task_run_status_counts":{"completed":2},"is_active":false}}"#

    private func stream(_ target: String, _ events: [String]) -> ScriptedTransport.Exchange {
        .init(.get, Self.path + target, body: events.map { "event: x\ndata: \($0)\n\n" }.joined())
    }

    /// A connection that brings `events` and then breaks.
    private func broken(_ target: String, _ events: [String]) -> ScriptedTransport.Exchange {
        .init(.get, Self.path + target) { _ in
            let (chunks, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            for event in events { continuation.yield(Array("data: \(event)\n\n".utf8)) }
            continuation.finish(throwing: HTTPError(.connectionLost, "lost", mayHaveBeenSent: true))
            return HTTPResponse(status: 200, body: HTTPBody(chunks: chunks))
        }
    }

    // MARK: - create

    @Test func `a group is made, and its id printed`() async {
        let created = ScriptedTransport.Exchange(.post, "/v1/tasks/groups", body: Self.document)
        let run = await CommandRun(["group", "create"], [created])
        #expect(run.code == .success && run.output == "g1\n" && run.errors.isEmpty && run.sentBody == "{}")
        let json = await CommandRun(
            ["group", "create", "--metadata", "job=nightly", "--metadata", "n=1", "--json"], [created])
        #expect(json.output == Self.document + "\n")
        #expect(json.sentBody == #"{"metadata":{"job":"nightly","n":"1"}}"#)
    }

    @Test func `an answer without an id makes no sense`() async {
        let run = await CommandRun(["group", "create"], [.init(.post, "/v1/tasks/groups", body: "{}")])
        #expect(run.code == .unexpected && run.errors == "error: the API's answer is no task group\n")
    }

    // MARK: - get

    @Test func `a group's runs are counted by status`() async {
        let got = ScriptedTransport.Exchange(.get, Self.path, body: Self.document)
        let run = await CommandRun(["group", "get", "g1"], [got])
        #expect(run.code == .success && run.output == "completed\t1\nrunning\t2\ntotal\t3\n" && run.errors == "busy\n")
        #expect(await CommandRun(["group", "get", "g1", "--json"], [got]).output == Self.document + "\n")
        let terminal = await CommandRun(["group", "get", "g1"], [got], terminal: .screen)
        #expect(terminal.output == "✓ completed: 1\n… running:   2\ntotal:       3\n")
        let csv = await CommandRun(["group", "get", "g1", "--format", "csv"], [got])
        #expect(csv.output == "status,runs\ncompleted,1\nrunning,2\ntotal,3\n")
        let markdown = await CommandRun(["group", "get", "g1", "--format", "markdown"], [got])
        #expect(markdown.output == "- **completed:** 1\n- **running:** 2\n- **total:** 3\n")
    }

    @Test(
        arguments: [
            ["group", "get"], ["group", "add"], ["group", "runs"], ["group", "events"],
        ])
    func `an impossible id is not sent`(command: [String]) async {
        for id in ["a b", "../x", "", "-", "a/b", "a?b"] {
            let run = await CommandRun(command + ["--", id])
            #expect(run.code == .usage)
            #expect(
                run.errors.hasPrefix(
                    "error: GROUP: '\(id)' is no group id; they look like tgrp_9907962f83aa4d9d98fd7f4bf745d654\n"))
        }
        #expect(await CommandRun(command).errors.hasPrefix("error: missing GROUP\n"))
    }

    @Test(arguments: [("get", ""), ("runs", "/runs"), ("events", "/events")])
    func `a group that is not there is reported in the API's words`(command: String, path: String) async {
        let run = await CommandRun(
            ["group", command, "g1"],
            [.init(.get, Self.path + path, status: 404, body: Answer.fault("TaskGroup not found"))])
        #expect(run.code == .refused && run.output.isEmpty)
        #expect(run.errors == "error: group g1: the API answered 404: TaskGroup not found (ref ref-1)\n")
    }

    // MARK: - runs

    @Test func `runs are listed, a line for each`() async {
        let run = await CommandRun(["group", "runs", "g1"], [stream("/runs", [Self.completed, Self.failed])])
        #expect(run.code == .success && run.errors.isEmpty)
        #expect(run.output == "trun_a\tcompleted\tcore\t\ntrun_b\tfailed\tcore\tno way\n")
        #expect(run.requests[0].url.query == nil)
    }

    @Test func `a terminal gets a table of the runs, or on a narrow one a block for each`() async {
        func show(_ terminal: TerminalInfo, _ words: String...) async -> String {
            await CommandRun(
                ["group", "runs", "g1"] + words, [stream("/runs", [Self.completed, Self.active, Self.failed])],
                terminal: terminal
            ).output
        }
        let table = """
            run_id  status       processor  error
            trun_a  ✓ completed  core
            trun_b  ✗ failed     core       no way

            """
        #expect(await show(.screen) == table)
        #expect(await show(.screen, "--format", "table") == table)
        let narrow = TerminalInfo(stdoutIsTerminal: true, columns: 40, term: "xterm", noColor: true)
        let blocks = await show(narrow).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(blocks.contains { $0.hasPrefix("run_id:") && $0.hasSuffix(" trun_b") }, "\(blocks)")
        #expect(blocks.contains { $0.hasPrefix("status:") && $0.hasSuffix(" ✗ failed") }, "\(blocks)")
    }

    @Test func `Markdown is one table`() async {
        let run = await CommandRun(
            ["group", "runs", "g1", "--format", "markdown"], [stream("/runs", [Self.completed, Self.failed])])
        #expect(
            run.output == """
                | run_id | status | processor | error |
                | --- | --- | --- | --- |
                | trun_a | completed | core |  |
                | trun_b | failed | core | no\tway |

                """)
    }

    @Test func `input and output are laid out below each run on a terminal`() async {
        let target = "/runs?include_input=true&include_output=true"
        let text = Self.completed.replacing(
            #""type":"json","content":{"gdp":3.10}"#, with: #""type":"text","content":"*3*""#
        )
        .replacing("trun_a", with: "trun_c")
        let run = await CommandRun(
            ["group", "runs", "g1", "--with-input", "--with-output"],
            [stream(target, [Self.completed, Self.failed, text])], terminal: .screen)
        #expect(
            run.output == """
                trun_a:  ✓ completed  core
                  input:
                    country: France

                  output:
                    gdp: 3.10

                trun_b:  ✗ failed  core
                  error: no way

                trun_c:  ✓ completed  core
                  input:
                    country: France

                  output: *3*

                """, "\(run.output)")
    }

    @Test func `a list that is given up shows the runs that were read before`() async {
        let never =
            [broken("/runs", [Self.failed])] + (1...20).map { _ in broken("/runs?last_event_id=2", []) }
        let lost = await CommandRun(["group", "runs", "g1"], never, terminal: .screen)
        #expect(lost.code == .unreachable && lost.output.hasSuffix("\ntrun_b  ✗ failed  core       no way\n"))
        #expect(lost.errors.contains("parallel group runs g1 --after=2\n"), "\(lost.errors)")
    }

    @Test func `a long list comes in tables, of which none is lost`() async {
        let runs = (1...1_001).map { number in
            #"{"type":"task_run.state","event_id":"\#(number)","run":{"run_id":"trun_\#(number)","status":"queued"}}"#
        }
        let run = await CommandRun(["group", "runs", "g1"], [stream("/runs", runs)], terminal: .screen)
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count { $0.hasPrefix("run_id") } == 3 && lines.count { $0.hasPrefix("trun_") } == 1_001)
        #expect(lines[500].hasPrefix("trun_500 ") && lines[501].isEmpty && lines[502].hasPrefix("run_id "))
    }

    @Test func `statuses have colour on a terminal, and none in a pipe`() async {
        let (done, bad) = ("\u{1B}[32m✓ completed\u{1B}[0m", "\u{1B}[31m✗ failed\u{1B}[0m")
        let runs = await CommandRun(
            ["group", "runs", "g1"], [stream("/runs", [Self.completed, Self.failed])], terminal: .colored)
        #expect(runs.output.contains("  \(done)  core\n") && runs.output.contains("  \(bad)     core       no way\n"))
        let events = await CommandRun(
            ["group", "events", "g1"], [stream("/events", [Self.completed, Self.failed, Self.inactive])],
            terminal: .colored)
        for part in ["trun_a \(done)\n", "trun_b \(bad): no way\n", " 2 \(done)\n"] {
            #expect(events.output.contains(part), "\(events.output)")
        }
        let counts = await CommandRun(
            ["group", "get", "g1"], [.init(.get, Self.path, body: Self.document)], terminal: .colored)
        #expect(counts.output.hasPrefix("\u{1B}[1;32m✓ completed\u{1B}[0m"))
        for words in [["group", "runs"], ["group", "events"]] {
            let path = words[1] == "runs" ? "/runs" : "/events"
            let piped = await CommandRun(words + ["g1"], [stream(path, [Self.completed, Self.inactive])])
            #expect(piped.code == .success && !piped.output.contains("\u{1B}"))
        }
    }

    @Test func `input and output are shown where they are asked for`() async {
        let target =
            "/runs?last_event_id=a%26b&status=completed&include_input=true&include_output=true"
        let run = await CommandRun(
            [
                "group", "runs", "g1", "--status", "completed", "--with-input", "--with-output", "--after", "a&b",
                "--format", "csv",
            ], [stream(target, [Self.completed])])
        #expect(
            run.output
                == "run_id,status,processor,error,input,output\n"
                + #"trun_a,completed,core,,"{""country"":""France""}","{""gdp"":3.10}""# + "\n")
    }

    @Test func `JSON is an event to a line, with secrets masked`() async {
        let run = await CommandRun(
            ["group", "runs", "g1", "--with-input", "--json"], [stream("/runs", [Self.completed, Self.active])],
            terminal: .screen)
        let masked = Self.completed.split(separator: "Bearer s3cret").joined(separator: "***")
            .split(separator: "k=s3cret").joined(separator: "k=***")
        #expect(run.code == .success && run.output == masked + "\n" + Self.active + "\n")
    }

    @Test(arguments: [(1, 1), (2, 2), (5, 2)])
    func `a list ends after the runs that were asked for`(limit: Int, count: Int) async {
        let run = await CommandRun(
            ["group", "runs", "g1", "--limit", "\(limit)"], [stream("/runs", [Self.completed, Self.failed])])
        #expect(run.code == .success && run.output.split(separator: "\n").count == count, "\(run)")
    }

    @Test func `a run that the API could not read is reported`() async {
        let run = await CommandRun(["group", "runs", "g1"], [stream("/runs", [Self.completed, Self.fault])])
        #expect(run.code == .partial && run.output == "trun_a\tcompleted\tcore\t\n")
        #expect(run.errors == "warning: Error reading one run\n")
    }

    @Test func `a list that breaks goes on, and one that is given up tells how`() async {
        let lists = [broken("/runs", [Self.completed]), stream("/runs?last_event_id=1", [Self.failed])]
        let run = await CommandRun(["group", "runs", "g1"], lists)
        #expect(run.code == .success && run.output == "trun_a\tcompleted\tcore\t\ntrun_b\tfailed\tcore\tno way\n")
        let never =
            [broken("/runs?status=failed", [Self.failed])]
            + (1...20).map { _ in broken("/runs?last_event_id=2&status=failed", []) }
        let lost = await CommandRun(["group", "runs", "g1", "--status=failed", "--json"], never)
        #expect(lost.code == .unreachable && lost.output == Self.failed + "\n")
        #expect(
            lost.errors
                == "error: lost\n  list the rest with: parallel group runs g1 --status failed --after=2 --json\n")
    }

    @Test func `a list that is interrupted tells how to go on`() async {
        let waiting = ScriptedTransport.Exchange(.get, Self.path + "/runs") { _ in
            throw HTTPError(.cancelled, "cancelled", mayHaveBeenSent: true)
        }
        let run = await CommandRun(["group", "runs", "g1"], [waiting], interruption: 2)
        #expect(run.code == .interrupted)
    }

    // MARK: - events

    @Test func `a group is watched until none of its runs is active`() async {
        let run = await CommandRun(
            ["group", "events", "g1"],
            [
                stream("/events", [Self.active, Self.completed]),
                stream("/events?last_event_id=1", [Self.failed, Self.fault, #"{"type":"new"}"#, Self.inactive]),
            ])
        #expect(run.code == .success && run.errors.isEmpty)
        #expect(
            run.output == """
                3\tstatus\t1 completed, 1 running
                1\trun\ttrun_a completed
                2\trun\ttrun_b failed: no way
                \terror\tError reading one run
                \tnew\t
                4\tstatus\t2 completed

                """)
    }

    @Test func `a terminal gets events in columns`() async {
        let run = await CommandRun(
            ["group", "events", "g1"],
            [stream("/events", [Self.active, Self.failed, Self.fault, #"{"type":"new"}"#, Self.inactive])],
            terminal: .screen)
        #expect(
            run.output == """
                status   1 ✓ completed, 1 … running
                run      trun_b ✗ failed: no way
                error    Error reading one run
                new
                status   2 ✓ completed

                """)
    }

    @Test func `events have their columns in line on a terminal, and long ones hang`() async {
        let events = [Self.active, Self.failed.replacing("trun_b", with: "trun_0123456789abcdef0123456789abcdef")]
        func show(_ columns: Int) async -> String {
            let terminal = TerminalInfo(stdoutIsTerminal: true, columns: columns, term: "xterm", noColor: true)
            return await CommandRun(
                ["group", "events", "g1"], [stream("/events", events + [Self.inactive])], terminal: terminal
            ).output
        }
        #expect(
            await show(80) == """
                status   1 ✓ completed, 1 … running
                run      trun_0123456789abcdef0123456789abcdef ✗ failed: no way
                status   2 ✓ completed

                """)
        #expect(
            await show(40) == """
                status   1 ✓ completed, 1 … running
                run
                  trun_0123456789abcdef0123456789abcdef
                  ✗ failed: no way
                status   2 ✓ completed

                """)
    }

    @Test func `events as JSON lose nothing`() async {
        let run = await CommandRun(
            ["group", "events", "g1", "--after", "0", "--json"],
            [stream("/events?last_event_id=0", [Self.active, Self.inactive])])
        #expect(run.output == Self.active + "\n" + Self.inactive + "\n")
    }

    @Test func `a wait that ends tells how to go on`() async {
        let clock = ManualClock(passing: .seconds(60))
        let run = await CommandRun(
            ["group", "events", "g1", "--timeout", "2m", "--json"],
            [
                stream("/events", [Self.active]),
                .unanswered(.get, Self.path + "/events", passing: .seconds(120), on: clock),
            ], clock: clock)
        #expect(run.code == .stillRunning && run.output == Self.active + "\n")
        #expect(
            run.errors == """
                error: the wait ended before the group's runs did
                  continue with: parallel group events g1 --after=3 --json

                """)
    }

    @Test func `an empty group has no events`() async {
        let run = await CommandRun(
            ["group", "events", "g1"],
            [
                stream("/events", []),
                .init(.get, Self.path, body: #"{"taskgroup_id":"g1","status":{"is_active":false}}"#),
            ])
        #expect(run.code == .success && run.output.isEmpty)
    }
}
