import ParallelJSON
import ParallelSystem

/// Anthropic's Messages API with its MCP connector, in the three revisions that its `anthropic-beta` header names.
enum AnthropicForm {
    static let provider = ModelProvider(
        path: "/anthropic/v1/messages", key: { $0.headers["x-api-key"] ?? OpenAIForm.bearer($0) },
        failure: failure,
        read: { request, body, _ in try read(request, body) },
        opening: { turn in
            let usage: JSONValue = ["input_tokens": .number(JSONNumber(turn.inputLength / 4 + 1)), "output_tokens": 1]
            return [["type": "message_start", "message": message(turn, [], stop: nil, usage)]]
        },
        closing: { turn, answer in
            let content = blocks(turn, answer)
            let (input, output) = answer.usage(of: turn)
            let usage: JSONValue = [
                "input_tokens": .number(JSONNumber(input)), "output_tokens": .number(JSONNumber(output)),
            ]
            return (message(turn, content, stop: stop(answer), usage), events(content, answer, output))
        },
        missingKey: APIFailure(status: 401, message: "x-api-key header is required"))

    private static let types = [
        400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
        413: "request_too_large", 429: "rate_limit_error", 529: "overloaded_error",
    ]

    private static let failure: @Sendable (APIFailure) -> Reply = { failure in
        let id = Identifier.make("req_")
        let type = types[failure.status] ?? (failure.status < 500 ? "invalid_request_error" : "api_error")
        var reply = Reply.json(
            failure.status,
            [
                "type": "error", "error": ["type": .string(type), "message": .string(failure.message)],
                "request_id": .string(id),
            ])
        reply.headers += failure.headers + [("request-id", id)]
        return reply
    }

    private static func refused(_ message: String) -> APIFailure { APIFailure(status: 400, message: message) }

    // MARK: - Requests

    /// The revisions of the connector, oldest first.
    private static let betas = ["mcp-client-2025-04-04", "mcp-client-2025-11-20", "mcp-client-2026-09-15"]
    /// The beta whose answers begin with listings of tools.
    private static let listingBeta = "mcp-client-2026-09-15"

    private static func read(_ request: Request, _ body: JSONObject) throws -> ModelTurn {
        guard request.headers["anthropic-version"] != nil else {
            throw refused("anthropic-version: header is required")
        }
        for name in ["model", "max_tokens", "messages"] where body[name] == nil {
            throw refused("\(name): Field required")
        }
        guard let limit = body["max_tokens"]?.int, limit > 0 else {
            throw refused("max_tokens: Input should be greater than or equal to 1")
        }
        guard let messages = body["messages"]?.array, let last = messages.last else {
            throw refused("messages: at least one message is required")
        }
        let named = (request.headers["anthropic-beta"] ?? "").parts(between: ",").map { String($0.trimmed) }
        let beta = betas.last(where: named.contains) ?? ""
        let declared = body["mcp_servers"]?.array ?? []
        guard declared.isEmpty || !beta.isEmpty else { throw refused("mcp_servers: Extra inputs are not permitted") }
        var turn = ModelTurn(
            id: Identifier.make("msg_"), model: body["model"]?.string ?? "", prompt: OpenAIForm.lastWords(of: messages),
            inputLength: request.body.count, continuesPause: last["role"] == "assistant",
            isStreamed: body["stream"]?.bool ?? false, body: body, form: beta)
        guard !turn.prompt.isEmpty else { throw refused("messages: text content blocks must be non-empty") }
        for (number, declaration) in declared.enumerated() {
            let server = try server(declaration, "mcp_servers.\(number)")
            guard !turn.servers.contains(where: { $0.entry.name == server.entry.name }) else {
                throw refused("mcp_servers: names must be unique, but '\(server.entry.name)' is used twice")
            }
            turn.servers.append(server)
        }
        let toolsets = (body["tools"]?.array ?? []).filter { $0["type"] == "mcp_toolset" }
        if beta == betas[0] || beta.isEmpty {
            guard toolsets.isEmpty else {
                throw refused("tools: 'mcp_toolset' needs the beta mcp-client-2025-11-20 or a newer one")
            }
            for (index, declaration) in declared.enumerated() {
                configure(&turn.servers[index], by: declaration["tool_configuration"])
            }
        } else {
            guard !declared.contains(where: { $0["tool_configuration"] != nil }) else {
                throw refused("mcp_servers.0.tool_configuration: Extra inputs are not permitted")
            }
            try assign(toolsets, to: &turn)
        }
        let listed = messages.flatMap { $0["content"]?.array ?? [] }.filter { $0["type"] == "mcp_tool_listing" }
        for index in turn.servers.indices {
            let name = JSONValue.string(turn.servers[index].entry.name)
            turn.servers[index].isListed = beta != listingBeta || listed.contains { $0["mcp_server_name"] == name }
        }
        return turn
    }

    private static func server(_ declaration: JSONValue, _ place: String) throws -> ModelServer {
        guard declaration["type"] == "url" else { throw refused("\(place).type: Input should be 'url'") }
        guard let name = declaration["name"]?.string, !name.isEmpty else {
            throw refused("\(place).name: Field required")
        }
        guard let url = declaration["url"]?.string else { throw refused("\(place).url: Field required") }
        for key in declaration.object?.keys ?? []
        where !["type", "name", "url", "authorization_token", "tool_configuration"].contains(key) {
            throw refused("\(place).\(key): Extra inputs are not permitted")
        }
        // The provider takes https only. The sandbox also takes servers of this machine, or it could reach none.
        guard url.begins(with: "https://") || isLocal(url) else { throw refused("\(place).url: URL must use https") }
        var tool: JSONObject = [:]
        tool["authorization"] = declaration["authorization_token"]
        return try ModelServer(name: name, url: url, .object(tool)) { refused("\(place).url: \($0)") }
    }

