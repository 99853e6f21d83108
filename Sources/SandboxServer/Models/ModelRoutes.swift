import ParallelJSON

/// A provider of models: where it is reached, and the forms of its requests, answers and errors.
struct ModelProvider: Sendable {
    let path: String
    /// Returns the key that a request has; nil if it has none.
    let key: @Sendable (Request) -> String?
    /// Returns an error in the provider's form.
    let failure: @Sendable (APIFailure) -> Reply
    /// Reads a request's body.
    let read: @Sendable (Request, JSONObject, ModelConversations) async throws -> ModelTurn
    /// Returns the events that come before the servers are asked.
    let opening: @Sendable (ModelTurn) -> [JSONValue]
    /// Returns the whole answer, and the events that bring it after those of `opening`.
    let closing: @Sendable (ModelTurn, ModelAnswer) -> (document: JSONValue, events: [JSONValue])
    /// Whether events are counted.
    var numbersEvents = false
    /// Returns the price of an answer, in thousandths of a dollar, which the account of the sandbox pays.
    var price: @Sendable (JSONObject) -> Int = { _ in 0 }
    /// What the key's absence is called in the provider's words.
    var missingKey = APIFailure(status: 401, message: "No API key was sent")
}

/// The stand-ins for providers of models that can use MCP servers. Each has a path of its own, so that the SDKs of all
/// vendors work with one sandbox.
struct ModelRoutes: Sendable {
    let model: SandboxModel
    let runs: RunStore
    private let conversations = ModelConversations()

    var routes: [Route] {
        [OpenAIForm.openAI, OpenAIForm.xAI, ParallelForm.provider, AnthropicForm.provider, GeminiForm.provider].map {
            provider in
            Route("POST", provider.path, needsKey: false, failure: provider.failure) { request, _ in
                try await answer(request, provider)
            }
        }
    }

    private func answer(_ request: Request, _ provider: ModelProvider) async throws -> Reply {
        guard let key = provider.key(request), !key.isEmpty else { throw provider.missingKey }
        guard !key.contains("invalid") else { throw APIFailure(status: 401, message: "The API key is not valid") }
        guard let body = (try? JSONValue.parse(request.body))?.object else {
            throw APIFailure(status: 400, message: "The body is no JSON object")
        }
        let turn = try await provider.read(request, body, conversations)
        let scenario = try ModelScenario(turn.prompt)
        if case .status(let status)? = scenario.fault {
            throw APIFailure(status: status, message: "Sandbox: the prompt asks for status \(status)")
        }
        guard await runs.canPay(provider.price(body)) else { throw APIFailure.insufficientCredit }
        return try await (scenario.fault ?? .none).apply(actsFirst: true) {
            if turn.isStreamed {
                return .events(ModelStream(provider, turn) { await finish(turn, scenario, provider).events })
            }
            return .json(200, await finish(turn, scenario, provider).document)
        }
    }

    private func finish(
        _ turn: ModelTurn, _ scenario: ModelScenario, _ provider: ModelProvider
    ) async -> (document: JSONValue, events: [JSONValue]) {
        let answer = await model.answer(turn, scenario)
        await conversations.keep(answer, of: turn)
        if answer.ending != .failed { await runs.pay(provider.price(turn.body)) }
        return provider.closing(turn, answer)
    }
}

/// The events of an answer, one at a time. The first are sent before the servers are asked.
actor ModelStream: ReplyStream {
    private let isNumbered: Bool
    private let rest: @Sendable () async -> [JSONValue]
    private var events: [JSONValue]
    private var hasRest = false
    private var count = 0

    init(_ provider: ModelProvider, _ turn: ModelTurn, rest: @escaping @Sendable () async -> [JSONValue]) {
        isNumbered = provider.numbersEvents
        events = provider.opening(turn)
        self.rest = rest
    }

    func next() async throws -> [UInt8]? {
        if count == events.count, !hasRest {
            hasRest = true
            events += await rest()
        }
        guard count < events.count else { return nil }
        var event = events[count]
        if isNumbered, var object = event.object {
            object["sequence_number"] = .number(JSONNumber(count))
            event = .object(object)
        }
        count += 1
        let name = event["type"]?.string ?? event["event_type"]?.string ?? ""
        return Array("event: \(name)\ndata: ".utf8) + event.bytes() + Array("\n\n".utf8)
    }
}
