import ParallelJSON

/// Uses a run's MCP servers as a real processor does, as far as possible without a model: lists each server's tools and
/// calls the first allowed one, with arguments made up from its schema and the run's input.
struct MCPCaller: Sendable {
    enum Report: Sendable {
        case called(MCPToolCall)
        /// An entry for `run.warnings`, for a server whose tools could not be listed.
        case listingFailed(JSONValue)
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
                case .listingFailed(let warning):
                    run.warnings.append(warning)
                }
            }
        }
        await store.continueAfterToolCalls(run.id)
    }

    /// Calls the tools of `request` and passes each call and failure to `report` as it happens.
    func callTools(of request: TaskRunRequest, report: (Report) async -> Void) async {
        var rest = request.scenario.maximumToolCalls ?? .max
        for server in request.servers {
            var session = MCPSession(server: server, timeout: timeout)
            do {
                let tools = try await session.listTools()
                let tool = tools.first { tool in
                    guard let name = tool["name"]?.string else { return false }
                    return server.allowedTools?.contains(name) ?? true
                }
                if rest > 0, let tool {
                    await report(.called(await call(tool, in: &session, for: request)))
                    rest -= 1
                }
            } catch {
                await report(.listingFailed(Self.listingFailed(server, error)))
            }
            await session.end()
        }
    }

    private func call(
        _ tool: JSONValue, in session: inout MCPSession, for request: TaskRunRequest
    ) async -> MCPToolCall {
        let name = tool["name"]?.string ?? ""
        let input = request.input.string ?? request.input.serialized()
        let schema = tool["inputSchema"]?.object ?? [:]
        let made = ValueSynthesis(root: schema, seed: StableHash.of(input)) { _ in input }.value()
        let arguments = made.object == nil ? [:] : made
        var call = MCPToolCall(
            id: Identifier.make("call_"), server: session.server.name, tool: name, arguments: arguments.serialized(),
            content: nil, error: "")
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

    /// Returns the text blocks of a tool's result; other blocks, and a result without blocks, as JSON.
    private static func text(of result: JSONValue) -> String {
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
