import ParallelJSON
import TestSupport
import Testing

/// Commands on runs that exist: result, status, input and events.
@Suite(.limited) struct SeveralRunsTests {
    /// Creates a run for each list of scenario words and gives the ids.
    private func create(_ scenarios: [[String]], _ session: Session) async throws -> [String] {
        var ids: [String] = []
        for scenario in scenarios {
            let metadata = scenario.flatMap { ["--metadata", "sandbox_\($0)"] }
            let result = try await session.run(["task", "run", "--no-wait", "-q", "x"] + metadata)
            ids.append(String(result.output.dropLast()))
        }
        return ids
    }

    private func session() async throws -> Session { try Session(try await RunningSandbox()) }

    @Test func `results come in the order given, whichever run ends first`() async throws {
        let session = try await session()
        let ids = try await create(
            [["delay=0.8", "output=one"], ["output=two"], ["delay=0.4", "output=three"]], session)
        let result = try await session.run(["task", "result"] + ids)
        #expect(result.exit == .code(0))
        #expect(result.output == "\(ids[0])\none\n\(ids[1])\ntwo\n\(ids[2])\nthree\n")
        #expect(result.error == "")
    }

    @Test func `an interruption prints what is there and names the rest`() async throws {
        let session = try await session()
        let ids = try await create([["output=one"], ["delay=86400"], ["delay=86400"]], session)
        let child = try session.start(["task", "result"] + ids)
        try await child.waitUntil(outputContains: "one\n")
        child.send(signal: 2)
        let result = try await child.wait()
        #expect(result.exit == .code(130))
        #expect(result.output == "\(ids[0])\none\n")
        #expect(
            result.error == """
                error: interrupted; the results of 2 of 3 runs are missing
                  pick them up again with: parallel task result \(ids[1]) \(ids[2])

                """)
    }

    @Test func `an interruption leaves no file, and its command makes the whole`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let ids = try await create([["output=one"], ["delay=8", "output=two"]], session)
        let child = try session.start(["task", "result", "-o", "out.txt"] + ids)
        try await poll("the second poll") { sandbox.requests.contains { $0.path.hasSuffix("\(ids[1])/result") } }
        child.send(signal: 15)
        let result = try await child.wait()
        #expect(result.exit == .code(143))
        #expect(Disk.names(in: session.home.path) == [])
        #expect(result.resumeCommand == "parallel task result \(ids[0]) \(ids[1]) -o out.txt")
        #expect(try await session.shell(result.resumeCommand).exit == .code(0))
        #expect(Disk.text(session.home.path + "/out.txt") == "\(ids[0])\none\n\(ids[1])\ntwo\n")
    }

    @Test func `an interruption of very many runs is reported in two lines`() async throws {
        let sandbox = try await RunningSandbox(delay: "60")
        let session = try Session(sandbox)
        let id = try await create([[]], session)[0]
        let child = try session.start(["task", "result"] + Array(repeating: id, count: 150))
        try await poll("a poll") { sandbox.requests.contains { $0.path.hasSuffix("/result") } }
        child.send(signal: 2)
        let result = try await child.wait()
        #expect(result.exit == .code(130))
        #expect(
            result.error == """
                error: interrupted; the results of 150 of 150 runs are missing
                  pick them up again with the same command

                """)
    }

    @Test func `ids come from stdin as lines and as JSON lines`() async throws {
        let session = try await session()
        let ids = try await create([["output=one"], ["output=two"], ["output=three"]], session)
        let input =
            "\n  \(ids[0]) \r\n" + #"{"x": 1, "run_id": "\#(ids[1])"}"# + "\n" + #"{"run":{"run_id":"\#(ids[2])"}}"#
        let result = try await session.run("task", "result", "--json", "-", input: .text(input))
        #expect(result.exit == .code(0))
        let documents = try result.output.split(separator: "\n").map { try JSONValue.parse(String($0)) }
        #expect(documents.map { $0["run"]?["run_id"]?.string } == ids)
        #expect(documents.map { $0["output"]?["content"]?.string } == ["one", "two", "three"])

        // What was printed names the runs just as well.
        let again = try await session.run("task", "result", "--json", "-", input: .bytes(result.outputBytes))
        #expect(again.outputBytes == result.outputBytes)
    }

    @Test(arguments: [
        ("", "holds no run ids"), ("a b\n", "line 1"), ("trun_1\n{\n", "line 2"),
        ("{\"id\":1}", "line 1 has no run_id"),
        ("trun_1/../2", "is no run id"),
    ])
    func `bad ids on stdin exit 2 and send nothing`(_ input: String, _ named: String) async throws {
        let sandbox = try await RunningSandbox()
        let result = try await Session(sandbox).run("task", "result", "-", input: .text(input))
        #expect(result.exit == .code(2))
        #expect(result.error.contains(named), "\(result)")
        #expect(sandbox.requests.isEmpty)
    }

    @Test func `each error among several runs names its run`() async throws {
        let session = try await session()
        let id = try await create([[]], session)[0]
        for command in ["status", "result"] {
            let result = try await session.run(["task", command, "trun_bad1", id, "trun_bad2"])
            #expect(result.exit == .code(8))
            #expect(result.output.contains(id))
            let errors = result.error.split(separator: "\n").filter { $0.hasPrefix("error: ") }
            #expect(errors.count == 2, "\(result)")
            #expect(errors.first?.hasPrefix("error: run trun_bad1: the API answered 404: ") == true, "\(result)")
            #expect(errors.last?.hasPrefix("error: run trun_bad2: the API answered 404: ") == true, "\(result)")
        }
    }

    @Test func `one failure among several exits 8 and keeps the others`() async throws {
        let session = try await session()
        let ids = try await create([["output=one"], ["status=failed", "error=boom"], ["output=three"]], session)
        let result = try await session.run(["task", "result"] + ids)
        #expect(result.exit == .code(8))
        #expect(result.output == "\(ids[0])\none\n\(ids[2])\nthree\n")
        #expect(result.error.hasPrefix("error: run \(ids[1]) failed: boom (ref "))
        #expect(result.error.split(separator: "\n").count == 1)
    }

    @Test func `when all fail alike the code is theirs`() async throws {
        let session = try await session()
        let ids = try await create([["status=failed"], ["status=cancelled"]], session)
        #expect(try await session.run(["task", "result"] + ids).exit == .code(6))
        #expect(try await session.run("task", "status", "trun_1", "trun_2").exit == .code(4))
    }

    @Test(arguments: ["result", "status", "input", "events"])
    func `an unknown id exits 4 and is asked for once`(_ command: String) async throws {
        let sandbox = try await RunningSandbox()
        let result = try await Session(sandbox).run("task", command, "trun_0")
        #expect(result.exit == .code(4))
        #expect(result.output == "")
        #expect(result.error.contains("404: Run id not found"))
        #expect(!result.error.contains("null"))
        #expect(sandbox.requests.count <= 2)
    }

    @Test func `status tells where runs stand without waiting`() async throws {
        let session = try await session()
        let ids = try await create([["delay=86400"], ["status=failed", "error=boom", "delay=0"]], session)
        _ = try await session.run("task", "result", ids[1])
        let result = try await session.run(["task", "status"] + ids)
        #expect(result.exit == .code(0))
        let rows = result.output.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false)
        }
        #expect(rows.map { String($0[0]) } == ids)
        #expect(["queued", "running"].contains(rows[0][1]))
        #expect(rows[1][1] == "failed")
        #expect(rows[1].last == "boom")

        let json = try await session.run("task", "status", "--json", ids[1])
        #expect(try JSONValue.parse(json.outputBytes)["error"]?["message"] == "boom")
    }

    @Test func `input gives back what was asked`() async throws {
        let session = try await session()
        let text = try await session.run("task", "run", "--no-wait", "-q", "größer\n\tals?")
        let id = String(text.output.dropLast())
        #expect(try await session.run("task", "input", id).output == "größer\n\tals?\n")

        let json = try await session.run("task", "run", "--no-wait", "-q", "--input-json", #"{"b":1.10,"a":"x\ty"}"#)
        let input = try await session.run("task", "input", String(json.output.dropLast()))
        #expect(input.output == "b\t1.10\na\tx y\n")
        let whole = try await session.run("task", "input", "--json", String(json.output.dropLast()))
        #expect(whole.output.contains(#""input":{"b":1.10,"a":"x\ty"}"#))
    }

    private static let endings: [(scenario: [String], code: Int32)] = [
        (["output=x"], 0), (["output=x", "events=truncate,drop,500"], 0), (["status=failed", "error=boom"], 6),
        (["status=cancelled"], 6),
    ]

    @Test(arguments: endings)
    func `events end with the run, each once, and tell how it ended`(_ scenario: [String], _ code: Int32) async throws {
        let session = try await session()
        let metadata = (scenario + ["delay=8"]).flatMap { ["--metadata", "sandbox_\($0)"] }
        let run = try await session.run(["task", "run", "--no-wait", "-q", "--events", "x"] + metadata)
        let id = String(run.output.dropLast())

        let json = try await session.run("task", "events", "--json", id)
        #expect(json.exit == .code(code), "\(json)")
        let events = try json.output.split(separator: "\n").map { try JSONValue.parse(String($0)) }
        #expect(events.last?["run"]?["is_active"] == false)
        #expect(events.count { $0["type"] == "task_run.progress_msg.plan" } == 1)

        // A run that has ended has no trace any more.
        let late = try await session.run("task", "events", "--json", id)
        #expect(late.exit == .code(code))
        #expect(late.output.split(separator: "\n").count == 1 && late.output.contains(#""is_active":false"#))
        #expect(late.error.contains("the API keeps no events of a run that has ended; "))

        let other = try await session.run(["task", "run", "--no-wait", "-q", "--events", "x"] + metadata)
        let plain = try await session.run("task", "events", String(other.output.dropLast()))
        #expect(plain.exit == .code(code))
        #expect(plain.output.contains("\tplan\tSandbox plan: look at the input, then make an answer up.\n"))
        #expect(plain.output.split(separator: "\n").allSatisfy { $0.count { $0 == "\t" } == 2 })
    }

    @Test func `events of a run that goes on end with the time given`() async throws {
        let session = try await session()
        let ids = try await create([["delay=86400"]], session)
        let result = try await session.run("task", "events", ids[0], "--timeout", "200ms")
        #expect(result.exit == .code(5))
        #expect(result.error.contains("error: the wait ended before the run did"))
    }
}
