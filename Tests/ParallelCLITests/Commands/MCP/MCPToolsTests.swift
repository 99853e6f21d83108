import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// Listing tools.
@Suite(.timeLimit(.minutes(10))) struct MCPToolsTests {
    private static let search: JSONValue = [
        "name": "search", "description": "Finds things.\n\nAnd much more.", "x-own": 1.10,
        "inputSchema": [
            "type": "object", "required": ["query"],
            "properties": [
                "limit": ["type": "integer"], "query": ["type": "string"],
                "tags": ["type": "array", "items": ["type": "string"]],
                "when": ["anyOf": [["type": "string"], ["type": "null"]]],
            ],
        ],
    ]

    @Test func `a pipe gets a line for each tool: name, what it does, arguments with the optional ones in brackets`()
        async
    {
        let run = await MCPRun.tools(.legacy(tools: [Self.search, ["name": "bare"]]))
        #expect(
            run.output == """
                search\tFinds things.  And much more.\tquery:string [limit:integer] [tags:string[]] [when:string]
                bare\t\t

                """)
    }

    @Test func `a tool that may destroy something and one that only tasks can call are marked`() async {
        func tool(_ name: String, _ members: JSONObject) -> JSONValue {
            .object(JSONObject([.init(key: "name", value: .string(name))] + members.members))
        }
        let tools: JSONValue = [
            tool("read", ["description": "Reads.", "annotations": ["readOnlyHint": true, "destructiveHint": true]]),
            tool("drop", ["description": "Drops.", "annotations": ["destructiveHint": true]]),
            tool("long", ["execution": ["taskSupport": "required"]]),
            tool(
                "both",
                [
                    "description": "Does.", "annotations": ["destructiveHint": true],
                    "execution": ["taskSupport": "required"],
                ]),
            tool("usual", ["description": "Is.", "annotations": ["destructiveHint": false]]),
        ]
        #expect(
            await MCPRun.tools(.legacy(tools: tools)).output == """
                read\tReads.\t
                drop\t[destructive] Drops.\t
                long\t[task only]\t
                both\t[destructive, task only] Does.\t
                usual\tIs.\t

                """)
    }

    @Test(arguments: [
        ("find|bare", ["search", "bare"], ExitCode.success), ("^sea", ["search"], .success), ("^Sea", [], .unexpected),
        ("TITLE", [], .unexpected), ("Title", ["bare"], .success), ("zzz", [], .unexpected),
    ])
    func `only tools that an expression matches are listed, with grep's exit codes`(
        pattern: String, names: [String], code: ExitCode
    ) async throws {
        let tools: JSONValue = [Self.search, ["name": "bare", "title": "A Title"]]
        let text = await MCPRun.tools(.legacy(tools: tools), "--grep", pattern, "--format", "text")
        #expect(text.code == code && text.output.split(separator: "\n").map(String.init) == names)
        #expect(text.errors == (names.isEmpty ? "no tool matches '\(pattern)'\n" : ""))
        let table = await MCPRun.tools(.legacy(tools: tools), "--grep", pattern, "--format", "csv")
        #expect(table.code == code && table.output.isEmpty == names.isEmpty)
        let json = try JSONValue.parse(await MCPRun.tools(.legacy(tools: tools), "--grep", pattern, "--json").output)
        #expect(json["tools"]?.array?.compactMap { $0["name"]?.string } == names)
    }

    @Test(arguments: [["--grep", "("], ["--grep", ""], ["--grep", "x", "--schema", "y"]])
    func `what is no expression is refused before anything is sent`(words: [String]) async {
        let server = ScriptedMCPServer.legacy()
        #expect(await MCPRun.run(["tools", MCPRun.url] + words, server).code == .usage && server.calls.isEmpty)
    }

    @Test func `a terminal gets a schema laid out, and no table can be made of one`() async {
        let server = ScriptedMCPServer.legacy(tools: [["name": "echo", "inputSchema": ["type": "object"]]])
        let words = ["tools", MCPRun.url, "--schema", "echo"]
        #expect(await MCPRun.run(words, server, terminal: .screen).output == "{\n  \"type\": \"object\"\n}\n")
        for format in ["csv", "markdown"] {
            let refused = ScriptedMCPServer.legacy()
            let run = await MCPRun.run(words + ["--format", format], refused)
            #expect(run.code == .usage && run.errors.hasPrefix("error: a schema can't be printed as \(format)\n"))
            #expect(refused.calls.isEmpty)
        }
    }

    @Test func `json has everything the server said, over all pages, of which one has an empty cursor`() async throws {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/list" else { return nil }
            switch call.message["params"]?["cursor"] {
            case nil: return call.result(["tools": [Self.search], "nextCursor": "", "_meta": ["a": 1.50]])
            case "": return call.result(["tools": [["name": "b"]], "nextCursor": "3"])
            default: return call.result(["tools": [["name": "c"]], "nextCursor": nil])
            }
        }
        let run = await MCPRun.tools(server, "--json")
        #expect(run.output.hasSuffix("\n") && run.output.count { $0 == "\n" } == 1)
        let json = try JSONValue.parse(run.output)
        #expect(json["tools"]?.array?.compactMap { $0["name"]?.string } == ["search", "b", "c"])
        #expect(json["tools"]?[0] == Self.search)
        #expect(json["_meta"] != nil && json["nextCursor"] == nil)
        #expect(await MCPRun.tools(server, "--format", "jsonl").output.split(separator: "\n").count == 3)
        #expect(await MCPRun.tools(server, "--format", "text").output == "search\nb\nc\n")
    }

    /// A server whose lists have the pages that `pages` returns for a cursor.
    private static func paged(
        _ pages: @escaping @Sendable (JSONValue?) -> (tools: [String], next: JSONValue?)
    ) -> ScriptedMCPServer {
        .legacy { call in
            guard call.method == "tools/list" else { return nil }
            let (tools, next) = pages(call.message["params"]?["cursor"])
            var page: JSONObject = ["tools": .array(tools.map { ["name": .string($0)] })]
            page["nextCursor"] = next
            return call.result(.object(page))
        }
    }

    @Test func `a list whose cursors form a circle ends with what was read, each tool once, and a warning`() async {
        let warning = "gave the same cursor twice in tools/list; the list ends there\n"
        for (server, tools, requests) in [
            // Every page is the first one.
            (Self.paged { _ in (["a", "b"], "") }, "a\nb\n", 2), (Self.paged { _ in (["a"], "x") }, "a\n", 2),
            // The last page has an empty cursor, which leads back to the first one.
            (Self.paged { $0 == "2" ? (["b"], "") : (["a"], "2") }, "a\nb\n", 3),
            // The last page repeats its own cursor.
            (Self.paged { $0 == "2" ? (["b", "c"], "2") : (["a"], "2") }, "a\nb\nc\n", 2),
        ] {
            let run = await MCPRun.tools(server, "--format", "text")
            #expect(run.code == .success && run.output == tools)
            #expect(run.errors.hasPrefix("warning: '\(MCPRun.url)' ") && run.errors.hasSuffix(warning), "\(run.errors)")
            #expect(server.methods.count { $0 == "tools/list" } == requests)
        }
    }

    @Test(arguments: [7, ["x"], [:], true] as [JSONValue])
    func `a cursor that is no text ends the list with a warning`(cursor: JSONValue) async {
        let server = Self.paged { _ in (["a"], cursor) }
        let run = await MCPRun.tools(server, "--format", "text")
        #expect(run.code == .success && run.output == "a\n")
        #expect(run.errors.contains("gave a cursor that is no text in tools/list"))
        #expect(server.methods.count { $0 == "tools/list" } == 1)
    }

    @Test func `an empty cursor that the server refuses ends the list, and another refused one is an error`() async {
        for (cursor, code) in [("", ExitCode.success), ("x", .refused)] {
            let server = ScriptedMCPServer.legacy { call in
                guard call.method == "tools/list" else { return nil }
                return call.message["params"]?["cursor"] == nil
                    ? call.result(["tools": [["name": "a"]], "nextCursor": .string(cursor)])
                    : call.error(-32602, "Invalid cursor")
            }
            let run = await MCPRun.tools(server, "--format", "text")
            #expect(run.code == code && run.output == (code == .success ? "a\n" : ""))
            #expect(run.errors.contains(code == .success ? "gave an empty cursor" : "Invalid cursor"), "\(run.errors)")
        }
    }

    @Test(arguments: [
        HTTPResponse.text("bad cursor", status: 400), .text("boom", status: 500),
        .json(["jsonrpc": "2.0", "id": 1, "error": ["message": "Invalid cursor"]]),
        .json(["jsonrpc": "2.0", "id": 1, "error": ["code": "BAD", "message": "Invalid cursor"]]),
        .json(["jsonrpc": "2.0", "id": 1, "result": ["tools": nil]]),
    ])
    func `an empty cursor that is answered by anything but a page ends the list`(answer: HTTPResponse) async {
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/list" else { return nil }
            guard call.message["params"]?["cursor"] == nil else { return answer }
            return call.result(["tools": [["name": "a"]], "nextCursor": ""])
        }
        let run = await MCPRun.tools(server, "--format", "text")
        #expect(run.code == .success && run.output == "a\n")
        #expect(run.errors.contains("gave an empty cursor"), "\(run.errors)")
    }

    @Test(arguments: [nil, [:], [], true, ["prompts": [:]], ["tools": true], ["tools": nil]] as [JSONValue?])
    func `a server is asked for its tools whatever it says of its capabilities`(capabilities: JSONValue?) async {
        for isModern in [false, true] {
            let answer: @Sendable (ScriptedMCPServer.Call) -> HTTPResponse? = { call in
                var result: JSONObject = ["protocolVersion": "2025-06-18", "supportedVersions": ["2026-07-28"]]
                result["capabilities"] = capabilities
                return call.method == (isModern ? "server/discover" : "initialize") ? call.result(.object(result)) : nil
            }
            let server = isModern ? ScriptedMCPServer.modern(answer) : .legacy(answer)
            let run = await MCPRun.tools(server, "--format", "text")
            #expect(run.code == .success && run.output == "echo\n", "\(run.errors)")
            #expect(await MCPRun.call(server).output == "called\n")
        }
    }

    @Test(arguments: [-32601, -32603])
    func `a server that says it has no tools, and gives none, has none`(code: Int) async {
        let server = ScriptedMCPServer.legacy { call in
            switch call.method {
            case "initialize":
                call.result(["protocolVersion": "2025-06-18", "capabilities": ["prompts": [:]]])
            case "tools/list": call.error(code, "no such thing")
            default: nil
            }
        }
        let run = await MCPRun.tools(server)
        #expect(run.code == .success)
        #expect(run.output == "" && run.errors == "no tools\n")
        #expect(await MCPRun.tools(server, "--json").output == "{\"tools\":[]}\n")
    }

    @Test func `a schema is printed as it is, and a tool that is not there suggested`() async {
        let server = ScriptedMCPServer.legacy(tools: [Self.search])
        #expect(
            await MCPRun.tools(server, "--schema", "search").output == Self.search["inputSchema"]!.serialized() + "\n")
        let run = await MCPRun.tools(server, "--schema", "serch")
        #expect(run.code == .usage)
        #expect(run.errors.contains("did you mean 'search'?"))
    }

    @Test func `schemas keep what this program does not know, and no reference is fetched`() async throws {
        let schema: JSONValue = [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "$defs": ["a": ["$anchor": "x", "type": "string"]],
            "properties": ["p": ["$ref": "https://elsewhere.example/schema.json"], "q": ["$ref": "#/$defs/a"]],
            "additionalProperties": false,
        ]
        let server = ScriptedMCPServer.modern(tools: [["name": "echo", "inputSchema": schema]])
        #expect(try JSONValue.parse(await MCPRun.tools(server, "--schema", "echo").output) == schema)
        #expect(await MCPRun.call(server, "--arg", "q=x").code == .success)
        #expect(server.calls.allSatisfy { $0.request.url.host == "mcp.example" })
    }

    @Test func `a tool with a wrong header annotation is left out with a warning, and the others stay`() async {
        let bad: JSONValue = [
            "name": "bad",
            "inputSchema": ["type": "object", "properties": ["a": ["type": "object", "x-mcp-header": "A"]]],
        ]
        let run = await MCPRun.tools(.modern(tools: [bad, ["name": "good"]]), "--json")
        #expect(run.errors.contains("warning: the tool 'bad' is left out"))
        #expect(run.output.contains("good") && !run.output.contains("bad"))
        // In the legacy era the annotation means nothing.
        #expect(await MCPRun.tools(.legacy(tools: [bad]), "--format", "text").output == "bad\n")
    }

    @Test func `a terminal shows one paragraph of a description, with control characters neutralised`() async {
        let hostile: JSONValue = ["name": "a\u{1B}[31m", "description": "First\u{7}.\n\nSecond."]
        let terminal = TerminalInfo(stdoutIsTerminal: true, columns: 80, term: "xterm", noColor: true)
        let run = await MCPRun.run(
            ["tools", MCPRun.url], ScriptedMCPServer.legacy(tools: [hostile]), terminal: terminal)
        #expect(run.output.contains("First␇.") && !run.output.contains("Second"))
        #expect(!run.output.contains("\u{1B}"))
    }

    @Test(arguments: [["tools", MCPRun.url], ["call", MCPRun.url, "echo"], ["test", MCPRun.url]])
    func `a server whose list never ends has two minutes for all of it`(words: [String]) async {
        let clock = ManualClock()
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/list" else { return nil }
            clock.advance(by: .seconds(29))
            return call.result(["tools": [], "nextCursor": .string("page \(call.index)")])
        }
        let run = await MCPRun.run(words, server, clock: clock)
        #expect(run.code != .success)
        let message = "did not answer tools/list within 120 s for all requests"
        #expect((run.errors + run.output).contains(message), "\(run.errors)")
    }

    @Test func `a server that does not answer in time is unreachable`() async throws {
        let clock = ManualClock()
        let server = ScriptedMCPServer.legacy { call in
            guard call.method == "tools/list" else { return nil }
            // Keep-alives for ever are no answer.
            return .openEvents([": ping\n\n", ": ping\n\n"])
        }
        async let call = MCPRun.run(["tools", MCPRun.url, "--timeout", "50ms"], server, clock: clock)
        try await poll("the wait for the tools") { server.methods.contains("tools/list") && clock.sleeperCount == 1 }
        clock.advance(by: .milliseconds(50))
        let run = await call
        #expect(run.code == .unreachable)
        #expect(run.errors.contains("did not answer tools/list within 0.05 s"))
        #expect(server.methods.contains("notifications/cancelled"))
    }
}
