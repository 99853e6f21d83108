import ParallelJSON
import ParallelSystem

/// Parallel's own `/v1/responses`: OpenAI's form with limits, and with another order of events.
enum ParallelForm {
    static let provider = ModelProvider(
        path: "/v1/responses",
        key: { request in
            request.credential == .missing ? nil : request.headers["x-api-key"] ?? OpenAIForm.bearer(request)
        },
        // Only what the request itself is refused for has OpenAI's form.
        failure: { $0.status == 400 ? OpenAIForm.failure($0) : $0.reply }, read: { try await read($0, $1, $2) },
        opening: { turn in
            let response = document(turn, ModelAnswer(), status: "in_progress")
            return [
                ["type": "response.created", "response": response],
                ["type": "response.in_progress", "response": response],
            ]
        },
        closing: { turn, answer in
            let isWhole = answer.ending == .completed
            let status = isWhole ? "completed" : answer.ending == .failed ? "failed" : "incomplete"
            return (document(turn, answer, status: status), events(turn, answer, status: status))
        }, numbersEvents: true, missingKey: .unauthorized)

    static let maximumServers = 10
    /// The maximum number of characters of input and instructions together.
    static let maximumInput = 20_000

    // MARK: - Requests

    private static func refused(_ message: String) -> APIFailure { APIFailure(status: 400, message: message) }

    private static func read(
        _ request: Request, _ body: JSONObject, _ conversations: ModelConversations
    ) async throws -> ModelTurn {
        guard body["model"]?.string?.asciiLowercased == "parallel" else {
            throw refused("The Responses API only supports model 'parallel'.")
        }
        if body["background"]?.bool == true { throw refused("background is not supported.") }
        let id = Identifier.uuid()
        var turn = ModelTurn(
            id: "resp_" + id, model: "parallel", prompt: try prompt(of: body), inputLength: request.body.count,
            isStreamed: body["stream"]?.bool ?? false, body: body)
        if let effort = body["reasoning"]?["effort"]?.string, !["low", "medium", "high"].contains(effort) {
            throw refused("Request validation error. reasoning.effort: Input should be 'low', 'medium' or 'high'")
        }
        try checkMetadata(body["metadata"])
        let tools = body["tools"]?.array ?? []
        let servers = tools.filter { $0["type"] == "mcp" }
        guard servers.count <= maximumServers else {
            throw refused(
                "Number of MCP servers provided (\(servers.count)) exceeds the maximum allowed limit of \(maximumServers)."
            )
        }
        guard tools.count(where: isSearch) <= 1 else { throw refused("tools may contain at most one web_search tool.") }
        turn.servers = try servers.map(server)
        if let id = body["previous_response_id"]?.string, await conversations.entry(id) == nil {
            throw refused("previous_response_id '\(id)' was not found.")
        }
        return turn
    }

    private static func isSearch(_ tool: JSONValue) -> Bool {
        ["web_search", "web_search_2025_08_26"].contains(tool["type"]?.string ?? "")
    }

    private static func prompt(of body: JSONObject) throws -> String {
        guard let input = body["input"] else { throw refused("Request validation error. input: Field required") }
        for message in input.array ?? [] {
            for part in message["content"]?.array ?? [] where part["text"]?.string == nil {
                throw refused("Only text input is supported.")
            }
        }
        let prompt = input.string ?? OpenAIForm.lastWords(of: input.array ?? [])
        guard !prompt.isEmpty else { throw refused("input must not be empty.") }
        let length = (input.string ?? input.serialized()) + (body["instructions"]?.string ?? "")
        guard !length.hasMoreScalars(than: maximumInput) else {
            throw refused("input and instructions must not have more than \(maximumInput) characters together.")
        }
        return prompt
    }

    private static func checkMetadata(_ metadata: JSONValue?) throws {
        guard let members = metadata?.object else { return }
        let fits =
            members.count <= 16
            && members.allSatisfy { member in
                guard let value = member.value.string else { return false }
                return !member.key.hasMoreScalars(than: 64) && !value.hasMoreScalars(than: 512)
            }
        guard fits else { throw refused("Request validation error. metadata: at most 16 short texts") }
    }

