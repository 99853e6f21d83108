import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// The Streamable HTTP transport of MCP: each message is sent by POST, and answers come as JSON or as server-sent
/// events.
///
/// It handles header fields, streams and their resumption.
struct StreamableHTTP: MCPTransport {
    let endpoint: MCPEndpoint
    let transport: any HTTPTransport
    private let clock: any Clock<Duration>
    private let onNotice: @Sendable (MCPNotice) -> Void

    private struct State {
        /// The rest of a stream whose response has arrived. It is read to its end before the next request, so that the
        /// connection can be used again.
        var rest: HTTPBody?
        var lastUse: ContinuousClock.Instant?
        var firstTimings: HTTPResponse.Timings?
        /// The URL of all further requests, once the server has redirected one: a call should not be redirected.
        var redirectedURL: HTTPURL?
        /// Whether the user was told of an event that could not be read.
        var hasToldOfEvent = false
        /// The last request, and where its response goes if it comes on the server's own stream.
        var awaited: (id: Int, arrival: AsyncStream<Outcome>.Continuation)?
        /// A response in the last exchange that has another id; it is used if no other comes.
        var spare: (id: JSONValue, outcome: Outcome)?
        /// How many calls of `listen` are under way; more than one if a session was begun anew.
        var listenerCount = 0
    }

    private typealias Outcome = Result<JSONValue, JSONRPCMessage.ErrorObject>

    private let state = Lock(State())

    /// - Parameter credentials: the source of credentials, asked for every message.
    init(
        endpoint: MCPEndpoint, transport: any HTTPTransport, credentials: any CredentialSource,
        clock: any Clock<Duration>, onNotice: @escaping @Sendable (MCPNotice) -> Void
    ) {
        self.endpoint = endpoint
        self.transport = AuthorizingTransport(transport, credentials)
        self.clock = clock
        self.onNotice = onNotice
    }

    // MARK: - Sending

    /// Sends a request and waits for its response. Throws `HTTPError`, `ServerSentEventError`, and `MCPError` if the
    /// answer is an HTTP error or not MCP.
    func exchange(
        _ message: JSONValue, id: Int, _ envelope: MCPEnvelope, resend: Resend, openStream: @Sendable () async -> Bool
    ) async throws -> MCPAnswer {
        let (arrivals, arrival) = AsyncStream<Outcome>.makeStream()
        state.withLock { state in
            state.awaited = (id, arrival)
            state.spare = nil
        }
        do {
            return try await firstAnswer(to: message, id, envelope, resend, arrivals, openStream)
        } catch  where !Task.isCancelled {
            if let answer = spareResult(for: id) { return answer }
            guard let kind = (error as? MCPError)?.kind, kind == .notMCP || kind == .answerLost,
                let other = state.withLock({ $0.spare })
            else { throw error }
            return MCPAnswer(result: other.outcome)
        }
    }

