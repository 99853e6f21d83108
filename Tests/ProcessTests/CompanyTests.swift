import ParallelJSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The rules of a company, by the built program.
@Suite(.limited) struct CompanyTests {
    private func lines(_ session: Session) throws -> [JSONValue] {
        try (Disk.text(session.home.file("audit.jsonl")) ?? "").split(separator: "\n")
            .map { try JSONValue.parse(String($0)) }
    }

    @Test func `processes at the same time write whole lines, one for each request`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        var session = try Session(sandbox)
        session.environment["PARALLEL_AUDIT_LOG"] = session.home.file("audit.jsonl")
        let runs = try (0..<8).map { try session.start("task", "run", "-q", "question \($0)") }
        for run in runs { #expect(try await run.wait().exit == .code(0)) }
        let lines = try lines(session)
        #expect(lines.count == sandbox.requests.count && lines.count >= 16)
        #expect(lines.allSatisfy { $0["host"]?.string == "127.0.0.1" && $0["ids"]?.array?.isEmpty == false })
        #expect(lines.count { $0["method"]?.string == "POST" && $0["cost_usd"] != nil } == 8)
    }

    @Test func `a request that the user doesn't wait for has its line`() async throws {
        let sandbox = try await RunningSandbox(
            faults: #"{"faults":[{"method":"POST","path":"/v1/tasks/runs","action":"slow","seconds":600}]}"#)
        let session = try Session(sandbox)
        let process = try session.start("task", "run", "--audit-log", "audit.jsonl", "x")
        try await poll("the request") { !sandbox.requests.isEmpty }
        process.send(signal: SIGINT)
        process.send(signal: SIGINT)
        _ = try await process.wait()
        let lines = try lines(session)
        #expect(
            lines.count == 1 && lines[0]["error"]?.string?.isEmpty == false && lines[0]["status"] == nil, "\(lines)")
    }

    @Test func `each request of a batch and of an MCP server has its line`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        var session = try Session(sandbox)
        session.environment["PARALLEL_AUDIT_LOG"] = session.home.file("audit.jsonl")
        try session.home.write("q\na\nb\n", to: "rows.csv")
        let batch = try await session.run("batch", "run", "rows.csv", "-o", "out.csv", "--template", "{q}")
        #expect(batch.exit == .code(0), "\(batch)")
        let added = try lines(session).first {
            $0["path"]?.string?.hasSuffix("/runs") == true && $0["method"] == "POST"
        }
        #expect(added?["ids"]?.array?.count == 3 && added?["cost_usd"] == 0.02, "\(String(describing: added))")
        let before = try lines(session).count
        let tools = try await session.run("mcp", "tools", "\(sandbox.baseURL)/mcp/search")
        #expect(tools.exit == .code(0), "\(tools)")
        #expect(try lines(session).dropFirst(before).contains { $0["path"]?.string == "/mcp/search" })
        #expect(try lines(session).count == sandbox.requests.count)
    }

    @Test func `with zero retention, a batch leaves its output alone`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        var session = try Session(sandbox)
        session.environment["PARALLEL_ZERO_RETENTION"] = "1"
        try session.home.write("q\na\nb\n", to: "rows.csv")
        let batch = try await session.run("batch", "run", "rows.csv", "-o", "out.csv", "--template", "{q}")
        #expect(batch.exit == .code(0), "\(batch)")
        #expect(Disk.names(in: session.home.path).filter { !$0.hasPrefix(".") } == ["out.csv", "rows.csv"])
        #expect(Disk.text(session.state.file("parallel/log.jsonl")) == nil)
        let again = try await session.run("batch", "run", "rows.csv", "-o", "out.csv", "--template", "{q}")
        #expect(again.exit == .code(2) && sandbox.addedRows.count == 2, "\(again)")
    }

    @Test func `whoever leaves a wait with zero retention is told to fetch the result`() async throws {
        var session = try Session(try await RunningSandbox(delay: "600"))
        session.environment["PARALLEL_ZERO_RETENTION"] = "1"
        let run = try await session.run("task", "run", "--timeout", "1", "x")
        #expect(run.exit == .code(5) && run.error.contains("zero retention: there is no log of this here"), "\(run)")
    }

    @Test(.enabled(if: geteuid() != 0, "root may read every file"))
    func `settings that can't be read end a command, because they may forbid it`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        _ = try await session.run("config", "set", "budget", "1/day")
        chmod(session.home.file(".config/parallel/config.json"), 0)
        let run = try await session.run("search", "x")
        #expect(run.exit == .code(2) && run.error.contains("permission denied") && sandbox.requests.isEmpty, "\(run)")
    }
}
