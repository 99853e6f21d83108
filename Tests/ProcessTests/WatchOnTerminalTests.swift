import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `task status --watch` and `batch status --watch` as people have them: on a terminal, and in a pipe.
@Suite(.limited) struct WatchOnTerminalTests {
    private func slowRun(_ session: Session) async throws -> String {
        let run = try await session.run(
            ["task", "run", "-q", "--no-wait", "x", "--metadata", "sandbox_delay=600"])
        return run.output.trimmingCharacters()
    }

    @Test(arguments: [40, 80])
    func `the state is redrawn in place, and Ctrl-C leaves the run alone`(columns: Int) async throws {
        let session = try Session(try await RunningSandbox())
        let id = try await slowRun(session)
        let terminal = try session.terminal(["task", "status", "--watch", id], columns: columns)
        try await terminal.waitUntil(contains: "queued · trun_")
        terminal.resize(columns: 30, rows: 24)
        let drawn = terminal.output.utf8.count
        try await terminal.waitUntil { $0.utf8.count > drawn + 200 }
        terminal.send("\u{3}")
        #expect(try await terminal.wait() == .code(130), "\(terminal.output)")
        #expect(terminal.output.contains("interrupted; run \(id) goes on"), "\(terminal.output)")
        let status = try await session.run("task", "status", id)
        #expect(status.output.hasPrefix("\(id)\tqueued\t"), "\(status)")
    }

    @Test func `a terminal that understands nothing gets lines`() async throws {
        let session = try Session(try await RunningSandbox())
        let id = try await slowRun(session)
        let terminal = try session.terminal(["task", "status", "--watch", id], adding: ["TERM": "dumb"])
        try await terminal.waitUntil(contains: id)
        terminal.send("\u{3}")
        #expect(try await terminal.wait() == .code(130))
        #expect(!terminal.output.contains("\u{1B}"), "\(terminal.output)")
    }

    @Test func `a pipe gets a line for each change of a batch, and the exit code of its end`() async throws {
        let faults = #"{"runs":[{"percent":30,"seed":2,"status":"failed","error":"No luck"}]}"#
        let session = try Session(try await RunningSandbox(delay: "0.5", faults: faults))
        try session.home.write("q\n" + (1...20).map { "\($0)\n" }.joined(), to: "rows.csv")
        let group = try await session.run(
            ["batch", "run", "rows.csv", "-o", "out.csv", "--template", "{q}", "-y", "-q", "--no-wait"])
        #expect(group.exit == .code(0), "\(group)")
        let watch = try await session.run("batch", "status", "--watch", "--interval", "1s", "out.csv")
        #expect(watch.exit == .code(8) && watch.error.hasPrefix("error: "), "\(watch)")
        #expect(
            watch.error.hasSuffix(" of 20 rows failed\n  the results say why: parallel batch results out.csv\n"),
            "\(watch)")
        // Rows that failed cost nothing, which the log learns here.
        let failed = Int(watch.error.dropFirst("error: ".count).prefix { $0.isNumber }) ?? 0
        let cents = 20 - failed
        let spent = try await session.run("spend").error
        #expect(spent.hasPrefix("at most $0.\(cents < 10 ? "0" : "")\(cents) at list prices"), "\(spent)")
        let lines = watch.output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("tgrp_") } && lines.last?.contains("\t20/20\t") == true, "\(watch)")
    }
}

extension String {
    fileprivate func trimmingCharacters() -> String { String(split(separator: "\n").last ?? "") }
}
