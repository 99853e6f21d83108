import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// The Streamable HTTP transport of MCP: one message out, what comes back in, as JSON or as server-sent events.
///
/// It knows headers, streams and resumption, and answers what the server asks meanwhile; it does not know what the
/// messages are about. https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
struct StreamableHTTP: Sendable {
    let endpoint: MCPEndpoint
    let transport: any HTTPTransport
    let clock: any Clock<Duration>
    let onNotice: @Sendable (MCPNotice) -> Void

    private struct State {
        /// The rest of a stream whose response is here. Read to its end before the next request, it leaves a connection
        /// that can be used again.
        var rest: HTTPBody?
        var lastUse: ContinuousClock.Instant?
        var firstTimings: HTTPResponse.Timings?
    }

    private let state = Lock(State())

    init(
        endpoint: MCPEndpoint, transport: any HTTPTransport, clock: any Clock<Duration>,
        onNotice: @escaping @Sendable (MCPNotice) -> Void
    ) {
        self.endpoint = endpoint
        self.transport = transport
        self.clock = clock
        self.onNotice = onNotice
    }

    /// What every message of a conversation carries in its header section.
    struct Envelope: Sendable {
        var era = MCPEra.legacy
        var version: String?
        var sessionID: String?
        /// The request's method, which the modern era repeats in the header section.
        var method: String?
        /// What else of one message stands there too, such as `Mcp-Name`; may be secret.
        var fields: [(name: String, value: String)] = []

        init() {}

        init(_ conversation: MCPSession) {
            era = conversation.era
            version = conversation.version
            sessionID = conversation.sessionID
        }
    }

    /// The response to a request, and what its header section said.
    struct Answer: Sendable {
        let result: Result<JSONValue, JSONRPCMessage.Fault>
        let sessionID: String?
    }

    // MARK: - Sending

    /// Sends a request and waits for its response. Throws `HTTPError`, `ServerSentEventError`, and `MCPError` where the
    /// answer is an HTTP error or no MCP.
    func exchange(_ message: JSONValue, id: Int, _ envelope: Envelope, resend: Resend) async throws -> Answer {
        let response = try await response(to: post(message, envelope, resend: resend))
        guard (200..<300).contains(response.status) else { throw try await refusal(response, envelope) }
        let result =
            Self.isEventStream(response)
            ? try await streamedResult(of: response, id: id, envelope)
            : try await wholeResult(of: response, id: id, envelope)
        return Answer(result: result, sessionID: try sessionID(in: response))
    }

    /// When the steps of the first exchange were done; nil while nothing has answered.
    var firstTimings: HTTPResponse.Timings? { state.withLock { $0.firstTimings } }

    private func response(to request: HTTPRequest) async throws -> HTTPResponse {
        await readRest()
        var request = request
        // One that was used a moment ago still stands; one that was idle may have been closed meanwhile, and a request
        // that may be sent only once would be lost with it.
        request.mayReuseConnection = state.withLock { state in
            state.lastUse.map { ContinuousClock.now - $0 < Self.sureOfConnection } ?? true
        }
        let response = try await transport.send(request)
        state.withLock { state in
            state.lastUse = .now
            state.firstTimings = state.firstTimings ?? response.timings
        }
        return response
    }

    /// Servers keep connections open for some seconds at least.
    private static let sureOfConnection = Duration.seconds(1)

    /// Sends a message that no response belongs to: a notification, or the answer to a request of the server.
    func send(_ message: JSONValue, _ envelope: Envelope) async throws {
        let response = try await response(to: post(message, envelope, resend: .ifUnanswered))
        guard (200..<300).contains(response.status) else { throw try await refusal(response, envelope) }
        state.withLock { $0.rest = response.body }
    }

    /// Gives the session back; servers need not offer that, so an error status is fine.
    func end(_ envelope: Envelope) async throws {
        _ = try await response(
            to: HTTPRequest(.delete, endpoint.url, headers: headers(envelope), resend: .ifUnanswered))
    }

    private func post(_ message: JSONValue, _ envelope: Envelope, resend: Resend) -> HTTPRequest {
        var headers = headers(envelope)
        // Both have to be named, or servers answer 406.
        headers.set("accept", "application/json, text/event-stream")
        headers.set("content-type", "application/json")
        if let method = envelope.method { headers.set("mcp-method", method) }
        for field in envelope.fields { headers.add(field.name, field.value, secret: true) }
        let body = message.bytes()
        let request = HTTPRequest(
            .post, endpoint.url, headers: headers, body: body, resend: resend, streamsBody: true)
        return resend == .never ? request.creating(CreationRequest(body: body, to: .mcp)) : request
    }

