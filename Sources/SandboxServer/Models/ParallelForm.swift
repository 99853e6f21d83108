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
        failure: { $0.status == 400 ? OpenAIForm.failure($0) : $0.reply },
        read: { try await ParallelRequest.read($0, $1, $2) },
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
        }, numbersEvents: true,
        price: { ["low": 10, "high": 250][$0["reasoning"]?["effort"]?.string ?? ""] ?? 50 },
        missingKey: .unauthorized)

    // MARK: - Answers

    /// - Parameter isStreamed: whether the items stand in the order in which the stream has opened them.
    private static func document(
        _ turn: ModelTurn, _ answer: ModelAnswer, status: String, isStreamed: Bool = false
    ) -> JSONValue {
        let (input, output) = answer.usage(of: turn)
        let items = isStreamed ? streamed(items(turn, answer)) : items(turn, answer)
        return [
            "id": .string(turn.id), "object": "response", "created_at": .number(JSONNumber(turn.createdAt)),
            "status": .string(status), "model": "parallel", "output": .array(items.map(\.json)),
            "error": status == "failed"
                ? ["code": "server_error", "message": "Sandbox: the prompt asks for a response that fails"] : nil,
            "incomplete_details": status == "incomplete" ? ["reason": "max_output_tokens"] : nil,
            "instructions": turn.body["instructions"] ?? nil, "metadata": turn.body["metadata"] ?? nil,
            "previous_response_id": turn.body["previous_response_id"] ?? nil, "parallel_tool_calls": true,
            "tool_choice": "auto", "tools": .array((turn.body["tools"]?.array ?? []).compactMap(echo)),
            "temperature": nil, "reasoning": nil, "text": nil,
            "usage": ["completed", "incomplete"].contains(status) ? OpenAIForm.usage(input, output) : nil,
        ]
    }

    /// Returns a tool as the answer repeats it, without secrets; nil for one that is ignored.
    private static func echo(_ tool: JSONValue) -> JSONValue? {
        func member(_ name: String) -> JSONValue { tool[name] ?? nil }
        if ParallelRequest.isSearch(tool) {
            let filters = member("filters").object.map { filters -> JSONValue in
                let names = ["allowed_domains", "blocked_domains"]
                return .object(JSONObject(names.map { ($0, filters[$0] ?? nil) }))
            }
            return [
                "type": member("type"), "filters": filters ?? nil, "search_context_size": nil, "user_location": nil,
            ]
        }
        guard tool["type"] == "mcp" else { return nil }
        let url = member("server_url").string ?? ""
        let path = url.upTo { $0 == "?" }
        return [
            "type": "mcp", "server_label": member("server_label"),
            "server_url": .string(path.utf8.count < url.utf8.count ? path + "?***" : url), "require_approval": "never",
            "allowed_tools": member("allowed_tools"), "headers": nil, "authorization": nil, "server_description": nil,
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
        let page = page(citable: turn.citable)
        if !answer.items.isEmpty, turn.isSearchNamed {
            let query = JSONValue.string(turn.prompt)
            let search: JSONValue = ["type": "search", "query": query, "queries": [query], "sources": nil]
            for action in [search, ["type": "open_page", "url": .string(page)]] {
                add("web_search_call", "ws") { id in
                    ["id": .string(id), "type": "web_search_call", "status": "completed", "action": action]
                }
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
                    "type": "url_citation", "url": .string(page), "title": "Sandbox source 1", "start_index": 0,
                    "end_index": .number(JSONNumber(text.unicodeScalars.count)),
                ]
                let id = "msg_" + turn.id
                items.append(("message", OpenAIForm.message(text, id: id, annotations: [citation], logprobs: nil)))
            }
        }
        return items
    }

    /// Returns the items in the order in which a stream opens them.
    private static func streamed(_ items: [(kind: String, json: JSONValue)]) -> [(kind: String, json: JSONValue)] {
        ["web_search_call", "message", "mcp_list_tools", "mcp_call"].flatMap { kind in
            items.filter { $0.kind == kind }
        }
    }

    /// Returns the address of the page that an answer cites, on the domain that it has to be from.
    private static func page(citable: SourcePolicy.Entry?) -> String {
        guard let citable else { return "https://sandbox.parallel.example/sources/1" }
        let host = citable.domain.begins(with: ".") ? "sandbox" + citable.domain : citable.domain
        return "https://\(host)\(citable.path)/sources/1"
    }

    private static let emptyPart: JSONValue = ["type": "output_text", "text": "", "annotations": [], "logprobs": nil]

    /// Returns the events in Parallel's order: all items of MCP come after the message's text, and before its end.
    private static func events(_ turn: ModelTurn, _ answer: ModelAnswer, status: String) -> [JSONValue] {
        let places = streamed(items(turn, answer)).enumerated().map { OpenAIEvents.Place(item: $1.json, index: $0) }
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
            events.append(place.event("response.content_part.added", ["part": emptyPart], isContent: true))
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
        return events + [
            [
                "type": .string("response." + status),
                "response": document(turn, answer, status: status, isStreamed: true),
            ]
        ]
    }
}
