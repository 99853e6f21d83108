import ParallelJSON
import ParallelSystem

/// OpenAI's Responses API, and xAI's, which is taken to have the same form.
enum OpenAIForm {
    static let openAI = ModelProvider(
        path: "/openai/v1/responses", key: bearer, failure: failure, read: { try await read($0, $1, $2) },
        opening: OpenAIEvents.opening,
        closing: { turn, answer in
            let document = document(turn, answer)
            return (document, OpenAIEvents.closing(document))
        }, numbersEvents: true,
        missingKey: APIFailure(
            status: 401,
            message:
                "You didn't provide an API key. You need to provide it in an Authorization header using Bearer auth."))

    static let xAI: ModelProvider = {
        let form = openAI
        return ModelProvider(
            path: "/xai/v1/responses", key: form.key,
            failure: { failure in
                var reply = Reply.json(
                    failure.status,
                    ["code": .string(codes[failure.status] ?? "error"), "error": .string(failure.message)])
                reply.headers += failure.headers
                return reply
            }, read: form.read, opening: form.opening, closing: form.closing, numbersEvents: true,
            missingKey: form.missingKey)
    }()

    /// The key of an `Authorization: Bearer` header.
    static let bearer: @Sendable (Request) -> String? = { request in
        guard let value = request.headers["authorization"], value.asciiLowercased.begins(with: "bearer ") else {
            return nil
        }
        return String(value.dropping(bytes: 7).trimmed { $0 == " " })
    }

    private static let codes = [
        400: "invalid-argument", 401: "unauthenticated", 403: "permission-denied", 404: "not-found",
        429: "resource-exhausted", 500: "internal", 503: "unavailable",
    ]

    /// Returns an envelope with `message`, `type`, `param` and `code`. The last two are the failure's detail.
    static let failure: @Sendable (APIFailure) -> Reply = { failure in
        let type =
            switch failure.status {
            case 429: "rate_limit_error"
            case 500...: "server_error"
            default: "invalid_request_error"
            }
        let code: JSONValue =
            failure.status == 401 ? "invalid_api_key" : failure.status == 429 ? "rate_limit_exceeded" : nil
        var reply = Reply.json(
            failure.status,
            [
                "error": [
                    "message": .string(failure.message), "type": .string(type),
                    "param": failure.detail["param"] ?? nil, "code": failure.detail["code"] ?? code,
                ]
            ])
        reply.headers += failure.headers
        return reply
    }

    static func refused(_ message: String, param: String? = nil, code: String? = nil) -> APIFailure {
        APIFailure(
            status: 400, message: message,
            detail: ["param": param.map(JSONValue.string) ?? nil, "code": code.map(JSONValue.string) ?? nil])
    }

    // MARK: - Requests

    private static let members: Set<String> = [
        "background", "context_management", "conversation", "include", "input", "instructions", "max_output_tokens",
        "max_tool_calls", "metadata", "model", "parallel_tool_calls", "previous_response_id", "prompt",
        "prompt_cache_key", "prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store",
        "stream", "stream_options", "temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p",
        "truncation",
        "user",
    ]
    private static let toolMembers: Set<String> = [
        "type", "server_label", "server_url", "tunnel_id", "connector_id", "server_description", "headers",
        "authorization", "allowed_tools", "require_approval", "defer_loading", "allowed_callers",
    ]

    static func read(
        _ request: Request, _ body: JSONObject, _ conversations: ModelConversations
    ) async throws -> ModelTurn {
        if let other = body.keys.first(where: { !members.contains($0) }) {
            throw refused("Unknown parameter: '\(other)'.", param: other, code: "unknown_parameter")
        }
        guard let model = body["model"]?.string, !model.isEmpty else {
            throw refused("Missing required parameter: 'model'.", param: "model", code: "missing_required_parameter")
        }
        var turn = try await conversation(
            ModelTurn(
                id: Identifier.make("resp_"), model: model, inputLength: request.body.count,
                isStreamed: body["stream"]?.bool ?? false, body: body), conversations)
        for (number, tool) in (body["tools"]?.array ?? []).enumerated() where tool["type"] == "mcp" {
            let place = "tools[\(number)]"
            for key in tool.object?.keys ?? [] where !toolMembers.contains(key) {
                throw refused(
                    "Unknown parameter: '\(place).\(key)'.", param: "\(place).\(key)", code: "unknown_parameter")
            }
            let server = try server(tool, place)
            guard !turn.servers.contains(where: { $0.entry.name == server.entry.name }) else {
                throw refused("Duplicate server_label '\(server.entry.name)' in tools.", param: "\(place).server_label")
            }
            turn.servers.append(server)
        }
        try await turn.recall(conversations)
        return turn
    }