    /// Servers end a stream right behind its response; one that doesn't is not waited for.
    private func readRest() async {
        guard let body = state.withLock({ $0.rest.take() }) else { return }
        _ = try? await Deadline.run(within: .milliseconds(50), clock) { try await body.collect(upTo: 1 << 16) }
    }

    private func headers(_ envelope: Envelope) -> HTTPHeaders {
        var headers = endpoint.headers
        if let version = envelope.version { headers.set("mcp-protocol-version", version) }
        if let id = envelope.sessionID { headers.set("mcp-session-id", id, secret: true) }
        return headers
    }

    private func sessionID(in response: HTTPResponse) throws(MCPError) -> String? {
        guard let id = response.headers["mcp-session-id"], !id.isEmpty else { return nil }
        guard id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw MCPError(.notMCP, "the session id of '\(endpoint.name)' holds characters that none may have")
        }
        return id
    }

    // MARK: - Whole answers

    private func wholeResult(
        of response: HTTPResponse, id: Int, _ envelope: Envelope
    ) async throws -> Result<JSONValue, JSONRPCMessage.Fault> {
        let body = try await response.body.collect()
        guard let json = try? JSONValue.parse(body) else { throw notMCP(body, response) }
        for message in try messages(in: json, envelope, body, response) {
            try checkID(of: message, id)
            if let result = try await take(message, envelope) { return result }
        }
        throw notMCP(body, response)
    }

    /// The messages in `json`: one, or several where the revision allows that.
    private func messages(
        in json: JSONValue, _ envelope: Envelope, _ body: [UInt8], _ response: HTTPResponse
    ) throws(MCPError) -> [JSONRPCMessage] {
        let values = envelope.version == MCPVersion.withBatches ? json.array ?? [json] : [json]
        let messages = values.compactMap(JSONRPCMessage.init)
        guard messages.count == values.count, !messages.isEmpty else { throw notMCP(body, response) }
        return messages
    }

    /// Throws `MCPError` for the result of another request than the one that was sent. An HTTP exchange has one
    /// response, so one without a number is taken for it: servers were seen that put words or null there, above all in
    /// errors.
    private func checkID(of message: JSONRPCMessage, _ id: Int) throws(MCPError) {
        guard case .response(let given?, .success) = message,
            let number = given.int ?? given.string.flatMap({ Int($0) }), number != id
        else { return }
        throw MCPError(
            .notMCP, "'\(endpoint.name)' answered another request than the one that was sent: id \(number), not \(id)")
    }

    /// The result where the message is a response; else does what the message asks for.
    private func take(
        _ message: JSONRPCMessage, _ envelope: Envelope
    ) async throws -> Result<JSONValue, JSONRPCMessage.Fault>? {
        switch message {
        case .response(_, let result):
            return result
        case .notification(let method, let params):
            let shown = params.map(endpoint.hidingSecrets)
            if let notice = MCPNotice(method: method, params: shown) { onNotice(notice) }
        case .request(let id, let method, _):
            try await answer(id, method, envelope)
        }
        return nil
    }

    /// Answers a request of the server, which would wait for ever else. No capability was declared, so all but a ping
    /// is refused. What becomes of the answer is the server's affair: the response that is waited for may come all the
    /// same.
    private func answer(_ id: JSONValue, _ method: String, _ envelope: Envelope) async throws {
        let isPing = method == "ping"
        if !isPing { onNotice(.refused(method: method)) }
        // In the modern era servers have no requests, and take no answers.
        guard envelope.era == .legacy else { return }
        let fault = JSONRPCMessage.Fault(
            code: MCPErrorCode.methodNotFound, message: "Method not found: this client does not support it", data: nil)
        let answer = JSONRPCMessage.answer(to: id, isPing ? .success([:]) : .failure(fault))
        try? await Deadline.run(within: Self.patienceWithAnswers, clock) { try await send(answer, envelope) }
        try Task.checkCancellation()
    }

    private static let patienceWithAnswers = Duration.seconds(5)

    // MARK: - Streams

    /// How far a stream was read, and when to ask for the rest.
    private struct Position {
        private(set) var lastEventID: String?
        /// What came of a message that broke off.
        private(set) var unfinished: [UInt8] = []
        private var retry = Duration.seconds(1)
        private var failures = 0

        /// Takes over what the parser has seen; a new id shows that there is progress.
        mutating func update(from parser: ServerSentEventParser) {
            if let id = parser.lastEventID, !id.isEmpty, id != lastEventID {
                lastEventID = id
                failures = 0
            }
            retry = parser.reconnectionDelay ?? retry
            unfinished = parser.unfinished
        }

        /// The wait before the next connection: what the server asked for, growing while nothing comes.
        mutating func nextDelay() -> Duration {
            defer { failures += 1 }
            return failures == 0 ? retry : max(retry, min(.seconds(1) * (1 << min(failures - 1, 5)), .seconds(30)))
        }
    }

    private func streamedResult(
        of response: HTTPResponse, id: Int, _ envelope: Envelope
    ) async throws -> Result<JSONValue, JSONRPCMessage.Fault> {
        var position = Position()
        var response = response
        var isResumed = false
        while true {
            do {
                if let result = try await read(response, &position, id, isResumed: isResumed, envelope) {
                    state.withLock { $0.rest = response.body }
                    return result
                }
            } catch let error as HTTPError where error.isTransient && position.lastEventID != nil {
            } catch var error as HTTPError {
                error.received = position.unfinished
                throw error
            }
            try Task.checkCancellation()
            guard envelope.era == .legacy, position.lastEventID != nil else {
                var error = MCPError(.answerLost, "the stream of '\(endpoint.name)' ended before the answer")
                error.received = position.unfinished
                throw error
            }
            isResumed = true
            response = try await resumed(&position, envelope)
        }
    }

    /// Reads to the response, or to the stream's end (nil). On a resumed stream the late response to an earlier request
    /// may come first.
    private func read(
        _ response: HTTPResponse, _ position: inout Position, _ id: Int, isResumed: Bool, _ envelope: Envelope
    ) async throws -> Result<JSONValue, JSONRPCMessage.Fault>? {
        var events = ServerSentEventStream(response.body).makeAsyncIterator()
        defer { position.update(from: events.parser) }
        while let event = try await events.next() {
            // An event without data only brings an id.
            guard event.event == "message", !event.bytes.isEmpty else { continue }
            let data = Array(event.data.utf8)
            guard let json = try? JSONValue.parse(data) else { throw notMCP(data, response) }
            for message in try messages(in: json, envelope, data, response) {
                if isResumed, case .response(let given?, _) = message, let given = given.int, given != id { continue }
                try checkID(of: message, id)
                if let result = try await take(message, envelope) { return result }
            }
        }
        return nil
    }

    /// Opens the rest of a stream that ended too early; always by GET, whatever the stream was.
    private func resumed(_ position: inout Position, _ envelope: Envelope) async throws -> HTTPResponse {
        while true {
            try await clock.sleep(for: position.nextDelay())
            do {
                let response = try await transport.send(get(envelope, after: position.lastEventID))
                if (200..<300).contains(response.status), Self.isEventStream(response) { return response }
                guard response.status >= 500 || response.status == 429 else {
                    throw MCPError(
                        .answerLost,
                        "the connection to '\(endpoint.name)' ended before the answer, which it can't send again "
                            + "(\(response.status))")
                }
            } catch let error as HTTPError where error.isTransient {}
        }
    }

    /// Reads the stream on which a server sends what belongs to no request, until the task is cancelled.
    ///
    /// - Parameter onOpen: called when the server has taken note of the stream, or has none.
    func listen(_ envelope: Envelope, onOpen: @Sendable () -> Void) async {
        defer { onOpen() }
        var position = Position()
        while !Task.isCancelled {
            do {
                let response = try await transport.send(get(envelope, after: position.lastEventID))
                guard (200..<300).contains(response.status), Self.isEventStream(response) else { return }
                onOpen()
                // No request has this id, so that every response on this stream is passed over.
                _ = try await read(response, &position, 0, isResumed: true, envelope)
            } catch let error as HTTPError where error.isTransient {
            } catch {
                return
            }
            // A server that closes this stream at once is not asked again and again without a pause.
            try? await clock.sleep(for: max(position.nextDelay(), .milliseconds(100)))
        }
    }

    private func get(_ envelope: Envelope, after lastEventID: String?) -> HTTPRequest {
        var headers = headers(envelope)
        headers.set("accept", "text/event-stream")
        if let lastEventID, HTTPHeaders.isValidValue(lastEventID) { headers.set("last-event-id", lastEventID) }
        return HTTPRequest(.get, endpoint.url, headers: headers, resend: .ifUnanswered, streamsBody: true)
    }

    private static func isEventStream(_ response: HTTPResponse) -> Bool {
        mediaType(response) == "text/event-stream"
    }

    private static func mediaType(_ response: HTTPResponse) -> String {
        let field = response.headers["content-type"] ?? ""
        return field.upTo { $0 == ";" || $0 == " " }.asciiLowercased
    }

    // MARK: - Errors

    /// What an answer with an error status means.
    private func refusal(_ response: HTTPResponse, _ envelope: Envelope) async throws -> MCPError {
        let body = await response.body.beginning(upTo: HTTPRequest.maximumErrorBytes)
        try Task.checkCancellation()
        let json = try? JSONValue.parse(body)
        let isChallenged = response.headers["www-authenticate"] != nil
        if response.status == 401 || response.status == 403 && isChallenged {
            var error = unauthorized(explanation(of: body, response), status: response.status)
            error.received = Array(body.prefix(HTTPError.maximumReceived))
            // RFC 9728 §5.1.
            error.offersLogin = response.headers.contains { field in
                field.name.asciiLowercased == "www-authenticate" && Self.hasParameter("resource_metadata", field.value)
            }
            return error
        }
        let received = Array(body.prefix(HTTPError.maximumReceived))
        let hasRetryAfter = response.headers["retry-after"] != nil
        if let json, case .response(_, .failure(let fault))? = JSONRPCMessage(json) {
            var error = self.error(fault)
            error.status = response.status
            error.hasRetryAfter = hasRetryAfter
            error.received = received
            return error
        }
        var error = MCPError(
            .status, "'\(endpoint.name)' answered \(response.status): \(explanation(of: body, response))")
        error.status = response.status
        error.hasRetryAfter = hasRetryAfter
        error.received = received
        if response.status == 404, envelope.sessionID == nil { error.hints = ["is that the URL of an MCP server?"] }
        return error
    }

    /// A JSON-RPC error as a person may read it.
    func error(_ fault: JSONRPCMessage.Fault) -> MCPError {
        var message = "'\(endpoint.name)' answered with an error: \(endpoint.shown(fault.message)) (\(fault.code))"
        if fault.code == MCPErrorCode.urlElicitationRequired {
            let urls = (fault.data?["elicitations"]?.array ?? []).compactMap { $0["url"]?.string }
            message += ": open \(urls.map { endpoint.secrets.shortened($0) }.joined(separator: ", ")) first"
        }
        var error = MCPError(.fault(code: fault.code), message)
        error.data = fault.data
        let words: JSONValue = ["message": .string(fault.message), "data": fault.data ?? .null]
        error.received = Array(words.bytes().prefix(HTTPError.maximumReceived))
        return error
    }

    /// A good status with something else than MCP in it.
    private func notMCP(_ body: [UInt8], _ response: HTTPResponse) -> MCPError {
        let text = body.isEmpty ? "an empty body" : explanation(of: body, response)
        // Servers were seen that say with status 200 that a key is missing.
        if let json = try? JSONValue.parse(body), json["error"]?.string != nil, Self.speaksOfCredentials(text) {
            return unauthorized(text, status: nil)
        }
        var error = MCPError(
            .notMCP, "the answer of '\(endpoint.name)' is not MCP (\(response.status)): \(text)",
            hints: ["is that the URL of an MCP server?"])
        error.received = Array(body.prefix(HTTPError.maximumReceived))
        return error
    }

    /// Whether a `WWW-Authenticate` field has a parameter of that name (RFC 9110 §11.2).
    private static func hasParameter(_ name: String, _ field: String) -> Bool {
        field.utf8.split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") }.contains {
            Substring($0).asciiLowercased.begins(with: name + "=")
        }
    }

    private func unauthorized(_ text: String, status: Int?) -> MCPError {
        let hasCredentials = !endpoint.headers.fields.isEmpty
        let said = hasCredentials ? "did not accept the credentials" : "wants credentials"
        var error = MCPError(
            .unauthorized, "'\(endpoint.name)' \(said)\(status.map { " (\($0))" } ?? ""): \(text)")
        error.status = status
        return error
    }

    private func explanation(of body: [UInt8], _ response: HTTPResponse) -> String {
        let told = APIError(
            status: response.status, body: body, contentType: response.headers["content-type"],
            hiding: endpoint.secrets)
        let json = try? JSONValue.parse(body)
        let detail = json?["error"] == nil ? nil : json?["detail"]?.string
        return endpoint.shown(detail.map { "\(told.message): \($0)" } ?? told.message)
    }

    private static func speaksOfCredentials(_ text: String) -> Bool {
        let words = text.lowercased().unicodeScalars.split { !$0.properties.isAlphabetic }
        let signs: Set<String> = [
            "authentication", "authenticate", "unauthenticated", "authorization", "unauthorized", "credentials",
        ]
        return words.contains { signs.contains(String($0)) }
    }
}
