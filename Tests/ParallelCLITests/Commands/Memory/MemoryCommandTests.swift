import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct MemoryCommandTests {
    private static let found =
        #"{"results":[{"kind":"task","id":"trun_1","input_excerpt":"Compare","output_excerpt":"A is\nbest","updated_at":"2026-10-01T12:00:00Z"},"#
        + #"{"kind":"findall","id":"findall_1","input_excerpt":"Vendors","matched_count":12,"updated_at":"2026-10-02T12:00:00Z"},"#
        + #"{"kind":"monitor","id":"monitor_1","input_excerpt":"Track","status":"active","updated_at":null,"matched_events":[{"excerpt":"A cut prices."}]},"#
        + #"{"kind":"new","id":"x"}]}"#
    private static let person = TerminalInfo(stdinIsTerminal: true, stdoutIsTerminal: true, stderrIsTerminal: true)

    @Test func `entries of every kind are rows of one table`() async {
        let run = await CommandRun(
            [
                "memory", "search", "vendors", "--limit", "5", "--kind", "task", "--since", "2026-01-01", "--scope-key",
                "acme",
            ], [.init(.post, "/v1beta/memory/retrieve", body: Self.found)])
        #expect(run.code == .success && run.errors == "")
        #expect(
            run.sentBody
                == #"{"query":"vendors","limit":5,"kind":"task","since":"2026-01-01T00:00:00Z","memory_scope_key":"acme"}"#
        )
        #expect(
            run.output == """
                trun_1\ttask\t2026-10-01T12:00:00Z\tCompare\tA is best
                findall_1\tfindall\t2026-10-02T12:00:00Z\tVendors\t12 matched
                monitor_1\tmonitor\t\tTrack\tactive; A cut prices.
                x\tnew\t\t\t

                """)
        let json = await CommandRun(
            ["memory", "search", "--json"], [.init(.post, "/v1beta/memory/retrieve", body: Self.found)])
        #expect(json.output == Self.found + "\n" && json.sentBody == "{}")
    }

    @Test(arguments: [
        ["search", String(repeating: "q", count: 501)], ["search", "--limit", "26"], ["search", "--limit", "0"],
        ["search", "--kind", "run"], ["search", "--since", "2026-01-01T00:00:00"], ["search", "--since", "yesterday"],
        ["search", "--scope-key", "a b"], ["search", "--scope-key", ""],
        ["search", "--scope-key", String(repeating: "k", count: 129)], ["evict", "x"],
        ["evict", "../x", "--kind", "task"],
        ["evict"], ["clear", "--scope-key", "é"], ["clear"], ["search", "--max-cost", "1"],
    ])
    func `bad input is refused before the network`(_ words: [String]) async {
        let run = await CommandRun(["memory"] + words)
        #expect(run.code == .usage && run.output == "" && run.errors.hasPrefix("error: "), "\(run.errors)")
    }

    @Test func `an entry is removed by its id, which says what it is`() async {
        let done = ScriptedTransport.Exchange(.post, "/v1beta/memory/evict", status: 204)
        let run = await CommandRun(["memory", "evict", "monitor_1", "--scope-key", "acme"], [done])
        #expect(run.code == .success && run.output == "" && run.errors == "monitor_1 is no longer in the memory\n")
        #expect(run.sentBody == #"{"id":"monitor_1","kind":"monitor","memory_scope_key":"acme"}"#)
        let other = await CommandRun(["memory", "evict", "x-1", "--kind", "task"], [done])
        #expect(other.sentBody == #"{"id":"x-1","kind":"task"}"#)
    }

    @Test func `clearing asks, and is done only after a yes`() async {
        let done = ScriptedTransport.Exchange(.post, "/v1beta/memory/clear", status: 204)
        let no = await CommandRun(["memory", "clear"], terminal: Self.person, answers: [.line("n")])
        #expect(no.code == .unexpected && no.errors.contains("nothing was removed"))
        #expect(no.prompts == ["Remove every entry of your personal memory? [y/N] "])
        let yes = await CommandRun(
            ["memory", "clear", "--scope-key", "acme"], [done], terminal: Self.person, answers: [.line("y")])
        #expect(yes.code == .success && yes.sentBody == #"{"memory_scope_key":"acme"}"#)
        let script = await CommandRun(["memory", "clear", "--yes"], [done])
        #expect(script.code == .success && script.sentBody == "{}")
    }
}
