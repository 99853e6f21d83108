import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelMCP

/// The bridge towards its host: every request gets one answer, and what passes stays as it is.
@Suite(.timeLimit(.minutes(10))) struct MCPBridgeTests {
    private func legacy(
        _ answer: @escaping @Sendable (ScriptedMCPServer.Call) async throws -> HTTPResponse? = { _ in nil }
    ) -> ScriptedMCPServer {
        .legacy(version: "2031-01-01", session: "s1", answer)
    }

    @Test func `messages pass byte for byte, with the session and the version that the server named`() async throws {
        let odd =
            #"{"id":7, "jsonrpc":"2.0","method":"tools/call","params":{"name":"echo","n":1.50,"é":"\u00e9"},"y":[]}"#
        let server = legacy { call in
            guard call.method == "tools/call" else { return nil }
            return .text(
                "{\"id\" : 7,\n \"jsonrpc\":\"2.0\",\"result\":{\"z\":1.0e2,\"a\":\"\\u00e9\"}}",
                type: "application/json")
        }
        let host = try BridgedHost(server)
        try await host.begin()
        _ = try await host.ask(odd)
        await host.end()
        #expect(host.lines.last == #"{"id" : 7,  "jsonrpc":"2.0","result":{"z":1.0e2,"a":"\u00e9"}}"#)
        let call = try #require(server.calls.first { $0.method == "tools/call" })
        #expect(call.request.body == Array(odd.utf8))
        #expect(call.header("mcp-session-id") == "s1")
        #expect(call.header("mcp-protocol-version") == "2031-01-01")
        let opening = server.calls[0]
        #expect(opening.request.body == Array(BridgedHost.initialize.utf8))
        #expect(opening.header("mcp-session-id") == nil)
        #expect(opening.header("mcp-protocol-version") == nil)
        #expect(server.methods.last == "DELETE")
        #expect(server.calls.last?.header("mcp-session-id") == "s1")
    }

    @Test func `ids of every kind come back as they were, whatever id the server answers with`() async throws {
        let ids = ["0", "\"0\"", "\"\"", "-1", "9007199254740993", "\"é\""]
        for given in ["\"server-error\"", "null", "12345", nil] {
            let server = ScriptedMCPServer { call in
                let id = given ?? call.id.serialized()
                return .text(#"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#, type: "application/json")
            }
            let host = try BridgedHost(server)
            for id in ids { _ = try await host.ask(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#) }
            await host.end()
            #expect(host.lines == ids.map { #"{"jsonrpc":"2.0","id":\#($0),"result":{}}"# })
        }
    }

    @Test(arguments: [
        ("nonsense", -32700, "null"), ("[]", -32600, "null"), ("3", -32600, "null"),
        // As a notification, a call would pass without having been checked.
        (#"{"method":"tools/call","params":{"name":"delete"}}"#, -32600, "null"),
        (#"{"id":null,"method":"tools/call","params":{"name":"delete"}}"#, -32600, "null"),
        (#"{"id":null,"method":"ping"}"#, -32600, "null"),
        (#"{"id":4}"#, -32600, "4"), (#"{"id":{},"method":"x"}"#, -32600, "null"),
        (#"{"id":5,"method":"ping","method":"tools/call"}"#, -32600, "5"),
        (#"{"id":6,"method":"tools/call","params":{"name":"a","name":"b"}}"#, -32600, "6"),
    ])
    func `what is no message gets an error and reaches no server`(_ line: String, _ code: Int, _ id: String)
        async throws
    {
        let host = try BridgedHost(ScriptedMCPServer { _ in .empty(500) })
        host.send(line)
        host.send(nil)
        try await poll("two errors") { host.lines.count == 2 }
        await host.end()
        #expect(host.messages[0]["error"]?["code"]?.int == code)
        #expect(host.messages[0]["id"] == (try JSONValue.parse(id)))
        #expect(host.messages[1]["error"]?["message"]?.string?.contains("longer than") == true)
    }

    @Test func `a batch of 2025-03-26 is taken apart`() async throws {
        let server = ScriptedMCPServer { $0.result([:]) }
        let host = try BridgedHost(server)
        host.send(#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#)
        _ = try await host.answer(to: 1)
        _ = try await host.answer(to: 2)
        await host.end()
        #expect(server.calls.count == 2)
    }

    @Test func `a notification may say that it has no id`() async throws {
        let server = ScriptedMCPServer.legacy()
        let host = try BridgedHost(server)
        host.send(#"{"jsonrpc":"2.0","id":null,"method":"notifications/cancelled/x"}"#)
        try await poll("the notification") { server.methods == ["notifications/cancelled/x"] }
        await host.end()
        #expect(host.lines.isEmpty)
    }

    @Test func `what is wrong in a batch leaves nothing behind it without an answer`() async throws {
        let host = try BridgedHost(ScriptedMCPServer { $0.result([:]) })
        host.send(#"[3,{"jsonrpc":"2.0","id":1,"method":"ping"},{"id":{},"method":"x"},{"id":2,"method":"ping"}]"#)
        #expect(try await host.answer(to: 1)["result"] == [:])
        #expect(try await host.answer(to: 2)["result"] == [:])
        await host.end()
        #expect(host.messages.count { $0["error"]?["code"] == -32600 } == 2)
    }

    @Test(arguments: [
        (HTTPResponse.empty(404), "answered 404"), (.text("<html>", status: 502), "answered 502"),
        (.text("nonsense"), "is not MCP"), (.empty(202), "is not MCP"),
        (.events([": x\n\n"]), "ended before the answer"),
        (.json(["error": "no key given: authentication"], status: 401), "wants credentials"),
        (.json(["jsonrpc": "2.0", "id": nil, "result": 5]), "its result is a number"),
        (.json(["jsonrpc": "2.0", "id": nil, "error": "words"]), "words"),
    ])
    func `whatever goes wrong, the request gets an error that is none of the modern era`(
        _ response: HTTPResponse, _ words: String
    ) async throws {
        let host = try BridgedHost(ScriptedMCPServer { _ in response })
        let answer = try await host.ask(BridgedHost.modern("1", "server/discover"))
        await host.end()
        #expect(answer["error"]?["code"] == -32000)
        #expect(answer["error"]?["message"]?.string?.contains(words) == true, "\(answer.serialized())")
        #expect(host.lines.count == 1)
    }

    @Test func `a failed connection is an error, and the next request works`() async throws {
        let server = ScriptedMCPServer { call in
            if call.index == 0 { throw HTTPError(.connect, "refused", mayHaveBeenSent: false) }
            return call.result([:])
        }
        let host = try BridgedHost(server)
        #expect(try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)["error"]?["message"] == "refused")
        #expect(try await host.ask(#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#)["result"] != nil)
        await host.end()
    }

    @Test func `an error of the server comes with its code and data, also with a status`() async throws {
        let server = ScriptedMCPServer { call in
            .text(
                #"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32602,"message":"no","data":{"k":1.0}}}"#,
                status: call.index == 0 ? 400 : 200, type: "application/json")
        }
        let host = try BridgedHost(server)
        for id in ["1", "2"] { _ = try await host.ask(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#) }
        await host.end()
        let error = #""error":{"code":-32602,"message":"no","data":{"k":1.0}}}"#
        #expect(host.lines == [#"{"jsonrpc":"2.0","id":1,"# + error, #"{"jsonrpc":"2.0","id":2,"# + error])
    }

    @Test func `a request that is not answered in time gets an error, and the server is told`() async throws {
        let clock = ManualClock()
        let server = legacy { call in
            if call.method == "tools/call" { return .openEvents([": working\n\n"]) }
            return nil
        }
        let host = try BridgedHost(server, clock: clock, limit: .seconds(30))
        try await host.begin()
        host.send(#"{"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"slow"}}"#)
        try await poll("the call") { server.methods.contains("tools/call") }
        try await clock.untilAsleep(1)
        try await poll("its limit") {
            clock.advance(by: .seconds(31))
            return host.messages.contains { $0["id"] == "c" }
        }
        let answer = try await host.answer(to: "c")
        #expect(answer["error"]?["code"] == -32001)
        #expect(answer["error"]?["message"] == "'crm' did not answer tools/call of 'slow' within 30 s")
        try await poll("the cancellation") { server.methods.contains("notifications/cancelled") }
        let told = server.calls.last { $0.method == "notifications/cancelled" }
        #expect(told?.message["params"]?["requestId"] == "c")
        await host.interrupt()
    }

    @Test func `a cancelled request gets no answer, and the notification comes after those before it`() async throws {
        let server = legacy { call in
            call.method == "tools/call" ? .openEvents([": working\n\n"]) : nil
        }
        let host = try BridgedHost(server)
        try await host.begin()
        host.send(#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"slow"}}"#)
        try await poll("the call") { server.methods.contains("tools/call") }
        host.send(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}"#)
        host.send(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"3"}}"#)
        _ = try await host.ask(#"{"jsonrpc":"2.0","id":4,"method":"ping"}"#)
        await host.end()
        #expect(!host.messages.contains { $0["id"] == 3 })
        #expect(
            server.methods.filter { $0 != "GET" }.suffix(4) == [
                "tools/call", "notifications/cancelled", "ping", "DELETE",
            ])
    }

    @Test func `in the modern era, a cancelled request closes its stream and nothing is sent`() async throws {
        let server = ScriptedMCPServer.modern { call in
            call.method == "tools/call" ? .openEvents([": working\n\n"]) : nil
        }
        let host = try BridgedHost(server)
        host.send(BridgedHost.modern("1", "tools/call", #""name":"slow","#))
        try await poll("the call") { server.methods.contains("tools/call") }
        host.send(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#)
        _ = try await host.ask(BridgedHost.modern("2", "server/discover"))
        await host.end()
        #expect(server.methods == ["tools/call", "server/discover"])
        #expect(host.lines.count == 1)
    }

    @Test func `the second of two requests with one id is refused, and the first one answered`() async throws {
        let gate = Latch()
        let host = try BridgedHost(
            ScriptedMCPServer { call in
                await gate.wait()
                return call.result([:])
            })
        host.send(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
        host.send(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
        #expect(try await host.answer(to: 1)["error"]?["code"] == -32600)
        gate.open()
        #expect(try await host.answer(to: 1, number: 1)["result"] != nil)
        await host.end()
    }

    @Test func `an id can be used again as soon as it has its answer`() async throws {
        let server = ScriptedMCPServer { call in
            // The exchange of the first request ends after the second has begun.
            if call.index == 0 { return .openEvents([event(["jsonrpc": "2.0", "id": 1, "result": ["n": 0]])]) }
            try await Task.sleep(for: .milliseconds(200))
            return call.result(["n": 1])
        }
        let host = try BridgedHost(server)
        for number in 0...1 {
            let answer = try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#)
            #expect(answer["result"]?["n"]?.int == number)
        }
        await host.end()
        #expect(host.lines.count == 2)
    }

    @Test func `an error that repeats the credentials doesn't bring them to the host`() async throws {
        let secrets = KnownSecrets()
        secrets.hide("supersecrettoken12345")
        let server = ScriptedMCPServer { call in
            call.error(-32001, "you sent supersecrettoken12345", status: 200)
        }
        let host = try BridgedHost(server, secrets: secrets)
        let answer = try await host.ask(#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#)
        await host.end()
        #expect(answer["error"]?["code"]?.int == -32001, "\(host.lines)")
        #expect(host.lines[0].contains("you sent ***") && !host.lines[0].contains("supersecret"), "\(host.lines)")
    }

    @Test func `at the end, requests that wait for their turn are answered too`() async throws {
        let server = ScriptedMCPServer { _ in .openEvents([": working\n\n"]) }
        let host = try BridgedHost(server)
        for id in 0..<70 { host.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#) }
        try await poll("the first requests") { server.calls.count == 64 }
        await host.end()
        #expect(host.lines.count == 70)
        #expect(host.lines.allSatisfy { $0.contains("the bridge has ended") })
    }

    @Test func `a thousand requests at once are all answered, sixty-four at a time`() async throws {
        let running = Lock((now: 0, most: 0))
        let server = ScriptedMCPServer { call in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            await Task.yield()
            running.withLock { $0.now -= 1 }
            return call.result([:])
        }
        let host = try BridgedHost(server)
        for id in 0..<1_000 { host.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#) }
        try await poll("all answers") { host.lines.count == 1_000 }
        await host.end()
        #expect(Set(host.messages.compactMap { $0["id"]?.int }).count == 1_000)
        #expect(running.withLock { $0.most } <= 64)
    }

    @Test func `what is sent behind the handshake without waiting comes after it`() async throws {
        let gate = Latch()
        let server = legacy { call in
            if call.method == "initialize" { await gate.wait() }
            return nil
        }
        let host = try BridgedHost(server)
        host.send(BridgedHost.initialize)
        host.send(BridgedHost.initialized)
        host.send(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        try await poll("the handshake") { !server.calls.isEmpty }
        #expect(server.methods == ["initialize"])
        gate.open()
        _ = try await host.answer(to: 1)
        await host.end()
        #expect(
            server.methods.filter { $0 != "GET" } == [
                "initialize", "notifications/initialized", "tools/list", "DELETE",
            ])
        #expect(server.calls.dropFirst().allSatisfy { $0.header("mcp-session-id") == "s1" })
    }

    @Test func `a signal answers what is open, ends the session and does not wait for the server`() async throws {
        let server = legacy { call in
            call.method == "tools/call" ? .openEvents([": working\n\n"]) : nil
        }
        let host = try BridgedHost(server)
        try await host.begin()
        host.send(#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"slow"}}"#)
        try await poll("the call") { server.methods.contains("tools/call") }
        await host.interrupt()
        #expect(host.messages.last?["error"]?["message"]?.string?.hasPrefix("the bridge has ended;") == true)
        #expect(server.methods.last == "DELETE")
    }

    // MARK: - Tools that are not allowed

    @Test func `tools that are not allowed are missing from every page and can't be called`() async throws {
        let server = legacy { call in
            guard call.method == "tools/list" else { return nil }
            let isFirst = call.message["params"]?["cursor"] == nil
            return call.result(
                isFirst
                    ? ["tools": [["name": "read_a", "x": 1], ["name": "Delete_b"]], "nextCursor": "", "ttlMs": 0]
                    : ["tools": [["name": "read_c"], ["name": "write"]]])
        }
        let host = try BridgedHost(
            server, filter: ToolFilter(allowed: ["read*", "Delete_b"], denied: ["delete*", "*_c"]))
        try await host.begin()
        let first = try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        #expect(first["result"] == ["tools": [["name": "read_a", "x": 1]], "nextCursor": "", "ttlMs": 0])
        let second = try await host.ask(#"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":""}}"#)
        #expect(second["result"] == ["tools": []])
        for (id, name) in [(0, "Delete_b"), (5, "read_c"), (6, "write"), (7, "")] {
            let line = #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(name)"}}"#
            let answer = try await host.ask(line)
            #expect(answer["error"]?["code"] == -32602, "\(name)")
        }
        _ = try await host.ask(#"{"jsonrpc":"2.0","id":"0","method":"tools/call","params":{"name":"read_a"}}"#)
        await host.end()
        #expect(server.methods.count { $0 == "tools/call" } == 1)
    }

    @Test func `a tool whose name is no text is hidden, and so is a list that can be read in two ways`() async throws {
        let server = ScriptedMCPServer { call in
            if call.method == "ping" {
                return .text(#"{"id":3,"result":{"tools":[{"name":"b"}]},"result":{}}"#, type: "application/json")
            }
            return call.result(["tools": [["name": "a"], ["name": ["b"]], [:]]])
        }
        let host = try BridgedHost(server, filter: ToolFilter(allowed: nil, denied: ["b"]))
        let list = try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        #expect(list["result"]?["tools"] == [["name": "a"]])
        let call = try await host.ask(#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":["b"]}}"#)
        #expect(call["error"]?["code"] == -32602)
        #expect(try await host.ask(#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#)["error"] != nil)
        await host.end()
        #expect(server.methods == ["tools/list", "ping"])
    }

    @Test func `an error in place of the list of tools passes through a filter`() async throws {
        let host = try BridgedHost(
            ScriptedMCPServer { $0.error(-32603, "broken") }, filter: ToolFilter(allowed: ["a"], denied: []))
        let answer = try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        await host.end()
        #expect(answer["error"] == ["code": -32603, "message": "broken"])
    }

    @Test(arguments: [
        ("abc", "abc", true), ("abc", "a*", true), ("abc", "*c", true), ("abc", "a*c", true), ("abc", "*", true),
        ("abc", "a*b", false), ("abc", "", false), ("", "*", true), ("aab", "*ab", true), ("abab", "a*ab", true),
        ("abc", "abcd", false), ("abc", "a**c", true),
    ])
    func `a star stands for any text`(_ name: String, _ pattern: String, _ isAllowed: Bool) {
        #expect(ToolFilter(allowed: [pattern], denied: []).allows(name) == isAllowed)
        #expect(ToolFilter(allowed: nil, denied: [pattern]).allows(name) != isAllowed)
    }
}
