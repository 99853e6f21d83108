import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

/// Following what a call of Parallel's Task MCP has started, which costs money.
@Suite(.timeLimit(.minutes(10))) struct TaskMCPWaitTests {
    private typealias Call = ScriptedMCPServer.Call

    private static let uncertain =
        "a run may exist all the same; it was not sent again, since a second run would cost money too"

    private static func text(_ call: Call, _ text: String, isError: Bool = false) -> HTTPResponse {
        call.result(["content": [["type": "text", "text": .string(text)]], "isError": .bool(isError)])
    }

    private static func name(_ call: Call) -> String? {
        call.method == "tools/call" ? call.message["params"]?["name"]?.string : nil
    }

    /// A server of which each tool answers in its own way; `status` is told how often it was asked before.
    private static func server(
        create: @escaping @Sendable (Call) throws -> HTTPResponse = {
            text($0, "Started trun_0a1b, see https://platform.parallel.ai/x/trun_0a1b")
        },
        status: @escaping @Sendable (Call, Int) throws -> HTTPResponse = { call, _ in
            text(call, #"{"status":"completed"}"#)
        },
        result: @escaping @Sendable (Call) throws -> HTTPResponse = { text($0, "# Report") }
    ) -> ScriptedMCPServer {
        let counter = Counter()
        return .legacy(tools: [["name": "createDeepResearch"], ["name": "createTaskGroup"], ["name": "getStatus"]]) {
            call in
            switch name(call) {
            case "createDeepResearch", "createTaskGroup": try create(call)
            case "getStatus": try status(call, counter.next())
            case "getResultMarkdown": try result(call)
            default: nil
            }
        }
    }

    private static func statuses(_ statuses: String...) -> @Sendable (Call, Int) throws -> HTTPResponse {
        { call, index in text(call, statuses[min(index, statuses.count - 1)]) }
    }

    private static func called(_ server: ScriptedMCPServer) -> [String] { server.calls.compactMap(name) }

    /// Pauses pass at once; the 30 seconds that a request may take don't.
    private static var passing: ManualClock { ManualClock(passing: .seconds(5)) }

    private static func research(
        _ server: ScriptedMCPServer, at word: String = MCPRun.url, _ words: String...,
        tool: String = "createDeepResearch",
        terminal: TerminalInfo = TerminalInfo(), clock: any Clock<Duration> = passing
    ) async -> CommandRun {
        await MCPRun.run(
            ["call", word, tool, "-a", "input=x", "--wait"] + words, server, terminal: terminal, clock: clock)
    }

    // MARK: - To the end

    @Test func `a wait follows the run to its end and prints the result alone`() async {
        let server = Self.server(
            status: Self.statuses(
                #"{"status":"queued"}"#, "Status: running (2 of 3 completed)", #"{"status":"completed"}"#))
        let run = await Self.research(server)
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.output == "# Report\n")
        #expect(run.errors == "run trun_0a1b created\n")
        let reads = ["getStatus", "getStatus", "getStatus", "getResultMarkdown"]
        #expect(Self.called(server) == ["createDeepResearch"] + reads)
        let arguments = server.calls.filter { $0.method == "tools/call" }.map { $0.message["params"]?["arguments"] }
        #expect(arguments.dropFirst() == Array(repeating: ["taskRunOrGroupId": "trun_0a1b"], count: 4)[...])
    }

    @Test func `polls may be sent again, the creation may not`() async {
        let server = Self.server()
        _ = await Self.research(server)
        let calls = server.calls.filter { Self.name($0) != nil }
        #expect(Self.called(server).contains("createDeepResearch") && calls.count > 1)
        for call in calls {
            #expect(call.request.resend == (Self.name(call) == "createDeepResearch" ? .never : .safe))
        }
    }

    @Test func `a run that failed exits with 6`() async {
        let failed = Self.statuses(#"{"status":"failed"}"#)
        let told = await Self.research(
            Self.server(status: failed, result: { Self.text($0, "the run failed", isError: true) }))
        #expect(
            told.code == .runFailed && told.errors.contains("'getResultMarkdown' reported an error: the run failed"))
        let printed = await Self.research(Self.server(status: failed))
        #expect(printed.code == .runFailed && printed.output == "# Report\n")
        #expect(printed.errors.contains("run trun_0a1b failed"))
    }

    @Test func `a group of which items failed exits with 8 after its result`() async {
        let counts = #"{"is_active":false,"num_task_runs":5,"counts":{"completed":3,"failed":1,"cancelled":1}}"#
        let server = Self.server(create: { Self.text($0, "tgrp_1") }, status: Self.statuses(counts))
        let run = await Self.research(server, tool: "createTaskGroup")
        #expect(run.code == .partial)
        #expect(run.output == "# Report\n")
        #expect(run.errors == "group tgrp_1 created\nerror: group tgrp_1: 3 of 5 completed; 1 failed, 1 cancelled\n")
        let none = Self.server(
            create: { Self.text($0, "tgrp_1") }, status: Self.statuses(#"{"status":"failed","counts":{"failed":2}}"#))
        #expect(await Self.research(none, tool: "createTaskGroup").code == .runFailed)
    }

    @Test func `an existing run is waited for with getStatus`() async {
        let server = Self.server(status: Self.statuses(#"{"status":"running"}"#, #"{"status":"completed"}"#))
        let run = await MCPRun.run(
            ["call", MCPRun.url, "getStatus", "-a", "taskRunOrGroupId=trun_7", "--wait"], server, clock: Self.passing
        )
        #expect(run.code == .success && run.output == "# Report\n")
        #expect(run.errors == "waiting for run trun_7\n")
    }

    @Test func `on a terminal a line tells how far it is`() async {
        let active = #"{"status":"running","is_active":true,"num_task_runs":5,"counts":{"completed":3,"running":2}}"#
        let server = Self.server(
            create: { Self.text($0, "tgrp_1") }, status: Self.statuses(active, active, #"{"status":"completed"}"#))
        let terminal = TerminalInfo(stderrIsTerminal: true, term: "xterm")
        let run = await Self.research(server, tool: "createTaskGroup", terminal: terminal, clock: ContinuousClock())
        #expect(run.code == .success)
        #expect(run.errors.contains("running · 3 of 5 completed"), "\(run.errors.debugDescription)")
    }

    // MARK: - Before the call

    @Test func `--wait with a tool that starts nothing is refused before a call`() async {
        let server = ScriptedMCPServer.legacy()
        let run = await MCPRun.run(["call", MCPRun.url, "echo", "--wait"], server)
        #expect(run.code == .usage && run.errors.contains("'echo' starts nothing to wait for"))
        let near = await MCPRun.run(["call", MCPRun.url, "createDeepReserch", "--wait"], server)
        #expect(near.code == .usage && near.errors.contains("did you mean 'createDeepResearch'?"))
        #expect(server.calls.isEmpty)
    }

    @Test func `an answer that names nothing to wait for is printed, and that is reported`() async {
        let run = await Self.research(Self.server(create: { Self.text($0, "It is done already.") }))
        #expect(run.code == .success)
        #expect(run.output == "It is done already.\n")
        #expect(run.errors == "note: the answer names no run or group, so there was nothing to wait for\n")
    }

    // MARK: - Money

    @Test func `a creation with an uncertain outcome is not repeated, and the user is told so`() async {
        let lost = HTTPError(.connectionLost, "the connection broke", mayHaveBeenSent: true)
        let creations: [(@Sendable (Call) throws -> HTTPResponse, ExitCode)] = [
            ({ _ in throw lost }, .unreachable), ({ _ in .events([": working\n\n"]) }, .unreachable),
            ({ _ in .text("Bad gateway", status: 502) }, .refused), ({ _ in .text("<html>") }, .unexpected),
        ]
        for (create, code) in creations {
            let server = Self.server(create: create)
            let run = await Self.research(server, "-q")
            #expect(run.code == code, "\(run.errors)")
            #expect(run.errors.contains(Self.uncertain), "\(run.errors)")
            #expect(Self.called(server) == ["createDeepResearch"])
        }
    }

    @Test(arguments: [(503, "<html>"), (503, ""), (429, "slow down")])
    func `the page of a gateway says nothing of a creation, and it is not repeated`(status: Int, page: String) async {
        let server = Self.server(create: { _ in .text(page, status: status) })
        let run = await Self.research(server)
        #expect(run.code == .refused && run.errors.contains(Self.uncertain), "\(run.errors)")
        #expect(Self.called(server) == ["createDeepResearch"])
    }

    @Test(arguments: [429, 503])
    func `a server that is busy in its own words is asked again`(status: Int) async {
        let counter = Counter()
        let server = Self.server(create: { call in
            if counter.next() > 1 { return Self.text(call, "Started trun_0a1b") }
            return HTTPResponse(
                status: status, headers: HTTPHeaders([("content-type", "application/json")]),
                body: HTTPBody(Array(#"{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"message":"busy"}}"#.utf8)))
        })
        let run = await Self.research(server)
        #expect(run.code == .success && run.output == "# Report\n", "\(run.errors)")
        #expect(Self.called(server).count { $0 == "createDeepResearch" } == 3)
    }

    @Test(arguments: [429, 502, 503, 504])
    func `a response to the very call is an answer whatever its status, and the call is not repeated`(
        status: Int
    ) async {
        let server = Self.server(create: { call in
            .json(
                ["jsonrpc": "2.0", "id": call.id, "error": ["code": -32603, "message": "created, then it broke"]],
                status: status, headers: [("retry-after", "1")])
        })
        let run = await Self.research(server)
        #expect(run.code == .refused && run.errors.contains("created, then it broke (-32603)"), "\(run.errors)")
        #expect(run.errors.contains(Self.uncertain), "\(run.errors)")
        #expect(Self.called(server) == ["createDeepResearch"])
    }

    @Test(arguments: [
        (307, "/other", "", true), (308, "https://mcp.example/other", "moved", true),
        (308, "/other", "see trun_5f", false), (303, "/other", "", false), (302, "/other", "", false),
        (308, "https://other.example/mcp", "", false), (308, "https://mcp.example:8443/mcp", "", false),
        (307, "https://me:pw@mcp.example/other", "", false),
    ])
    func `a call goes on to another path of its origin, if the redirect says that nothing was done`(
        status: Int, location: String, body: String, isFollowed: Bool
    ) async {
        let server = Self.server(create: { call in
            if call.request.url.path == "/other" { return Self.text(call, "Started trun_0a1b") }
            return HTTPResponse(
                status: status, headers: HTTPHeaders([("location", location)]), body: HTTPBody(Array(body.utf8)))
        })
        let run = await Self.research(server)
        #expect(run.code == (isFollowed ? .success : .refused), "\(run.errors)")
        #expect(Self.called(server).count { $0 == "createDeepResearch" } == (isFollowed ? 2 : 1))
        #expect(server.calls.allSatisfy { $0.request.url.origin == "https://mcp.example" })
    }

    @Test func `a creation that takes too long may have come about`() async {
        let clock = ManualClock()
        let server = ScriptedMCPServer.legacy(tools: [["name": "createDeepResearch"]]) { call in
            call.method == "tools/call" ? try await MCPRun.silence(.seconds(1), on: clock) : nil
        }
        let run = await Self.research(server, "--timeout", "1s", clock: clock)
        #expect(run.code == .stillRunning && run.errors.contains(Self.uncertain), "\(run.errors)")
    }

    @Test func `an error that certainly created nothing does not warn of a run`() async {
        let unsent = HTTPError(.connect, "nobody answers", mayHaveBeenSent: false)
        let creations: [(@Sendable (Call) throws -> HTTPResponse, ExitCode)] = [
            ({ _ in throw unsent }, .unreachable), ({ $0.error(-32602, "no such tool") }, .refused),
            ({ _ in .text("no", status: 400) }, .refused), ({ Self.text($0, "no credit", isError: true) }, .runFailed),
        ]
        for (create, code) in creations {
            let run = await Self.research(Self.server(create: create))
            #expect(run.code == code && !run.errors.contains("may exist"), "\(run.errors)")
        }
    }

    @Test func `calls of the task server are as careful without a wait, and its reads need not be`() async {
        let lost: @Sendable (Call) throws -> HTTPResponse = { _ in
            throw HTTPError(.connectionLost, "the connection broke", mayHaveBeenSent: true)
        }
        let server = Self.server(create: lost, status: { call, _ in try lost(call) })
        let create = await MCPRun.run(
            ["call", "parallel-task", "createDeepResearch"], server, clock: Self.passing)
        #expect(create.code == .unreachable && create.errors.contains(Self.uncertain))
        let read = await MCPRun.run(["call", "parallel-task", "getStatus"], server, clock: Self.passing)
        #expect(read.code == .unreachable && !read.errors.contains("may exist"))
        let other = await MCPRun.run(["call", MCPRun.url, "createDeepResearch"], server, clock: Self.passing)
        #expect(other.code == .unreachable && !other.errors.contains("may exist"))
    }

    @Test func `an answer that breaks off behind the id names the run`() async {
        let server = Self.server(create: { _ in
            var error = HTTPError(.truncated, "the answer broke off", mayHaveBeenSent: true)
            error.received = Array(#"{"result":{"content":[{"text":"trun_5f"#.utf8) + Array(#"" "#.utf8)
            throw error
        })
        let run = await Self.research(server, at: "parallel-task")
        #expect(run.code == .unreachable)
        #expect(run.errors.contains("run trun_5f exists all the same"))
        #expect(run.errors.contains("parallel task result trun_5f"))
    }

    @Test(arguments: [
        (500, #"{"error":"broke behind trun_5f"}"#),
        (502, #"{"jsonrpc":"2.0","id":3,"error":{"code":-32603,"message":"broke behind trun_5f"}}"#),
        (302, "see trun_5f"), (307, "see trun_5f"), (503, "see trun_5f"),
        (429, #"{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"message":"trun_5f is under way"}}"#),
        (200, #"{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"message":"gave up behind trun_5f"}}"#),
    ])
    func `an error that may follow the creation names the run`(status: Int, body: String) async {
        let server = Self.server(create: { _ in
            HTTPResponse(
                status: status, headers: HTTPHeaders(status < 400 ? [("location", "https://other.example/")] : []),
                body: HTTPBody(Array(body.utf8)))
        })
        let run = await Self.research(server, at: "parallel-task")
        #expect(run.code == .refused && Self.called(server) == ["createDeepResearch"], "\(run.errors)")
        #expect(run.errors.contains("  run trun_5f exists all the same\n"), "\(run.errors)")
        #expect(run.errors.contains("parallel task result trun_5f"))
    }

    @Test func `a run that the arguments name is not taken for the one that an error may follow`() async {
        let server = Self.server(create: { _ in .text("no trun_old", status: 500) })
        let run = await MCPRun.run(
            ["call", "parallel-task", "createDeepResearch", "-a", "previousRun=trun_old"], server, clock: Self.passing)
        #expect(run.code == .refused && run.errors.contains(Self.uncertain), "\(run.errors)")
    }

    private static func interrupted(
        _ server: ScriptedMCPServer, once isReached: AsyncStream<Void>
    ) async throws -> CommandRun {
        let work = Task {
            await CommandRun(
                ["mcp", "call", "parallel-task", "createDeepResearch", "-a", "input=x", "--wait", "-q"], over: server,
                clock: ContinuousClock(), interruption: 2)
        }
        try await untilFinished(isReached, "the request")
        work.cancel()
        return await work.value
    }

    @Test func `an interruption of the creation says that a run may exist`() async throws {
        let (isReached, reach) = AsyncStream<Void>.makeStream()
        let server = Self.server(create: { _ in
            reach.finish()
            return .openEvents([])
        })
        let run = try await Self.interrupted(server, once: isReached)
        #expect(run.code == .interrupted)
        #expect(run.errors.contains("interrupted; the server was told") && run.errors.contains(Self.uncertain))
    }

    @Test func `an interruption of the wait names the run, also where all else is quiet`() async throws {
        let (isReached, reach) = AsyncStream<Void>.makeStream()
        let server = Self.server(status: { call, _ in
            reach.finish()
            return Self.text(call, #"{"status":"running"}"#)
        })
        let run = try await Self.interrupted(server, once: isReached)
        #expect(run.code == .interrupted)
        #expect(run.errors.contains("interrupted; trun_0a1b continues"))
        #expect(run.errors.contains("pick it up again with: parallel task result trun_0a1b"))
    }

    // MARK: - Time

    @Test func `a wait that ends early has used its time, says how to go on, and creates nothing again`() async {
        let server = Self.server(status: Self.statuses(#"{"status":"running"}"#))
        let clock = Self.passing
        let run = await Self.research(server, "--timeout", "1m", "-q", clock: clock)
        #expect(clock.now.offset >= .seconds(60))
        #expect(run.code == .stillRunning)
        #expect(run.errors.contains("error: the wait ended before trun_0a1b did"))
        let again =
            "pick it up again with: parallel mcp call \(MCPRun.url) getStatus --arg taskRunOrGroupId=trun_0a1b --wait"
        #expect(run.errors.contains(again), "\(run.errors)")
        #expect(Self.called(server).count { $0 == "createDeepResearch" } == 1)
    }

    @Test func `the last pause is what is left of the time, and a run that ends in it is still seen`() async throws {
        let clock = ManualClock()
        let (isReached, reach) = AsyncStream<Void>.makeStream()
        let server = Self.server(status: { call, index in
            if index == 0 { clock.advance(by: .milliseconds(50)) }
            reach.finish()
            return Self.text(call, index == 0 ? #"{"status":"running"}"# : #"{"status":"completed"}"#)
        })
        async let work = MCPRun.run(
            ["call", MCPRun.url, "createDeepResearch", "--wait", "--timeout", "200ms"], server, clock: clock)
        try await untilFinished(isReached, "the request")
        try await poll("the last pause") { clock.sleeps.last == .milliseconds(150) && clock.sleeperCount > 0 }
        clock.advance(by: .milliseconds(150))
        let run = await work
        #expect(run.code == .success && run.output == "# Report\n", "\(run.errors)")
    }

    @Test func `temporary failures don't end the wait`() async {
        let failures: [@Sendable (Call) throws -> HTTPResponse] = [
            { _ in throw HTTPError(.connectionLost, "the connection broke", mayHaveBeenSent: true) },
            { _ in .text("slow down", status: 429) }, { _ in .text("Bad gateway", status: 502) },
            { _ in .events([": hello\n\n"]) },
        ]
        let server = Self.server(status: { call, index in
            // Each of them longer than the transport tries by itself.
            index < 12 ? try failures[index / 3](call) : Self.text(call, #"{"status":"completed"}"#)
        })
        let run = await Self.research(server)
        #expect(run.code == .success && run.output == "# Report\n", "\(run.errors)")
    }

    @Test func `failures that last end the wait at its timeout, and the last one is reported`() async {
        let server = Self.server(status: { _, _ in .text("Bad gateway", status: 502) })
        let run = await Self.research(server, "--timeout", "1m")
        #expect(run.code == .stillRunning)
        #expect(run.errors.contains("the last attempt failed: ") && run.errors.contains("502"))
    }

    @Test func `a server that does not know a new run yet is asked again, but not for ever`() async {
        let unknown: @Sendable (Call) -> HTTPResponse = { Self.text($0, "there is no run 'trun_0a1b'", isError: true) }
        let late = Self.server(status: { call, index in
            index < 2 ? unknown(call) : Self.text(call, #"{"status":"completed"}"#)
        })
        #expect(await Self.research(late).code == .success)
        let never = Self.server(status: { call, _ in unknown(call) })
        let run = await Self.research(never, at: "parallel-task")
        #expect(run.code == .runFailed)
        #expect(run.errors.contains("the tool 'getStatus' reported an error: there is no run 'trun_0a1b'"))
        #expect(run.errors.contains("parallel task result trun_0a1b"))
        #expect(Self.called(never).count { $0 == "getStatus" } == 6)
    }

    @Test func `later an error of getStatus is final`() async {
        let server = Self.server(status: { call, index in
            index == 0 ? Self.text(call, #"{"status":"running"}"#) : Self.text(call, "broken", isError: true)
        })
        let run = await Self.research(server)
        #expect(run.code == .runFailed && run.errors.contains("the tool 'getStatus' reported an error: broken"))
        #expect(Self.called(server).count { $0 == "getStatus" } == 2)
    }

    // MARK: - How to go on

    @Test func `the hint of a group goes by the server, that of a run of the task server by the API`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("file-key\n", to: "key", mode: 0o600)
        let file = directory.path + "/key"
        for (id, hint) in [
            ("trun_1", "parallel task result trun_1 --api-key-file \(file)\n"),
            (
                "tgrp_1",
                "parallel mcp call parallel-task getStatus --arg taskRunOrGroupId=tgrp_1 --wait --api-key-file \(file)\n"
            ),
        ] {
            let server = Self.server(create: { Self.text($0, id) }, status: Self.statuses(#"{"status":"running"}"#))
            let run = await Self.research(server, at: "parallel-task", "--timeout", "1m", "--api-key-file", file)
            #expect(run.errors.contains("pick it up again with: " + hint), "\(run.errors)")
        }
    }

    @Test func `hints repeat references but no secrets`() async {
        let server = Self.server(status: Self.statuses(#"{"status":"running"}"#))
        let run = await MCPRun.run(
            [
                "call", "https://mcp.example/mcp?key=pass2", "createDeepResearch", "--wait", "--timeout", "1m",
                "-H", "Authorization: Bearer pass3", "-H", "X-Team: ${TEAM}",
            ], server, environment: ["TEAM": "pass4"], clock: Self.passing)
        #expect(run.code == .stillRunning, "\(run.errors)")
        #expect(run.errors.contains("'Authorization: …'") && run.errors.contains("'X-Team: ${TEAM}'"))
        #expect(run.errors.contains("key=***"))
        #expect(!run.errors.contains("pass"))
    }
}

/// Counts from 0.
private final class Counter: Sendable {
    private let count = Lock(0)

    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