    private static func isLocal(_ url: String) -> Bool {
        guard url.begins(with: "http://") else { return false }
        let host = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return ["127.0.0.1", "localhost", "[::1]"].contains { host == $0 || host.begins(with: $0 + ":") }
    }

    private static func configure(_ server: inout ModelServer, by configuration: JSONValue?) {
        if configuration?["enabled"]?.bool == false {
            server.allows = { _ in false }
        } else {
            server.allow(only: configuration?["allowed_tools"]?.array?.compactMap(\.string))
        }
    }

    /// Assigns the toolsets to their servers, each of which needs exactly one.
    private static func assign(_ toolsets: [JSONValue], to turn: inout ModelTurn) throws {
        for (number, toolset) in toolsets.enumerated() {
            let name = toolset["mcp_server_name"]?.string ?? ""
            guard let index = turn.servers.firstIndex(where: { $0.entry.name == name }) else {
                throw refused("tools.\(number).mcp_server_name: MCP server '\(name)' not found in mcp_servers")
            }
            guard toolsets.count(where: { $0["mcp_server_name"]?.string == name }) == 1 else {
                throw refused("tools: MCP server '\(name)' must be referenced by exactly one mcp_toolset")
            }
            let byDefault = toolset["default_config"]?["enabled"]?.bool ?? true
            let configurations = toolset["configs"]?.object ?? [:]
            turn.servers[index].allows = { configurations[$0]?["enabled"]?.bool ?? byDefault }
            turn.servers[index].pinnedTools = toolset["tools"]?.array
        }
        for server in turn.servers
        where !toolsets.contains(where: { $0["mcp_server_name"]?.string == server.entry.name }) {
            throw refused(
                "mcp_servers: MCP server '\(server.entry.name)' is not referenced by any mcp_toolset in tools")
        }
    }

    // MARK: - Answers

    private static func message(
        _ turn: ModelTurn, _ content: [JSONValue], stop: JSONValue, _ usage: JSONValue
    ) -> JSONValue {
        [
            "id": .string(turn.id), "type": "message", "role": "assistant", "model": .string(turn.model),
            "content": .array(content), "stop_reason": stop, "stop_sequence": nil, "usage": usage,
        ]
    }

    private static func stop(_ answer: ModelAnswer) -> JSONValue {
        switch answer.ending {
        case .completed: "end_turn"
        case .paused: "pause_turn"
        case .failed: "refusal"
        case .incomplete: "max_tokens"
        }
    }

    private static func blocks(_ turn: ModelTurn, _ answer: ModelAnswer) -> [JSONValue] {
        answer.items.flatMap { item -> [JSONValue] in
            switch item {
            case .listing(let server, let tools, _):
                let definitions = tools.map { tool -> JSONValue in
                    [
                        "name": tool["name"] ?? nil, "description": tool["description"] ?? nil,
                        "input_schema": tool["inputSchema"] ?? tool["input_schema"] ?? [:],
                    ]
                }
                return [
                    [
                        "type": "mcp_tool_listing", "mcp_server_name": .string(server), "tools": .array(definitions),
                    ]
                ]
            case .call(let call), .approval(let call):
                let id = JSONValue.string("mcptoolu_" + call.id)
                let content: JSONValue
                switch call.outcome {
                case .text(let text): content = [["type": "text", "text": .string(text)]]
                default: content = .string(call.failure ?? "")
                }
                return [
                    [
                        "type": "mcp_tool_use", "id": id, "name": .string(call.tool),
                        "server_name": .string(call.server), "input": call.arguments,
                    ],
                    [
                        "type": "mcp_tool_result", "tool_use_id": id, "is_error": .bool(call.failure != nil),
                        "content": content,
                    ],
                ]
            case .text(let text): return [["type": "text", "text": .string(text), "citations": nil]]
            }
        }
    }

    private static func events(_ content: [JSONValue], _ answer: ModelAnswer, _ tokens: Int) -> [JSONValue] {
        var events: [JSONValue] = []
        for (number, block) in content.enumerated() {
            let index = JSONValue.number(JSONNumber(number))
            var start = block.object ?? [:]
            var deltas: [JSONValue] = []
            if let text = block["text"]?.string {
                start["text"] = ""
                deltas = OpenAIEvents.pieces(of: text).map { ["type": "text_delta", "text": .string($0)] }
            } else if let input = block["input"] {
                start["input"] = [:]
                deltas = OpenAIEvents.pieces(of: input.serialized()).map {
                    ["type": "input_json_delta", "partial_json": .string($0)]
                }
            }
            events.append(["type": "content_block_start", "index": index, "content_block": .object(start)])
            events += deltas.map { ["type": "content_block_delta", "index": index, "delta": $0] }
            events.append(["type": "content_block_stop", "index": index])
        }
        let end: JSONValue = ["stop_reason": stop(answer), "stop_sequence": nil]
        return events + [
            ["type": "message_delta", "delta": end, "usage": ["output_tokens": .number(JSONNumber(tokens))]],
            ["type": "message_stop"],
        ]
    }
}