    /// Returns the response as soon as it comes: in answer to the POST, on a stream that resumes that answer, or on the
    /// stream opened by GET. Throws the error of the POST once the response can come on none of them.
    private func firstAnswer(
        to message: JSONValue, _ id: Int, _ envelope: MCPEnvelope, _ resend: Resend, _ arrivals: AsyncStream<Outcome>,
        _ openStream: @Sendable () async -> Bool
    ) async throws -> MCPAnswer {
        // Nil is the result of a way that brings no response.
        try await withThrowingTaskGroup(of: MCPAnswer?.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for await result in arrivals { return MCPAnswer(result: result) }
                return nil
            }
            group.addTask { try await posted(message, id, envelope, resend) }
            var failure: (any Error)?
            var isRepeatable = false
            while let next = await group.nextResult() {
                switch next {
                case .success(let answer?): return answer
                case .success(nil):
                    guard let error = failure else { continue }
                    guard isRepeatable, !Task.isCancelled else { throw error }
                    (failure, isRepeatable) = (nil, false)
                    group.addTask { try await posted(message, id, envelope, resend) }
                case .failure(let error):
                    guard let unanswered = error as? Unanswered ?? Unanswered(failure: error, resend) else {
                        throw error
                    }
                    failure = unanswered.cause
                    // The server may send the response on its own stream.
                    guard envelope.era == .legacy, envelope.version != nil, !hasSpareResult else {
                        throw unanswered.cause
                    }
                    let wasOpen = unanswered.isFailure ? true : await openStream()
                    if state.withLock({ $0.listenerCount == 0 }) { throw unanswered.cause }
                    // A response from before the stream was open may have gone nowhere. A request is repeated only
                    // once, because the stream is open then.
                    isRepeatable = !wasOpen && resend != .never
                    if let limit = isRepeatable ? Self.patienceWithNewStream : unanswered.patience {
                        group.addTask { [clock] in
                            try? await clock.sleep(for: limit)
                            return nil
                        }
                    }
                }
            }
            throw failure ?? CancellationError()
        }
    }

    private static let patienceWithNewStream = Duration.seconds(1)

    /// The error for a POST that has ended without the response.
    private struct Unanswered: Error {
        let cause: any Error
        /// Whether the connection or something in front of the server has failed.
        var isFailure = false
        /// How long the response may come on the server's own stream; nil means until the request's time is over. A
        /// server that is still working says with 202 that it has accepted the request, or leaves its answer open.
        let patience: Duration?

        /// The failure of a call that the server may be working on all the same; nil for another error.
        init?(failure error: any Error, _ resend: Resend) {
            let saysNothing =
                switch error {
                case let error as HTTPError: error.isTransient && error.mayHaveBeenSent
                case let error as MCPError: error.kind == .status && (error.status ?? 0) >= 500
                default: false
                }
            guard saysNothing, resend == .never else { return nil }
            (cause, isFailure, patience) = (error, true, .seconds(1))
        }

        init(_ cause: MCPError, patience: Duration? = .seconds(5)) { (self.cause, self.patience) = (cause, patience) }
    }

    /// Sends a request and returns the response in the answer to it. Throws `Unanswered` if that ended without it.
    private func posted(
        _ message: JSONValue, _ id: Int, _ envelope: MCPEnvelope, _ resend: Resend
    ) async throws -> MCPAnswer {
        let response = try await response(to: post(message.bytes(), envelope, resend: resend))
        guard (200..<300).contains(response.status) else { throw try await refusal(response, of: id) }
        let result: Outcome
        if Self.isEventStream(response) {
            result = try await streamedResult(of: response, id: id, envelope)
            if let other = state.withLock({ $0.spare }), case .success = other.outcome {
                tellOfEvent(
                    "'\(endpoint.name)' answered another request than the one that was sent: id "
                        + "\(endpoint.shown(other.id.serialized())), not \(id)")
            }
        } else {
            do {
                result = try await wholeResult(of: response, id: id, envelope)
            } catch let error as MCPError
                where error.kind == .notMCP && (response.status == 202 || error.received.isEmpty)
            {
                throw Unanswered(error, patience: response.status == 202 ? nil : .seconds(5))
            }
        }
        // Only the answer to `initialize`, which is sent before there is a version, begins a session.
        return MCPAnswer(result: result, sessionID: envelope.version == nil ? try sessionID(in: response) : nil)
    }

    func spareResult(for id: Int) -> MCPAnswer? {
        guard let other = state.withLock({ $0.spare }), case .success = other.outcome else { return nil }
        let given = endpoint.shown(other.id.serialized())
        onNotice(.oddAnswer("the answer of '\(endpoint.name)' has the id \(given), not \(id); it is used"))
        return MCPAnswer(result: other.outcome)
    }

    var firstTimings: HTTPResponse.Timings? { state.withLock { $0.firstTimings } }
    var redirectedURL: HTTPURL? { state.withLock { $0.redirectedURL } }
    private var url: HTTPURL { redirectedURL ?? endpoint.url }

    func response(to request: HTTPRequest) async throws -> HTTPResponse {
        await readRest()
        var request = request
        // A connection that was used a moment ago is still open. An idle one may have been closed, and a request that
        // may be sent only once would be lost with it.
        request.mayReuseConnection = state.withLock { state in
            state.lastUse.map { ContinuousClock.now - $0 < Self.sureOfConnection } ?? true
        }
        let response = try await transport.send(request)
        state.withLock { state in
            state.lastUse = .now
            state.firstTimings = state.firstTimings ?? response.timings
            if let url = response.redirectedURL, (200..<300).contains(response.status) { state.redirectedURL = url }
        }
        return response
    }

    /// The time for which servers certainly keep connections open.
    private static let sureOfConnection = Duration.seconds(1)

    func send(_ message: JSONValue, _ envelope: MCPEnvelope) async throws {
        let response = try await response(to: post(message.bytes(), envelope, resend: .ifUnanswered))
        guard (200..<300).contains(response.status) else { throw try await refusal(response) }
        state.withLock { $0.rest = response.body }
    }

    /// Ends the session. Servers need not support this, so an error status is ignored.
    func end(_ envelope: MCPEnvelope) async throws {
        var request = HTTPRequest(.delete, url, headers: headers(envelope), resend: .ifUnanswered)
        request.isReading = true
        _ = try await response(to: request)
    }

    /// Returns the POST that carries the bytes of a message.
    func post(_ body: [UInt8], _ envelope: MCPEnvelope, resend: Resend) -> HTTPRequest {
        var headers = headers(envelope)
        // Both types are required; otherwise servers answer 406.
        headers.set("accept", "application/json, text/event-stream")
        headers.set("content-type", "application/json")
        if let method = envelope.method { headers.set("mcp-method", method) }
        for field in envelope.fields { headers.add(field.name, field.value, secret: true) }
        return carrying(body, request(.post, headers, resend))
    }

    /// Returns a request to the server whose answer is read as it comes.
    func request(_ method: HTTPMethod, _ headers: HTTPHeaders, _ resend: Resend) -> HTTPRequest {
        var request = HTTPRequest(method, url, headers: headers, resend: resend, streamsBody: true)
        // To end a session changes nothing else.
        request.isReading = method != .post
        return request
    }

    /// Returns the request with a message as its body.
    func carrying(_ body: [UInt8], _ request: HTTPRequest) -> HTTPRequest {
        var request = request
        request.body = body
        request.isReading = JSONRPCMessage.isReading(body)
        return request.resend == .never ? request.creating(CreationRequest(body: body, to: .mcp)) : request
    }

    /// Reads the rest of a stream. Servers end it right after the response; one that doesn't is not waited for.
    private func readRest() async {
        guard let body = state.withLock({ $0.rest.take() }) else { return }
        _ = try? await Deadline.run(within: .milliseconds(50), clock) { try await body.collect(upTo: 1 << 16) }
    }

    private func headers(_ envelope: MCPEnvelope) -> HTTPHeaders {
        var headers = HTTPHeaders()
        if let version = envelope.version { headers.set("mcp-protocol-version", version) }
        if let id = envelope.sessionID { headers.set("mcp-session-id", id, secret: true) }
        return headers
    }

    func sessionID(in response: HTTPResponse) throws(MCPError) -> String? {
        guard let id = response.headers["mcp-session-id"], !id.isEmpty else { return nil }
        guard id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw MCPError(.notMCP, "the session id of '\(endpoint.name)' holds characters that none may have")
        }
        return id
    }

    // MARK: - Whole answers

    private func wholeResult(
        of response: HTTPResponse, id: Int, _ envelope: MCPEnvelope
    ) async throws -> Outcome {
        let body = try await wholeBody(of: response)
        let messages: [JSONRPCMessage]
        do throws(MCPError) {
            messages = try self.messages(in: body, response)
        } catch {
            // Some servers send a stream without saying so.
            var parser = ServerSentEventParser()
            for event in (try? parser.feed(body)) ?? [] {
                if let result = try await self.result(in: event, response, id, isResumed: false, envelope) {
                    return result
                }
            }
            throw error
        }
        for message in messages {
            if let result = try await take(message, id, envelope) { return result }
        }
        throw notMCP(body, response)
    }

    func wholeBody(of response: HTTPResponse) async throws -> [UInt8] {
        do {
            return try await response.body.collect()
        } catch let error as HTTPError where error.isTransient && Self.isWhole(error.received) {
            // The server announced another length, but all of its answer came.
            return error.received
        }
    }

    /// Whether `bytes` are a whole JSON document although the body or stream that they are of broke off.
    private static func isWhole(_ bytes: [UInt8]) -> Bool { (try? JSONValue.parseForgiving(bytes)) != nil }

    /// Returns the messages in `body`: one, or several in an array, which only the revision 2025-03-26 allows and some
    /// servers send in every one. Throws `MCPError`.
    private func messages(in body: [UInt8], _ response: HTTPResponse) throws(MCPError) -> [JSONRPCMessage] {
        let parsed: (value: JSONValue, isRepaired: Bool)
        do throws(JSONSyntaxError) {
            parsed = try JSONValue.parseForgiving(body)
        } catch {
            throw notMCP(body, response, because: error)
        }
        let json = parsed.value
        if json["jsonrpc"] == nil, json["error"]?.string != nil {
            // Some servers answer with status 200 that a key is missing.
            let text = explanation(of: body, response)
            if Self.speaksOfCredentials(text) { throw unauthorized(text, status: nil) }
        }
        let values = json.array ?? [json]
        let messages = values.compactMap(JSONRPCMessage.init)
        guard messages.count == values.count, !messages.isEmpty else { throw notMCP(body, response) }
        if parsed.isRepaired {
            onNotice(
                .oddAnswer(
                    "an answer of '\(endpoint.name)' is not quite JSON: NaN and Infinity are read as null, and bytes "
                        + "that are not UTF-8 as U+FFFD"))
        }
        return messages
    }

    /// Returns the result if the message is the response to the request, or a result without a number: some servers
    /// send words or null. Keeps another response as the spare one, above all an error, which may be about something
    /// else. Handles any other message.
    ///
    /// - Parameters:
    ///   - isResumed: whether an error without a number is about the request, because only its messages come there.
    ///   - isShared: whether responses to any message may come, so that one without the number may be about a
    ///     notification, and one with another number is none to this request.
    private func take(
        _ message: JSONRPCMessage, _ id: Int, isResumed: Bool = false, isShared: Bool = false, _ envelope: MCPEnvelope
    ) async throws -> Outcome? {
        switch message {
        case .response(let given, let result):
            let number = given?.int ?? given?.string.flatMap { Int($0) }
            let isError = if case .failure = result { true } else { false }
            if number == id || number == nil && !isShared && (isResumed || !isError) { return result }
            if isShared { return nil }
            var outcome = result
            // Like the official clients, this one knows by the id what a response is for.
            if case .success(let result) = outcome, let earlier = given?.int, (1..<id).contains(earlier) {
                outcome = .failure(JSONRPCMessage.ErrorObject(insteadOf: id, earlier, result))
            }
            state.withLock { state in
                if case .success? = state.spare?.outcome { return }
                state.spare = (given ?? .null, outcome)
            }
        case .notification(let method, let params):
            let shown = params.map { $0.masked(endpoint.secrets) }
            if let notice = MCPNotice(method: method, params: shown) { onNotice(notice) }
        case .request(let id, let method, _):
            try await answer(id, method, envelope)
        }
        return nil
    }

    /// Answers a request of the server, which would wait for ever otherwise. No capability was declared, so every
    /// request but a ping is refused. Errors are ignored, because the awaited response may come nevertheless.
    private func answer(_ id: JSONValue, _ method: String, _ envelope: MCPEnvelope) async throws {
        if method != "ping" { onNotice(.refused(method: method)) }
        // In the modern era, servers send no requests and accept no responses.
        guard envelope.era == .legacy else { return }
        let answer = JSONRPCMessage.reply(to: id, method: method)
        try? await Deadline.run(within: Self.patienceWithAnswers, clock) { try await send(answer, envelope) }
        try Task.checkCancellation()
    }

    private static let patienceWithAnswers = Duration.seconds(5)

    // MARK: - Streams

    /// The error for a resumption that was refused with a temporary status.
    private struct ResumptionRefused: Error {}

    /// Whether a stream may be opened again after this error.
    static func mayBeResumed(after error: any Error) -> Bool {
        error is ResumptionRefused || (error as? HTTPError)?.isTransient == true
    }

    /// The time limit of the request limits how often its stream is resumed.
    var resumption: ResumableEventStream {
        ResumableEventStream(
            clock: clock, backoff: Backoff(first: .seconds(1), longest: .seconds(30)), maximumFailures: .max,
            goesByStreamIDs: true)
    }

    private func streamedResult(
        of response: HTTPResponse, id: Int, _ envelope: MCPEnvelope
    ) async throws -> Outcome {
        var response = response
        var isResumed = false
        var isOpened = false
        var unfinished: [UInt8] = []
        do {
            return try await resumption.follow { position in
                if isOpened {
                    isResumed = true
                    response = try await resumed(after: position.lastEventID, envelope)
                }
                isOpened = true
                return .open(ServerSentEventStream(response.body))
            } receive: { event, _ in
                guard let result = try await self.result(in: event, response, id, isResumed: isResumed, envelope) else {
                    return nil
                }
                state.withLock { $0.rest = response.body }
                return result
            } end: { position in
                try Task.checkCancellation()
                if canBeResumed(position, envelope) { return nil }
                // Some servers leave out the blank line that ends an event.
                let rest = ServerSentEvent(data: String(decoding: position.unfinished, as: UTF8.self))
                if Self.isWhole(position.unfinished),
                    let result = try await self.result(in: rest, response, id, isResumed: isResumed, envelope)
                {
                    return result
                }
                var error = MCPError(.answerLost, "the stream of '\(endpoint.name)' ended before the answer")
                error.received = position.unfinished
                throw Unanswered(error)
            } passes: { error, position in
                unfinished = position.unfinished
                guard canBeResumed(position, envelope) else { return false }
                return Self.mayBeResumed(after: error)
            }
        } catch var error as HTTPError {
            error.received = unfinished
            throw error
        }
    }

    /// Whether the rest of the stream can be asked for, and is needed: an error that came may be about something else.
    private func canBeResumed(_ position: ResumableEventStream.Position, _ envelope: MCPEnvelope) -> Bool {
        guard envelope.era == .legacy, position.lastEventID != nil else { return false }
        return !hasSpareResult
    }

    private var hasSpareResult: Bool {
        if case .success? = state.withLock({ $0.spare?.outcome }) { true } else { false }
    }

    /// Returns the result if the event is the awaited response.
    private func result(
        in event: ServerSentEvent, _ response: HTTPResponse, _ id: Int, isResumed: Bool, isShared: Bool = false,
        _ envelope: MCPEnvelope
    ) async throws -> Outcome? {
        // An event without data only sets the id.
        guard event.event == "message", !event.bytes.isEmpty else { return nil }
        let messages: [JSONRPCMessage]
        do throws(MCPError) {
            messages = try self.messages(in: event.bytes, response)
        } catch {
            guard error.kind == .notMCP else { throw error }
            tellOfEvent(error.message)
            return nil
        }
        for message in messages {
            if let result = try await take(message, id, isResumed: isResumed, isShared: isShared, envelope) {
                return result
            }
        }
        return nil
    }

    /// Tells once that an event was passed over. The answer may still come: the official clients go on, too.
    private func tellOfEvent(_ reason: String) {
        let wasTold = state.withLock { state in
            defer { state.hasToldOfEvent = true }
            return state.hasToldOfEvent
        }
        if !wasTold { onNotice(.oddAnswer("an event was passed over: \(reason)")) }
    }

    /// Opens the rest of a stream that ended too early, always by GET.
    func resumed(after lastEventID: String?, _ envelope: MCPEnvelope) async throws -> HTTPResponse {
        let response = try await transport.send(get(envelope, after: lastEventID))
        if (200..<300).contains(response.status), Self.isEventStream(response) { return response }
        if Self.isPassing(response.status) { throw ResumptionRefused() }
        throw MCPError(
            .answerLost,
            "the connection to '\(endpoint.name)' ended before the answer, which it can't send again "
                + "(\(response.status))")
    }

    func listen(_ envelope: MCPEnvelope, onOpen: @Sendable () -> Void) async {
        state.withLock { $0.listenerCount += 1 }
        defer {
            state.withLock { state in
                state.listenerCount -= 1
                if state.listenerCount == 0 { state.awaited?.arrival.finish() }
            }
            onOpen()
        }
        var response = HTTPResponse(status: 200)
        // Errors are ignored: without this stream, the server sends nothing of its own.
        try? await resumption.follow { position in
            guard let opened = try await openStream(envelope, at: position) else { return .over(()) }
            response = opened
            onOpen()
            return .open(ServerSentEventStream(response.body))
        } receive: { event, _ in
            // No request has the id 0, so without one every response is ignored.
            let awaited = state.withLock { $0.awaited }
            if let result = try await result(
                in: event, response, awaited?.id ?? 0, isResumed: true, isShared: true, envelope)
            {
                awaited?.arrival.yield(result)
            }
            return nil
        } end: { _ in
            nil
        } passes: { error, _ in
            Self.mayBeResumed(after: error)
        }
    }

    /// Opens the server's own stream; nil if the server has none.
    func openStream(_ envelope: MCPEnvelope, at position: ResumableEventStream.Position) async throws -> HTTPResponse? {
        try stream(try await transport.send(get(envelope, after: position.lastEventID)), at: position)
    }

    /// Returns an answer that is a stream; nil if the server has none.
    func stream(_ response: HTTPResponse, at position: ResumableEventStream.Position) throws -> HTTPResponse? {
        if position.isOpened, Self.isPassing(response.status) { throw ResumptionRefused() }
        return (200..<300).contains(response.status) && Self.isEventStream(response) ? response : nil
    }

    private func get(_ envelope: MCPEnvelope, after lastEventID: String?) -> HTTPRequest {
        var headers = headers(envelope)
        headers.set("accept", "text/event-stream")
        if let lastEventID, HTTPHeaders.isValidValue(lastEventID) { headers.set("last-event-id", lastEventID) }
        return request(.get, headers, .ifUnanswered)
    }

    static func isPassing(_ status: Int) -> Bool { status >= 500 || status == 429 }

    static func isEventStream(_ response: HTTPResponse) -> Bool {
        mediaType(response) == "text/event-stream"
    }

    private static func mediaType(_ response: HTTPResponse) -> String {
        let field = response.headers["content-type"] ?? ""
        return field.upTo { $0 == ";" || $0 == " " || $0 == "\t" }.asciiLowercased
    }
}
