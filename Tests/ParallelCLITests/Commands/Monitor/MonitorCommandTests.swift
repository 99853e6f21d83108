import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct MonitorCommandTests {
    private static let monitor =
        #"{"monitor_id":"monitor_1","type":"event_stream","status":"active","frequency":"1d","processor":"lite","#
        + #""settings":{"query":"AI funding"},"webhook":{"url":"https://x.example/?k=s3cret"},"#
        + #""created_at":"2026-01-02T03:04:05Z","new":1.10}"#

    private func run(
        _ words: [String], _ exchanges: [ScriptedTransport.Exchange] = [], terminal: TerminalInfo = TerminalInfo(),
        answers: [LineEditor.Result] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["monitor"] + words, exchanges, terminal: terminal, answers: answers, sourceLocation: sourceLocation)
    }

    private static func created(_ body: String = monitor) -> ScriptedTransport.Exchange {
        .init(.post, "/v1/monitors", status: 201, body: body)
    }

    // MARK: - Creating

    @Test func `a query becomes a monitor, whose id and price are told`() async {
        let run = await run(["create", "AI funding"], [Self.created()])
        #expect(run.code == .success && run.output == "monitor_1\n")
        #expect(run.errors == "30 executions a month on lite: about $0.09 a month\nmonitor monitor_1 created\n")
        #expect(
            run.sentBody
                == #"{"type":"event_stream","frequency":"1d","processor":"lite","settings":{"query":"AI funding"}}"#)
    }

    @Test func `all flags are in the request`() async {
        let run = await run(
            [
                "create", "q", "-f", "every_two_weeks", "-p", "base", "--field", "who=The buyer", "--backfill",
                "--include-domain", "x.com", "--location", "US", "--metadata", "a=b", "--memory-scope-key", "k",
                "--webhook", "https://y.example/h", "--webhook-event", "monitor.execution.completed", "--json",
            ], [Self.created()])
        #expect(run.code == .success && run.output == Self.monitor + "\n")
        #expect(
            run.sentBody
                == #"{"type":"event_stream","frequency":"2w","processor":"base","#
                + #""webhook":{"url":"https://y.example/h","event_types":["monitor.execution.completed"]},"#
                + #""metadata":{"a":"b"},"settings":{"query":"q","output_schema":{"type":"json","json_schema":"#
                + #"{"type":"object","properties":{"who":{"type":"string","description":"The buyer"}},"#
                + #""required":["who"],"additionalProperties":false}},"include_backfill":true,"#
                + #""advanced_settings":{"source_policy":{"include_domains":["x.com"]},"location":"us"}},"#
                + #""memory_scope_key":"k"}"#)
    }

    @Test func `a snapshot watches a run`() async {
        let run = await run(["create", "--task-run", "trun_1", "-f", "1w"], [Self.created()])
        #expect(run.code == .success)
        #expect(
            run.sentBody
                == #"{"type":"snapshot","frequency":"1w","processor":"lite","settings":{"task_run_id":"trun_1"}}"#)
    }

    @Test func `a lost answer is not asked for again, and says that a monitor may exist`() async {
        let lost = HTTPError(.connectionLost, "connection lost", mayHaveBeenSent: true)
        let run = await run(["create", "q"], [.init(.post, "/v1/monitors", failing: lost)])
        #expect(run.code == .unreachable && run.requests.count == 1)
        #expect(
            run.errors.hasSuffix(
                "  a monitor may exist all the same; it was not sent again, since a second monitor would cost money too\n"
            ))
    }

    @Test func `an answer that breaks off names the monitor`() async {
        var cut = HTTPError(.truncated, "the answer broke off", mayHaveBeenSent: true)
        cut.status = 201
        cut.received = Array(#"{"monitor_id":"monitor_7","ty"#.utf8)
        let run = await run(["create", "q"], [.init(.post, "/v1/monitors", failing: cut)])
        #expect(run.errors.contains("monitor monitor_7 exists all the same"), "\(run.errors)")
    }

    @Test func `what costs more than is allowed is refused, asked about, or allowed`() async {
        let dear = ["create", "q", "-f", "1h", "-p", "base"]
        let terms = "720 executions a month on base: about $7.20 a month"
        let refused = await run(dear + ["--max-cost", "5"])
        #expect(refused.code == .usage && refused.errors.contains("\(terms), which is above --max-cost $5.00"))
        let silent = await run(dear + ["--confirm-above", "1"])
        #expect(silent.code == .usage && silent.errors.contains("--yes does it without a question"))
        let person = TerminalInfo(stdinIsTerminal: true, stdoutIsTerminal: true, stderrIsTerminal: true)
        let no = await run(dear + ["--confirm-above", "1"], terminal: person, answers: [.line("n")])
        #expect(no.code == .unexpected && no.errors.contains("not confirmed; nothing was created"))
        #expect(no.prompts == ["\(terms). Go ahead? [y/N] "])
        let yes = await run(dear + ["--confirm-above", "1", "-y"], [Self.created()])
        #expect(yes.code == .success)
    }

    @Test func `nothing is sent with --dry-run, and a secret of the webhook is not shown`() async {
        let run = await run(["create", "q", "--webhook", "https://x.example/?k=s3cret", "--dry-run"])
        #expect(run.code == .success && run.requests.isEmpty && !run.output.contains("s3cret"))
        #expect(
            run.errors.hasPrefix("nothing is sent; it would be 30 executions a month on lite: about $0.09 a month\n"))
        let curl = await self.run(["create", "q", "--webhook", "https://x.example/?k=s3cret", "--curl"])
        #expect(
            curl.output.hasPrefix("curl -sS -X POST https://api.parallel.ai/v1/monitors ")
                && !curl.output.contains("s3cret"))
        #expect(curl.errors == "warning: secrets in the body are not printed; fill them in by hand\n")
    }

    @Test(arguments: [
        (["create"], "missing QUERY"), (["create", " "], "QUERY is empty"),
        (["create", "q", "-f", "90m"], "'90m' is no frequency"),
        (["create", "q", "-f", "31d"], "'31d' is no frequency"),
        (["create", "q", "-f", "0h"], "'0h' is no frequency"), (["create", "q", "-p", "core"], "none of lite, base"),
        (["create", "q", "--task-run", "trun_1"], "--task-run and QUERY exclude each other"),
        (["create", "--task-run", "monitor_1"], "'monitor_1' is a monitor, not a run"),
        (["create", "q", "--webhook-event", "monitor.event.detected"], "--webhook-event goes with --webhook"),
        (["create", "q", "--metadata", "a-key-of-more-than-sixteen=1"], "keys have at most 16 characters"),
        (["create", "q", "--wait", "--dry-run"], "--wait has nothing to wait for"),
        (["create", "q", "--output-schema", #"{"type":"text"}"#], "a monitor takes a JSON Schema only"),
        (["get", "trun_1"], "'trun_1' is a run, not a monitor"), (["get", "a b"], "'a b' is no monitor id"),
        (["list", "--limit", "3", "--all"], "--limit and --all exclude each other"),
        (["update", "monitor_1"], "nothing to change"),
        (["update", "monitor_1", "--clear", "webhook", "--webhook", "https://x.example"], "exclude each other"),
        (["update", "monitor_1", "--clear", "query"], "none of webhook, metadata, sources"),
    ])
    func `a mistake is told before anything is sent`(words: [String], message: String) async {
        let run = await run(words)
        #expect(run.code == .usage && run.errors.contains(message), "\(run.errors)")
    }

    // MARK: - Waiting

    @Test func `the first execution can be waited for`() async {
        let events = #"{"events":[{"event_type":"completion","timestamp":"2026-01-02T03:04:06Z"}],"next_cursor":null}"#
        let path = "/v1/monitors/monitor_1/events"
        let run = await run(
            ["create", "q", "--wait", "--json"],
            [Self.created(), .init(.get, path, body: #"{"events":[]}"#), .init(.get, path, body: events)])
        #expect(run.code == .success && run.output == events + "\n")
    }

    @Test func `a first execution that failed has an exit code of its own`() async {
        let events = #"{"events":[{"event_type":"error","error_message":"Payment required","timestamp":"2026-01-02"}]}"#
        let run = await run(
            ["create", "q", "--wait"], [Self.created(), .init(.get, "/v1/monitors/monitor_1/events", body: events)])
        #expect(run.code == .runFailed && run.output.contains("Payment required"))
        #expect(run.errors.contains("the first execution of monitor monitor_1 failed"))
    }

    @Test func `a wait that ends early says how to see what is found`() async {
        let path = "/v1/monitors/monitor_1/events"
        let run = await run(
            ["create", "q", "--wait", "--timeout", "1s"],
            [Self.created()] + Array(repeating: .init(.get, path, body: #"{"events":[]}"#), count: 1)
                + [.unanswered(.get, path)])
        #expect(run.code == .stillRunning, "\(run)")
        #expect(run.errors.contains("parallel monitor events monitor_1 --completions"), "\(run.errors)")
    }

    // MARK: - Reading

    @Test func `a list of several pages is one document`() async {
        let run = await run(
            ["list", "--all", "--status", "active", "--status", "cancelled", "--type", "snapshot", "--json"],
            [
                .init(
                    .get, "/v1/monitors?limit=1000&status=active&status=cancelled&type=snapshot",
                    body: #"{"monitors":[{"monitor_id":"a"}],"x":1.0,"next_cursor":"c 1"}"#),
                .init(
                    .get, "/v1/monitors?limit=1000&cursor=c%201&status=active&status=cancelled&type=snapshot",
                    body: #"{"monitors":[{"monitor_id":"b"}],"next_cursor":null}"#),
            ])
        #expect(run.code == .success)
        #expect(
            run.output == #"{"monitors":[{"monitor_id":"a"},{"monitor_id":"b"}],"x":1.0,"next_cursor":null}"# + "\n")
    }

    @Test func `pages that lead round in a circle end`() async {
        func page(_ cursor: String, _ next: String) -> ScriptedTransport.Exchange {
            .init(
                .get, "/v1/monitors?limit=1000\(cursor)",
                body: #"{"monitors":[{"monitor_id":"m"}],"next_cursor":"\#(next)"}"#)
        }
        let run = await run(
            ["list", "--all", "--json"], [page("", "a"), page("&cursor=a", "b"), page("&cursor=b", "a")])
        #expect(run.code == .success && run.output.contains(#""next_cursor":"a""#))
    }

    @Test func `a list that is cut says how to go on`() async {
        let run = await run(
            ["list", "-n", "1"],
            [.init(.get, "/v1/monitors?limit=1", body: #"{"monitors":[\#(Self.monitor)],"next_cursor":"c1"}"#)])
        #expect(
            run.output
                == "monitor_1\tactive\t1d\tlite\t\tAI funding\n"
        )
        #expect(run.errors == "there are more; --all lists them, or --cursor c1 those that follow\n")
    }

    @Test func `a monitor is shown with its price, without what its webhook has as a secret`() async {
        let run = await run(["get", "monitor_1"], [.init(.get, "/v1/monitors/monitor_1", body: Self.monitor)])
        #expect(run.output.contains("cost\tabout $0.09 a month\n") && !run.output.contains("s3cret"))
        let json = await self.run(
            ["get", "monitor_1", "--json"], [.init(.get, "/v1/monitors/monitor_1", body: Self.monitor)])
        #expect(json.output == Self.monitor + "\n")
    }

    @Test func `events are rows in a pipe, newest first`() async {
        let events =
            #"{"events":[{"event_id":"e1","event_group_id":"g1","event_date":"2026-01-02","event_type":"event_stream","#
            + #""output":{"type":"text","content":"Raised $50M.","basis":[]}},{"event_id":"e0","monitor_group_id":"g0","#
            + #""event_date":null,"event_type":"snapshot","changed_output":{"type":"json","content":{"a":1}}}],"#
            + #""next_cursor":null,"warnings":[{"type":"warning","message":"older events are gone"}]}"#
        let run = await run(
            ["events", "monitor_1", "--completions"],
            [.init(.get, "/v1/monitors/monitor_1/events?limit=20&include_completions=true", body: events)])
        #expect(
            run.output
                == "2026-01-02\tevent_stream\te1\tg1\tRaised $50M.\n"
                + "\tsnapshot\te0\tg0\t{\"a\":1}\n")
        #expect(run.errors == "warning: older events are gone\n")
    }

    @Test func `numbers that make no sense are no reason to crash`() async {
        let least = Int.min
        let stats = #"{"total":\#(least),"processor_counts":{"active":{"lite":{"1h":\#(least),"2h":\#(Int.max)}}}}"#
        let run = await run(["stats"], [.init(.get, "/v1/monitors/stats", body: stats)])
        #expect(run.code == .success)
    }

    @Test func `a monitor whose id can't be read is to be found in the list`() async {
        let run = await run(["create", "q", "-q"], [Self.created(#"{"monitor_id":"a b"}"#)])
        #expect(run.code == .unexpected && run.errors.contains("find it with: parallel monitor list"))
    }

    @Test func `stats say what all monitors cost`() async {
        let stats = #"{"total":3,"processor_counts":{"active":{"base":{"1h":2}},"cancelled":{"lite":{"1d":1}}}}"#
        let run = await run(["stats"], [.init(.get, "/v1/monitors/stats", body: stats)])
        #expect(
            run.output
                == "active\tbase\t1h\t2\t$14.40\ncancelled\tlite\t1d\t1\t\n"
        )
        #expect(run.errors == "3 monitors; the active ones cost about $14.40 a month\n")
    }

    // MARK: - Changing

    @Test func `an update sends what is given, and null for what is cleared`() async {
        let run = await run(
            ["update", "monitor_1", "--query", "new words", "--clear", "webhook", "--clear", "sources"],
            [.init(.post, "/v1/monitors/monitor_1/update", body: Self.monitor)])
        #expect(run.code == .success)
        #expect(
            run.sentBody
                == #"{"webhook":null,"type":"event_stream","settings":{"query":"new words","advanced_settings":null}}"#)
    }

    @Test func `an update that costs more is asked about`() async {
        let words = ["update", "monitor_1", "-f", "1h", "--confirm-above", "1"]
        let run = await run(words, [.init(.get, "/v1/monitors/monitor_1", body: Self.monitor)])
        #expect(run.code == .usage && run.errors.contains("720 executions a month on lite: about $2.16 a month"))
        #expect(run.errors.contains("nothing was changed"))
    }

    @Test func `an execution is started once, and a lost answer says so`() async {
        let path = "/v1/monitors/monitor_1/trigger"
        let run = await run(["trigger", "monitor_1", "--json"], [.init(.post, path, status: 204)])
        #expect(run.code == .success && run.output == #"{"monitor_id":"monitor_1","triggered":true}"# + "\n")
        let lost = HTTPError(.connectionLost, "connection lost", mayHaveBeenSent: true)
        let doubtful = await self.run(["trigger", "monitor_1"], [.init(.post, path, failing: lost)])
        #expect(doubtful.requests.count == 1 && doubtful.errors.contains("it may have been started all the same"))
    }

    @Test func `a cancelled monitor is shown`() async {
        let run = await run(
            ["cancel", "monitor_1"],
            [.init(.post, "/v1/monitors/monitor_1/cancel", body: #"{"monitor_id":"monitor_1","status":"cancelled"}"#)])
        #expect(run.code == .success && run.output == "monitor_id\tmonitor_1\nstatus\tcancelled\n")
    }
}
