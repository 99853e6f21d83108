import ParallelHTTP
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

/// Servers that answer with what no API answers: one clear line, the right code, and no hang.
@Suite(.limited) struct HostileServerTests {
    struct Case: Sendable {
        let answer: ScriptedAPI.Answer
        let code: Int32
        let named: String
        var requests = 1
    }

    private static let html = Array("<html><body>\u{1B}[31mBad gateway</body></html>".utf8)

    private static let creations = [
        Case(answer: .whole(200, body: Array("hello".utf8)), code: 1, named: "its answer has no run id: hello"),
        Case(answer: .whole(200), code: 1, named: "its answer has no run id: it is empty"),
        Case(answer: .ok(#"{"run_id":7}"#), code: 1, named: "no run id"),
        Case(
            answer: .whole(200, body: Array(#"{"run_id":""#.utf8) + [0xFF, 0xC0] + Array(#""}"#.utf8)), code: 1,
            named: "no run id"),
        Case(
            answer: .whole(502, headers: [("content-type", "text/html")], body: html), code: 4,
            named: "502: an HTML page"),
        Case(
            answer: .text("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"), code: 7,
            named: "in the middle of its answer"),
        Case(answer: .text("garbage\r\n\r\n"), code: 1, named: "HTTP/0.9"),
        Case(
            answer: .text("HTTP/1.1 200 OK\r\nx: \(String(repeating: "y", count: 2_000_000))\r\n\r\n"), code: 1,
            named: "the answer from http://127.0.0.1:"),
        Case(answer: .bytes([]), code: 7, named: "without an answer"),
    ]

    @Test(arguments: creations)
    func `an answer to a creation that makes no sense is reported, and nothing is sent again`(_ case: Case) async throws
    {
        let server = try ScriptedAPI { _ in `case`.answer }
        let result = try await Session(server).run("task", "run", "x")
        #expect(result.exit == .code(`case`.code), "\(result)")
        #expect(result.output == "")
        #expect(result.error.hasPrefix("error: "))
        #expect(result.error.contains(`case`.named), "\(result)")
        #expect(result.error.contains("a run may exist all the same"), "\(result)")
        #expect(!result.error.contains("\u{1B}"))
        #expect(server.requests.count == 1)
    }

    private static let reads = [
        Case(answer: .whole(200, body: Array("hello".utf8)), code: 1, named: "is not JSON"),
        Case(answer: .whole(200), code: 1, named: "it is empty"),
        Case(answer: .ok("[]"), code: 1, named: "no search results"),
        Case(
            answer: .whole(200, body: Array(#"{"results":[],"x":""#.utf8) + [0xFF] + Array(#""}"#.utf8)), code: 1,
            named: "is not JSON"),
        Case(answer: .ok(String(repeating: "[", count: 100_000)), code: 1, named: "is not JSON"),
        Case(
            answer: .whole(418, headers: [("content-type", "text/html")], body: html), code: 4,
            named: "418: an HTML page"),
        Case(answer: .whole(400), code: 4, named: "400: no explanation was given"),
        Case(
            answer: .text("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"), code: 7,
            named: "in the middle of its answer", requests: 5),
        Case(
            answer: .whole(502, headers: [("content-type", "text/html")], body: html), code: 4,
            named: "502: an HTML page", requests: 5),
        Case(answer: .whole(204), code: 1, named: "it is empty"),
        Case(answer: .whole(301, headers: [("location", "/elsewhere")]), code: 4, named: "redirect"),
    ]

    @Test(arguments: reads)
    func `an answer to a search that makes no sense is reported in one line`(_ case: Case) async throws {
        let server = try ScriptedAPI { _ in `case`.answer }
        let result = try await Session(server).run("search", "x")
        #expect(result.exit == .code(`case`.code), "\(result)")
        #expect(result.output == "")
        #expect(result.error.hasPrefix("error: "))
        #expect(result.error.contains(`case`.named), "\(result)")
        #expect(result.error.split(separator: "\n").count == 1, "\(result)")
        #expect(!result.error.contains("\u{1B}"))
        #expect(server.requests.count == `case`.requests)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect to another origin is refused and the key stays here`(_ status: Int) async throws {
        let other = try ScriptedAPI { _ in .ok(ScriptedAPI.run()) }
        let target = other.baseURL
        let server = try ScriptedAPI { request in .whole(status, headers: [("location", target + request.target)]) }
        for words in [["task", "run", "x"], ["task", "status", "trun_1"], ["search", "x"]] {
            let result = try await Session(server).run(words)
            #expect(result.exit == .code(4), "\(result)")
            #expect(result.error.contains("redirect"), "\(result)")
        }
        #expect(other.requests.isEmpty)
        #expect(server.requests.count == 3)
    }

    @Test func `a redirect within the origin is followed without losing the request`() async throws {
        let server = try ScriptedAPI { request in
            request.target == "/v1/search"
                ? .whole(307, headers: [("location", "/v2/search")]) : .ok(#"{"results":[]}"#)
        }
        #expect(try await Session(server).run("search", "x").exit == .code(0))
        #expect(server.requests.map(\.target) == ["/v1/search", "/v2/search"])
        #expect(server.requests.map(\.method) == ["POST", "POST"])
        #expect(server.requests[0].body == server.requests[1].body)
    }

    /// Events without a pause, beside `result` of a run.
    private func flood(_ result: @escaping @Sendable () -> ScriptedAPI.Answer) throws -> ScriptedAPI {
        try ScriptedAPI { request in
            if request.isCreation { return .ok(ScriptedAPI.run()) }
            if request.isPoll { return result() }
            guard request.target.contains("/events") else { return .ok(ScriptedAPI.run("running")) }
            return .endless(
                head: "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n",
                repeating: "data: {\"type\":\"task_run.progress_msg.plan\",\"message\":\"x\"}\n\n")
        }
    }

    @Test func `a stream of events without a pause does not hold back the deadline`() async throws {
        let server = try flood { .ok(ScriptedAPI.run("running")) }
        let result = try await Session(server).shell(
            "parallel task events \(ScriptedAPI.runID) --timeout 1s >/dev/null")
        #expect(result.exit == .code(5), "\(result.error.prefix(300))")
    }

    @Test func `a stream of events without a pause does not hold back the result`() async throws {
        let server = try flood { .ok(ScriptedAPI.textResult("Done.")) }
        let result = try await Session(server).run("task", "run", "x", "--events")
        #expect(result.exit == .code(0))
        #expect(result.output == "Done.\n")
    }

    @Test func `a refusal that breaks off tells of no run`() async throws {
        let server = try ScriptedAPI { _ in
            .text("HTTP/1.1 400 X\r\ncontent-length: 500\r\n\r\n{\"run_id\":\"trun_1\",\"st")
        }
        let result = try await Session(server).run("task", "run", "x")
        #expect(result.exit == .code(7))
        #expect(!result.error.contains("trun_1"), "\(result)")
    }

    @Test func `an error that breaks off behind the id of a run tells it`() async throws {
        let server = try ScriptedAPI { _ in
            .text("HTTP/1.1 500 X\r\ncontent-length: 500\r\n\r\n{\"run_id\":\"trun_1\",\"st")
        }
        let result = try await Session(server).run("task", "run", "x")
        #expect(result.exit == .code(7))
        #expect(result.error.contains("  run trun_1 exists all the same\n"), "\(result)")
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [("application/json", ""), ("text/event-stream", "data: ")], [true, false])
    func `a call whose answer stops behind the id of a run tells it when it is given up`(
        form: (type: String, start: String), isInterrupted: Bool
    ) async throws {
        let server = try ScriptedAPI { request in
            guard let message = try? JSONValue.parse(request.body), let id = message["id"] else { return .whole(202) }
            guard message["method"] != "tools/call" else {
                return .stalled(
                    "HTTP/1.1 200 OK\r\ncontent-type: \(form.type)\r\ncontent-length: 5000\r\n\r\n\(form.start)"
                        + #"{"jsonrpc":"2.0","result":{"content":[{"type":"text","text":"Started trun_1, "#)
            }
            let result: JSONValue =
                message["method"] == "initialize"
                ? ["protocolVersion": "2025-03-26", "capabilities": ["tools": [:]], "serverInfo": ["name": "x"]]
                : ["tools": [["name": "createDeepResearch"]]]
            return .ok(JSONValue.object(["jsonrpc": "2.0", "id": id, "result": result]).serialized())
        }
        let child = try Session(server).start(
            "mcp", "call", server.baseURL + "/mcp", "createDeepResearch", "-a", "input=x", "--wait", "--timeout",
            isInterrupted ? "600s" : "2s")
        if isInterrupted {
            try await poll("the answer") { server.stallCount == 1 }
            // It has left the server, which is not the same.
            try await Task.sleep(for: .seconds(1))
            child.send(signal: SIGINT)
        }
        let result = try await child.wait()
        #expect(result.exit == .code(isInterrupted ? 130 : 5), "\(result)")
        #expect(result.error.contains("  run trun_1 exists all the same\n"), "\(result)")
    }

    @Test func `a loop of redirects ends`() async throws {
        let server = try ScriptedAPI { request in .whole(308, headers: [("location", request.target)]) }
        let result = try await Session(server).run("search", "x")
        #expect(result.exit == .code(4))
        #expect(server.requests.count < 10)
    }

    @Test(arguments: [["task", "run", "x"], ["task", "result", "trun_1"], ["search", "x"]])
    func `where nothing listens, that is said`(_ words: [String]) async throws {
        let server = try ScriptedAPI { _ in .bytes([]) }
        let url = server.baseURL
        server.stop()
        let result = try await Session(url).run(words)
        #expect(result.exit == .code(7))
        #expect(result.error.hasPrefix("error: cannot connect to \(url)"), "\(result)")
        #expect(!result.error.contains("a run may exist"))
    }

    @Test func `a name that does not exist is reported`() async throws {
        let result = try await Session("https://parallel.invalid").run("search", "x")
        #expect(result.exit == .code(7))
        #expect(result.error.contains("parallel.invalid"))
    }

    @Test func `a result that is no result is asked for again until the time is up`() async throws {
        let server = try ScriptedAPI { request in .ok(request.isCreation ? ScriptedAPI.run() : "{}") }
        let result = try await Session(server).run("task", "run", "x", "--timeout", "1s")
        #expect(result.exit == .code(5))
        #expect(result.resumeCommand == "parallel task result \(ScriptedAPI.runID)")
        #expect((2...20).contains(server.requests.count))
    }

    @Test func `a run that fails to be active without an error is no result`() async throws {
        let server = try ScriptedAPI { request in
            if request.isPoll { return .whole(404) }
            return .ok(
                request.isCreation
                    ? ScriptedAPI.run()
                    : #"{"run_id":"\#(ScriptedAPI.runID)","status":"exploded","is_active":false}"#)
        }
        let result = try await Session(server).run("task", "run", "x")
        #expect(result.exit == .code(6))
        #expect(result.error.contains("exploded"))
    }

    @Test func `a stream of events that is no stream ends in an error, not in a loop`() async throws {
        let server = try ScriptedAPI { request in
            request.target.hasSuffix("/events") ? .ok("hello") : .ok(ScriptedAPI.run("completed"))
        }
        let result = try await Session(server).run("task", "events", ScriptedAPI.runID, "--timeout", "5s")
        #expect(result.exit == .code(0))
        #expect(server.requests.count < 20)
    }

    @Test func `a key that the server sends back is not shown`() async throws {
        let server = try ScriptedAPI { request in
            .whole(401, body: Array(#"{"error":{"message":"bad key \#(request.headers["x-api-key"] ?? "")"}}"#.utf8))
        }
        let result = try await Session(server).run("search", "x", "-v")
        #expect(result.exit == .code(3))
        #expect(!result.error.contains(Session.key), "\(result)")
    }

    @Test func `a creation whose answer never ends still tells its run`() async throws {
        let server = try ScriptedAPI { _ in
            .endless(
                head: "HTTP/1.1 200 OK\r\n\r\n{\"run_id\":\"trun_big\",\"x\":\"",
                repeating: String(repeating: "x", count: 1_000))
        }
        let result = try await Session(server).run("task", "run", "x")
        #expect(result.exit == .code(1) && result.output.isEmpty)
        #expect(result.error.hasPrefix("error: the answer is larger than 64 MiB\n  run trun_big exists all the same\n"))
        #expect(result.error.contains("parallel task result trun_big"), "\(result)")
        #expect(server.requests.count == 1)
    }

    @Test func `an error that never ends is reported by its beginning`() async throws {
        let server = try ScriptedAPI { _ in .endless(head: "HTTP/1.1 400 X\r\n\r\n", repeating: "no ") }
        let result = try await Session(server).run("search", "x")
        #expect(result.exit == .code(4) && result.error.hasPrefix("error: the API answered 400: no no no"), "\(result)")
        #expect(result.error.utf8.count < 1_000 && server.requests.count == 1)
    }

    @Test func `the result of another run is an error that names the run that goes on`() async throws {
        let server = try ScriptedAPI { request in
            if request.isCreation { return .ok(#"{"run_id":"trun_mine","status":"queued"}"#) }
            return .ok(request.isPoll ? ScriptedAPI.textResult("somebody else's") : ScriptedAPI.run("completed"))
        }
        let result = try await Session(server).run("task", "run", "x")
        #expect(result.exit == .code(1) && result.output.isEmpty, "\(result)")
        #expect(result.error.contains("is about run \(ScriptedAPI.runID), not about trun_mine"), "\(result)")
        #expect(result.error.contains("parallel task result trun_mine"))
    }
}
