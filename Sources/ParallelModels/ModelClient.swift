package import ParallelAPI
package import ParallelHTTP
package import ParallelJSON
package import ParallelSettings
package import ParallelSystem

/// Sends the turns of a conversation to a provider of models. Its key goes to the provider's own address only.
///
/// An answer costs money, so a request is sent again only if the provider says that it has not taken it on.
package struct ModelClient: Sendable {
    private let provider: ModelProvider
    private let address: HTTPURL
    private let key: Secret?
    private let transport: any HTTPTransport
    private let secrets: KnownSecrets

    /// Models think for minutes without a byte.
    private static let patience = Duration.seconds(600)

    package init(
        _ provider: ModelProvider, at address: HTTPURL, key: Secret?, transport: any HTTPTransport,
        hiding secrets: KnownSecrets
    ) {
        self.provider = provider
        self.address = address
        self.key = key
        self.transport = transport
        self.secrets = secrets
    }

    /// Returns the request that `send` sends, with the key.
    package func request(_ turn: ModelRequest) -> HTTPRequest {
        let facts = provider.facts
        var headers = HTTPHeaders()
        headers.set("accept", turn.isStreamed ? "text/event-stream" : "application/json")
        headers.set("content-type", "application/json")
        for field in turn.fields { headers.set(field.name, field.value) }
        if let key { headers.set(facts.keyField.name, facts.keyField.prefix + key.reveal(), secret: true) }
        var request = HTTPRequest(
            .post, address.appending(path: facts.path), headers: headers, body: turn.json(.revealed).bytes(),
            resend: .never, timeouts: Timeouts(idle: Self.patience))
        request.streamsBody = turn.isStreamed
        request.saysNothingWasDone = { status, headers, body in
            ModelError.saysNothingWasDone(status, hasRetryAfter: headers["retry-after"] != nil, body)
        }
        return request
    }

    /// Sends a turn and returns the answer once it is whole.
    ///
    /// - Parameter onEvent: gets each event of a streamed answer, and what there is to read in it.
    ///
    /// Throws `ModelError` if the provider answers with an error, and `HTTPError` if no whole answer came.
    package func send(
        _ turn: ModelRequest, onEvent: (JSONValue, ModelReply.News?) throws -> Void
    ) async throws -> ModelReply {
        let request = request(turn)
        let response = try await transport.send(request)
        guard (200..<300).contains(response.status) else {
            let body = await response.body.beginning(upTo: HTTPRequest.maximumErrorBytes)
            throw ModelError(
                provider: provider,
                cause: APIError(
                    status: response.status, body: body, contentType: response.headers["content-type"],
                    retryAfter: response.headers["retry-after"], hiding: secrets))
        }
        // Gateways send events that were not asked for, and pages of their own with the status of a success.
        let type = (response.headers["content-type"] ?? "").asciiLowercased
        let isWhole = type.begins(with: "application/json") || type.begins(with: "text/html")
        if type.begins(with: "text/event-stream") || turn.isStreamed && !isWhole {
            return try await read(ServerSentEventStream(response.body), onEvent)
        }
        let bytes = try await response.body.collect()
        guard let reply = (try? JSONValue.parse(bytes)).flatMap(ModelReply.init) else {
            let shown = bytes.isEmpty ? "it is empty" : secrets.shownWords(of: bytes, limit: 120)
            throw UnexpectedAnswer(
                message: "the answer of \(provider.facts.title) is none of a model: \(shown)", mayHaveCreated: true,
                received: bytes)
        }
        return reply
    }

    private func read(
        _ events: ServerSentEventStream, _ onEvent: (JSONValue, ModelReply.News?) throws -> Void
    ) async throws -> ModelReply {
        var reply = ModelReply()
        for try await event in events {
            // Some streams end with a word instead of JSON.
            guard let json = try? JSONValue.parse(event.bytes) else { continue }
            let news = reply.add(json)
            try onEvent(json, news)
        }
        guard reply.isOver else {
            throw HTTPError(
                .truncated, "the stream of \(provider.facts.title) has ended before the answer did",
                mayHaveBeenSent: true)
        }
        return reply
    }
}

/// The error for a provider of models that answered with one.
package struct ModelError: Error, Sendable {
    package let provider: ModelProvider
    package let cause: APIError

    /// Whether the provider itself says that it is busy, so that nothing was done. A gateway's page doesn't.
    package var saysNothingWasDone: Bool {
        Self.saysNothingWasDone(cause.status, hasRetryAfter: cause.retryAfter != nil, cause.received)
    }

    static func saysNothingWasDone(_ status: Int, hasRetryAfter: Bool, _ body: [UInt8]) -> Bool {
        guard status == 429 || status == 503 else { return false }
        // A proxy in front answers 503 with a Retry-After after it has passed the question on, too: Varnish does, where
        // the answer did not come.
        return status == 429 && hasRetryAfter || (try? JSONValue.parse(body))?["error"] != nil
    }
}
