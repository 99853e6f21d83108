import ParallelCLI
import ParallelHTTP
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

/// Commands whose server or files go beyond all measure: an error with its code and a few lines, and no hang.
@Suite struct BoundsTests {
    // MARK: - Another run than the one asked for

    @Test(arguments: ["status", "result", "input", "events"])
    func `an answer about another run is an error, and the run asked for stays named`(command: String) async {
        let run = Answer.path("r1")
        let other = #"{"run_id":"r2","status":"completed","is_active":false}"#
        let event = "data: {\"type\":\"task_run.state\",\"run\":\(other)}\n\n"
        let exchanges: [ScriptedTransport.Exchange] =
            switch command {
            case "status": [.init(.get, run, body: other)]
            case "result":
                [.init(.get, run + "/result", body: Answer.resultDocument("r2")), .init(.get, run, body: other)]
            case "input": [.init(.get, run + "/input", body: #"{"input":"x","run_id":"r2"}"#)]
            default: [.init(.get, run + "/events", body: event)]
            }
        let answer = await CommandRun(["task", command, "r1"], exchanges)
        #expect(answer.code == .unexpected && answer.output.isEmpty, "\(answer)")
        #expect(answer.errors.hasPrefix("error: the API's answer is about run r2, not about r1\n"), "\(answer)")
        if command == "result" { #expect(answer.errors.contains("parallel task result r1")) }
    }

    @Test(arguments: ["runs", "events"])
    func `a run of another group in a group's list is an error`(command: String) async {
        let event =
            #"{"type":"task_run.state","event_id":"1","run":{"run_id":"r1","status":"failed","taskgroup_id":"g2"}}"#
        let run = await CommandRun(
            ["group", command, "g1"],
            [.init(.get, "/v1/tasks/groups/g1/\(command)", body: "data: \(event)\n\n")])
        #expect(run.code == .unexpected)
        #expect(run.errors.contains("the API lists a run of group g2 in group g1"), "\(run.errors)")
    }

    @Test func `an impossible number of runs is an error`() async {
        let body = #"{"taskgroup_id":"g1","status":{"num_task_runs":9223372036854775807,"task_run_status_counts":{}}}"#
        for words in [["group", "get", "g1"], ["batch", "status", "g1"]] {
            let run = await CommandRun(words, [.init(.get, "/v1/tasks/groups/g1", body: body)])
            #expect(run.code == .unexpected)
            #expect(
                run.errors == "error: the API says that a group has 9223372036854775807 runs, which is impossible\n")
        }
    }

    @Test func `a group that says it is as old as the calendar has a time left all the same`() async {
        let body =
            #"{"taskgroup_id":"g1","created_at":"0001-01-01T00:00:00Z","status":{"num_task_runs":4294967295,"#
            + #""is_active":true,"task_run_status_counts":{"running":4294967294,"completed":1}}}"#
        let run = await CommandRun(["batch", "status", "g1"], [.init(.get, "/v1/tasks/groups/g1", body: body)])
        #expect(run.code == .success && run.output.contains("time left\t"), "\(run.errors)")
    }

    // MARK: - Messages

    @Test func `an error as long as a book is shortened`() async {
        let book = String(repeating: "word\u{301} ", count: 100_000)
        for body in [
            #"{"error":{"message":"\#(book)","ref_id":"\#(book)","detail":{"x":"\#(book)"}}}"#,
            #"{"error":"\#(book)","error_description":"\#(book)"}"#, #"{"detail":"\#(book)"}"#, book,
            #"{"detail":[{"loc":["\#(book)"],"msg":"\#(book)"}]}"#,
        ] {
            let run = await CommandRun(["search", "x"], [.init(.post, "/v1/search", status: 400, body: body)])
            #expect(run.code == .refused)
            #expect(run.errors.utf8.count < 10_000 && run.errors.contains("…"), "\(run.errors.prefix(300))")
        }
        let failed = #"{"run_id":"r1","status":"failed","error":{"message":"\#(book)","ref_id":"\#(book)"}}"#
        let run = await CommandRun(
            ["task", "result", "r1"],
            [Answer.failure("r1", "/result", status: 404), .init(.get, Answer.path("r1"), body: failed)])
        #expect(run.code == .runFailed && run.errors.utf8.count < 10_000)
    }

    @Test func `a warning, a status or a redirect as long as a book is shortened`() async {
        let book = String(repeating: "word ", count: 100_000)
        let warned = await CommandRun(
            ["task", "status", "r1"],
            [Answer.run(status: "queued", more: #","warnings":[{"message":"\#(book)","detail":{"x":"\#(book)"}}]"#)])
        #expect(warned.code == .success && warned.errors.utf8.count < 10_000 && warned.errors.hasSuffix("…\n"))
        let target = "https://other.example/" + String(repeating: "x", count: 100_000)
        let moved = await CommandRun(
            ["search", "x"], [.init(.post, "/v1/search", status: 307, headers: [("location", target)])])
        #expect(moved.code == .refused && moved.errors.utf8.count < 10_000)
        let type = "text/" + String(repeating: "x", count: 100_000)
        let odd = await CommandRun(
            ["group", "runs", "g1"],
            [.init(.get, "/v1/tasks/groups/g1/runs", headers: [("content-type", type)], body: "x")])
        #expect(odd.code == .unexpected && odd.errors.utf8.count < 10_000)
    }

    @Test func `long texts of tools and MCP servers are shortened`() async {
        let book = String(repeating: "word ", count: 200_000)
        let failing = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/call" else { return nil }
            return call.result(["content": [["type": "text", "text": .string(book)]], "isError": true])
        }
        let failed = await MCPRun.call(failing)
        #expect(failed.code == .runFailed && failed.errors.utf8.count < 50_000)
        let refusing = ScriptedMCPServer.legacy { call in
            call.method == "tools/call" ? call.error(-32000, book) : nil
        }
        #expect(await MCPRun.call(refusing).errors.utf8.count < 5_000)
        let logging = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/call" else { return nil }
            return .events([
                event(["jsonrpc": "2.0", "method": "notifications/message", "params": ["data": .string(book)]]),
                event(["jsonrpc": "2.0", "method": .string(book), "id": "x"]),
                event(["jsonrpc": "2.0", "id": call.id, "result": ["content": []]]),
            ])
        }
        #expect(await MCPRun.call(logging, "-v").errors.utf8.count < 10_000)
    }

    // MARK: - Lists

    @Test func `a list that goes on for ever is an error`() async {
        let page = JSONValue.array(Array(repeating: ["name": "x"], count: 20_000))
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/list" else { return nil }
            return call.result(["tools": page, "nextCursor": .string("c\(call.index)")])
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .unexpected && run.output.isEmpty)
        #expect(run.errors.contains("has more than 100000 elements or 64 MiB in tools/list"), "\(run.errors)")
        #expect(server.methods.count { $0 == "tools/list" } == 6)
    }

    @Test func `a list of huge elements is an error too`() async {
        let huge = JSONValue.string(String(repeating: "x", count: 20 << 20))
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/list" else { return nil }
            return call.result([
                "tools": [["name": "x", "description": huge]], "nextCursor": .string("c\(call.index)"),
            ])
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .unexpected && run.errors.contains("64 MiB in tools/list"), "\(run.errors)")
        #expect(server.methods.count { $0 == "tools/list" } == 4)
    }

    @Test(arguments: [["group", "runs", "tgrp_1"], ["batch", "results", "tgrp_1"]])
    func `a group whose runs never end is an error`(words: [String]) async {
        let path = "/v1/tasks/groups/tgrp_1"
        let group = #"{"taskgroup_id":"tgrp_1","status":{"num_task_runs":2,"is_active":false}}"#
        let number = Lock(0)
        let list = ScriptedTransport.Exchange(.get, path + "/runs") { _ in
            let chunks = AsyncThrowingStream<[UInt8], any Error> {
                let first = number.withLock { number in
                    number += 1_000
                    return number
                }
                let events = (first..<first + 1_000).map { id in
                    #"data: {"type":"task_run.state","event_id":"\#(id)","run":{"run_id":"r\#(id)","status":"failed"}}"#
                        + "\n\n"
                }
                return Array(events.joined().utf8)
            }
            return HTTPResponse(status: 200, headers: HTTPHeaders(), body: HTTPBody(chunks: chunks))
        }
        let run = await CommandRun(words, (words[0] == "batch" ? [.init(.get, path, body: group)] : []) + [list])
        #expect(run.code == .unexpected, "\(run.errors)")
        #expect(run.errors.contains("the list of group tgrp_1 does not end after 10000"), "\(run.errors)")
        #expect(number.withLock { $0 } < 110_000)
    }

    /// The network, where three seconds without progress are too long.
    private struct Impatient: HTTPTransport {
        let network = CurlTransport(TransportOptions(userAgent: "test"))

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            var request = request
            request.timeouts.progress = request.timeouts.progress.map { min($0, .seconds(3)) }
            return try await network.send(request)
        }
    }

