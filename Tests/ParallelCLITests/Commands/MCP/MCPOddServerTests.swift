import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelSystem
import TestSupport
import Testing

/// Servers that break the rules in ways that the official clients get along with.
@Suite(.timeLimit(.minutes(10))) struct MCPOddServerTests {
    /// A legacy server that answers a call with these members of a JSON-RPC message.
    private static func answering(_ members: JSONObject, as stream: Bool = false) -> ScriptedMCPServer {
        .legacy { call in
            guard call.method == "tools/call" else { return nil }
            var message: JSONObject = ["jsonrpc": "2.0", "id": call.id]
            for member in members { message[member.key] = member.value }
            return stream ? .events([event(.object(message))]) : .json(.object(message))
        }
    }

    // MARK: - Errors

    @Test(
        arguments: [
            (
                ["result": nil, "error": ["code": "NOT_FOUND", "message": "no such account"]],
                "no such account (NOT_FOUND)"
            ),
            (["error": ["message": "no such account"]], "no such account"),
            (["error": ["code": nil, "message": "no such account"]], "no such account"),
            (["error": ["code": 1.5, "message": "no such account"]], "no such account (1.5)"),
            (["error": "no such account"], "no such account"), (["error": ["no", "account"]], #"["no","account"]"#),
            (["error": [:]], "{}"), (["error": ["code": -32000]], #"{"code":-32000} (-32000)"#),
            (["error": true], "true"),
            (["error": ["code": 5, "message": "no"], "result": ["content": []]], "no (5)"),
            (["result": nil], "its result is null, not an object"),
            (["result": nil, "error": nil], "its result is null, not an object"),
            (["result": ["a", 1]], #"its result is an array, not an object: ["a",1]"#),
            (["result": "done: 7"], "its result is a string, not an object: done: 7"),
            (["result": true], "its result is a boolean, not an object: true"),
        ] as [(JSONObject, String)])
    func `whatever is no result is a failure with the server's words`(members: JSONObject, told: String) async {
        for stream in [false, true] {
            let server = Self.answering(members, as: stream)
            let run = await MCPRun.call(server)
            #expect(run.code == .refused && run.output.isEmpty)
            #expect(run.errors == "error: 'https://mcp.example/mcp' answered with an error: \(told)\n")
            #expect(server.methods.count { $0 == "tools/call" } == 1)
        }
    }

    @Test func `an error of null beside a result is none`() async {
        let run = await MCPRun.call(
            Self.answering(["error": nil, "result": ["content": [["type": "text", "text": "done"]]]]))
        #expect(run.code == .success && run.output == "done\n")
    }

    @Test func `a word as its code does not keep an error from being understood`() async {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/list" else { return nil }
            return .json(["jsonrpc": "2.0", "id": call.id, "error": ["code": "-32601", "message": "no"]])
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .success && run.errors == "no tools\n")
    }

    @Test(arguments: ["true", 1, "yes", true] as [JSONValue])
    func `a failed tool is one however the server writes that`(flag: JSONValue) async throws {
        let result: JSONValue = ["content": [["type": "text", "text": "no such account"]], "isError": flag]
        let run = await MCPRun.call(Self.answering(["result": result]))
        #expect(run.code == .runFailed && run.output.isEmpty)
        #expect(run.errors.contains("no such account"))
        let json = await MCPRun.call(Self.answering(["result": result]), "--json")
        #expect(json.code == .runFailed)
        #expect(try JSONValue.parse(json.output) == result)
    }

    // MARK: - Notifications

    @Test(arguments: [400, 401, 404, 405, 500, 307])
    func `an error that answers a notification ends nothing`(status: Int) async {
        let server = ScriptedMCPServer.legacy(session: "s") { call in
            guard call.method == "notifications/initialized" else { return nil }
            return .empty(status, headers: [("location", "https://elsewhere.example/")])
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "called\n", "\(run.errors)")
        #expect(server.methods.count { $0 == "initialize" } == 1)
    }

    @Test func `a notification that is never answered ends nothing`() async {
        let clock = ManualClock()
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "notifications/initialized" else { return nil }
            try await clock.untilAsleep()
            clock.advance(by: .seconds(5))
            try await Task.sleep(for: .seconds(86_400))
            return .empty(202)
        }
        let run = await MCPRun.run(["call", MCPRun.url, "echo"], server, clock: clock)
        #expect(run.code == .success && run.output == "called\n", "\(run.errors)")
    }

    // MARK: - Sessions

    @Test(arguments: [
        (400, -32000, "Bad Request: No valid session ID provided"),
        (400, -32000, "Bad Request: Server not initialized"),
        (400, -32001, "who?"), (400, -32600, "Session not found"), (400, -32600, "Invalid or missing session ID"),
        (400, -32600, "Unknown sessionId"), (400, -32000, "The session expired"),
        (404, -32001, "Session has been terminated"), (400, -32600, "Session has been terminated"),
        (400, -32000, "Session does not exist"), (400, -32000, "No such session"), (400, -32000, "Session is gone"),
        (400, -32000, "The session has ended"), (400, -32000, "Cannot find session s1"), (400, 0, "Session closed"),
        (400, -32000, "Could not find session"), (400, -32000, "Invalid or expired session"),
        (400, -32603, "No active session"), (400, -32002, "Session 4f2e1a90-11ee-4c1d-9e00-0a1b2c3d4e5f not found"),
        (400, -32003, "Client has not been initialized"), (400, 400, "Your session has expired"),
    ])
    func `a session that the server does not know is begun anew`(status: Int, code: Int, text: String) async {
        let server = ScriptedMCPServer.legacy(session: "s") { call in
            guard call.method == "tools/call" else { return nil }
            return call.index < 6 ? call.error(code, text, status: status) : nil
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "called\n", "\(run.errors)")
        #expect(server.methods.count { $0 == "initialize" } == 2 && server.methods.count { $0 == "tools/call" } == 2)
    }

    @Test(arguments: [
        HTTPResponse.text("No such session", status: 400), .json(["message": "session has expired"], status: 400),
    ])
    func `an answer that is no MCP may say that a session is unknown`(answer: HTTPResponse) async {
        let server = ScriptedMCPServer.legacy(session: "s") { call in
            call.method == "tools/call" && call.index < 6 ? answer : nil
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "called\n", "\(run.errors)")
        #expect(server.methods.count { $0 == "initialize" } == 2)
    }

    @Test(arguments: [
        (400, -32602, "Invalid arguments"), (200, -32001, "Session not found"), (500, -32000, "No valid session"),
        (409, -32000, "no such session"), (400, -32602, "Unknown sessionId"), (404, -32602, "no such session"),
        (400, -32602, "The session 'Keynote' was booked, but the seat is not near the stage"),
        (400, -32000, "The session 'Keynote' was booked, but the seat is not near the stage"),
        (400, -32050, "session not found"), (404, -32002, "order was placed; receipt not found"),
        (400, 5, "order placed; payment session expired"), (400, -32001, "Request timed out"),
        (404, -32001, "MCP error -32001: Request timeout"),
        (400, -32000, "chat session not found in CRM; created account anyway"),
    ])
    func `a call that failed for another reason is not sent again`(status: Int, code: Int, text: String) async {
        let server = ScriptedMCPServer.legacy(session: "s") { call in
            call.method == "tools/call" ? call.error(code, text, status: status) : nil
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .refused && run.errors.contains(text))
        #expect(server.methods.count { $0 == "tools/call" } == 1)
    }

    @Test func `a session id that none may be loses no answer to a call`() async {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/call" else { return nil }
            return call.result(["content": [["type": "text", "text": "done"]]], headers: [("mcp-session-id", "ä ö")])
        }
        #expect(await MCPRun.call(server).output == "done\n")
    }

    @Test func `a balancer that tells by a cookie where the session is gets its cookie`() async {
        let server = ScriptedMCPServer.legacy(session: "s") { call in
            switch (call.request.method, call.method) {
            case (_, "server/discover"): return nil
            case (_, "initialize"):
                return call.result(
                    ["protocolVersion": "2025-06-18", "capabilities": ["tools": [:]]],
                    headers: [
                        ("mcp-session-id", "s"), ("Set-Cookie", "LB=replica-1; Path=/; HttpOnly"),
                        ("set-cookie", "other=2"),
                    ])
            default:
                return call.header("cookie") == "LB=replica-1; other=2"
                    ? nil : call.error(-32001, "Session not found", status: 404)
            }
        }
        let run = await MCPRun.call(server, "-v")
        #expect(run.code == .success && run.output == "called\n", "\(run.errors)")
        #expect(server.methods.count { $0 == "initialize" } == 1)
        #expect(server.calls.prefix(2).allSatisfy { $0.header("cookie") == nil })
        #expect(server.calls.last?.request.method == .delete)
        #expect(!run.errors.contains("replica-1"))
    }

    @Test func `a cookie that comes with a redirect is sent on`() async {
        let server = ScriptedMCPServer.legacy { call in
            call.header("cookie") == "seen=1"
                ? nil : .empty(307, headers: [("location", "/mcp"), ("set-cookie", "seen=1")])
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "called\n", "\(run.errors)")
        #expect(server.methods.count { $0 == "tools/call" } == 1)
    }

    // MARK: - JSON

    @Test(arguments: [false, true])
    func `numbers without a value are read as null, with one warning`(stream: Bool) async throws {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/call" else { return nil }
            let result = #"{"content":[{"type":"text","text":"NaN"}],"structuredContent":{"m":NaN,"i":[-Infinity]}}"#
            let text = #"{"jsonrpc":"2.0","id":\#(call.id.serialized()),"result":\#(result)}"#
            return stream ? .events(["data: \(text)\n\n"]) : .text(text, type: "application/json")
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "NaN\n{\"m\":null,\"i\":[null]}\n")
        #expect(run.errors.hasPrefix("warning: ") && run.errors.contains("NaN and Infinity are read as null"))
        let json = await MCPRun.call(server, "--json")
        #expect(try JSONValue.parse(json.output)["structuredContent"] == ["m": nil, "i": [nil]])
    }

    @Test func `bytes that are no UTF-8 lose no answer`() async {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/call" else { return nil }
            let text = #"{"jsonrpc":"2.0","id":\#(call.id.serialized()),"result":{"content":["caf?"]}}"#
            var response = HTTPResponse.text("", type: "application/json")
            response.body = HTTPBody(text.utf8.map { $0 == UInt8(ascii: "?") ? 0xE9 : $0 })
            return response
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "caf\u{FFFD}\n" && run.errors.contains("U+FFFD"))
    }

    @Test func `the reason why an answer is not JSON is told, and the address is not doubted any more`() async {
        let server = ScriptedMCPServer.legacy { call in
            call.method == "tools/call" ? .text(#"{"jsonrpc": "2.0", oops"#, type: "application/json") : nil
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .unexpected)
        #expect(run.errors.contains("is not MCP (200)"))
        #expect(
            run.errors.contains("(no JSON: expected a member name in quotes at line 1, column 20)"), "\(run.errors)")
        #expect(!run.errors.contains("is that the URL"))
    }

    @Test(arguments: [HTTPResponse.text("404 page not found", status: 404), .text("<html></html>"), .empty(200)])
    func `only before the conversation stands, the address may be wrong`(answer: HTTPResponse) async {
        let hint = "is that the URL of an MCP server?"
        let before = await MCPRun.call(ScriptedMCPServer { _ in answer })
        #expect(before.code != .success && before.errors.contains(hint))
        for server in [
            ScriptedMCPServer.legacy { $0.method == "tools/call" ? answer : nil },
            .modern { $0.method == "tools/call" ? answer : nil },
        ] {
            let after = await MCPRun.call(server)
            #expect(after.code != .success && !after.errors.contains(hint), "\(after.errors)")
        }
    }

    @Test(arguments: ["ping", "[DONE]", #"{"hello":"world"}"#, "{", "[]"])
    func `an event that is not MCP is passed over with a warning`(data: String) async {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/call" else { return nil }
            let answer: JSONValue = [
                "jsonrpc": "2.0", "id": call.id, "result": ["content": [["type": "text", "text": "done"]]],
            ]
            return .events(["data: \(data)\n\n", "data: \(data)\n\n", event(answer)])
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "done\n", "\(run.errors)")
        #expect(run.errors.hasPrefix("warning: an event was passed over: the answer of "))
        #expect(run.errors.count { $0 == "\n" } == 1)
    }

    @Test func `an answer that came whole is used although its end is missing`() async {
        let broken = HTTPError(.truncated, "the answer broke off", mayHaveBeenSent: true)
        for isWhole in [true, false] {
            for isStream in [true, false] {
                let server = ScriptedMCPServer.legacy { call in
                    guard call.method == "tools/call" else { return nil }
                    let answer: JSONValue = [
                        "jsonrpc": "2.0", "id": call.id, "result": ["content": [["type": "text", "text": "done"]]],
                    ]
                    let text = String(answer.serialized().dropLast(isWhole ? 0 : 1))
                    if isStream { return .events(["data: \(text)\n"]) }
                    var response = HTTPResponse.events([text], failing: broken)
                    response.headers.set("content-type", "application/json")
                    return response
                }
                let run = await MCPRun.call(server)
                #expect(run.code == (isWhole ? .success : .unreachable), "\(run.errors)")
                #expect(run.output == (isWhole ? "done\n" : ""))
                #expect(server.methods.count { $0 == "tools/call" } == 1)
            }
        }
    }

    // MARK: - Other shapes

    @Test(
        arguments: [
            [], [["type": "text", "text": ""]], [["type": "resource", "resource": ["text": ""]]],
        ] as [JSONValue])
    func `an empty answer is said to be empty`(content: JSONValue) async {
        let run = await MCPRun.call(Self.answering(["result": ["content": content, "structuredContent": nil]]))
        #expect(run.code == .success && run.errors == "the answer is empty\n", "\(run.errors)")
        let json = await MCPRun.call(Self.answering(["result": ["content": content]]), "--json")
        #expect(json.code == .success && json.errors.isEmpty)
        let lists = ScriptedMCPServer.legacy { call in
            switch call.method {
            case "prompts/list": call.result(["prompts": [["name": "p"]]])
            case "prompts/get": call.result(["messages": []])
            case "resources/read": call.result(["contents": []])
            default: nil
            }
        }
        for words in [["prompts", MCPRun.url, "get", "p"], ["resources", MCPRun.url, "read", "case://r"]] {
            let run = await MCPRun.run(words, lists)
            #expect(run.code == .success && run.errors == "the answer is empty\n", "\(run.errors)")
        }
    }

    @Test(
        arguments: [
            ([["uri": "case://r", "text": ""]], "case://r\n", ""),
            (["uri": "case://r", "text": "hi"], "hi\n", "the 'contents' of the answer is an object, not a list"),
            (["just text"], "just text\n", ""),
            ("just text", "just text\n", "the 'contents' of the answer is a string, not a list"),
        ] as [(JSONValue, String, String)])
    func `a resource of any shape shows something`(contents: JSONValue, output: String, warning: String) async {
        let server = ScriptedMCPServer.legacy { call in
            switch call.method {
            case "initialize": call.result(["protocolVersion": "2025-06-18", "capabilities": [:]])
            case "resources/read": call.result(["contents": contents])
            default: nil
            }
        }
        let run = await MCPRun.run(["resources", MCPRun.url, "read", "case://r"], server)
        #expect(run.code == .success && run.output == output, "\(run.errors)")
        #expect(run.errors == (warning.isEmpty ? "" : "warning: \(warning)\n"))
    }

    @Test(
        arguments: [
            ([["role": "user", "content": "Sum up"]], "user: Sum up\n", ""),
            ([["role": "user", "content": [["type": "text", "text": "Sum"], "up"]]], "user: Sum\nup\n", ""),
            (
                ["role": "user", "content": ["type": "text", "text": "Sum up"]], "user: Sum up\n",
                "the 'messages' of the answer is an object, not a list"
            ),
            ("Sum up", ": Sum up\n", "the 'messages' of the answer is a string, not a list"),
            (nil, ": {\"messages\":null}\n", "the answer has no messages"),
            ([["role": "user"]], "user: {\"role\":\"user\"}\n", "the answer has no content"),
            (
                [["role": "user", "content": ["type": "image", "data": "!"]]],
                "user: {\"type\":\"image\",\"data\":\"!\"}\n",
                "data in the answer is missing or not valid Base64, and is shown as it came"
            ),
        ] as [(JSONValue, String, String)])
    func `a prompt of any shape shows something`(messages: JSONValue, output: String, warning: String) async {
        let server = ScriptedMCPServer.legacy { call in
            switch call.method {
            case "initialize": call.result(["protocolVersion": "2025-06-18", "capabilities": true])
            case "prompts/list": call.result(["prompts": [["name": "sum"]]])
            case "prompts/get": call.result(["messages": messages])
            default: nil
            }
        }
        let run = await MCPRun.run(["prompts", MCPRun.url, "get", "sum"], server)
        #expect(run.code == .success && run.output == output, "\(run.errors)")
        #expect(run.errors == (warning.isEmpty ? "" : "warning: \(warning)\n"))
    }

    // MARK: - Redirects

    @Test func `a server that has moved is followed, and the call is not redirected`() async {
        let server = ScriptedMCPServer.legacy(session: "s") { call in
            call.request.url.path.hasSuffix("/") ? nil : .empty(307, headers: [("location", "/mcp/")])
        }
        let run = await MCPRun.call(server)
        #expect(run.code == .success && run.output == "called\n", "\(run.errors)")
        #expect(run.errors.isEmpty)
        let moved = server.calls.filter { $0.request.url.description == MCPRun.url }
        #expect(moved.map(\.method).allSatisfy { ["server/discover", "initialize"].contains($0) })
        #expect(server.calls.last?.request.url.description == MCPRun.url + "/")
    }

    @Test(arguments: [["test", MCPRun.url], ["add", "crm", MCPRun.url]])
    func `the URL to store is named where a server has moved`(words: [String]) async throws {
        let directory = try TemporaryDirectory()
        let server = ScriptedMCPServer.modern { call in
            call.request.url.path.hasSuffix("/")
                ? nil : .empty(308, headers: [("location", "\(MCPRun.url)/?key=secret-4711")])
        }
        let run = await MCPRun.run(words, server, directory: directory.path)
        #expect(run.code == .success)
        #expect(
            run.errors.contains("redirects to https://mcp.example/mcp/?key=***, which is the URL to store"),
            "\(run.errors)")
        #expect(!run.errors.contains("4711"))
    }

    @Test(arguments: [
        (307, "http://mcp.example/mcp/", "the URL to use is probably https://mcp.example/mcp/"),
        (308, "http://mcp.example:8080/mcp/?x", "the URL to use is probably https://mcp.example/mcp/?***"),
        (307, "http://mcp.example/mcp", "use that URL if it is the server you mean"),
        (301, "/mcp/", "use that URL if it is the server you mean"),
        (303, "/login", "use that URL if it is the server you mean"),
        (
            307, "https://other.example/tok-4711-secret/mcp",
            "use that URL if it is the server you mean; parts of it that may be secret are not shown"
        ),
    ])
    func `a redirect that is not followed is refused with the URL, at the step of the address`(
        status: Int, location: String, hint: String
    ) async throws {
        let server = ScriptedMCPServer { _ in .empty(status, headers: [("location", location)]) }
        for words in [
            ["call", MCPRun.url, "echo", "-v"], ["test", MCPRun.url, "--json"], ["add", "crm", MCPRun.url],
        ] {
            let directory = try TemporaryDirectory()
            let run = await MCPRun.run(
                words + ["--bearer-env", "TOKEN"], server, environment: ["TOKEN": "tok-4711-secret"],
                directory: directory.path)
            #expect(run.code == .refused && run.errors.contains("\n  \(hint)\n"), "\(run.errors)")
            #expect(!(run.output + run.errors).contains("4711"))
            if words[0] == "test" { #expect(run.output.contains(#""step":"address","state":"failed""#)) }
        }
        #expect(server.calls.allSatisfy { $0.request.url.description == MCPRun.url })
    }

    @Test func `nobody is advised to use the unusable URL of a redirect`() async {
        let server = ScriptedMCPServer { _ in .empty(307, headers: [("location", "http://:x/")]) }
        let run = await MCPRun.run(["call", MCPRun.url, "echo"], server)
        #expect(run.code == .refused && run.errors.contains("redirects to an unusable URL"), "\(run.errors)")
        #expect(!run.errors.contains("use that URL"))
    }
}