    /// Adds what the input says: the user's words and decisions.
    private static func conversation(
        _ turn: ModelTurn, _ conversations: ModelConversations
    ) async throws -> ModelTurn {
        var turn = turn
        guard let input = turn.body["input"] else {
            throw refused("Missing required parameter: 'input'.", param: "input", code: "missing_required_parameter")
        }
        turn.prompt = input.string ?? lastWords(of: input.array ?? [])
        let pending = try await previous(turn.body, conversations)?.pending ?? [:]
        for item in input.array ?? [] where item["type"] == "mcp_approval_response" {
            let id = item["approval_request_id"]?.string ?? ""
            guard var call = pending[id] else {
                throw refused("No approval request found for id '\(id)'.", param: "input")
            }
            call.approvalID = id
            turn.decisions.append((call, item["approve"]?.bool ?? false))
        }
        guard !turn.prompt.isEmpty || !turn.decisions.isEmpty else {
            throw refused("input must not be empty.", param: "input")
        }
        return turn
    }

    /// Returns the text of the last message of the user.
    static func lastWords(of messages: [JSONValue]) -> String {
        guard let content = messages.last(where: { $0["role"] == "user" })?["content"] else { return "" }
        return content.string ?? (content.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
    }

    private static func previous(
        _ body: JSONObject, _ conversations: ModelConversations
    ) async throws -> ModelConversations.Entry? {
        guard let id = body["previous_response_id"]?.string else { return nil }
        guard let entry = await conversations.entry(id) else {
            throw refused(
                "Previous response with id '\(id)' not found.", param: "previous_response_id",
                code: "previous_response_not_found")
        }
        return entry
    }

    private static func server(_ tool: JSONValue, _ place: String) throws -> ModelServer {
        guard let label = tool["server_label"]?.string, !label.isEmpty else {
            throw refused("Missing required parameter: '\(place).server_label'.", param: "\(place).server_label")
        }
        let targets = ["server_url", "connector_id", "tunnel_id"].compactMap { tool[$0]?.string }
        guard targets.count == 1, let url = tool["server_url"]?.string else {
            throw refused(
                "Exactly one of 'server_url', 'connector_id' and 'tunnel_id' must be given, and the sandbox "
                    + "knows only the first.", param: "\(place).server_url")
        }
        var server = try ModelServer(name: label, url: url, tool) { refused($0, param: place) }
        if let names = tool["allowed_tools"]?.array {
            server.allow(only: names.compactMap(\.string))
        } else if let filter = tool["allowed_tools"]?.object {
            server.allow(only: filter["tool_names"]?.array?.compactMap(\.string))
        }
        switch tool["require_approval"] {
        case "never": break
        case nil, .null, "always": server.needsApproval = { _ in true }
        case .object(let filters)?:
            server.needsApproval = { tool in
                if let never = filters["never"], covers(never, tool) { return false }
                return filters["always"].map { covers($0, tool) } ?? true
            }
        default: throw refused("Invalid value for 'require_approval'.", param: "\(place).require_approval")
        }
        return server
    }

    private static func covers(_ filter: JSONValue, _ tool: JSONValue) -> Bool {
        if let names = filter["tool_names"]?.array, !names.contains(tool["name"] ?? nil) { return false }
        return filter["read_only"]?.bool != true || tool["annotations"]?["readOnlyHint"]?.bool == true
    }

    // MARK: - Answers

    private static func document(_ turn: ModelTurn, _ answer: ModelAnswer) -> JSONValue {
        let isFailed = answer.ending == .failed
        var document = response(
            turn, status: isFailed ? "failed" : answer.ending == .incomplete ? "incomplete" : "completed")
        if isFailed {
            document["error"] = [
                "code": "server_error", "message": "Sandbox: the prompt asks for a response that fails",
            ]
        }
        if answer.ending == .incomplete { document["incomplete_details"] = ["reason": "max_output_tokens"] }
        document["output"] = .array(answer.items.map(item))
        let (input, output) = answer.usage(of: turn)
        document["usage"] = usage(input, output)
        return .object(document)
    }

    static func usage(_ input: Int, _ output: Int) -> JSONValue {
        [
            "input_tokens": .number(JSONNumber(input)), "input_tokens_details": ["cached_tokens": 0],
            "output_tokens": .number(JSONNumber(output)), "output_tokens_details": ["reasoning_tokens": 0],
            "total_tokens": .number(JSONNumber(input + output)),
        ]
    }

    /// Returns the response without output. Of the tools, nothing that may be secret is repeated.
    static func response(_ turn: ModelTurn, status: String) -> JSONObject {
        let tools = (turn.body["tools"]?.array ?? []).map { tool -> JSONValue in
            guard var tool = tool.object else { return tool }
            for secret in ["headers", "authorization"] where tool[secret] != nil { tool[secret] = .null }
            if let url = tool["server_url"]?.string { tool["server_url"] = .string(String(url.upTo { $0 == "?" })) }
            return .object(tool)
        }
        return [
            "id": .string(turn.id), "object": "response", "created_at": .number(JSONNumber(WallClock.seconds())),
            "status": .string(status), "background": false, "error": nil, "incomplete_details": nil,
            "instructions": turn.body["instructions"] ?? nil,
            "max_output_tokens": turn.body["max_output_tokens"] ?? nil,
            "metadata": turn.body["metadata"] ?? [:], "model": .string(turn.model), "output": [],
            "parallel_tool_calls": true, "previous_response_id": turn.body["previous_response_id"] ?? nil,
            "store": turn.body["store"] ?? true, "temperature": 1, "text": ["format": ["type": "text"]],
            "tool_choice": turn.body["tool_choice"] ?? "auto", "tools": .array(tools), "top_p": 1,
            "truncation": "disabled", "usage": nil, "user": nil,
        ]
    }

    private static func item(_ item: ModelItem) -> JSONValue {
        switch item {
        case .listing(let server, let tools, let error):
            var list: JSONObject = [
                "id": .string(Identifier.make("mcpl_")), "type": "mcp_list_tools", "server_label": .string(server),
                "tools": .array(tools.map(definition)),
            ]
            list["error"] = error.map(JSONValue.string)
            return .object(list)
        case .call(let call): return self.call(call, id: "mcp_" + call.id)
        case .approval(let call):
            return [
                "id": .string("mcpr_" + call.id), "type": "mcp_approval_request", "server_label": .string(call.server),
                "name": .string(call.tool), "arguments": .string(call.arguments.serialized()),
            ]
        case .text(let text): return message(text, id: Identifier.make("msg_"), annotations: [])
        }
    }

    static func definition(_ tool: JSONValue) -> JSONValue {
        [
            "name": tool["name"] ?? nil, "description": tool["description"] ?? nil,
            "input_schema": tool["inputSchema"] ?? [:], "annotations": tool["annotations"] ?? nil,
        ]
    }

    static func call(_ call: ModelCall, id: String) -> JSONValue {
        var output: JSONValue = nil
        var error: JSONValue = nil
        switch call.outcome {
        case .text(let text): output = .string(text)
        case .toolError(let content): error = ["type": "mcp_tool_execution_error", "content": content]
        case .protocolError(let code, let message):
            error = ["type": "mcp_protocol_error", "code": .number(JSONNumber(code)), "message": .string(message)]
        case .httpError(let code, let message):
            error = ["type": "http_error", "code": .number(JSONNumber(code)), "message": .string(message)]
        }
        return [
            "id": .string(id), "type": "mcp_call", "server_label": .string(call.server), "name": .string(call.tool),
            "arguments": .string(call.arguments.serialized()),
            "approval_request_id": call.approvalID.map(JSONValue.string) ?? nil, "output": output, "error": error,
            "status": error.isNull ? "completed" : "failed",
        ]
    }

    static func message(_ text: String, id: String, annotations: JSONValue, logprobs: JSONValue = []) -> JSONValue {
        [
            "id": .string(id), "type": "message", "role": "assistant", "status": "completed",
            "content": [
                ["type": "output_text", "text": .string(text), "annotations": annotations, "logprobs": logprobs]
            ],
        ]
    }
}

extension ModelTurn {
    /// Marks the servers whose tools an earlier answer of the conversation has listed.
    mutating func recall(_ conversations: ModelConversations) async throws {
        guard let id = body["previous_response_id"]?.string ?? body["previous_interaction_id"]?.string else { return }
        let listed = await conversations.entry(id)?.listed ?? []
        for index in servers.indices { servers[index].isListed = listed.contains(servers[index].entry.name) }
    }
}

extension ModelServer {
    /// Reads URL, `headers` and `authorization` of a tool.
    ///
    /// - Parameter failure: makes the error from a sentence.
    init(name: String, url: String, _ tool: JSONValue, _ failure: (String) -> APIFailure) throws {
        self.init()
        var check = RequestCheck()
        guard RequestCheck.webAddress(&check, .string(url), []) != nil else {
            throw failure("Invalid MCP server URL '\(url)'")
        }
        entry.name = name
        entry.url = url
        entry.headers = (tool["headers"]?.object ?? [:]).compactMap { member in
            member.value.string.map { (member.key, $0) }
        }
        if let token = tool["authorization"]?.string {
            guard !entry.headers.contains(where: { $0.name.lowercased() == "authorization" }) else {
                throw failure("'authorization' and an Authorization header must not both be given")
            }
            entry.headers.append(("authorization", "Bearer \(token)"))
        }
    }
}