    private static func server(_ tool: JSONValue) throws -> ModelServer {
        func invalid(_ reason: String) -> APIFailure { refused("Request validation error. tools: \(reason)") }
        let label = tool["server_label"]?.string ?? ""
        guard label.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw invalid("server_label must not be blank")
        }
        guard let url = tool["server_url"]?.string else { throw invalid("server_url is required") }
        guard tool["require_approval"] == "never" else { throw invalid("require_approval must be 'never'") }
        for name in ["connector_id", "tunnel_id", "defer_loading"] where tool[name].map({ !$0.isNull }) ?? false {
            throw invalid("\(name) is not supported")
        }
        var server = try ModelServer(name: label, url: url, tool) { invalid($0) }
        switch tool["allowed_tools"] {
        case nil, .null: break
        case .array(let names)?:
            guard !names.isEmpty else {
                throw refused("MCP server configuration requires either null or a non-empty list of allowed tools.")
            }
            server.allow(only: names.compactMap(\.string))
        default: throw invalid("allowed_tools must be a list of names")
        }
        return server
    }

    // MARK: - Answers

    private static func document(_ turn: ModelTurn, _ answer: ModelAnswer, status: String) -> JSONValue {
        let tools = (turn.body["tools"]?.array ?? []).compactMap { tool -> JSONValue? in
            guard var echo = tool.object else { return nil }
            if isSearch(tool) { return tool }
            guard tool["type"] == "mcp" else { return nil }
            let url = tool["server_url"]?.string ?? ""
            let path = url.upTo { $0 == "?" }
            echo["server_url"] = .string(path.utf8.count < url.utf8.count ? path + "?***" : url)
            for name in ["headers", "authorization", "server_description"] { echo[name] = .null }
            return .object(echo)
        }
        let (input, output) = answer.usage(of: turn)
        return [
            "id": .string(turn.id), "object": "response", "created_at": .number(JSONNumber(WallClock.seconds())),
            "status": .string(status), "model": "parallel", "output": .array(items(turn, answer).map(\.json)),
            "error": status == "failed"
                ? ["code": "server_error", "message": "Sandbox: the prompt asks for a response that fails"] : nil,
            "incomplete_details": status == "incomplete" ? ["reason": "max_output_tokens"] : nil,
            "instructions": turn.body["instructions"] ?? nil, "metadata": turn.body["metadata"] ?? nil,
            "previous_response_id": turn.body["previous_response_id"] ?? nil, "parallel_tool_calls": true,
            "tool_choice": "auto", "tools": .array(tools), "temperature": nil, "reasoning": nil, "text": nil,
            "usage": status == "in_progress" ? nil : OpenAIForm.usage(input, output),
        ]
    }

    /// Returns the items in the order of a whole answer: searches, lists, calls, message.
    private static func items(_ turn: ModelTurn, _ answer: ModelAnswer) -> [(kind: String, json: JSONValue)] {
        var items: [(kind: String, json: JSONValue)] = []
        var counts: [String: Int] = [:]
        func add(_ kind: String, _ prefix: String, _ json: (String) -> JSONValue) {
            let number = counts[kind, default: 0]
            counts[kind] = number + 1
            items.append((kind, json("\(prefix)_\(turn.id)_\(number)")))
        }
        if !answer.items.isEmpty, (turn.body["tools"]?.array ?? []).contains(where: isSearch) {
            add("web_search_call", "ws") { id in
                [
                    "id": .string(id), "type": "web_search_call", "status": "completed",
                    "action": [
                        "type": "search", "query": .string(turn.prompt), "queries": [.string(turn.prompt)],
                        "sources": nil,
                    ],
                ]
            }
        }
        for item in answer.items {
            switch item {
            case .listing(let server, let tools, let error):
                add("mcp_list_tools", "mcpl") { id in
                    [
                        "id": .string(id), "type": "mcp_list_tools", "server_label": .string(server),
                        "tools": .array(tools.map(OpenAIForm.definition)), "error": error.map(JSONValue.string) ?? nil,
                    ]
                }
            case .call(let call), .approval(let call):
                add("mcp_call", "mcp") { id in
                    var json = OpenAIForm.call(call, id: id).object ?? [:]
                    json["approval_request_id"] = nil
                    return .object(json)
                }
            case .text(let text):
                let citation: JSONValue = [
                    "type": "url_citation", "url": "https://sandbox.parallel.example/sources/1",
                    "title": "Sandbox source 1",
                    "start_index": 0, "end_index": .number(JSONNumber(text.unicodeScalars.count)),
                ]
                let id = "msg_" + turn.id
                items.append(("message", OpenAIForm.message(text, id: id, annotations: [citation])))
            }
        }
        return items
    }

    /// Returns the events in Parallel's order: all items of MCP come after the message's text, and before its end.
    private static func events(_ turn: ModelTurn, _ answer: ModelAnswer, status: String) -> [JSONValue] {
        let all = items(turn, answer)
        let ordered = ["web_search_call", "message", "mcp_list_tools", "mcp_call"].flatMap { kind in
            all.filter { $0.kind == kind }
        }
        let places = ordered.enumerated().map { OpenAIEvents.Place(item: $1.json, index: $0) }
        let search = places.filter { $0.item["type"] == "web_search_call" }
        let message = places.filter { $0.item["type"] == "message" }
        var events: [JSONValue] = []
        for place in search {
            var draft = place.item.object ?? [:]
            draft["status"] = "in_progress"
            events.append(place.event("response.output_item.added", ["item": .object(draft)]))
            events.append(place.event("response.web_search_call.in_progress"))
            events.append(place.event("response.web_search_call.searching"))
        }
        for place in message {
            var draft = place.item.object ?? [:]
            draft["status"] = "in_progress"
            draft["content"] = []
            events.append(place.event("response.output_item.added", ["item": .object(draft)]))
            events.append(place.event("response.content_part.added", ["part": place.part("")], isContent: true))
            events.append(
                place.event(
                    "response.output_text.delta", ["delta": .string(place.text), "logprobs": []], isContent: true))
        }
        for place in search {
            events.append(place.event("response.web_search_call.completed"))
            events.append(place.event("response.output_item.done", ["item": place.item]))
        }
        for place in places where ["mcp_list_tools", "mcp_call"].contains(place.item["type"]?.string ?? "") {
            let type = place.item["type"]?.string ?? ""
            let isFailed = place.item["error"].map { !$0.isNull } ?? false
            events.append(place.event("response.output_item.added", ["item": place.item]))
            events.append(place.event("response.\(type).\(isFailed ? "failed" : "completed")"))
            events.append(place.event("response.output_item.done", ["item": place.item]))
        }
        for place in message {
            for (number, annotation) in (place.item["content"]?[0]?["annotations"]?.array ?? []).enumerated() {
                let members: JSONObject = ["annotation_index": .number(JSONNumber(number)), "annotation": annotation]
                events.append(place.event("response.output_text.annotation.added", members, isContent: true))
            }
            events += place.ending + [place.event("response.output_item.done", ["item": place.item])]
        }
        return events + [["type": .string("response." + status), "response": document(turn, answer, status: status)]]
    }
}
