import ParallelJSON
import ParallelSystem

/// Gemini's Interactions API.
enum GeminiForm {
    static let provider = ModelProvider(
        path: "/gemini/v1beta/interactions", key: { $0.headers["x-goog-api-key"] }, failure: failure,
        read: { try await read($0, $1, $2) },
        opening: { [["event_type": "interaction.created", "interaction": head($0, status: "in_progress")]] },
        closing: { turn, answer in (document(turn, answer), events(turn, answer)) },
        missingKey: APIFailure(status: 401, message: "Request is missing required authentication credential."))

    private static let statuses = [
        400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
        429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
    ]

    private static let failure: @Sendable (APIFailure) -> Reply = { failure in
        var reply = Reply.json(
            failure.status,
            [
                "error": [
                    "code": .number(JSONNumber(failure.status)), "message": .string(failure.message),
                    "status": .string(statuses[failure.status] ?? "UNKNOWN"),
                ]
            ])
        reply.headers += failure.headers
        return reply
    }

    private static func refused(_ message: String) -> APIFailure { APIFailure(status: 400, message: message) }

    private static func read(
        _ request: Request, _ body: JSONObject, _ conversations: ModelConversations
    ) async throws -> ModelTurn {
        guard let model = body["model"]?.string, !model.isEmpty else { throw refused("model is required.") }
        let parts = body["input"]?.array ?? []
        let prompt =
            body["input"]?.string ?? parts.compactMap { $0["text"]?.string }.last
            ?? OpenAIForm.lastWords(of: parts)
        guard !prompt.isEmpty else { throw refused("input is required.") }
        if let id = body["previous_interaction_id"]?.string, await conversations.entry(id) == nil {
            throw APIFailure(status: 404, message: "Interaction \(id) was not found.")
        }
        var turn = ModelTurn(
            id: Identifier.make("int_"), model: model, prompt: prompt, inputLength: request.body.count,
            isStreamed: body["stream"]?.bool ?? false, body: body)
        for tool in body["tools"]?.array ?? [] where tool["type"] == "mcp_server" {
            guard let url = tool["url"]?.string else { throw refused("tools: url is required.") }
            var server = try ModelServer(name: tool["name"]?.string ?? url, url: url, tool) { refused($0) }
            if let lists = tool["allowed_tools"]?.array {
                guard lists.allSatisfy({ $0.object != nil }) else { throw refused("tools: allowed_tools has objects.") }
                let names = lists.compactMap { $0["tools"]?.array }.joined().compactMap(\.string)
                if !names.isEmpty { server.allow(only: names) }
            }
            turn.servers.append(server)
        }
        return turn
    }

    private static func head(_ turn: ModelTurn, status: String) -> JSONValue {
        ["id": .string(turn.id), "status": .string(status), "model": .string(turn.model)]
    }

    private static func status(_ answer: ModelAnswer) -> String {
        switch answer.ending {
        case .failed: "failed"
        case .incomplete: "incomplete"
        case .completed, .paused: "completed"
        }
    }

    private static func document(_ turn: ModelTurn, _ answer: ModelAnswer) -> JSONValue {
        var document = head(turn, status: status(answer)).object ?? [:]
        document["steps"] = .array(steps(answer))
        let (input, output) = answer.usage(of: turn)
        document["usage"] = [
            "total_input_tokens": .number(JSONNumber(input)), "total_output_tokens": .number(JSONNumber(output)),
            "total_tokens": .number(JSONNumber(input + output)),
        ]
        return .object(document)
    }

    private static func steps(_ answer: ModelAnswer) -> [JSONValue] {
        answer.items.flatMap { item -> [JSONValue] in
            switch item {
            case .listing: return []
            case .call(let call), .approval(let call):
                let id = JSONValue.string("call_" + call.id)
                let result: JSONValue =
                    if case .text(let text) = call.outcome { .string(text) } else {
                        ["error": .string(call.failure ?? "")]
                    }
                let names: JSONObject = ["server_name": .string(call.server), "name": .string(call.tool)]
                var made: JSONObject = ["type": "mcp_server_tool_call", "id": id]
                made.members += names.members
                made["arguments"] = call.arguments
                var came: JSONObject = ["type": "mcp_server_tool_result", "call_id": id]
                came.members += names.members
                came["result"] = result
                return [.object(made), .object(came)]
            case .text(let text):
                return [["type": "model_output", "content": [["type": "text", "text": .string(text)]]]]
            }
        }
    }

    private static func events(_ turn: ModelTurn, _ answer: ModelAnswer) -> [JSONValue] {
        var events: [JSONValue] = []
        for (number, step) in steps(answer).enumerated() {
            let index = JSONValue.number(JSONNumber(number))
            var start = step.object ?? [:]
            var delta = start
            var deltas: [JSONValue] = []
            switch step["type"]?.string {
            case "model_output":
                start["content"] = nil
                deltas = OpenAIEvents.pieces(of: step["content"]?[0]?["text"]?.string ?? "").map {
                    ["type": "text", "text": .string($0)]
                }
            case "mcp_server_tool_call":
                start["arguments"] = [:]
                delta["id"] = nil
                deltas = [.object(delta)]
            default:
                start["result"] = ""
                delta["call_id"] = nil
                deltas = [.object(delta)]
            }
            events.append(["event_type": "step.start", "index": index, "step": .object(start)])
            events += deltas.map { ["event_type": "step.delta", "index": index, "delta": $0] }
            events.append(["event_type": "step.stop", "index": index])
        }
        var end = document(turn, answer).object ?? [:]
        end["steps"] = nil
        return events + [["event_type": "interaction.completed", "interaction": .object(end)]]
    }
}
