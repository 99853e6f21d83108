import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// Answers as JSON and as streams, and all that may come before, between and instead of them.
@Suite(.timeLimit(.minutes(10))) struct MCPExchangeTests {
    /// Answers the call of a tool, and everything else as usual.
    private static func answering(
        version: String = "2025-11-25", session: String? = nil,
        _ answer: @escaping @Sendable (ScriptedMCPServer.Call) async throws -> HTTPResponse?
    ) -> ScriptedMCPServer {
        .legacy(version: version, session: session) { call in
            call.method == "tools/call" ? try await answer(call) : nil
        }
    }

    private static func response(_ call: ScriptedMCPServer.Call, text: String = "done") -> JSONValue {
        [
            "jsonrpc": "2.0", "id": call.id, "result": ["content": [["type": "text", "text": .string(text)]]],
        ]
    }

    private static func stream(_ chunks: AsyncThrowingStream<[UInt8], any Error>) -> HTTPResponse {
        HTTPResponse(
            status: 200, headers: HTTPHeaders([("content-type", "text/event-stream")]), body: HTTPBody(chunks: chunks))
    }

    // MARK: - Streams

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `events are read whatever their line ends, wherever they are cut`(lineEnd: String) async {
        let server = Self.answering { call in
            let text = ": ping\(lineEnd)\(lineEnd)" + event(Self.response(call), lineEnd: lineEnd)
            return .events(text.unicodeScalars.map { String($0) })
        }
        #expect(await MCPRun.call(server).output == "done\n")
    }

    @Test(arguments: ["text/event-stream\t; charset=utf-8", "Text/Event-Stream", "text/plain", "application/json"])
    func `a stream is read whatever its server calls it`(type: String) async {
        let server = Self.answering { call in .text(": hi\n\n" + event(Self.response(call)), type: type) }
        let run = await MCPRun.call(server)
        #expect(run.output == "done\n" && run.errors.isEmpty, "\(run.errors)")
    }

    @Test func `a byte order mark, comments, other events and empty data are passed over`() async {
        let server = Self.answering { call in
            .events([
                "\u{FEFF}: keep-alive\r\n\r\n", "id: 1\r\ndata: \r\n\r\n", "event: other\r\ndata: x\r\n\r\n",
                event(Self.response(call)),
            ])
        }
        #expect(await MCPRun.call(server).output == "done\n")
    }

    @Test func `progress and logs may come before the answer`() async {
        let server = Self.answering { call in
            let token = call.message["params"]?["_meta"]?["progressToken"] ?? .null
            return .events([
                event([
                    "jsonrpc": "2.0", "method": "notifications/progress",
                    "params": ["progressToken": token, "progress": 1, "total": 4, "message": "one\u{1B}[31m"],
                ]),
                event(["jsonrpc": "2.0", "method": "notifications/unheard-of"]),
                event([
                    "jsonrpc": "2.0", "method": "notifications/message",
                    "params": ["level": "info", "data": "thinking"],
                ]), event(Self.response(call)),
            ])
        }
        let run = await MCPRun.call(server)
        #expect(run.output == "done\n")
        #expect(run.errors == "progress: 1/4 one␛[31m\n")
        #expect(await MCPRun.call(server, "-v").errors.contains("* server log (info): thinking\n"))
    }

    @Test func `a stream that breaks without an id loses the answer, and nothing is repeated`() async {
        let broken = HTTPError(.connectionLost, "the connection broke", mayHaveBeenSent: true)
        for response in [HTTPResponse.events([": hello\n\n"]), .events([": hello\n\n"], failing: broken)] {
            let server = Self.answering { _ in response }
            let run = await MCPRun.call(server)
            #expect(run.code == .unreachable)
            #expect(server.methods.count { $0 == "tools/call" } == 1)
        }
    }

    @Test func `a stream that breaks with an id goes on by GET, as often as it takes`() async {
        let server = ScriptedMCPServer.legacy(session: "s-1") { call in
            switch (call.request.method, call.method) {
            case (.post, "tools/call"):
                return .events(["id: e1\r\nretry: 20\r\ndata: \r\n\r\n"])
            case (.get, _):
                switch call.header("last-event-id") {
                case nil: return .empty(405)
                case "e1": return .events(["id: e2\r\ndata: \r\n\r\n"])
                default:
                    // The late answer to something else, then the one that is waited for.
                    return .events([
                        event(["jsonrpc": "2.0", "id": 999, "result": [:]]),
                        event(["jsonrpc": "2.0", "id": 4, "result": ["content": [["type": "text", "text": "late"]]]]),
                    ])
                }
            default: return nil
            }
        }
        let run = await MCPRun.call(server)
        #expect(run.output == "late\n", "\(run.errors)")
        let resumptions = server.calls.filter { $0.header("last-event-id") != nil }
        #expect(resumptions.map { $0.header("last-event-id") } == ["e1", "e2"])
        #expect(resumptions.allSatisfy { $0.header("mcp-session-id") == "s-1" })
        #expect(resumptions.allSatisfy { $0.header("mcp-protocol-version") == "2025-11-25" })
        #expect(resumptions.allSatisfy { $0.header("accept") == "text/event-stream" })
    }

    @Test func `a stream that can't go on loses the answer at once, also where the server has another one open`() async
    {
        let server = ScriptedMCPServer.legacy(session: "s-1") { call in
            if call.method == "tools/call" { return .events(["id: e1\nretry: 1\ndata: \n\n"]) }
            guard call.request.method == .get else { return nil }
            return call.header("last-event-id") == nil ? .openEvents([]) : .empty(404)
        }
        let run = await MCPRun.call(server, "--timeout", "30s")
        #expect(run.code == .unreachable && run.errors.contains("can't send again (404)"), "\(run.errors)")
    }

    @Test(arguments: [nil, "server-error", 2] as [JSONValue])
    func `a stream that breaks behind an error for something else goes on`(id: JSONValue) async {
        let error: JSONValue = ["jsonrpc": "2.0", "id": id, "error": ["code": -32600, "message": "bad notification"]]
        let server = ScriptedMCPServer.legacy(session: "s-1") { call in
            if call.method == "tools/call" { return .events([event(error, id: "e1\r\nretry: 20")]) }
            guard call.header("last-event-id") == "e1" else { return nil }
            return .events([
                event(["jsonrpc": "2.0", "id": 4, "result": ["content": [["type": "text", "text": "late"]]]])
            ])
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "late\n" && run.errors.isEmpty, "\(run.errors)")
        #expect(server.methods.count { $0 == "tools/call" } == 1)
    }

    @Test func `a modern stream that breaks is not asked for again`() async {
        let server = ScriptedMCPServer.modern { call in
            call.method == "tools/call" ? .events(["id: e1\nretry: 1\ndata: \n\n"]) : nil
        }
        #expect(await MCPRun.call(server).code == .unreachable)
        #expect(server.methods.count { $0 == "GET" } == 0)
    }

    // MARK: - Requests of the server

    @Test func `a ping is answered and anything else refused, under the very ids of the server, zero included`() async {
        let server = Self.answering(session: "s-1") { call in
            .events([
                event(["jsonrpc": "2.0", "id": 0, "method": "ping"]),
                event(["jsonrpc": "2.0", "id": "a-1", "method": "sampling/createMessage", "params": [:]]),
                event(["jsonrpc": "2.0", "id": 7, "method": "roots/list"]),
                event(Self.response(call)),
            ])
        }
        let run = await MCPRun.call(server)
        #expect(run.output == "done\n")
        #expect(run.errors.contains("the server asked for sampling/createMessage"))
        let answers = server.calls.filter { $0.request.method == .post && $0.message["method"] == nil }
        #expect(answers.map { $0.message["id"] } == [0, "a-1", 7])
        #expect(answers[0].message["result"] == [:])
        #expect(answers[1].message["error"]?["code"] == -32601)
        #expect(answers[2].message["error"]?["code"] == -32601)
        #expect(answers.allSatisfy { $0.header("mcp-session-id") == "s-1" })
    }

    @Test func `a request on the server's own stream is answered while the call waits for it`() async {
        let (refusals, refused) = AsyncStream<Void>.makeStream()
        let server = ScriptedMCPServer.legacy(session: "s-1") { call in
            switch (call.request.method, call.method) {
            case (.get, _):
                return .openEvents([event(["jsonrpc": "2.0", "id": 0, "method": "sampling/createMessage"])])
            case (.post, nil):
                refused.finish()
                return .empty(202)
            case (.post, "tools/call"):
                try await untilFinished(refusals, "the refusal")
                return .events([event(Self.response(call))])
            default: return nil
            }
        }
        #expect(await MCPRun.call(server).output == "done\n")
    }

    /// A legacy server that accepts requests with 202, or with a stream that ends, and sends the responses on its own
    /// stream. Without a reader they wait for one, or are lost if `isForgetful` is set.
    ///
    /// Its stream opens once somebody waits for that on `clock`, at most a second.
    private static func accepting(
        session: String?, isForgetful: Bool, withStream: Bool, _ clock: ManualClock
    ) -> ScriptedMCPServer {
        let (responses, queue) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let isRead = Lock(false)
        return .legacy(session: session) { call in
            if call.request.method == .get {
                guard !isRead.withLock({ isRead in (isRead, isRead = true).0 }) else { return .empty(409) }
                try await poll("the wait for the stream") { clock.sleeps.contains(.seconds(1)) }
                return stream(responses)
            }
            guard let method = call.method, method.hasPrefix("tools/") else { return nil }
            let listed: JSONValue = ["jsonrpc": "2.0", "id": call.id, "result": ["tools": [["name": "echo"]]]]
            if !isForgetful || isRead.withLock({ $0 }) {
                queue.yield(Array(event(method == "tools/list" ? listed : response(call)).utf8))
            }
            return withStream ? .events([": accepted\n\n"]) : .text("Accepted", status: 202)
        }
    }

    @Test(arguments: [("s-1", false), (nil, false), ("s-1", true), (nil, true)] as [(String?, Bool)], [false, true])
    func `a response that comes on the server's own stream is read there`(
        server: (session: String?, isForgetful: Bool), withStream: Bool
    ) async throws {
        let (session, isForgetful) = server
        let clock = ManualClock()
        let server = Self.accepting(session: session, isForgetful: isForgetful, withStream: withStream, clock)
        async let call = MCPRun.run(["call", MCPRun.url, "echo"], server, clock: clock)
        if isForgetful {
            try await poll("the wait for the response") { clock.sleeps.count { $0 == .seconds(1) } == 2 }
            clock.advance(by: .seconds(1))
        }
        let run = await call
        #expect(run.code == .success && run.output == "done\n" && run.errors.isEmpty, "\(run.errors)")
        let reads = server.calls.filter { $0.request.method == .get }
        #expect(reads.count == 1 && reads[0].header("mcp-session-id") == session)
        #expect(server.methods.count { $0 == "tools/call" } == 1)
        #expect(server.methods.count { $0 == "tools/list" } == (isForgetful ? 2 : 1))
    }

    @Test(arguments: [false, true])
    func `a response on the server's own stream is taken while the answer to the call is still open`(
        isSilent: Bool
    ) async {
        let (responses, queue) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let server = ScriptedMCPServer.legacy(session: "s-1") { call in
            if call.request.method == .get { return Self.stream(responses) }
            guard call.method == "tools/call" else { return nil }
            queue.yield(Array(event(Self.response(call)).utf8))
            if isSilent { try await Task.sleep(for: .seconds(86_400)) }
            return .openEvents([": working\n\n"])
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "done\n" && run.errors.isEmpty, "\(run.errors)")
        #expect(server.methods.count { $0 == "tools/call" } == 1)
        #expect(!server.methods.contains("notifications/cancelled"))
    }

    @Test func `an answer that ends without the response is given up soon, also where another stream is open`()
        async throws
    {
        for (answer, code) in [(HTTPResponse.events([": done\n\n"]), ExitCode.unreachable), (.empty(200), .unexpected)]
        {
            let clock = ManualClock()
            // The probe and the notification have the same limit, but may be over before their clocks run.
            let earlier = Lock<Int?>(nil)
            let server = ScriptedMCPServer.legacy(session: "s-1") { call in
                if call.request.method == .get { return .openEvents([]) }
                guard call.method == "tools/call" else { return nil }
                earlier.withLock { $0 = clock.sleeps.count { $0 == .seconds(5) } }
                return answer
            }
            async let call = MCPRun.run(["call", MCPRun.url, "echo"], server, clock: clock)
            try await poll("the wait for the response") {
                guard let earlier = earlier.withLock({ $0 }) else { return false }
                return clock.sleeps.count { $0 == .seconds(5) } > earlier
            }
            clock.advance(by: .seconds(5))
            let run = await call
            #expect(run.code == code, "\(run.errors)")
            #expect(server.methods.count { $0 == "tools/call" } == 1)
        }
    }

    @Test(arguments: [500, 504, 200, nil])
    func `a response on the server's own stream is taken where the call itself fails`(status: Int?) async {
        for isAnswered in [true, false] {
            let (responses, queue) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            let server = ScriptedMCPServer.legacy(session: "s-1") { call in
                if call.request.method == .get { return Self.stream(responses) }
                guard call.method == "tools/call" else { return nil }
                if isAnswered { queue.yield(Array(event(Self.response(call)).utf8)) }
                let lost = HTTPError(.connectionLost, "it broke", mayHaveBeenSent: true)
                guard let status else { throw lost }
                return status == 200
                    ? .events([": working\n\n"], failing: lost) : .text("Gateway Timeout", status: status)
            }
            let run = await MCPRun.call(server)
            let failed = status ?? 200 == 200 ? ExitCode.unreachable : .refused
            #expect(run.code == (isAnswered ? .success : failed), "\(run.errors)")
            #expect(run.output == (isAnswered ? "done\n" : ""), "\(run.errors)")
            #expect(server.methods.count { $0 == "tools/call" } == 1)
        }
    }

    /// Calls the tool with a time limit, which passes once the call was accepted and the server's own stream is open.
    private static func outwaited(_ server: ScriptedMCPServer, _ words: String...) async throws -> CommandRun {
        let clock = ManualClock()
        async let run = MCPRun.run(["call", MCPRun.url, "echo", "--timeout", "17s"] + words, server, clock: clock)
        try await poll("the call and the stream") {
            server.methods.contains("tools/call") && server.methods.contains("GET")
                && clock.sleeps.contains(.seconds(17))
        }
        for _ in 0..<17 {
            clock.advance(by: .seconds(1))
            // A call that is repeated after a second has time for it.
            try await Task.sleep(for: .milliseconds(10))
        }
        return await run
    }

    @Test func `a call that was accepted and is not answered is not repeated, and given up at its timeout`()
        async throws
    {
        let silent = Self.answering(session: "s-1") { _ in .empty(202) }
        let unreadable = await MCPRun.call(silent)
        #expect(unreadable.code == .unexpected && unreadable.errors.contains("(202): an empty body"))
        #expect(silent.methods.count { $0 == "tools/call" } == 1)
        let open = ScriptedMCPServer.legacy(session: "s-1") { call in
            call.request.method == .get ? .openEvents([]) : call.method == "tools/call" ? .empty(202) : nil
        }
        let waiting = try await Self.outwaited(open)
        #expect(waiting.code == .stillRunning, "\(waiting.errors)")
        #expect(open.methods.count { $0 == "tools/call" } == 1 && open.methods.contains("notifications/cancelled"))
        // Nor is one whose response came before the stream was open.
        let late = ScriptedMCPServer.legacy { call in
            call.request.method == .get ? .openEvents([]) : call.method == "tools/call" ? .empty(202) : nil
        }
        let lost = try await Self.outwaited(late, "--no-check")
        #expect(lost.code == .stillRunning && late.methods.count { $0 == "tools/call" } == 1, "\(lost.errors)")
    }

    @Test(arguments: [(77, true), (2, false)])
    func `a result with an odd id on a stream that stays open is used when the time is over`(
        id: Int, isUsed: Bool
    ) async throws {
        let answer: JSONValue = [
            "jsonrpc": "2.0", "id": .number(JSONNumber(id)), "result": ["content": [["type": "text", "text": "done"]]],
        ]
        let run = try await Self.outwaited(Self.answering(session: "s-1") { _ in .openEvents([event(answer)]) })
        #expect(run.code == (isUsed ? .success : .stillRunning) && run.output == (isUsed ? "done\n" : ""))
        #expect(run.errors.contains("has the id 77, not 4; it is used") == isUsed, "\(run.errors)")
    }

    @Test func `a result with the id of an earlier request is not taken for the answer, and shown in the error`() async
    {
        let answer: JSONValue = [
            "jsonrpc": "2.0", "id": 1, "result": ["content": [["type": "text", "text": "trun_5f"]]],
        ]
        for response in [HTTPResponse.json(answer), .events([event(answer)]), .events([event(answer, id: "1")])] {
            let server = ScriptedMCPServer.legacy(tools: [["name": "createDeepResearch"]]) { call in
                call.method == "tools/call" ? response : nil
            }
            let run = await MCPRun.run(
                ["call", "parallel-task", "createDeepResearch"], server, environment: ["PARALLEL_API_KEY": "k"])
            #expect(run.code == .refused && run.output == "", "\(run.errors)")
            #expect(run.errors.contains("its result is for the earlier request 1, not for 4: "), "\(run.errors)")
            #expect(run.errors.contains("run trun_5f exists all the same"), "\(run.errors)")
            #expect(server.methods.count { $0 == "tools/call" } == 1)
        }
    }

    @Test(arguments: [404, 500])
    func `an answer to the server that fails does not lose the call, nor repeat it`(status: Int) async {
        let server = ScriptedMCPServer.legacy(session: "s-1") { call in
            switch (call.request.method, call.method) {
            case (.post, nil): return .empty(status)
            case (.post, "tools/call"):
                return .events([event(["jsonrpc": "2.0", "id": 9, "method": "ping"]), event(Self.response(call))])
            default: return nil
            }
        }
        #expect(await MCPRun.call(server).output == "done\n")
        #expect(server.methods.count { $0 == "tools/call" } == 1)
        #expect(server.methods.count { $0 == "initialize" } == 1)
    }

    // MARK: - Odd answers

    @Test func `an error code that means something in the other era only repeats no call`() async {
        for server in [
            Self.answering { $0.error(-32020, "own code") },
            Self.answering { $0.error(-32020, "own code", status: 400) },
            .modern { $0.method == "tools/call" ? $0.error(-32020, "own code") : nil },
        ] {
            #expect(await MCPRun.call(server).code == .refused)
            #expect(server.methods.count { $0 == "tools/call" } == 1)
        }
    }

    @Test func `an error with an enormous body is still that error`() async {
        let body = String(repeating: "x", count: 3 << 20)
        let run = await MCPRun.tools(ScriptedMCPServer { _ in .text(body, status: 401) })
        #expect(run.code == .notAuthenticated)
        #expect(run.errors.utf8.count < 1000)
    }

    @Test func `an answer without a number is taken for what the exchange is about`() async {
        for id: JSONValue in ["server-error", nil] {
            let server = Self.answering { _ in
                .json(["jsonrpc": "2.0", "id": id, "result": ["content": [["type": "text", "text": "ok"]]]])
            }
            #expect(await MCPRun.call(server).output == "ok\n")
        }
        let server = Self.answering { call in
            .json(["jsonrpc": "2.0", "id": .string("\(call.id.int ?? 0)"), "result": ["content": "ok"]])
        }
        #expect(await MCPRun.call(server).code == .success)
    }

    @Test(arguments: ["2", 77, 0, -1] as [JSONValue])
    func `a result with another id is used where no other comes, with a warning`(id: JSONValue) async {
        let answer: JSONValue = [
            "jsonrpc": "2.0", "id": id, "result": ["content": [["type": "text", "text": "done"]]],
        ]
        for server in [
            Self.answering { _ in .json(answer) },
            Self.answering { _ in .events(["id: 1\ndata: \n\n", event(answer)]) },
        ] {
            let run = await MCPRun.call(server)
            #expect(run.code == .success && run.output == "done\n", "\(run.errors)")
            #expect(run.errors.contains("has the id \(id.serialized()), not 4; it is used"), "\(run.errors)")
            #expect(server.methods.count { $0 == "tools/call" } == 1)
        }
    }

    @Test(arguments: [nil, "server-error", 999] as [JSONValue])
    func `an error for something else is the answer only if no other comes`(id: JSONValue) async {
        let error: JSONValue = ["jsonrpc": "2.0", "id": id, "error": ["code": -32600, "message": "bad notification"]]
        for isStream in [true, false] {
            for isAlone in [true, false] {
                let server = Self.answering { call in
                    let messages = isAlone ? [error] : [error, Self.response(call)]
                    return isStream ? .events(messages.map { event($0) }) : .json(.array(messages))
                }
                let run = await MCPRun.call(server)
                #expect(run.code == (isAlone ? .refused : .success), "\(run.errors)")
                #expect(run.output == (isAlone ? "" : "done\n"))
                #expect(run.errors.contains("bad notification (-32600)") == isAlone, "\(run.errors)")
            }
        }
    }

    @Test func `a protocol error is one line and exits with 4`() async {
        let server = Self.answering { _ in
            .json(
                ["jsonrpc": "2.0", "id": "server-error", "error": ["code": -32600, "message": "Bad\nRequest\u{7}"]],
                status: 400)
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .refused)
        #expect(run.output == "")
        #expect(run.errors == "error: 'https://mcp.example/mcp' answered with an error: Bad Request␇ (-32600)\n")
    }

    @Test func `an answer that is not MCP is reported with its beginning`() async {
        for (answer, told) in [
            (HTTPResponse.text("<html>hi</html>", type: "text/html"), "an HTML page"), (.text("[]"), "[]"),
            (.json(["hello": "world"]), "hello"), (.empty(200), "an empty body"),
            (.json([["jsonrpc": "2.0", "id": 1]]), "jsonrpc"),
        ] {
            let run = await MCPRun.call(Self.answering { _ in answer })
            #expect(run.code == .unexpected)
            #expect(run.errors.contains("is not MCP (200)") && run.errors.contains(told), "\(run.errors)")
        }
    }

    @Test func `an error that speaks of credentials with status 200 means that they are missing`() async {
        let server = ScriptedMCPServer { _ in
            .json(["error": "Authentication required", "detail": "Missing x-api-key or Authorization header"])
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .notAuthenticated)
        #expect(run.errors.contains("Authentication required: Missing x-api-key"))
        #expect(run.errors.contains("--bearer-env"))
    }

    @Test(arguments: ["2025-03-26", "2025-11-25"])
    func `an array of messages is read in every version, also after another's answer`(version: String) async {
        let foreign: JSONValue = ["jsonrpc": "2.0", "id": 99, "result": ["content": []]]
        let server = Self.answering(version: version) { call in
            .json([["jsonrpc": "2.0", "method": "notifications/message", "params": [:]], foreign, Self.response(call)])
        }
        #expect(await MCPRun.call(server).output == "done\n")
        let empty = await MCPRun.call(Self.answering(version: version) { _ in .json([]) })
        #expect(empty.code == .unexpected, "\(empty.errors)")
    }

    @Test func `the answer after that to another request is taken, with a notice`() async {
        let foreign: JSONValue = ["jsonrpc": "2.0", "id": 99, "result": ["content": []]]
        let server = Self.answering { call in .events([event(foreign), event(foreign), event(Self.response(call))]) }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "done\n", "\(run.errors)")
        let words = "answered another request than the one that was sent: id 99"
        #expect(run.errors.contains("an event was passed over: ") && run.errors.contains(words), "\(run.errors)")
    }

    @Test func `a wrong address says so`() async {
        let run = await MCPRun.tools(ScriptedMCPServer { _ in .text("404 page not found", status: 404) })
        #expect(run.code == .refused)
        #expect(run.errors.contains("is that the URL of an MCP server?"))
    }

    @Test func `an input that only a person could give is named`() async {
        let server = ScriptedMCPServer.modern { call in
            guard call.method == "tools/call" else { return nil }
            return call.result([
                "resultType": "input_required", "requestState": "opaque",
                "inputRequests": [
                    "name": ["method": "elicitation/create", "params": ["message": "Your name?"]],
                    "text": ["method": "sampling/createMessage", "params": [:]],
                ],
            ])
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .refused)
        #expect(run.errors.contains("elicitation/create (Your name?), sampling/createMessage"))
        #expect(server.methods.count { $0 == "tools/call" } == 1)
    }

    @Test func `a result of an unknown type is refused`() async {
        let server = ScriptedMCPServer.modern { call in
            call.method == "tools/call" ? call.result(["resultType": "later"]) : nil
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .refused)
        #expect(run.errors.contains("later"))
    }

    @Test func `a link that has to be opened first is shown`() async {
        let server = Self.answering { call in
            call.error(-32042, "log in", data: ["elicitations": [["url": "https://login.example/x", "mode": "url"]]])
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .refused)
        #expect(run.errors.contains("open https://login.example/x first"))
    }

    // MARK: - Sessions

    @Test func `a session that is gone is opened again and the request repeated once`() async {
        let server = ScriptedMCPServer.legacy(session: "s") { call in
            guard call.method == "tools/call" || call.method == "initialize" else { return nil }
            if call.method == "initialize" {
                return call.result(
                    ["protocolVersion": "2025-11-25", "capabilities": ["tools": [:]]],
                    headers: [("mcp-session-id", "s-\(call.index)")])
            }
            return call.header("mcp-session-id") == "s-1" ? call.error(-32600, "Session not found", status: 404) : nil
        }
        let run = await MCPRun.call(server)
        #expect(run.output == "called\n", "\(run.errors)")
        let handshakes = server.calls.filter { $0.method == "initialize" }
        #expect(handshakes.count == 2)
        #expect(handshakes.allSatisfy { $0.header("mcp-session-id") == nil })
        #expect(server.methods.count { $0 == "tools/call" } == 2)
    }

    @Test func `a server that forgets every session is not asked for ever`() async {
        let server = Self.answering(session: "s") { _ in .empty(404) }
        let run = await MCPRun.call(server)
        #expect(run.code == .refused)
        #expect(server.methods.count { $0 == "tools/call" } == 2)
    }

    // MARK: - Secrets

    @Test func `a token that a server repeats is masked everywhere`() async {
        let secret = "tok-4711-secret"
        let server = ScriptedMCPServer.legacy { call in
            switch call.method {
            case "initialize":
                return call.result(
                    [
                        "protocolVersion": "2025-06-18", "capabilities": ["tools": [:]],
                        "serverInfo": ["name": .string(secret)], "instructions": .string(secret),
                    ], headers: [("server", secret)])
            case "tools/call":
                let failure: JSONValue = ["content": [["type": "text", "text": .string(secret)]], "isError": true]
                return .events([
                    event([
                        "jsonrpc": "2.0", "method": "notifications/progress",
                        "params": ["progress": 1, "message": .string(secret)],
                    ]),
                    event([
                        "jsonrpc": "2.0", "method": "notifications/message", "params": ["data": [.string(secret)]],
                    ]), event(["jsonrpc": "2.0", "id": call.id, "result": failure]),
                ])
            default: return nil
            }
        }
        for words in [["call", MCPRun.url, "echo", "-v"], ["test", MCPRun.url], ["test", MCPRun.url, "--json"]] {
            let run = await MCPRun.run(words + ["--bearer-env", "TOKEN"], server, environment: ["TOKEN": secret])
            #expect(!(run.output + run.errors).contains("4711"), "\(words)")
        }
    }

    @Test func `a server that repeats a token in its words does not get it printed`() async {
        let server = Self.answering { call in
            call.error(-32000, "bad token \(call.header("authorization") ?? "")", status: 400)
        }
        let words = ["call", MCPRun.url, "echo", "--bearer-env", "TOKEN", "-v"]
        let run = await MCPRun.run(words, server, environment: ["TOKEN": "tok-4711-secret"])
        #expect(run.code == .refused)
        #expect(server.calls[0].header("authorization") == "Bearer tok-4711-secret")
        #expect(!run.errors.contains("4711"))
    }
}