    @Test func `a list that tells of no more runs ends, whatever else its server sends`() async throws {
        let clock = ManualClock(passing: .seconds(60))
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
            let run = #"{"type":"task_run.state","event_id":"1","run":{"run_id":"r1","status":"failed"}}"#
            connection.write("data: \(run)\n\n")
            for number in 2..<15_000 where connection.write("data: {\"type\":\"tick\",\"event_id\":\"\(number)\"}\n\n")
            {
                usleep(20_000)
                clock.advance(by: .seconds(10))
            }
        }
        let run = await CommandRun(
            ["group", "runs", "tgrp_1"], over: Impatient(), environment: ["PARALLEL_BASE_URL": server.baseURL],
            clock: clock)
        #expect(run.code == .unreachable && run.output.contains("r1"), "\(run.errors)")
        #expect(run.errors.contains("sent nothing of use for 3 s"), "\(run.errors)")
        #expect(run.errors.contains("list the rest with: parallel group runs tgrp_1 --after="), "\(run.errors)")
    }

    @Test func `paging through a list ends when it is interrupted`() async throws {
        let (isReached, reach) = AsyncStream<Void>.makeStream()
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/list" else { return nil }
            if call.index > 20 {
                reach.finish()
                try await Task.sleep(for: .seconds(3600))
            }
            return call.result(["tools": [["name": "x"]], "nextCursor": .string("c\(call.index)")])
        }
        let work = Task {
            await CommandRun(["mcp", "tools", MCPRun.url], over: server, clock: ContinuousClock(), interruption: 2)
        }
        for await _ in isReached {}
        work.cancel()
        #expect(await work.value.code == .interrupted)
    }

    // MARK: - Answers that name what they created

    @Test(arguments: [false, true])
    func `a call that creates something and breaks off in a stream names it`(isEnded: Bool) async {
        let server = ScriptedMCPServer.legacy(tools: [["name": "createDeepResearch"]]) { call in
            guard call.method == "tools/call" else { return nil }
            let error = HTTPError(.truncated, "the answer broke off", mayHaveBeenSent: true)
            return .events(
                [#"data: {"jsonrpc":"2.0","id":3,"result":{"content":[{"text":"Started trun_5f, "#],
                failing: isEnded ? nil : error)
        }
        let run = await MCPRun.run(
            ["call", "parallel-task", "createDeepResearch"], server, clock: ManualClock(passing: .seconds(5)))
        #expect(run.code == .unreachable && run.errors.contains("run trun_5f exists all the same"), "\(run.errors)")
    }

    @Test func `a call that creates something and answers without end names it`() async {
        let piece = Array(String(repeating: "x", count: 1 << 20).utf8)
        let server = ScriptedMCPServer.legacy(tools: [["name": "createDeepResearch"]]) { call in
            guard call.method == "tools/call" else { return nil }
            let isFirst = Lock(true)
            let chunks = AsyncThrowingStream<[UInt8], any Error> {
                isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst ? Array(#"{"result":{"content":[{"text":"Started trun_5f, "#.utf8) : piece
                }
            }
            return HTTPResponse(
                status: 200, headers: HTTPHeaders([("content-type", "application/json")]),
                body: HTTPBody(chunks: chunks))
        }
        let run = await MCPRun.run(
            ["call", "parallel-task", "createDeepResearch"], server, clock: ManualClock(passing: .seconds(5)))
        #expect(run.code == .unexpected && run.errors.contains("run trun_5f exists all the same"), "\(run.errors)")
        #expect(run.errors.hasPrefix("error: the answer is larger than 64 MiB\n"))
    }

    // MARK: - Registry files

    /// `mcp list` in a working tree with this `.mcp.json`.
    private func list(_ file: String) async throws -> CommandRun {
        let directory = try TemporaryDirectory()
        try directory.write(file, to: ".mcp.json")
        return await MCPRun.run(["list"], ScriptedMCPServer.legacy(), directory: directory.path)
    }

    @Test func `a registry file full of openings is listed`() async throws {
        let openings = String(repeating: "${", count: 60_000)
        let run = try await list(#"{"mcpServers":{"a":{"url":"https://x.example/","headers":{"X":"\#(openings)"}}}}"#)
        #expect(run.code == .success && run.output.contains("a\tproject"), "\(run.errors)")
    }

    @Test func `a registry file that is too large or too deep is reported in one line`() async throws {
        let large = try await list(#"{"mcpServers":{},"x":"\#(String(repeating: "x", count: 1 << 20))"}"#)
        #expect(large.errors.contains("./.mcp.json: larger than 1048576 bytes"), "\(large.errors)")
        let deep = try await list(String(repeating: #"{"mcpServers":"#, count: 1_000))
        #expect(deep.errors.contains("./.mcp.json: nested deeper than 512 levels at line 1, column"), "\(deep.errors)")
        for run in [large, deep] { #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)") }
    }
}
