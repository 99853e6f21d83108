import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The log of what this machine has started, between processes.
@Suite(.limited) struct LogTests {
    private func path(_ session: Session) -> String { session.state.file("parallel/log.jsonl") }

    private func entries(_ session: Session, _ words: String...) async throws -> [JSONValue] {
        let list = try await session.run(["task", "list", "--json"] + words)
        return try JSONValue.parse(list.output).array ?? []
    }

    @Test func `a process that is killed before the answer leaves a run that may exist`() async throws {
        let session = try Session(
            try await RunningSandbox(
                faults: #"{"faults":[{"method":"POST","path":"/v1/tasks/runs","action":"slow","seconds":600}]}"#))
        let process = try session.start("task", "run", "Who founded Intel?")
        try await poll("the entry of the run") { Disk.text(path(session))?.contains("creating") == true }
        process.send(signal: SIGKILL)
        _ = try await process.wait()
        let entries = try await entries(session)
        #expect(entries.map { $0["status"]?.string } == ["may exist"])
        #expect(entries.map { $0["words"]?.string } == ["Who founded Intel?"] && entries[0]["id"] == .null)
        let list = try await session.run("task", "list")
        #expect(list.error.contains("1 may exist: no answer has come"))
    }

    @Test func `it is readable by the user alone, and has no secret in it`() async throws {
        let session = try Session(try await RunningSandbox())
        let question = "is \(Session.key) a key?"
        #expect(try await session.run("task", "run", "-q", question).exit == .code(0))
        _ = try await session.run("search", "-q", question)
        let text = try #require(Disk.text(path(session)))
        #expect(Disk.mode(path(session)) == 0o600)
        #expect(Disk.mode(session.state.file("parallel")) == 0o700)
        #expect(!text.contains(Session.key) && text.contains("is "))
    }

    @Test func `processes at the same time keep all entries`() async throws {
        let session = try Session(try await RunningSandbox())
        let runs = try (0..<8).map { try session.start("task", "run", "--no-wait", "question \($0)") }
        for run in runs { #expect(try await run.wait().exit == .code(0)) }
        let entries = try await entries(session)
        #expect(Set(entries.compactMap { $0["words"]?.string }).count == 8)
        #expect(entries.allSatisfy { $0["id"]?.string?.hasPrefix("trun_") == true })
    }

    @Test func `processes at the same time can't spend a budget twice`() async throws {
        let sandbox = try await RunningSandbox()
        var session = try Session(sandbox)
        session.environment["PARALLEL_CONFIG"] = try session.home.write(#"{"budget":"0.03/day"}"#, to: "config.json")
        let runs = try (0..<8).map { _ in try session.start(["task", "run", "--no-wait", "x"]) }
        var codes: [ChildProcess.Exit] = []
        for run in runs { codes.append(try await run.wait().exit) }
        #expect(codes.count { $0 == .code(0) } == 3 && codes.count { $0 == .code(2) } == 5, "\(codes)")
        #expect(sandbox.creations.count == 3)
    }

    @Test(arguments: [
        ["HOME": "", "XDG_STATE_HOME": ""], ["HOME": "/nonexistent", "XDG_STATE_HOME": ""],
        ["XDG_STATE_HOME": "/dev/null"],
    ])
    func `without a home a run goes on, and says nothing of it`(_ variables: [String: String]) async throws {
        let session = try Session(try await RunningSandbox())
        let run = try await session.run("task", "run", "x", adding: variables)
        #expect(run.exit == .code(0) && !run.error.contains("log"), "\(run)")
        let list = try await session.run("task", "list", adding: variables)
        #expect(list.exit == .code(0), "\(list)")
    }

    @Test func `the newest run is shown, continued and opened by its number`() async throws {
        let sandbox = try await RunningSandbox()
        var session = try Session(sandbox)
        let id = try await session.run("task", "run", "-q", "--no-wait", "Who?").output.filter { !$0.isNewline }
        let result = try await session.run("task", "result", "@last")
        #expect(result.exit == .code(0) && result.error.contains("@last is run \(id): Who?"))
        _ = try await session.run("task", "run", "-q", "--continue", "And when?")
        #expect(sandbox.creations.last?.body["previous_interaction_id"]?.string == id)
        session.environment["BROWSER"] = "touch"
        let open = try await session.run("task", "open", "@2")
        #expect(open.output.hasSuffix("/play/deep-research/\(id)\n"))
        let input = try await session.run("task", "status", "-", input: .bytes(Array("\(id)\n".utf8)))
        #expect(input.exit == .code(0))
    }

    @Test func `a batch is one entry, with what its rows cost, also when it is resumed`() async throws {
        let sandbox = try await RunningSandbox(delay: "600")
        let session = try Session(sandbox)
        try session.home.write("q\na\nb\nc\nd\n", to: "rows.csv")
        let words = ["batch", "run", "rows.csv", "-o", "out.csv", "-p", "core", "--template", "Who is {q}?", "-y"]
        let batch = try session.start(words)
        try await poll("the rows") { sandbox.addedRows.count == 4 }
        batch.send(signal: SIGKILL)
        _ = try await batch.wait()
        func list() async throws -> [JSONValue] {
            try JSONValue.parse(try await session.run("batch", "list", "--json").output).array ?? []
        }
        let first = try await list()
        #expect(first.map { $0["cost_usd"] } == [0.1] && first.map { $0["status"]?.string } == ["running"])
        #expect(first[0]["words"]?.string == "rows.csv: Who is {q}?")
        let resumed = try await session.run(words + ["--timeout", "1"])
        #expect(resumed.exit == .code(5), "\(resumed)")
        let second = try await list()
        #expect(second.count == 1 && second[0]["cost_usd"] == 0.1 && second[0]["id"] == first[0]["id"])
    }

    @Test func `rows that failed cost nothing in the end`() async throws {
        let faults = #"{"runs":[{"percent":30,"seed":2,"status":"failed","error":"No luck"}]}"#
        let session = try Session(try await RunningSandbox(delay: "0", faults: faults))
        try session.home.write("q\n" + (1...40).map { "\($0)\n" }.joined(), to: "rows.csv")
        let run = try await session.run(
            ["batch", "run", "rows.csv", "-o", "out.csv", "-p", "core", "--template", "{q}", "-y", "-q"])
        #expect(run.exit == .code(8), "\(run)")
        let statuses = try await session.run("batch", "status", "out.csv", "--json").output
        let counts = try JSONValue.parse(statuses)["status"]?["task_run_status_counts"]
        let completed = try #require(counts?["completed"]?.int)
        #expect(completed < 40)
        let list = try JSONValue.parse(try await session.run("batch", "list", "--json").output)
        #expect(list[0]?["output"]?.string?.hasSuffix("/out.csv") == true, "\(list)")
        #expect(list[0]?["status"]?.string == "completed")
        #expect(list[0]?["cost_usd"] == .number(JSONNumber(Double(completed * 25) / 1_000)))

        // They fail again, in a group of their own.
        let again = try await session.run(
            [
                "batch", "run", "rows.csv", "-o", "out.csv", "-p", "core", "--template", "{q}", "-y", "-q",
                "--retry-failed",
            ])
        #expect(again.exit == .code(8), "\(again)")
        let both = try JSONValue.parse(try await session.run("batch", "list", "--json").output)
        #expect(both.array?.map { $0["cost_usd"] } == [0, list[0]?["cost_usd"]])
    }

    @Test func `what mcp serve starts is put down, and held to the budget`() async throws {
        let sandbox = try await RunningSandbox()
        var session = try Session(sandbox)
        session.environment["PARALLEL_CONFIG"] = try session.home.write(#"{"budget":"0.015/day"}"#, to: "config.json")
        func call(_ id: Int) -> String {
            #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"research","arguments":{"question":"Who?"}}}"#
        }
        let initialize =
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
        let ready = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
        let input = [initialize, ready, call(1), call(2)].joined(separator: "\n") + "\n"
        let serve = try session.start(["mcp", "serve"], input: .bytes(Array(input.utf8)))
        let result = try await serve.wait()
        #expect(sandbox.creations.count == 1, "\(result)")
        let entries = try await entries(session)
        #expect(entries.map { $0["command"]?.string } == ["mcp serve"])
    }
}
