import ParallelCLI
import ParallelHTTP
import TestSupport
import Testing

/// `batch results`, with lists of runs that lack some.
@Suite(.timeLimit(.minutes(10))) struct BatchResultsCommandTests {
    private static let path = "/v1/tasks/groups/tgrp_1"
    private static let group = ScriptedTransport.Exchange(
        .get, path,
        body: #"{"taskgroup_id":"tgrp_1","metadata":{"parallel_rows":"2"},"status":{"num_task_runs":2,"#
            + #""task_run_status_counts":{"completed":2},"is_active":false}}"#)

    private func list(after: String? = nil, _ events: [String]) -> ScriptedTransport.Exchange {
        let cursor = after.map { "last_event_id=\($0)&" } ?? ""
        return .init(
            .get, "\(Self.path)/runs?\(cursor)include_input=true&include_output=true",
            body: events.map { "data: \($0)\n\n" }.joined())
    }

    private static func run(_ row: Int) -> String {
        #"{"type":"task_run.state","event_id":"\#(row)","input":{"processor":"lite","input":{"n":"\#(row)"}},"#
            + #""run":{"run_id":"trun_\#(row)","status":"completed","is_active":false,"processor":"lite","#
            + #""metadata":{"parallel_row":"\#(row)"}},"output":{"type":"text","content":"found \#(row)","basis":[]}}"#
    }

    private static let fault = #"{"type":"error","error":{"ref_id":"r","message":"Error reading one run"}}"#

    @Test func `a list that ends too early is read on`() async {
        let run = await CommandRun(
            ["batch", "results", "tgrp_1", "--format", "csv"],
            [Self.group, list([Self.run(1)]), list(after: "1", [Self.run(2)])])
        #expect(run.code == .success && run.output == "n,output,error\n1,found 1,\n2,found 2,\n")
        #expect(run.errors == "2 rows\n")
    }

    @Test func `an error among several groups names its group`() async {
        let refused = ScriptedTransport.Exchange(
            .get, "/v1/tasks/groups/tgrp_2", status: 400, body: #"{"error":{"message":"no","ref_id":"r"}}"#)
        let run = await CommandRun(["batch", "results", "tgrp_2", "tgrp_1"], [refused])
        #expect(run.code == .refused && run.errors.hasPrefix("error: group tgrp_2: the API answered 400"))
        let alone = await CommandRun(["batch", "results", "tgrp_2"], [refused])
        #expect(alone.errors.hasPrefix("error: the API answered 400"), "\(alone.errors)")
    }

    @Test func `people get a block for each row whose values are lists, with what was asked and found`() async {
        let found = Self.run(1).replacing(
            #"{"type":"text","content":"found 1","basis":[]}"#,
            with: #"{"type":"json","content":{"ceo":"Ann","offices":["Rome","Oslo"]},"basis":[{"field":"ceo","#
                + #""reasoning":"As the page says.","confidence":"high","citations":[{"url":"https://a.example/"}]}]}"#)
        let failed =
            #"{"type":"task_run.state","event_id":"2","input":{"processor":"lite","input":{"n":"2"}},"#
            + #""run":{"run_id":"trun_2","status":"failed","is_active":false,"processor":"lite","#
            + #""metadata":{"parallel_row":"2"},"error":{"ref_id":"x","message":"no luck"}}}"#
        let exchanges = [Self.group, list([found, failed])]
        let run = await CommandRun(["batch", "results", "tgrp_1"], exchanges, terminal: .screen)
        #expect(run.code == .partial && run.errors == "1 row done, 1 failed: 1 × no luck\n")
        #expect(
            run.output == """
                row 1:  ✓ completed
                  n:   1
                  ceo: Ann

                  offices:
                    • Rome
                    • Oslo

                row 2:  ✗ failed
                  n:     2
                  error: no luck

                """, "\(run.output)")
        let basis = await CommandRun(
            ["batch", "results", "tgrp_1", "--basis", "--run-ids"], exchanges, terminal: .screen)
        for part in ["Ann  ● high [1]\n", "As the page says.", "[1] https://a.example/", "run_id: trun_1\n"] {
            #expect(basis.output.contains(part), "\(basis.output)")
        }
        let lines = await CommandRun(["batch", "results", "tgrp_1", "--format", "jsonl"], exchanges, terminal: .screen)
        #expect(lines.output.hasPrefix(#"{"n":"1","ceo":"Ann","offices":["Rome","Oslo"]}"# + "\n"))
        #expect(lines.errors == "1 row done, 1 failed: 1 × no luck (see the member error)\n")
        let raw = await CommandRun(["batch", "results", "tgrp_1", "--json"], exchanges, terminal: .screen)
        #expect(raw.output.hasPrefix(#"{"type":"task_run.state""#))
        #expect(raw.errors == "1 row done, 1 failed: 1 × no luck (see run.error)\n")
    }

    @Test func `an interruption before the results are printed prints none of them`() async {
        let list = ScriptedTransport.Exchange(.get, Self.path + "/runs") { _ in
            withUnsafeCurrentTask { $0?.cancel() }
            let body = [Self.run(1), Self.run(2)].map { "data: \($0)\n\n" }.joined()
            return HTTPResponse(status: 200, headers: HTTPHeaders(), body: HTTPBody(Array(body.utf8)))
        }
        let run = await Task {
            await CommandRun(["batch", "results", "tgrp_1", "--format", "csv"], [Self.group, list], interruption: 2)
        }.value
        #expect(run.code == .interrupted && !run.output.contains("found"), "\(run)")
    }

    @Test func `a second run of a row is left out with a warning`() async {
        let run = await CommandRun(
            ["batch", "results", "tgrp_1", "--format", "csv"],
            [Self.group, list([Self.run(1), Self.run(1)])])
        #expect(run.code == .success && run.output == "n,output,error\n1,found 1,\n")
        #expect(run.errors == "warning: left out 1 run of rows that had one already\n1 row\n")
    }

    @Test func `documents show no secrets of MCP servers`() async {
        let server =
            #","mcp_servers":[{"name":"crm","url":"https://x.example/?k=s3cret","headers":{"Authorization":"s3cret"}}]}"#
        let event = Self.run(1).replacing(#"{"n":"1"}}"#, with: #"{"n":"1"}"# + server)
        let run = await CommandRun(
            ["batch", "results", "tgrp_1", "--json"], [Self.group, list([event, Self.run(2)])])
        #expect(run.code == .success && run.output.contains("crm") && run.output.contains("found 1"))
        #expect(!run.output.contains("s3cret"))
    }

    @Test func `rows without a run are reported as missing`() async {
        let group = ScriptedTransport.Exchange(
            .get, Self.path,
            body: #"{"taskgroup_id":"tgrp_1","metadata":{"parallel_input":"f","parallel_rows":"7","#
                + #""parallel_shard":"1/2"},"status":{"num_task_runs":1,"is_active":false}}"#)
        let run = await CommandRun(["batch", "results", "tgrp_1"], [group, list([Self.run(1)])])
        #expect(run.code == .stillRunning)
        #expect(
            run.errors
                == "1 row; 3 without a run (refused, or not submitted); shard 2/2 is missing; without a result: rows 3, 5, 7\n"
        )
    }

    @Test func `the wait that JSON errors suggest works where operands follow two dashes`() async {
        let active = Self.run(2).replacing(#""completed","is_active":false"#, with: #""running","is_active":true"#)
        let run = await CommandRun(
            ["batch", "results", "--json-errors", "--", "tgrp_1"], [Self.group, list([Self.run(1), active])])
        #expect(run.code == .stillRunning)
        #expect(run.errors.contains("batch results --wait --json-errors -- tgrp_1"), "\(run.errors)")
    }

    @Test func `a row that is not listed is reported as missing, and the others are printed`() async {
        let lists = [list([Self.run(1), Self.fault])] + (1...5).map { _ in list(after: "1", [Self.fault]) }
        let run = await CommandRun(["batch", "results", "tgrp_1", "--format", "csv"], [Self.group] + lists)
        #expect(run.code == .stillRunning && run.output == "n,output,error\n1,found 1,\n")
        #expect(run.errors == "1 row; 1 missing in the list of runs\n")
    }
}
