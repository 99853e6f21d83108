package import ParallelJSON
import ParallelSystem

/// A question to a chat model of the API (API reference, chat completions).
package struct ChatRequest: Sendable {
    package var model = usualModel
    /// What was said, from the oldest on: objects with `role` and `content`.
    package var messages: [JSONValue] = []
    /// The JSON Schema of the answer; nil for text.
    package var schema: JSONValue?
    package var previousInteractionID: String?
    package var isStreamed = false

    package init() {}

    /// The models with the price of 1,000 answers in whole USD, and what they are.
    package static let priceList: [(model: String, usdPer1000: Int, meaning: String)] = [
        ("speed", 5, "answers within seconds"), ("lite", 5, "researches as the processor lite does, with sources"),
        ("base", 10, "as base does"), ("core", 25, "as core does"),
    ]
    package static let usualModel = "speed"
    package static let models = priceList.map(\.model)

    /// The price of the answer; nil for a model without a known one.
    package var cost: Cost? {
        Self.priceList.first { $0.model.isExactly(model) }.map { Cost(thousandths: $0.usdPer1000) }
    }

    package static func message(_ role: String, _ content: String) -> JSONValue {
        ["role": .string(role), "content": .string(content)]
    }

    package var json: JSONValue {
        var body: JSONObject = [
            "model": .string(model), "messages": .array(messages), "stream": .bool(isStreamed),
        ]
        if let schema {
            body["response_format"] = ["type": "json_schema", "json_schema": ["name": "answer", "schema": schema]]
        }
        if let previousInteractionID { body["previous_interaction_id"] = .string(previousInteractionID) }
        return .object(body)
    }
}

/// An answer of a chat model, or a part of one that is streamed.
package struct ChatReply: Sendable {
    package let json: JSONValue
    package let text: String

    /// Reads an answer; nil if it has no choices.
    package init?(_ json: JSONValue) {
        guard let choice = json["choices"]?.array?.first else { return nil }
        self.json = json
        // The reference shows the one name, and its schema the other.
        text = (choice["message"] ?? choice["delta"])?["content"]?.string ?? ""
    }

    /// Whether it is the last part of a streamed answer.
    package var isLast: Bool {
        interactionID != nil || json["basis"]?.array != nil
            || json["choices"]?.array?.first?["finish_reason"]?.string != nil
    }

    /// The sources of a model that researches.
    package var basis: [FieldBasis] { TaskOutput(json: json).basis }

    /// The id with which another question continues the conversation.
    package var interactionID: String? { json["interaction_id"]?.string.flatMap { $0.isEmpty ? nil : $0 } }
}
