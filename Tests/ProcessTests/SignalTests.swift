import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ctrl-C and SIGTERM: a run that exists is always named, with the command that goes on with it.
@Suite(.limited) struct SignalTests {
    private static let signals: [(signal: Int32, code: Int32)] = [(SIGINT, 130), (SIGTERM, 143)]

    @Test(arguments: signals)
    func `a wait that is interrupted says how to go on, and that works`(_ signal: Int32, _ code: Int32) async throws {
        let gate = Gate()
        let server = try ScriptedAPI(completing: "Found.", after: gate)
        let session = try Session(server)
        let child = try session.start("task", "run", "x", "--basis")
        try await child.waitUntil(errorContains: "created")
        child.send(signal: signal)
        let result = try await child.wait()
        #expect(result.exit == .code(code))
        #expect(result.output == "")
        #expect(
            result.error == """
                run \(result.runID) created (processor base)
                error: interrupted; run \(result.runID) goes on
                  pick it up again with: parallel task result \(result.runID) --basis

                """)
        gate.open()
        let resumed = try await session.shell(result.resumeCommand)
        #expect(resumed.exit == .code(0))
        #expect(resumed.output.hasPrefix("Found.\n"))
    }

    @Test(arguments: signals)
    func `quiet or not, an interrupted wait names the run`(_ signal: Int32, _ code: Int32) async throws {
        let sandbox = try await RunningSandbox(delay: "60")
        let child = try Session(sandbox).start("task", "run", "x", "-q")
        while !sandbox.requests.contains(where: { $0.path.hasSuffix("/result") }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        child.send(signal: signal)
        let result = try await child.wait()
        #expect(result.exit == .code(code))
        #expect(result.resumeCommand == "parallel task result \(result.runID)")
        #expect(result.runID.count == 37)
    }

    @Test(arguments: signals)
    func `an interruption while the run is being created waits for its id`(_ signal: Int32, _ code: Int32) async throws
    {
        let gate = Gate()
        let server = try ScriptedAPI { request in
            gate.waitUntilOpen()
            return .ok(ScriptedAPI.run())
        }
        let child = try Session(server).start("task", "run", "x")
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        child.send(signal: signal)
        try await Task.sleep(for: .milliseconds(300))
        gate.open()
        let result = try await child.wait()
        #expect(result.exit == .code(code))
        let lines = result.error.split(separator: "\n")
        #expect(lines.first?.hasPrefix("interrupted; waiting up to 5 s for the answer") == true, "\(result)")
        #expect(lines.dropFirst().first?.hasPrefix("run \(ScriptedAPI.runID) created") == true, "\(result)")
        #expect(result.resumeCommand == "parallel task result \(result.runID)")
        #expect(server.requests.count { $0.isCreation } == 1)
    }

    @Test(arguments: signals)
    func `an interruption while the answer to the creation stalls names the run that it tells of`(
        _ signal: Int32, _ code: Int32
    ) async throws {
        let server = try ScriptedAPI { _ in
            .stalled("HTTP/1.1 202 X\r\ncontent-length: 200\r\n\r\n{\"run_id\":\"\(ScriptedAPI.runID)\",\"st")
        }
        let child = try Session(server).start("task", "run", "x")
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(300))
        child.send(signal: signal)
        let result = try await child.wait()
        #expect(result.exit == .code(code))
        #expect(result.resumeCommand == "parallel task result \(ScriptedAPI.runID)", "\(result)")
        #expect(server.requests.count == 1)
    }

    @Test func `results that are there when the wait is interrupted are printed`() async throws {
        let server = try ScriptedAPI { request in
            request.target.contains("/trun_done/")
                ? .ok(
                    #"{"run":{"run_id":"trun_done","status":"completed"},"output":{"type":"text","content":"Found."}}"#)
                : .stalled("")
        }
        let session = try Session(server)
        let child = try session.start("task", "result", "trun_slow1", "trun_done", "trun_slow2")
        while server.requests.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(300))
        child.send(signal: SIGTERM)
        let result = try await child.wait()
        #expect(result.exit == .code(143))
        #expect(result.output == "trun_done\nFound.\n")
        #expect(result.resumeCommand == "parallel task result trun_slow1 trun_slow2", "\(result)")
    }

    @Test func `a result that nobody reads when the wait is interrupted is picked up again`() async throws {
        let text = String(repeating: "x", count: 300_000)
        let server = try ScriptedAPI { _ in .ok(ScriptedAPI.textResult(text)) }
        let result = try await Session(server).shell(
            """
            mkfifo pipe; parallel task result \(ScriptedAPI.runID) >pipe 2>error & exec 3<pipe
            sleep 1; kill -TERM $!; wait $!; echo $?; cat error
            """)
        #expect(result.output.hasPrefix("143\nerror: interrupted"), "\(result)")
        #expect(result.output.hasSuffix(" up again with: parallel task result \(ScriptedAPI.runID)\n"))
    }

    @Test func `a start of OpenSSL that hangs leaves signals their effect`() async throws {
        let session = try Session("http://127.0.0.1:1")
        let result = try await session.shell(
            """
            mkfifo conf; OPENSSL_CONF=$PWD/conf parallel search x 2>error & sleep 1; kill -TERM $!; sleep 0.2; kill -TERM $!
            wait $!; echo $?
            """)
        #expect(result.output == "143\n", "\(result)")
    }

    @Test(arguments: ["1", "20"])
    func `a creation is not sent again after an interruption`(_ pause: String) async throws {
        let sandbox = try await RunningSandbox()
        let child = try Session(sandbox).start(
            "task", "run", "x", "-v", "--metadata", "sandbox_create=429", "--metadata", "sandbox_retry=\(pause)")
        try await child.waitUntil(errorContains: "trying again in")
        child.send(signal: SIGINT)
        let result = try await child.wait()
        #expect(result.exit == .code(130))
        #expect(result.error.contains("nothing was created"), "\(result)")
        #expect(!result.error.contains("a run may exist"))
        #expect(sandbox.creations.count == 1)
    }

    @Test func `asked twice, the program ends at once even while a run is being created`() async throws {
        let sandbox = try await RunningSandbox()
        let child = try Session(sandbox).start("task", "run", "x", "--metadata", "sandbox_create=slow:60")
        while sandbox.creations.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        child.send(signal: SIGINT)
        // Until the first was taken, a second of the same kind is not counted.
        try await Task.sleep(for: .milliseconds(200))
        let start = ContinuousClock.now
        child.send(signal: SIGINT)
        let result = try await child.wait()
        #expect(result.exit == .code(130))
        // Not a measurement: the creation would be given up after 5 s anyway, but not without a word.
        #expect(start.duration(to: .now) < .milliseconds(4_500))
        #expect(!result.error.contains("a run may exist"), "\(result)")
    }

    @Test func `a wait that nothing can interrupt ends by the alarm`() async throws {
        let session = try Session("http://127.0.0.1:1")
        let result = try await session.shell(
            """
            mkfifo question schema
            parallel task run @question --output-schema @schema 2>error &
            echo 'Why?' >question
            kill -TERM $!; wait $!; echo $?; cat error
            """)
        // Without a word: what was cancelled in time would say that it was interrupted.
        #expect(result.output == "143\n", "\(result)")
    }

    @Test func `without an answer the creation is given up soon, saying that a run may exist`() async throws {
        let sandbox = try await RunningSandbox()
        let child = try Session(sandbox).start("task", "run", "x", "--metadata", "sandbox_create=slow:60")
        while sandbox.creations.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        child.send(signal: SIGINT)
        let result = try await child.wait()
        #expect(result.exit == .code(130))
        #expect(result.error.contains("error: interrupted while the run was being created"))
        #expect(result.error.contains("a run may exist"))
        #expect(sandbox.requests.count == 1)
    }

    @Test func `several runs are all named when their wait is interrupted`() async throws {
        let session = try Session(try await RunningSandbox(delay: "60"))
        let first = try await session.run("task", "run", "--no-wait", "x").runID
        let second = try await session.run("task", "run", "--no-wait", "y").runID
        let child = try session.start("task", "result", "-v", first, second)
        try await child.waitUntil(errorContains: "\(second)/result")
        child.send(signal: SIGTERM)
        let result = try await child.wait()
        #expect(result.exit == .code(143))
        #expect(result.resumeCommand == "parallel task result \(first) \(second)", "\(result)")
    }

    @Test func `a search or a stream of events ends at once`() async throws {
        let faults = #"{"faults": [{"path": "/v1/search", "action": "slow", "seconds": 60}]}"#
        let sandbox = try await RunningSandbox(delay: "60", faults: faults)
        let session = try Session(sandbox)
        let id = try await session.run("task", "run", "--no-wait", "x").runID
        for words in [["search", "x", "-v"], ["task", "events", id, "-v"]] {
            let child = try session.start(words)
            try await child.waitUntil(errorContains: "> x-api-key")
            child.send(signal: SIGINT)
            let result = try await child.wait()
            #expect(result.exit == .code(130))
            #expect(result.error.contains("error: interrupted"))
        }
    }

    @Test func `an interruption that the caller ignores stays ignored`() async throws {
        let gate = Gate()
        let server = try ScriptedAPI(completing: "Found.", after: gate)
        let session = try Session(server)
        let child = try ChildProcess.start(
            "/bin/sh", ["-c", "trap '' INT; exec parallel task run x"],
            environment: session.environment, input: .closed, directory: session.home.path)
        try await child.waitUntil(errorContains: "created")
        child.send(signal: SIGINT)
        gate.open()
        let result = try await child.wait()
        #expect(result.exit == .code(0))
        #expect(result.output == "Found.\n")
    }
}
