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
                run \(result.runID) created (processor base, about $0.01, 15 to 100 s)
                error: interrupted; run \(result.runID) continues
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
        try await poll("a poll") { sandbox.requests.contains { $0.path.hasSuffix("/result") } }
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
        try await poll("a request") { !server.requests.isEmpty }
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
        // What was written is read within the grace at the latest.
        try await poll("half an answer") { server.stallCount == 1 }
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
        let child = try session.start("task", "result", "-v", "trun_slow1", "trun_done", "trun_slow2")
        try await poll("three requests") { server.requests.count >= 3 }
        try await child.waitUntil(errorContains: "\n< 200")
        // What was read needs a moment to be taken in.
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
        let session = try Session(server)
        let pipe = session.home.file("pipe")
        try #require(mkfifo(pipe, 0o600) == 0)
        let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        let child = try ChildProcess.start(
            "/bin/sh", ["-c", "exec parallel task result \(ScriptedAPI.runID) >pipe"],
            environment: session.environment, input: .closed, directory: session.home.path)
        // The text is longer than any pipe, so that whoever has begun to write it waits.
        try await poll("the text", state: { child.error }) {
            var count: Int32 = 0
            return ioctl(reader, UInt(FIONREAD), &count) == 0 && count > 0
        }
        child.send(signal: SIGTERM)
        let result = try await child.wait()
        #expect(result.exit == .code(143) && result.error.hasPrefix("error: interrupted"), "\(result)")
        #expect(result.error.hasSuffix(" up again with: parallel task result \(ScriptedAPI.runID)\n"))
    }

    @Test func `a start of OpenSSL that hangs leaves signals their effect`() async throws {
        let session = try Session("http://127.0.0.1:1")
        let conf = session.home.file("conf")
        try #require(mkfifo(conf, 0o600) == 0)
        let child = try ChildProcess.start(
            Program.parallel, ["search", "x"], environment: session.environment.merging(["OPENSSL_CONF": conf]) { $1 },
            input: .closed, directory: session.home.path)
        // A pipe can be opened so only once somebody reads it; nothing is ever written.
        var writer: Int32 = -1
        try await poll("OpenSSL to read its settings", state: { child.error }) {
            writer = open(conf, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return writer >= 0
        }
        defer { close(writer) }
        child.send(signal: SIGTERM)
        try await Task.sleep(for: .milliseconds(200))
        child.send(signal: SIGTERM)
        #expect(try await child.wait().exit == .code(143))
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

    @Test func `a second Ctrl-C ends the program at once, even while a run is being created`() async throws {
        let sandbox = try await RunningSandbox()
        let child = try Session(sandbox).start("task", "run", "x", "--metadata", "sandbox_create=slow:60")
        try await poll("a creation") { !sandbox.creations.isEmpty }
        child.send(signal: SIGINT)
        try await child.waitUntil(errorContains: "a second Ctrl-C ends at once")
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock.now
        child.send(signal: SIGINT)
        let result = try await child.wait()
        #expect(result.exit == .code(130))
        // Not a measurement: the creation would be given up after 5 s anyway, but not without a word.
        #expect(start.duration(to: result.endTime) < .milliseconds(4_500))
        #expect(!result.error.contains("a run may exist"), "\(result)")
    }

    @Test func `a signal that a launcher sends twice counts once`() async throws {
        let sandbox = try await RunningSandbox()
        let child = try Session(sandbox).start("task", "run", "x", "--metadata", "sandbox_create=slow:2")
        try await poll("a creation") { !sandbox.creations.isEmpty }
        // As timeout(1) does: to the program, and to its group.
        child.send(signal: SIGTERM)
        try await child.waitUntil(errorContains: "a second Ctrl-C ends at once")
        child.send(signal: SIGTERM)
        let result = try await child.wait()
        #expect(result.exit == .code(143) && result.error.contains("pick it up again with: "), "\(result)")
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
        try await poll("a creation") { !sandbox.creations.isEmpty }
        child.send(signal: SIGINT)
        let result = try await child.wait()
        #expect(result.exit == .code(130))
        #expect(result.error.contains("error: interrupted while the run was being created"))
        #expect(result.error.contains("a run may exist"))
        #expect(sandbox.requests.count == 1)
    }

    @Test(arguments: [1, 2])
    func `an interruption tells the run of an answer that has stopped in the middle`(times: Int) async throws {
        let server = try ScriptedAPI { _ in
            .stalled("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"run_id\":\"trun_1\",\"st")
        }
        let child = try Session(server).start("task", "run", "x")
        try await poll("the answer") { server.stallCount == 1 }
        // It has left the server, which is not the same.
        try await Task.sleep(for: .seconds(1))
        child.send(signal: SIGINT)
        try await child.waitUntil(errorContains: "interrupted; run trun_1 exists; waiting up to 5 s for the rest")
        if times == 2 {
            // Sooner, it would count as the same one.
            try await Task.sleep(for: .milliseconds(300))
            child.send(signal: SIGINT)
        }
        let result = try await child.wait()
        #expect(result.exit == .code(130))
        #expect(result.error.contains("parallel task result trun_1") == (times == 1), "\(result)")
        #expect(server.requests.count == 1)
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
        // A program that took the signal would have ended by now.
        try await Task.sleep(for: .milliseconds(500))
        gate.open()
        let result = try await child.wait()
        #expect(result.exit == .code(0))
        #expect(result.output == "Found.\n")
    }
}
