import ParallelJSON
import TestSupport
import Testing

/// `task run --events-file`: the trace of a run, which can't be fetched once it has ended.
@Suite(.limited) struct EventsFileTests {
    private func events(_ session: Session, _ file: String = "events.jsonl") throws -> [JSONValue] {
        let text = try #require(Disk.text(session.home.file(file)))
        return try text.split(separator: "\n").map { try JSONValue.parse(String($0)) }
    }

    @Test(arguments: [[], ["-q"], ["--metadata", "sandbox_events=truncate,drop,503"]])
    func `every event of a run is in the file once, from its first state to its last`(words: [String]) async throws {
        let session = try Session(try await RunningSandbox(delay: "6"))
        let result = try await session.run(
            ["task", "run", "x", "--events-file", "events.jsonl", "--metadata", "sandbox_output=42"] + words)
        #expect(result.exit == .code(0) && result.output == "42\n", "\(result)")
        // Recorded events are not shown unless that is asked for.
        #expect(!result.error.contains("plan:"))
        let events = try events(session)
        #expect(events.first?["type"] == "task_run.state" && events.last?["run"]?["is_active"] == false)
        let kinds = events.compactMap { $0["type"]?.string }.filter { $0.contains("progress_msg") }
        #expect(kinds == ["exec_status", "plan", "search", "result"].map { "task_run.progress_msg." + $0 })
        #expect(Disk.mode(session.home.file("events.jsonl")) == 0o600)
    }

    @Test(arguments: [["status=failed", "error=boom"], ["status=cancelled"]])
    func `a run that fails leaves its events`(scenario: [String]) async throws {
        let session = try Session(try await RunningSandbox(delay: "6"))
        let metadata = scenario.flatMap { ["--metadata", "sandbox_\($0)"] }
        let result = try await session.run(["task", "run", "x", "--events-file", "events.jsonl"] + metadata)
        #expect(result.exit == .code(6), "\(result)")
        #expect(try events(session).last?["run"]?["is_active"] == false)
    }

    @Test func `a stream that is always refused is told of once, and the result is there`() async throws {
        let session = try Session(try await RunningSandbox(delay: "4"))
        let result = try await session.run(
            "task", "run", "x", "--events-file", "e", "--metadata", "sandbox_output=42", "--metadata",
            "sandbox_events=500*50")
        #expect(result.exit == .code(0) && result.output == "42\n", "\(result)")
        #expect(result.error.split(separator: "warning: the events are not recorded: ").count == 2, "\(result)")
        #expect(!Disk.names(in: session.home.path).contains("e"))
    }

    @Test(arguments: ["garbage*99", "lose*99", "drop*99", "cut*99", "truncate*99"])
    func `a record that may lack events is told of once, and the result is there`(fault: String) async throws {
        let session = try Session(try await RunningSandbox(delay: "2"))
        let result = try await session.run(
            "task", "run", "x", "--events-file", "e", "--metadata", "sandbox_output=42", "--metadata",
            "sandbox_events=\(fault)")
        #expect(result.exit == .code(0) && result.output == "42\n", "\(result)")
        let hasEvents = Disk.names(in: session.home.path).contains("e")
        let told = hasEvents ? "the record of the events may be incomplete: " : "the events are not recorded: "
        #expect(result.error.split(separator: "warning: \(told)").count == 2, "\(result)")
    }

    @Test(arguments: ["INT", "KILL"])
    func `what has come is in the file however the program ends`(signal: String) async throws {
        let session = try Session(try await RunningSandbox(delay: "86400"))
        let process = try session.start("task", "run", "x", "--events-file", "events.jsonl")
        try await poll("the first event") { Disk.text(session.home.file("events.jsonl"))?.contains("\n") == true }
        process.send(signal: signal == "INT" ? 2 : 9)
        _ = try await process.wait()
        #expect(try events(session).first?["run"]?["is_active"] == true)
    }

    @Test func `a file that exists is replaced only by force, and nothing is paid before that is known`() async throws {
        let sandbox = try await RunningSandbox(delay: "4")
        let session = try Session(sandbox)
        try session.home.write("mine", to: "events.jsonl")
        let words = ["task", "run", "x", "--events-file", "events.jsonl"]
        let refused = try await session.run(words)
        #expect(
            refused.exit == .code(2) && refused.error.contains("events.jsonl exists already\n  --force"), "\(refused)")
        #expect(sandbox.requests.isEmpty && Disk.text(session.home.file("events.jsonl")) == "mine")
        #expect(try await session.run(words + ["--force"]).exit == .code(0))
        #expect(try events(session).last?["run"]?["status"] == "completed")
    }

    @Test(arguments: [
        ["--events-file", "no/such/folder"], ["--events-file", "-"], ["--events-file", ""],
        ["--events-file", "/dev/null"], ["--events-file", "e", "--no-wait"], ["--events-file", "e", "--no-events"],
    ])
    func `a file that could not be written is refused before anything is sent`(words: [String]) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let result = try await session.run(["task", "run", "x"] + words)
        #expect(result.exit == .code(2) && result.error.contains("--events-file"), "\(result)")
        #expect(sandbox.requests.isEmpty)
    }

    @Test(arguments: ["./same", "link/../same"])
    func `one file for events and for the result is refused before anything is sent`(output: String) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        _ = try await session.shell("mkdir link")
        let words = ["task", "run", "x", "--events-file", "same", "-o", output]
        let refused = try await session.run(words)
        #expect(refused.exit == .code(2) && refused.error.contains("--events-file and --output"), "\(refused)")
        #expect(!Disk.names(in: session.home.path).contains("same"))
        try session.home.write("mine", to: "same")
        #expect(try await session.run(words + ["--force"]).exit == .code(2))
        #expect(sandbox.requests.isEmpty && Disk.text(session.home.file("same")) == "mine")
    }

    @Test func `no file is left where no run was created, and none is made where nothing is sent`() async throws {
        let session = try Session(try await RunningSandbox())
        let refused = try await session.run(
            "task", "run", "x", "--events-file", "e", "--metadata", "sandbox_create=402")
        #expect(refused.exit == .code(4), "\(refused)")
        let dry = try await session.run("task", "run", "x", "--events-file", "e", "--dry-run")
        #expect(dry.exit == .code(0) && dry.output.contains(#""enable_events":true"#), "\(dry)")
        #expect(!Disk.names(in: session.home.path).contains("e"))
        // Nor is one emptied.
        try session.home.write("mine\nand mine", to: "e")
        _ = try await session.run(
            "task", "run", "y", "--events-file", "e", "--metadata", "sandbox_create=402", "--force")
        #expect(Disk.text(session.home.file("e")) == "mine\nand mine")
    }
}
