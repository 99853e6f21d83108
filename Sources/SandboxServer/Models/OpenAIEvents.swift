import ParallelJSON

/// The events of OpenAI's Responses API, in its documented order. The stream adds their numbers.
enum OpenAIEvents {
    static let opening: @Sendable (ModelTurn) -> [JSONValue] = { turn in
        let response = JSONValue.object(OpenAIForm.response(turn, status: "in_progress"))
        return [
            ["type": "response.created", "response": response], ["type": "response.in_progress", "response": response],
        ]
    }

    static func closing(_ document: JSONValue) -> [JSONValue] {
        var events: [JSONValue] = []
        for (index, item) in (document["output"]?.array ?? []).enumerated() {
            let place = Place(item: item, index: index)
            var draft = item.object ?? [:]
            switch item["type"]?.string {
            case "mcp_list_tools":
                draft["tools"] = []
                draft["error"] = nil
                events.append(place.event("response.output_item.added", ["item": .object(draft)]))
                events.append(place.event("response.mcp_list_tools.in_progress"))
                events.append(place.event("response.mcp_list_tools." + (item["error"] == nil ? "completed" : "failed")))
            case "mcp_call":
                draft["arguments"] = ""
                draft["status"] = "in_progress"
                draft["output"] = .null
                draft["error"] = .null
                events.append(place.event("response.output_item.added", ["item": .object(draft)]))
                events.append(place.event("response.mcp_call.in_progress"))
                let arguments = item["arguments"]?.string ?? ""
                for piece in pieces(of: arguments) {
                    events.append(place.event("response.mcp_call_arguments.delta", ["delta": .string(piece)]))
                }
                events.append(place.event("response.mcp_call_arguments.done", ["arguments": .string(arguments)]))
                events.append(place.event("response.mcp_call." + (item["status"]?.string ?? "")))
            case "message": events += message(place, deltas: pieces(of: place.text))
            default: events.append(place.event("response.output_item.added", ["item": item]))
            }
            events.append(place.event("response.output_item.done", ["item": item]))
        }
        let status = document["status"]?.string ?? "completed"
        return events + [["type": .string("response." + status), "response": document]]
    }

    /// Returns the events of a message but the last.
    private static func message(_ place: Place, deltas: [String]) -> [JSONValue] {
        var draft = place.item.object ?? [:]
        draft["status"] = "in_progress"
        draft["content"] = []
        return [
            place.event("response.output_item.added", ["item": .object(draft)]),
            place.event("response.content_part.added", ["part": place.part("")], isContent: true),
        ]
            + deltas.map {
                place.event("response.output_text.delta", ["delta": .string($0), "logprobs": []], isContent: true)
            }
            + place.ending
    }

    /// An item of the output, for the events about it.
    struct Place {
        let item: JSONValue
        let index: Int

        var text: String { item["content"]?[0]?["text"]?.string ?? "" }

        func event(_ type: String, _ members: JSONObject = [:], isContent: Bool = false) -> JSONValue {
            var event: JSONObject = ["type": .string(type), "output_index": .number(JSONNumber(index))]
            if members["item"] == nil { event["item_id"] = item["id"] }
            if isContent { event["content_index"] = 0 }
            event.members += members.members
            return .object(event)
        }

        func part(_ text: String) -> JSONValue { ["type": "output_text", "text": .string(text), "annotations": []] }

        /// The events that close a message's text.
        var ending: [JSONValue] {
            [
                event("response.output_text.done", ["text": .string(text), "logprobs": []], isContent: true),
                event("response.content_part.done", ["part": item["content"]?[0] ?? part(text)], isContent: true),
            ]
        }
    }

    /// Splits a text into three pieces at most, between Unicode scalars.
    static func pieces(of text: String) -> [String] {
        let scalars = Array(text.unicodeScalars)
        let length = max(1, (scalars.count + 2) / 3)
        return stride(from: 0, to: scalars.count, by: length).map { start in
            String(String.UnicodeScalarView(scalars[start..<min(start + length, scalars.count)]))
        }
    }
}
