import ParallelJSON

/// Uses a run's MCP servers as a real processor does, as far as possible without a model: lists each server's tools,
/// then calls the tools that the run's scenario names, or the first allowed one of each server.
struct MCPCaller: Sendable {
    enum Report: Sendable {
        case called(MCPToolCall)
        /// An entry for `run.warnings`, for a server whose tools could not be listed or that lacks a tool.
        case warning(JSONValue)
    }

    /// The time limit of each request to a server.
    let timeout: Duration

    /// Calls the tools of `run` and stores the results in `store`.
    func callTools(of run: RunRecord, in store: RunStore) async {
        await callTools(of: run.request) { report in
            await store.update(run.id) { run in
                switch report {
                case .called(let call):
                    run.toolCalls.append(call)
                    if run.request.recordsEvents { run.trace.append(EventTrace.message(of: call)) }
                case .warning(let warning):
                    run.warnings.append(warning)
                }
            }
        }
        await store.continueAfterToolCalls(run.id)
    }

    /// Calls the tools of `request` and passes each call and failure to `report` as it happens.
    func callTools(of request: TaskRunRequest, report: (Report) async -> Void) async {
        var servers: [(session: MCPSession, tools: [JSONValue])] = []
        var calls = 0
        for server in request.servers {
            var session = MCPSession(server: server, timeout: timeout)
            do {
                let tools = try await session.listTools().filter { tool in
                    guard let name = tool["name"]?.string else { return false }
                    return server.allowedTools?.contains(name) ?? true
                }
                // By its own choice, the sandbox calls the first tool of each server.
                let mayCall = request.scenario.tools == nil && calls < request.scenario.maximumToolCalls ?? .max
                if mayCall, let tool = tools.first {
                    await report(.called(await call(tool, in: &session, for: request, number: calls)))
                    calls += 1
                }
                servers.append((session, tools))
            } catch {
                await report(.warning(Self.listingFailed(server, error)))
                await session.end()
            }
        }
        for step in request.scenario.tools ?? [] {
            let index = servers.firstIndex { server in
                (step.server.map { $0 == server.session.server.name } ?? true)
                    && server.tools.contains { $0["name"]?.string == step.tool }
            }
            guard let index, let tool = servers[index].tools.first(where: { $0["name"]?.string == step.tool }) else {
                await report(.warning(Self.unknownTool(step)))
                continue
            }
            await report(
                .called(
                    await call(tool, in: &servers[index].session, for: request, number: calls, fails: step.fails)))
            calls += 1
        }
        for index in servers.indices { await servers[index].session.end() }
    }

    /// - Parameters:
    ///   - number: how many calls the run has made before.
    ///   - fails: whether an error is reported instead of calling the server.
    private func call(
        _ tool: JSONValue, in session: inout MCPSession, for request: TaskRunRequest, number: Int,
        fails: Bool = false
    ) async -> MCPToolCall {
        let name = tool["name"]?.string ?? ""
        let arguments = Self.arguments(for: tool, of: request, number)
        var call = MCPToolCall(
            id: Identifier.make("call_"), server: session.server.name, tool: name, arguments: arguments.serialized(),
            content: nil, error: "")
        if fails {
            call.error = "Tool call failed: the scenario of this run asks for it"
            return call
        }
        do {
            let result = try await session.callTool(name, arguments: arguments)
            let text = Self.text(of: result)
            if result["isError"]?.bool == true {
                call.error = text.isEmpty ? "Tool call failed" : text
            } else {
                call.content = text
            }
        } catch {
            call.error = "Tool call failed: \(error)"
        }
        return call
    }

    /// Returns the arguments of the scenario; without one, arguments made up from the tool's schema and the run's
    /// input.
    private static func arguments(for tool: JSONValue, of request: TaskRunRequest, _ number: Int) -> JSONValue {
        let scripted = request.scenario.arguments
        if !scripted.isEmpty { return scripted[min(number, scripted.count - 1)] }
        let input = request.input.string ?? request.input.serialized()
        let schema = tool["inputSchema"]?.object ?? [:]
        let made = ValueSynthesis(root: schema, seed: StableHash.of(input)) { _ in input }.value()
        return made.object == nil ? [:] : made
    }

    private static func unknownTool(_ step: ToolStep) -> JSONValue {
        let server = step.server.map { "MCP server '\($0)'" } ?? "no MCP server"
        let rest = step.server == nil ? "has the tool" : "has no tool"
        return [
            "type": "warning", "message": .string("Sandbox: \(server) of this run \(rest) '\(step.tool)'"),
            "detail": [:],
        ]
    }

    /// Returns the text blocks of a tool's result; other blocks, and a result without blocks, as JSON.
    static func text(of result: JSONValue) -> String {
        let blocks = result["content"]?.array ?? []
        if blocks.isEmpty, let structured = result["structuredContent"] { return structured.serialized() }
        return blocks.map { $0["text"]?.string ?? $0.serialized() }.joined(separator: "\n")
    }

    /// Returns the documented warning, in which header values are masked and the URL is whole. Its `detail`, which the
    /// API leaves empty, has the reason, for the sandbox's user.
    private static func listingFailed(_ server: MCPServerEntry, _ error: any Error) -> JSONValue {
        let status = (error as? MCPError)?.status ?? 502
        let headers = JSONObject(server.headers.map { ($0.name, "REDACTED") })
        let reason = [401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 502: "Bad gateway"][status]
        let message =
            "Error listing tools from MCP server \(server.name): \(status)\(reason.map { " \($0)" } ?? ""). "
            + "Server details: Name: \(server.name), URL: \(server.url), "
            + "Headers: \(JSONValue.object(headers).serialized()). Reference ID: \(Identifier.uuid())"
        return [
            "type": "warning", "message": .string(message), "detail": ["sandbox_reason": .string("\(error)")],
        ]
    }
}
