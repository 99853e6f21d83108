import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

/// `batch status`: counts, rate and time left.
@Suite(.timeLimit(.minutes(10))) struct BatchStatusCommandTests {
    /// What is printed for a group; its tests are a quarter of an hour (900 s) after its beginning.
    private func status(
        _ metadata: String, _ status: String, terminal: TerminalInfo = TerminalInfo()
    ) async -> String {
        let body =
            #"{"taskgroup_id":"tgrp_1","created_at":"2023-11-14T21:58:20Z","metadata":{\#(metadata)},"#
            + #""status":{\#(status)}}"#
        let run = await CommandRun(
            ["batch", "status", "tgrp_1"], [.init(.get, "/v1/tasks/groups/tgrp_1", body: body)],
            terminal: terminal)
        #expect(run.code == .success && run.errors.isEmpty)
        return run.output
    }

    @Test func `the rate tells how long the rest takes`() async {
        let output = await status(
            #""parallel_input":"f","parallel_rows":"10000""#,
            #""num_task_runs":9000,"is_active":true,"task_run_status_counts":{"completed":4490,"failed":10,"running":4500}"#
        )
        #expect(
            output == """
                group\ttgrp_1
                rows\t10,000
                submitted\t9,000
                completed\t4,490
                failed\t10
                running\t4,500
                begun\t2023-11-14T21:58:20Z
                rate\t5/s
                time left\t18m 20s

                """)
    }

    @Test(arguments: [40, 80]) func `on a terminal each fact stands behind its name`(columns: Int) async {
        let output = await status(
            #""parallel_input":"f","parallel_rows":"2""#,
            #""num_task_runs":2,"is_active":false,"task_run_status_counts":{"completed":2}"#,
            terminal: TerminalInfo(stdoutIsTerminal: true, columns: columns, noColor: true))
        #expect(output == "group:       tgrp_1\nrows:        2\n✓ completed: 2\n")
    }

    @Test func `before a row has ended, it is said since when the batch runs`() async {
        let output = await status(
            #""parallel_input":"f","parallel_rows":"300""#,
            #""num_task_runs":300,"is_active":true,"task_run_status_counts":{"running":300}"#)
        #expect(
            output == """
                group\ttgrp_1
                rows\t300
                running\t300
                begun\t2023-11-14T21:58:20Z
                time left\tknown once a row has ended

                """)
    }

    @Test func `a slow batch has a rate by the minute`() async {
        let output = await status(
            #""parallel_input":"f","parallel_rows":"3""#,
            #""num_task_runs":3,"is_active":true,"task_run_status_counts":{"completed":1,"running":2}"#)
        #expect(output.hasSuffix("\nrate\t0.1/min\ntime left\t30m 00s\n"), "\(output)")
    }

    @Test func `a shard has the rows that are its own`() async {
        let output = await status(
            #""parallel_input":"f","parallel_rows":"11","parallel_shard":"2/3""#,
            #""num_task_runs":4,"is_active":false,"task_run_status_counts":{"completed":4}"#)
        #expect(output == "group\ttgrp_1\nrows\t4\ncompleted\t4\n")
    }

    @Test(arguments: ["9223372036854775807", "-9223372036854775808", "1e300", "null", "\"5\""])
    func `numbers in metadata, and texts in place of numbers, do no harm`(number: String) async {
        let count = number == "null" ? number : "\"5\""
        let output = await status(
            #""parallel_input":"f","parallel_rows":"\#(number == "\"5\"" ? "x" : number)""#,
            #""num_task_runs":\#(count),"is_active":true,"task_run_status_counts":{"completed":\#(count),"running":\#(count)}"#
        )
        #expect(output == "group\ttgrp_1\nrows\t0\ncompleted\t0\nrunning\t0\n")
    }
}
