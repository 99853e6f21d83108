import ParallelJSON
import TestSupport
import Testing

/// What happens between creating a run and its end: one run is paid for, and its result comes whatever breaks.
@Suite(.limited) struct WaitingTests {
    private func run(
        _ scenario: [String], key: String = Session.key, _ words: String...
    ) async throws -> (result: ChildProcess.Result, sandbox: RunningSandbox, session: Session) {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let metadata = scenario.flatMap { ["--metadata", "sandbox_\($0)"] }
        let result = try await session.run(
            ["task", "run", "x"] + words + metadata, adding: ["PARALLEL_API_KEY": key])
        return (result, sandbox, session)
    }

    @Test(arguments: [
        "408*3", "drop*2", "500,500", "502html*2", "truncate*2", "garbage*2", "429,503", "slow:0.3",
        "drop,500,truncate,garbage,502html,408",
    ])
    func `whatever happens to the polls, the result comes and one run was created`(_ polls: String) async throws {
        let (result, sandbox, _) = try await run(["polls=\(polls)", "output=Done."])
        #expect(result.exit == .code(0), "\(result)")
        #expect(result.output == "Done.\n")
        #expect(result.error == "run \(result.runID) created (processor base, about $0.01, 15 to 100 s)\n")
        #expect(sandbox.creations.count == 1)
    }

    @Test(arguments: [("drop", Int32(7)), ("garbage", 1), ("500", 4), ("502html", 4)])
    func `a lost answer to the creation is reported and nothing is sent again`(_ fault: String, _ code: Int32)
        async throws
    {
        let (result, sandbox, _) = try await run(["create=\(fault)"])
        #expect(result.exit == .code(code))
        #expect(result.output == "")
        #expect(result.error.contains("a run may exist all the same"))
        #expect(!result.error.contains("null"))
        #expect(sandbox.requests.count == 1)
    }

    @Test func `an answer to the creation that breaks off behind the run's id leads to the run`() async throws {
        let (result, sandbox, session) = try await run(["create=truncate", "output=Done."])
        #expect(result.exit == .code(7))
        let line = try #require(result.error.split(separator: "\n").last)
        let command = try #require(line.split(separator: ": ").last)
        #expect(command.hasPrefix("parallel task result trun_"))
        #expect(sandbox.requests.count == 1)
        #expect(try await session.shell(String(command)).output == "Done.\n")
    }

    @Test(arguments: ["429", "503", "429,503,429"])
    func `a creation that was not taken on is sent again and makes one run`(_ fault: String) async throws {
        let (result, sandbox, _) = try await run(["create=\(fault)", "retry=0", "output=Done."])
        #expect(result.exit == .code(0))
        #expect(result.output == "Done.\n")
        #expect(sandbox.creations.count == fault.split(separator: ",").count + 1)
        #expect(sandbox.logText.split(separator: "\n").count { $0.contains(#""event":"run""#) } == 1)
    }

    struct Refusal: Sendable {
        var scenario: [String] = []
        var processor = "base"
        var key = Session.key
        let code: Int32
        let named: [String]
    }

    @Test(arguments: [
        Refusal(scenario: ["create=402"], code: 4, named: ["402", "credit", "nothing was created"]),
        Refusal(scenario: ["create=403"], code: 4, named: ["403", "Forbidden"]),
        Refusal(processor: "mega", code: 4, named: ["403", "invalid processor", "mega", "help processors"]),
        Refusal(key: "invalid-key-471100", code: 3, named: ["401", "parallel auth status"]),
        Refusal(
            scenario: ["delay=soon"], code: 4, named: ["422", "body.metadata.sandbox_delay: Sandbox: use a number"]),
    ])
    func `a refused run is reported with what the API said`(_ refusal: Refusal) async throws {
        let (result, sandbox, _) = try await run(refusal.scenario, key: refusal.key, "-p", refusal.processor)
        #expect(result.exit == .code(refusal.code))
        #expect(result.output == "")
        for text in refusal.named { #expect(result.error.contains(text), "\(result)") }
        #expect(!result.error.contains("null"))
        #expect(!result.error.contains("invalid-key-471100"))
        #expect(sandbox.requests.count == 1)
    }

    @Test(arguments: [
        (["status=failed", "error=No sources."], "failed: No sources. (ref "),
        (["status=cancelled"], "cancelled"),
        (["status=action_required"], "action_required"),
    ])
    func `a run that ends without a result exits 6 with the reason`(_ scenario: [String], _ text: String) async throws {
        let (result, _, session) = try await run(scenario)
        #expect(result.exit == .code(6))
        #expect(result.output == "")
        #expect(result.error.contains("error: run \(result.runID) "))
        #expect(result.error.contains(text), "\(result)")
        #expect(result.error.split(separator: "\n").count == 2)

        let again = try await session.run("task", "result", result.runID)
        #expect(again.exit == .code(6))
        #expect(again.error.contains(text))
    }

    @Test func `when the wait ends first, the command that is offered brings the result`() async throws {
        let (result, _, session) = try await run(
            ["delay=5", "output=Late."], "--timeout", "300ms", "--json", "-o", "it's.json")
        #expect(result.exit == .code(5))
        #expect(result.output == "")
        #expect(result.resumeCommand == #"parallel task result \#(result.runID) --json -o 'it'\''s.json'"#)
        #expect(Disk.names(in: session.home.path) == [])

        let resumed = try await session.shell(result.resumeCommand)
        #expect(resumed.exit == .code(0), "\(resumed)")
        #expect(Disk.text(session.home.file("it's.json"))?.contains(#""content":"Late.""#) == true)
    }

    @Test func `a server that goes away is waited for until the time is up`() async throws {
        let sandbox = try await RunningSandbox(delay: "60")
        let session = try Session(sandbox)
        let child = try session.start("task", "run", "x", "--timeout", "2s")
        try await child.waitUntil(errorContains: "created")
        try await sandbox.stop()
        let result = try await child.wait()
        #expect(result.exit == .code(5))
        #expect(result.error.contains("error: the wait ended before the run did\n"))
        #expect(result.resumeCommand == "parallel task result \(result.runID)")
    }

    @Test func `a server that comes back gives the result`() async throws {
        let failures = Counter()
        let server = try ScriptedAPI { request in
            if request.isCreation { return .ok(ScriptedAPI.run()) }
            if request.isPoll, failures.count < 7 {
                failures.increment()
                return .bytes([])
            }
            return .ok(request.isPoll ? ScriptedAPI.textResult("Back.") : ScriptedAPI.run("running"))
        }
        let result = try await Session(server).run("task", "run", "x")
        #expect(result.exit == .code(0))
        #expect(result.output == "Back.\n")
        #expect(server.requests.count { $0.isCreation } == 1)
    }

    @Test func `warnings of a run come on stderr`() async throws {
        let (result, _, _) = try await run(["warning=Beware of the dog.", "output=x"])
        #expect(result.exit == .code(0))
        #expect(result.output == "x\n")
        #expect(result.error.contains("warning: Beware of the dog."))
    }

    @Test func `events are shown on stderr while waiting, and a broken stream does not matter`() async throws {
        let (result, sandbox, _) = try await run(["events=truncate", "output=x", "delay=2"], "--events")
        #expect(result.exit == .code(0))
        #expect(result.output == "x\n")
        #expect(result.error.contains("plan: Sandbox plan"))
        #expect(sandbox.creations.first?.body["enable_events"] == true)
        #expect(sandbox.creations.first?.headers["parallel-beta"] == "events-sse-2025-07-24")
    }
}
