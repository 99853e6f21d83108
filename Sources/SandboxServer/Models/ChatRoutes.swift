import ParallelJSON
import ParallelSystem

/// `/v1beta/chat/completions`, also as `/chat/completions` for the SDKs of OpenAI: made-up answers to the last
/// question.
struct ChatRoutes: Sendable {
    private static let models = ["speed", "lite", "base", "core"]
    private static let path: FieldPath = ["body"]

    static let routes = ["/v1beta/chat/completions", "/chat/completions"].map { path in
        Route("POST", path, needsKey: false) { request, _ in
            guard request.credential == .valid || hasBearer(request) else { throw APIFailure.unauthorized }
            do {
                return try answer(request)
            } catch let failure as APIFailure {
                throw failure.asHTTPValidation
            }
        }
    }

    /// Whether the key is sent as those SDKs send it.
    private static func hasBearer(_ request: Request) -> Bool {
        let field = request.headers["authorization"] ?? ""
        return field.begins(with: "Bearer ") && field.utf8.count > 7 && !field.contains("invalid")
    }

    private static func answer(_ request: Request) throws -> Reply {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let model = check.member("model", of: body, at: path, required: true, as: RequestCheck.choice(models)) ?? ""
        let messages =
            check.member(
                "messages", of: body, at: path, required: true, as: RequestCheck.list(message, count: 1...1_000))
            ?? []
        let isStreamed = check.member("stream", of: body, at: path, as: RequestCheck.bool) ?? false
        for name in ["max_tokens", "n"] { _ = check.member(name, of: body, at: path, as: RequestCheck.integer()) }
        for name in ["temperature", "top_p", "presence_penalty", "frequency_penalty"] {
            _ = check.member(name, of: body, at: path, as: RequestCheck.number)
        }
        _ = check.member("previous_interaction_id", of: body, at: path, as: RequestCheck.string())
        let schema = check.member("response_format", of: body, at: path, as: format) ?? nil
        try check.throwIfAny()
        let question = messages.last { $0.role == "user" }?.content ?? ""
        let scenario = try ModelScenario(question)
        if case .status(let status)? = scenario.fault { throw APIFailure.scripted(status, retryAfter: nil) }
        let text = text(question, messages.count, schema)
        let basis: JSONValue? =
            model == "speed"
            ? nil
            : [
                [
                    "field": "output", "reasoning": "The page answers the question.", "confidence": "high",
                    "citations": [
                        [
                            "url": "https://sandbox.parallel.example/chat", "title": "A page of the sandbox",
                            "excerpts": [],
                        ]
                    ],
                ]
            ]
        var end: JSONObject = [:]
        end["basis"] = basis
        end["interaction_id"] = .string(Identifier.make("trun_"))
        guard isStreamed else {
            let message: JSONValue = ["role": "assistant", "content": .string(text)]
            // The API's description calls it `delta` here, too; its pages, and the SDKs of OpenAI, `message`.
            var document = envelope("chat.completion", ["message": message, "delta": message])
            for member in end { document[member.key] = member.value }
            return .json(200, .object(document))
        }
        var chunks = [chunk(["role": "assistant", "content": ""])]
        for piece in pieces(of: text) { chunks.append(chunk(["content": .string(piece)])) }
        var last = chunk([:])
        for member in end { last[member.key] = member.value }
        chunks.append(last)
        let stream = chunks.map { "data: \(JSONValue.object($0).serialized())\n\n" }.joined()
        return Reply(
            status: 200, headers: [("content-type", "text/event-stream")], body: .bytes(Array(stream.utf8)))
    }

    private static func text(_ question: String, _ messages: Int, _ schema: JSONObject?) -> String {
        let subject = String(question.prefix(200))
        guard let schema else { return "Sandbox answer to “\(subject)” (message \(messages))." }
        return self.text(fitting: schema, for: question)
    }

    /// Returns an answer in JSON.
    static func text(fitting schema: JSONObject, for question: String) -> String {
        let subject = question.prefix(200)
        return ValueSynthesis(root: schema, seed: StableHash.of(question), usesFieldNames: true) {
            "Sandbox value for \($0) (question: \(subject))"
        }.value().serialized()
    }

    /// Returns the words of a text, each with the space behind it.
    private static func pieces(of text: String) -> [String] {
        let words = text.parts(between: " ")
        return words.enumerated().map { $0 < words.count - 1 ? "\($1) " : String($1) }
    }

    private static func chunk(_ delta: JSONObject) -> JSONObject {
        var chunk = envelope("chat.completion.chunk", ["delta": .object(delta)])
        chunk["type"] = "chat.completion.chunk"
        return chunk
    }

    private static func envelope(_ kind: String, _ content: JSONObject) -> JSONObject {
        var choice = content
        choice["index"] = 0
        choice["finish_reason"] = .some(.null)
        return [
            "id": "", "object": .string(kind), "created": .number(JSONNumber(WallClock.seconds())), "model": "",
            "choices": [.object(choice)],
        ]
    }

    private static let message: RequestCheck.Reader<(role: String, content: String)> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        let role = check.member(
            "role", of: object, at: path, required: true, as: RequestCheck.choice(["system", "user", "assistant"]))
        let content = check.member("content", of: object, at: path, required: true, as: RequestCheck.string())
        _ = check.member("name", of: object, at: path, as: RequestCheck.string())
        guard let role, let content else { return nil }
        return (role, content)
    }

    /// Reads the form of the answer; returns its JSON schema if it has one.
    private static let format: RequestCheck.Reader<JSONObject?> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        let types = RequestCheck.choice(["text", "json_object", "json_schema"])
        guard check.member("type", of: object, at: path, required: true, as: types) == "json_schema" else { return nil }
        let at = path + ["json_schema"]
        let named = check.member("json_schema", of: object, at: path, required: true, as: RequestCheck.object) ?? [:]
        _ = check.member("name", of: named, at: at, required: true, as: RequestCheck.string())
        _ = check.member("description", of: named, at: at, as: RequestCheck.string())
        _ = check.member("strict", of: named, at: at, as: RequestCheck.bool)
        return check.member("schema", of: named, at: at, as: RequestCheck.object)
    }
}
