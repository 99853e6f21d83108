import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelMCP

/// A host of the legacy era in front of a server that speaks the modern one only.
@Suite(.timeLimit(.minutes(10))) struct LegacyHostTests {
    private static let initialize = #"""
        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":
        {"elicitation":{},"roots":{"listChanged":true}},"clientInfo":{"name":"editor","version":"3"}}}
        """#.split(separator: "\n").joined()

    private func begin(_ host: BridgedHost) async throws -> JSONValue {
        let answer = try await host.ask(Self.initialize)
        host.send(BridgedHost.initialized)
        return answer
    }

    private func meta(_ call: ScriptedMCPServer.Call, _ key: String) -> JSONValue? {
        call.message["params"]?["_meta"]?["io.modelcontextprotocol/\(key)"]
    }

    // MARK: - Opening

    @Test(arguments: [(400, -32022), (404, -32601), (200, -32601), (200, -32600), (400, -32000)])
    func `the handshake is answered by what the server says of itself`(_ status: Int, _ code: Int) async throws {
        let server = ScriptedMCPServer.modern { call in
            switch call.method {
            case "initialize": return call.error(code, "no", status: status)
            case "server/discover":
                return call.result([
                    "supportedVersions": ["2026-07-28"], "capabilities": ["tools": ["listChanged": false]],
                    "instructions": "Be kind.",
                    "_meta": ["io.modelcontextprotocol/serverInfo": ["name": "new", "version": "2"]],
                ])
            default: return nil
            }
        }
        let host = try BridgedHost(server)
        let answer = try await begin(host)
        #expect(try await host.ask(#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#)["result"] == [:])
        await host.end()
        #expect(
            answer == [
                "jsonrpc": "2.0", "id": 0,
                "result": [
                    "protocolVersion": "2025-06-18", "capabilities": ["tools": ["listChanged": false]],
                    "serverInfo": ["name": "new", "version": "2"], "instructions": "Be kind.",
                ],
            ])
        // Neither the confirmation nor the ping exists in the modern era.
        #expect(server.methods == ["initialize", "server/discover"])
        #expect(meta(server.calls[1], "clientInfo") == ["name": "editor", "version": "3"])
        #expect(server.calls[1].header("mcp-method") == "server/discover")
        #expect(server.calls[1].header("mcp-protocol-version") == "2026-07-28")
    }

    @Test func `a host that wants a version that nobody knows gets the newest one of its era`() async throws {
        let host = try BridgedHost(ScriptedMCPServer.modern())
        let answer = try await host.ask(BridgedHost.initialize)
        await host.end()
        #expect(answer["result"]?["protocolVersion"] == "2025-11-25")
    }

    @Test(arguments: [(400, true), (200, true), (401, false), (500, false), (429, false)])
    func `a server that speaks no era the bridge knows is refused in its own words`(
        _ status: Int, _ isAsked: Bool
    ) async throws {
        let server = ScriptedMCPServer { call in
            call.method == "initialize"
                ? call.error(-32602, "closed today", status: status)
                : call.result(["supportedVersions": ["2031-01-01"]])
        }
        let host = try BridgedHost(server)
        let answer = try await host.ask(Self.initialize)
        await host.end()
        #expect(answer["error"]?["message"]?.string?.contains("closed today") == true)
        #expect(server.methods.contains("server/discover") == isAsked)
    }

    @Test func `a server that was found to be modern is asked at once, and one that has changed is not lost`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let memory = EraCache(environment: ["HOME": "/", "XDG_CACHE_HOME": folder.file(".cache")])
        let isLegacy = Lock(false)
        let server = ScriptedMCPServer { call in
            if isLegacy.withLock({ $0 }) {
                return call.method == "initialize"
                    ? call.result(["protocolVersion": "2025-06-18"]) : call.error(-32601, "no", status: 400)
            }
            return call.method == "server/discover"
                ? call.result(["supportedVersions": ["2026-07-28"]]) : call.error(-32601, "no", status: 404)
        }
        for expected in [["initialize", "server/discover"], ["server/discover"]] {
            let before = server.calls.count
            let host = try BridgedHost(server, memory: memory)
            #expect(try await host.ask(Self.initialize)["result"]?["protocolVersion"] == "2025-06-18")
            await host.end()
            #expect(Array(server.methods[before...]) == expected)
        }
        isLegacy.withLock { $0 = true }
        for expected in [["server/discover", "initialize"], ["initialize"]] {
            let before = server.calls.count
            let host = try BridgedHost(server, memory: memory)
            #expect(try await host.ask(Self.initialize)["result"]?["protocolVersion"] == "2025-06-18")
            await host.end()
            #expect(Array(server.methods[before...]) == expected)
        }
    }

    // MARK: - Requests

    @Test func `requests carry what the host said once, and keep what they say themselves`() async throws {
        let regional: JSONValue = [
            "name": "weather",
            "inputSchema": [
                "type": "object", "properties": ["region": ["type": "string", "x-mcp-header": "Region"]],
            ],
        ]
        let server = ScriptedMCPServer.modern(tools: [regional, ["name": "hidden"]])
        let host = try BridgedHost(server, filter: ToolFilter(allowed: nil, denied: ["hidden"]))
        _ = try await begin(host)
        let list = try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        #expect(list["result"]?["tools"] == [regional])
        let level = #"{"jsonrpc":"2.0","id":2,"method":"logging/setLevel","params":{"level":"debug"}}"#
        #expect(try await host.ask(level)["result"] == [:])
        let call = try await host.ask(
            #"{"jsonrpc":"2.0","id":"3","method":"tools/call","params":{"name":"weather","arguments":"#
                + #"{"region":"Oslo","n":1.50},"_meta":{"progressToken":7}}}"#)
        #expect(call["result"]?["content"] != nil)
        #expect(call["id"] == "3")
        let refused = try await host.ask(
            #"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"hidden"}}"#)
        #expect(refused["error"]?["code"] == -32602)
        await host.end()
        let sent = try #require(server.calls.last)
        #expect(server.methods == ["initialize", "server/discover", "tools/list", "tools/call"])
        #expect(sent.header("mcp-name") == "weather")
        #expect(sent.header("mcp-param-region") == "Oslo")
        #expect(sent.message["params"]?["arguments"]?.serialized() == #"{"region":"Oslo","n":1.50}"#)
        #expect(sent.message["params"]?["_meta"]?["progressToken"] == 7)
        #expect(meta(sent, "protocolVersion") == "2026-07-28")
        #expect(meta(sent, "clientCapabilities") == ["elicitation": [:], "roots": ["listChanged": true]])
        #expect(meta(sent, "logLevel") == "debug")
        #expect(meta(server.calls[2], "logLevel") == nil)
    }

    @Test func `content that only the modern era has does not break the host's list or call`() async throws {
        let server = ScriptedMCPServer.modern(tools: [
            ["name": "a", "outputSchema": ["type": "array"]], ["name": "b", "outputSchema": ["type": "object"]],
        ]) { call in
            call.method == "tools/call" ? call.result(["content": [], "structuredContent": [1, 2]]) : nil
        }
        let host = try BridgedHost(server)
        _ = try await begin(host)
        let list = try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        #expect(list["result"]?["tools"] == [["name": "a"], ["name": "b", "outputSchema": ["type": "object"]]])
        let call = try await host.ask(#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a"}}"#)
        #expect(call["result"] == ["content": []])
        await host.end()
    }

    // MARK: - Questions of the server

    private static let call = #"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"greet"}}"#

    private func asking(_ state: JSONValue?, questions: JSONValue?) -> ScriptedMCPServer {
        .modern { call in
            guard call.method == "tools/call", call.message["params"]?["inputResponses"] == nil else { return nil }
            if questions == nil, call.message["params"]?["requestState"] != nil { return nil }
            var result: JSONObject = ["resultType": "input_required"]
            result["inputRequests"] = questions
            result["requestState"] = state
            return call.result(.object(result))
        }
    }

    private static let question: JSONValue = [
        "who": ["method": "elicitation/create", "params": ["message": "Your name?"]]
    ]

    @Test(arguments: ["é\u{0} \"state\"", nil])
    func `a question becomes a request to the host, and the call goes on with its answer`(
        _ state: String?
    ) async throws {
        let server = asking(state.map { .string($0) }, questions: Self.question)
        let host = try BridgedHost(server)
        _ = try await begin(host)
        host.send(Self.call)
        try await host.wait(for: "elicitation/create")
        let asked = try #require(host.messages.first { $0["method"] == "elicitation/create" })
        #expect(asked["params"] == ["message": "Your name?"])
        let id = try #require(asked["id"]).serialized()
        host.send(#"{"jsonrpc":"2.0","id":\#(id),"result":{"action":"accept","content":{"n":1.50}}}"#)
        let answer = try await host.answer(to: 5)
        await host.end()
        #expect(answer["result"]?["content"] != nil)
        let calls = server.calls.filter { $0.method == "tools/call" }
        #expect(calls.count == 2)
        #expect(calls[0].id != calls[1].id)
        let params = try #require(calls[1].message["params"])
        let answers = #"{"who":{"action":"accept","content":{"n":1.50}}}"#
        #expect(params["inputResponses"]?.serialized() == answers)
        #expect(params["requestState"] == state.map { .string($0) })
        #expect(params["name"] == "greet")
        #expect(calls[1].header("mcp-name") == "greet")
        // The host's answer is no message of the modern era.
        #expect(server.calls.allSatisfy { $0.method != nil })
    }

    @Test func `a server that only wants to be asked again is asked again`() async throws {
        let server = asking("later", questions: nil)
        let host = try BridgedHost(server)
        _ = try await begin(host)
        #expect(try await host.ask(Self.call)["result"]?["content"] != nil)
        await host.end()
        #expect(server.methods.count { $0 == "tools/call" } == 2)
    }

    @Test func `a question that the host refuses, and a server that never stops asking, are errors`() async throws {
        let host = try BridgedHost(asking(nil, questions: Self.question))
        _ = try await begin(host)
        host.send(Self.call)
        try await host.wait(for: "elicitation/create")
        let id = try #require(host.messages.last?["id"]).serialized()
        host.send(#"{"jsonrpc":"2.0","id":\#(id),"error":{"code":-1,"message":"the user said no"}}"#)
        let refused = try await host.answer(to: 5)
        #expect(refused["error"]?["message"]?.string?.contains("the user said no") == true)
        await host.end()

        let server = ScriptedMCPServer.modern { call in
            call.method == "tools/call" ? call.result(["resultType": "input_required", "requestState": "x"]) : nil
        }
        let other = try BridgedHost(server)
        _ = try await begin(other)
        #expect(try await other.ask(Self.call)["error"] != nil)
        await other.end()
        #expect(server.methods.count { $0 == "tools/call" } == 11)
    }

    @Test func `a call that is cancelled while the host is asked takes the question back`() async throws {
        let server = asking(nil, questions: Self.question)
        let host = try BridgedHost(server)
        _ = try await begin(host)
        host.send(Self.call)
        try await host.wait(for: "elicitation/create")
        let id = try #require(host.messages.last?["id"])
        host.send(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}"#)
        try await host.wait(for: "notifications/cancelled")
        #expect(host.messages.last?["params"] == ["requestId": id])
        await host.end()
        #expect(!host.messages.contains { $0["id"] == 5 })
        #expect(!server.methods.contains("notifications/cancelled"))
    }

    /// A host with these capabilities, in JSON.
    private func begin(_ server: ScriptedMCPServer, _ capabilities: String) async throws -> BridgedHost {
        let host = try BridgedHost(server)
        _ = try await host.ask(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":\#(capabilities)}}"#)
        return host
    }

    @Test(arguments: [
        (#"{"elicitation":{},"sampling":{},"roots":{}}"#, #"{"method":"sampling/other"}"#),
        (#"{"elicitation":{},"sampling":{},"roots":{}}"#, "{}"),
        ("{}", #"{"method":"elicitation/create","params":{}}"#),
        (#"{"roots":{}}"#, #"{"method":"sampling/createMessage"}"#),
        (#"{"sampling":true}"#, #"{"method":"sampling/createMessage"}"#),
        (#"{"sampling":{}}"#, #"{"method":"roots/list"}"#),
        (#"{"elicitation":{}}"#, #"{"method":"elicitation/create","params":{"mode":"url"}}"#),
        (#"{"elicitation":{"url":{}}}"#, #"{"method":"elicitation/create"}"#),
    ])
    func `a question that the host has not said it can answer is an error at once`(
        _ capabilities: String, _ question: String
    ) async throws {
        let questions: JSONValue = ["a": ["method": "roots/list"], "b": try JSONValue.parse(question)]
        let host = try await begin(asking(nil, questions: questions), capabilities)
        let answer = try await host.ask(Self.call)
        #expect(answer["error"]?["message"]?.string?.contains("has not said that it can answer") == true, "\(answer)")
        #expect(!host.messages.contains { $0["method"] != nil })
        await host.end()
    }

    @Test func `questions of one result are asked at once, and keep their keys`() async throws {
        let server = asking(
            nil,
            questions: [
                "form": ["method": "elicitation/create", "params": ["mode": "form"]],
                "page": ["method": "elicitation/create", "params": ["mode": "url"]],
                "where": ["method": "roots/list"],
            ])
        let host = try await begin(server, #"{"elicitation":{"form":{},"url":{}},"roots":{}}"#)
        host.send(Self.call)
        for part in ["\"form\"", "\"url\"", "roots/list"] { try await host.wait(for: part) }
        for asked in host.messages.filter({ $0["method"] != nil }).reversed() {
            let mode = asked["params"]?["mode"] ?? "none"
            host.send(#"{"jsonrpc":"2.0","id":\#(asked["id"]!.serialized()),"result":{"m":\#(mode.serialized())}}"#)
        }
        #expect(try await host.answer(to: 5)["result"]?["content"] != nil)
        await host.end()
        let sent = server.calls.last?.message["params"]?["inputResponses"]?.serialized()
        #expect(sent == #"{"form":{"m":"form"},"page":{"m":"url"},"where":{"m":"none"}}"#)
    }

    @Test func `the time in which a person thinks does not count against the limit, all other does`() async throws {
        let clock = ManualClock()
        let server = ScriptedMCPServer.modern { call in
            guard call.method == "tools/call" else { return nil }
            if call.message["params"]?["inputResponses"] != nil { return .openEvents([]) }
            return call.result(["resultType": "input_required", "inputRequests": Self.question])
        }
        let host = try BridgedHost(server, clock: clock, limit: .seconds(30))
        _ = try await begin(host)
        host.send(Self.call)
        try await host.wait(for: "elicitation/create")
        let id = try #require(host.messages.last?["id"]).serialized()
        clock.advance(by: .seconds(29))
        clock.advance(by: .seconds(3_600))
        host.send(#"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#)
        try await poll("the call with the answer") { server.methods.count { $0 == "tools/call" } == 2 }
        clock.advance(by: .seconds(29))
        #expect(!host.messages.contains { $0["id"] == 5 })
        try await poll("the end of the limit") {
            clock.advance(by: .seconds(1))
            return host.messages.contains { $0["id"] == 5 }
        }
        #expect(try await host.answer(to: 5)["error"]?["code"] == -32001)
        await host.interrupt()
    }

    @Test(arguments: [#""later""#, "5", "null"], ["tools/call", "tools/list"])
    func `a result of a type that MCP does not have is an error`(_ type: String, _ method: String) async throws {
        let kind = try JSONValue.parse(type)
        let server = ScriptedMCPServer.modern { call in
            call.method == method ? call.result(["resultType": kind, "tools": [], "content": []]) : nil
        }
        let host = try BridgedHost(server)
        _ = try await begin(host)
        let answer = try await host.ask(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"name":"x"}}"#)
        #expect(answer["error"]?["message"]?.string?.contains("of the type \(type), which MCP") == true, "\(answer)")
        // A request of the modern era is its host's own business.
        let modern = try await host.ask(BridgedHost.modern("2", method))
        #expect(modern["result"]?["resultType"] == kind)
        await host.end()
    }

    // MARK: - Changes

    private static func listening(_ answer: @escaping @Sendable (ScriptedMCPServer.Call) -> HTTPResponse)
        -> ScriptedMCPServer
    {
        .modern { call in
            switch call.method {
            case "server/discover":
                return call.result([
                    "supportedVersions": ["2026-07-28"],
                    "capabilities": ["tools": ["listChanged": true], "resources": ["subscribe": true]],
                ])
            case "subscriptions/listen": return answer(call)
            default: return nil
            }
        }
    }

    @Test func `a server that ends each stream at once is asked less and less often, until one lasts`() async throws {
        let clock = ManualClock(passing: .seconds(4))
        let count = Lock(0)
        let server = Self.listening { _ in
            let isLasting = count.withLock { count in
                count += 1
                return count == 3
            }
            if isLasting { clock.advance(by: .seconds(11)) }
            return .events([
                event(["jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged"]),
                event(["jsonrpc": "2.0", "method": "notifications/tools/list_changed"]),
            ])
        }
        let host = try BridgedHost(server, clock: clock, limit: nil)
        _ = try await begin(host)
        try await poll("a long pause", state: { "\(clock.sleeps)" }) { clock.sleeps.contains(.seconds(8)) }
        let pauses = clock.sleeps.filter { [1, 2, 4, 8].map { Duration.seconds($0) }.contains($0) }
        #expect(pauses == [1, 2, 1, 2, 4, 8].map { Duration.seconds($0) })
        await host.interrupt()
    }

    @Test(arguments: 0..<4) func `a server that does not know the method is not asked again`(_ kind: Int) async throws {
        let error: JSONValue = ["jsonrpc": "2.0", "id": 1, "error": ["code": -32601, "message": "no"]]
        let server = Self.listening { call in
            switch kind {
            case 0: call.error(-32601, "no", status: 404)
            case 1: call.error(-32601, "no")
            case 2: .empty(405)
            default: .events([event(error)])
            }
        }
        let host = try BridgedHost(server, clock: ManualClock(passing: .seconds(4)), limit: nil)
        _ = try await begin(host)
        try await poll("the end of listening", state: { "\(host.log)" }) {
            host.log.contains { $0.contains("tells of no changes") }
        }
        let subscribe = #"{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"note://a"}}"#
        #expect(try await host.ask(subscribe)["result"] == [:])
        #expect(try await host.ask(#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#)["result"] != nil)
        await host.end()
        #expect(server.methods.count { $0 == "subscriptions/listen" } == 1)
    }

    @Test func `changes of lists and of resources come as the host knows them`() async throws {
        let server = ScriptedMCPServer.modern { call in
            switch call.method {
            case "server/discover":
                return call.result([
                    "supportedVersions": ["2026-07-28"],
                    "capabilities": ["tools": ["listChanged": true], "resources": ["subscribe": true]],
                ])
            case "subscriptions/listen":
                let wanted = call.message["params"]?["notifications"] ?? .null
                let isBoth = wanted["resourceSubscriptions"] == ["note://a"]
                let changed =
                    isBoth
                    ? ["jsonrpc": "2.0", "method": "notifications/resources/updated", "params": ["uri": "note://a"]]
                    : ["jsonrpc": "2.0", "method": "notifications/tools/list_changed"] as JSONValue
                return .openEvents([
                    event(["jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged"]), event(changed),
                ])
            default: return nil
            }
        }
        let host = try BridgedHost(server)
        _ = try await begin(host)
        try await host.wait(for: "notifications/tools/list_changed")
        let subscribe = #"{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"note://a"}}"#
        #expect(try await host.ask(subscribe)["result"] == [:])
        try await host.wait(for: "notifications/resources/updated")
        await host.end()
        #expect(!host.lines.contains { $0.contains("acknowledged") })
        let wanted = server.calls.filter { $0.method == "subscriptions/listen" }
            .map { $0.message["params"]?["notifications"] }
        #expect(
            wanted == [
                ["toolsListChanged": true],
                ["toolsListChanged": true, "resourceSubscriptions": ["note://a"]],
            ])
    }
}
