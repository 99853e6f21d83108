import ParallelCLI
import ParallelHTTP
import TestSupport
import Testing

/// What the API says of runs and requests: the key and the addresses in it are masked wherever it is told.
@Suite struct ServerWordsTests {
    /// A key that looks like a path, of which the mask of addresses would hide the end alone.
    private static let key = "q83vEjRWeJq8/N7w8SNFZ4mrze8BI0VnAa"
    private static let address = "https://us3r:pa55w0rd@h.example/AbCdEfGhIj0123456789kLmN/mcp?token=qu3ryval"
    private static let words = "token \(key) refused at \(address)"
    private static let shown = "token *** refused at https://***:***@h.example/***/mcp?token=***"
    private static let group = "/v1/tasks/groups/tgrp_1"

    private func run(_ words: [String], _ exchanges: ScriptedTransport.Exchange...) async -> CommandRun {
        await CommandRun(words, exchanges, environment: ["PARALLEL_API_KEY": Self.key])
    }

    private func expectMasked(_ run: CommandRun, times: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        let text = run.errors + run.output
        #expect(text.ranges(of: Self.shown).count == times, "\(text)", sourceLocation: sourceLocation)
        for secret in ["q83v", "us3r", "pa55w0rd", "AbCd", "qu3ryval"] {
            #expect(!text.contains(secret), "\(text)", sourceLocation: sourceLocation)
        }
    }

    @Test func `a run that failed says why, in its message, its detail and its warnings`() async {
        let error = #","error":{"ref_id":"r","message":"\#(Self.words)","detail":{"a":"\#(Self.words)"}}"#
        let warning = #","warnings":[{"message":"\#(Self.words)"}]"#
        let failed = Answer.run(status: "failed", more: error + warning)
        expectMasked(
            await run(["task", "result", "r1"], Answer.failure("r1", "/result", status: 404), failed), times: 3)
        expectMasked(await run(["task", "status", "r1"], failed), times: 2)
    }

    @Test func `a request that was refused`() async {
        let body = #"{"error":{"message":"\#(Self.words)","detail":{"x":"\#(Self.words)"}}}"#
        expectMasked(await run(["search", "x"], .init(.post, "/v1/search", status: 400, body: body)), times: 2)
        let wait = ScriptedTransport.Exchange(
            .post, "/v1/search", status: 429, headers: [("retry-after", Self.words)], body: "{}")
        let waits = [wait, wait, wait, wait, wait]
        expectMasked(
            await CommandRun(["search", "x"], waits, environment: ["PARALLEL_API_KEY": Self.key]), times: 1)
        let page = ScriptedTransport.Exchange(.get, Self.group + "/runs", headers: [("content-type", Self.words)])
        expectMasked(await run(["group", "runs", "tgrp_1"], page), times: 1)
    }

    @Test func `a group, its runs and its events`() async {
        let message = #"{"taskgroup_id":"tgrp_1","status":{"num_task_runs":0,"status_message":"\#(Self.words)"}}"#
        for command in ["group get", "batch status"] {
            let words = command.split(separator: " ").map(String.init) + ["tgrp_1"]
            expectMasked(await run(words, .init(.get, Self.group, body: message)), times: 1)
        }
        let failed = #"{"run_id":"r1","status":"failed","error":{"message":"\#(Self.words)"}}"#
        let events =
            #"data: {"type":"task_run.state","event_id":"1","run":\#(failed)}"# + "\n\n"
            + #"data: {"type":"error","error":{"message":"\#(Self.words)"}}"# + "\n\n"
        expectMasked(await run(["group", "runs", "tgrp_1"], .init(.get, Self.group + "/runs", body: events)), times: 2)
    }

    @Test func `files and programs get the words with addresses masked`() async {
        let error = #","error":{"message":"\#(Self.words)"}"#
        let status = await run(["task", "status", "r1", "--format", "csv"], Answer.run(status: "failed", more: error))
        #expect(status.output.contains("h.example/***/mcp") && !status.output.contains("qu3ryval"))
    }
}
