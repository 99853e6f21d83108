import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// The HTTP side of the bridge.
extension MCPBridge {
    // MARK: - Sending

    /// Sends a notification or a response.
    func send(_ message: HostMessage) async throws {
        if legacyHost != nil { return absorb(message) }
        let isConfirmation = message.method == "notifications/initialized"
        if isConfirmation { state.withLock { $0.opening?.confirmation = message } }
        let response = try await http.response(
            to: http.post(message.bytes, envelope(of: message, current), resend: message.resend))
        guard (200..<300).contains(response.status) else { throw try await http.refusal(response) }
        _ = try? await response.body.collect(upTo: 1 << 16)
        if isConfirmation { startListening() }
    }

    var current: Session { state.withLock { $0.session } }

    /// Sends a request, and passes on what comes until it is answered.
    func exchange(_ message: HostMessage) async throws {
        if message.method == "initialize" { return try await open(message) }
        if let host = legacyHost, message.version == nil { return try await exchange(message, for: host) }
        try await exchange(message, as: message)
    }

    /// Sends a request in this form. A lost session is begun anew, once; and so is a call whose header section no
    /// longer fits the tool's schema.
    ///
    /// Returns a result that is not yet an answer, because the server asks for something first.
    @discardableResult func exchange(_ message: HostMessage, as sent: HostMessage) async throws -> JSONValue? {
        var (hasRenewed, hasRefreshed) = (false, false)
        while true {
            let session = current
            do {
                return try await attempt(message, as: sent, session)
            } catch let error as MCPError
                where !hasRenewed && sent.version == nil && session.id != nil
                && error.saysSessionIsUnknown(isCall: sent.isCall)
            {
                hasRenewed = true
                try await renew(session)
            } catch let error as MCPError
                where !hasRefreshed && sent.version != nil && sent.isCall && error.status == 400
                && error.code == MCPErrorCode.headerMismatch
            {
                hasRefreshed = true
                try await readTools(for: sent)
            }
        }
    }

    private func attempt(
        _ message: HostMessage, as sent: HostMessage, _ session: Session
    ) async throws -> JSONValue? {
        var envelope = envelope(of: sent, session)
        if sent.version != nil, sent.isCall { envelope.fields += try await parameterFields(of: sent) }
        let isOpening = message.method == "initialize"
        if isOpening { envelope = MCPEnvelope() }
        let response = try await http.response(to: http.post(sent.bytes, envelope, resend: sent.resend))
        guard (200..<300).contains(response.status) else {
            throw try await http.refusal(response, of: sent.id?.int)
        }
        let sessionID = isOpening ? try http.sessionID(in: response) : nil
        let spare = Lock<JSONValue?>(nil)
        do {
            try await read(response, envelope, spare) { text, json in
                self.pass(text, json, of: message, as: sent, sessionID: sessionID) { kept in
                    spare.withLock { $0 = kept }
                }
            }
        } catch {
            guard let odd = spare.withLock({ $0 }), !Task.isCancelled else { throw error }
            // Some servers answer with an id of their own, such as "server-error", or with none.
            if let key = message.id.map(HostMessage.key), let pending = take(key) {
                answer(pending, odd.bytes(), odd, sessionID: sessionID)
            }
            return nil
        }
        guard let kept = spare.withLock({ $0 }), kept["id"] == sent.id else { return nil }
        if case .response(_, .failure(let error))? = JSONRPCMessage(kept) {
            var refusal = MCPError(error, of: endpoint)
            refusal.received = kept.bytes()
            throw refusal
        }
        return kept["result"]
    }

    /// Returns the session data that goes with a message: what the message itself says, or what was agreed on.
    func envelope(of message: HostMessage, _ session: Session) -> MCPEnvelope {
        guard let version = message.version else { return Self.envelope(session) }
        var envelope = MCPEnvelope()
        envelope.era = .modern
        envelope.version = HTTPHeaders.isValidValue(version) ? version : nil
        envelope.method = message.method.flatMap { HTTPHeaders.isValidValue($0) ? $0 : nil }
        let named: [String: String] = ["tools/call": "name", "prompts/get": "name", "resources/read": "uri"]
        if let member = named[message.method ?? ""], let name = message.params?[member]?.string {
            envelope.fields.append(("mcp-name", HeaderText.encoded(name)))
        }
        return envelope
    }

    // MARK: - Passing on

    /// Passes a message of the server on to the host. Returns whether it answers `request`.
    ///
    /// - Parameters:
    ///   - sent: the form in which the request was sent, which may have another id.
    ///   - keep: gets a response that has the id of no request, or that the host must not get.
    private func pass(
        _ text: [UInt8], _ json: JSONValue, of request: HostMessage?, as sent: HostMessage? = nil,
        sessionID: String? = nil, keep: (JSONValue) -> Void = { _ in }
    ) -> Bool {
        switch JSONRPCMessage(json) {
        case .notification("notifications/subscriptions/acknowledged", _) where legacyHost != nil: break
        case .request, .notification:
            write(line: json["jsonrpc"] == "2.0" ? text : Self.completed(json).bytes())
        case .response(let id, let outcome):
            let given = id.map(HostMessage.key)
            let isOwn = given == sent?.id.map(HostMessage.key)
            if isOwn, let request, isUnfinished(outcome, of: request) {
                keep(json)
                return true
            }
            guard let key = isOwn ? request?.id.map(HostMessage.key) : given, let pending = take(key) else {
                // Also a response that comes too late, or twice.
                if isOwn { return true }
                keep(json)
                return false
            }
            answer(pending, text, json, sessionID: sessionID)
            if isOwn { return true }
            pending.stop.open()
        case nil: surroundings.log("a message was passed over: it is not MCP")
        }
        return false
    }

    /// Whether more has to happen before a request gets its answer: the server may speak another era, or it asks for
    /// something first.
    private func isUnfinished(
        _ outcome: Result<JSONValue, JSONRPCMessage.ErrorObject>, of request: HostMessage
    ) -> Bool {
        switch outcome {
        case .failure: request.method == "initialize"
        case .success(let result):
            legacyHost != nil && request.version == nil && (result["resultType"] ?? "complete") != "complete"
        }
    }

    private static func completed(_ json: JSONValue, id: JSONValue? = nil) -> JSONValue {
        var object = json.object ?? [:]
        if object["jsonrpc"] == nil { object.members.insert(.init(key: "jsonrpc", value: "2.0"), at: 0) }
        object["jsonrpc"] = "2.0"
        if let id { object["id"] = id }
        return .object(object)
    }

    /// Writes the response to a request, unchanged if the host can read it as it is.
    private func answer(_ pending: Pending, _ text: [UInt8], _ json: JSONValue, sessionID: String?) {
        let request = pending.message
        guard let id = request.id else { return }
        switch JSONRPCMessage(json) {
        case .response(let given, .success(let result)):
            if request.method == "initialize" { begin(request, result, sessionID) }
            let isTranslated = legacyHost != nil && request.version == nil
            var changed: JSONValue?
            if request.method == "tools/list" {
                changed = listing(result, isModern: isTranslated || request.version != nil)
            }
            if isTranslated { changed = LegacyHost.fitted(changed ?? result) }
            guard changed != nil || given != id || json["jsonrpc"] != "2.0" else { return write(line: text) }
            var object = Self.completed(json, id: id).object ?? [:]
            if let changed { object["result"] = changed }
            write(.object(object))
        case .response(let given, .failure(let error)):
            if let sent = json["error"], Self.isWellFormed(error: sent) {
                // A server may repeat the credentials, which the host doesn't have.
                let masked = sent.masked(endpoint.secrets)
                if masked == sent, given == id, json["jsonrpc"] == "2.0" { return write(line: text) }
                var object = Self.completed(json, id: id).object ?? [:]
                object["error"] = masked
                return write(.object(object))
            }
            let told = JSONRPCMessage.ErrorObject(
                code: error.code ?? Code.failed.rawValue, message: endpoint.shown(error.message), data: nil)
            write(JSONRPCMessage.answer(to: id, .failure(told)))
        default: break
        }
    }

    /// Returns the result of `tools/list` without the tools that the host must not use; nil if it has only others.
    private func listing(_ result: JSONValue, isModern: Bool) -> JSONValue? {
        filter.listing(result) { isModern ? remember($0) : $0 }
    }

    // MARK: - Reading answers

    /// Reads the messages of an answer until one of them is the last. Throws `MCPError` if none is.
    ///
    /// - Parameters:
    ///   - spare: a response with an id of its own, after which a stream is not resumed.
    ///   - isLast: takes the bytes of a message and its JSON.
    private func read(
        _ response: HTTPResponse, _ envelope: MCPEnvelope, _ spare: Lock<JSONValue?> = Lock(nil),
        isLast: ([UInt8], JSONValue) -> Bool
    ) async throws {
        if StreamableHTTP.isEventStream(response) { return try await readStream(response, envelope, spare, isLast) }
        let body = try await http.wholeBody(of: response)
        if body.isEmpty || response.status == 202 {
            // The response may come on the server's own stream, which ends this exchange.
            await waitForListener(envelope, response.status == 202 ? nil : Self.lateAnswerLimit)
            throw http.notMCP(body, response)
        }
        var texts = [body]
        if (try? JSONValue.parseForgiving(body)) == nil {
            // Some servers send a stream without saying so.
            var parser = ServerSentEventParser()
            texts = ((try? parser.feed(body)) ?? []).map(\.bytes)
        }
        for text in texts { if take(text, isLast) { return } }
        throw http.notMCP(body, response)
    }

    /// How long the response to a request may come on the server's own stream after the answer to it has ended.
    private static let lateAnswerLimit = Duration.seconds(5)

    /// Waits for the end of the server's own stream, if it has one, or for the limit.
    private func waitForListener(_ envelope: MCPEnvelope, _ limit: Duration?) async {
        guard envelope.era == .legacy, let listener = state.withLock({ $0.listener }) else { return }
        try? await Deadline.run(within: limit, clock) { await listener.wait() }
    }

    /// Reads one JSON text: a message, or several in an array (2025-03-26). Returns whether one of them is the last.
    private func take(_ text: [UInt8], _ isLast: ([UInt8], JSONValue) -> Bool) -> Bool {
        guard let (json, isRepaired) = try? JSONValue.parseForgiving(text) else {
            surroundings.log("what came is not JSON and was passed over")
            return false
        }
        func reads(_ bytes: [UInt8], _ message: JSONValue) -> Bool {
            if filter.isPartial, message.repeatsMember {
                surroundings.log("a message was passed over: a member stands twice in it")
                return false
            }
            return isLast(bytes, message)
        }
        guard let elements = json.array else { return reads(isRepaired ? json.bytes() : text, json) }
        var hasLast = false
        for element in elements where reads(element.bytes(), element) { hasLast = true }
        return hasLast
    }

    /// Reads a stream, which is resumed where it breaks off if the server gives ids.
    private func readStream(
        _ first: HTTPResponse, _ envelope: MCPEnvelope, _ spare: Lock<JSONValue?>,
        _ isLast: ([UInt8], JSONValue) -> Bool
    ) async throws {
        func canBeResumed(_ position: ResumableEventStream.Position) -> Bool {
            envelope.era == .legacy && position.lastEventID != nil && spare.withLock { $0 == nil }
        }
        var response = first
        var isOpened = false
        try await http.resumption.follow { position in
            if isOpened { response = try await http.resumed(after: position.lastEventID, envelope) }
            isOpened = true
            return .open(ServerSentEventStream(response.body))
        } receive: { event, _ -> Void? in
            guard event.event == "message", !event.bytes.isEmpty else { return nil }
            return take(event.bytes, isLast) ? () : nil
        } end: { position in
            try Task.checkCancellation()
            if canBeResumed(position) { return nil }
            await waitForListener(envelope, Self.lateAnswerLimit)
            throw MCPError(.answerLost, "the stream of '\(endpoint.name)' ended before the answer")
        } passes: { error, position in
            canBeResumed(position) && StreamableHTTP.mayBeResumed(after: error)
        }
        // A stream that is read to its end leaves its connection to the next request.
        let body = response.body
        _ = try? await Deadline.run(within: .milliseconds(50), clock) { try await body.collect(upTo: 1 << 16) }
    }

    // MARK: - Sessions

    /// Takes over the session that `initialize` has begun.
    private func begin(_ request: HostMessage, _ result: JSONValue, _ sessionID: String?) {
        let version = result["protocolVersion"]?.string.flatMap { HTTPHeaders.isValidValue($0) ? $0 : nil }
        state.withLock { state in
            state.session = Session(generation: state.session.generation + 1, version: version, id: sessionID)
            state.opening = (request, nil)
        }
    }

    /// Ends the session before another `initialize` of the host.
    func leaveSession() async {
        let (session, listener) = state.withLock { state in
            defer { (state.session.version, state.session.id, state.listener, state.legacyHost) = (nil, nil, nil, nil) }
            return (state.session, state.listener)
        }
        listener?.open()
        guard session.id != nil else { return }
        _ = try? await Deadline.run(within: .seconds(1), clock) { [http] in
            try await http.end(Self.envelope(session))
        }
    }

    /// Begins the session anew with the host's own messages, whose answers it does not get. Of several requests that
    /// find it lost, one does so.
    private func renew(_ lost: Session) async throws {
        let mine = Latch()
        while true {
            let (isDone, other) = state.withLock { state -> (Bool, Latch?) in
                if state.session.generation != lost.generation { return (true, nil) }
                if let renewal = state.renewal { return (false, renewal) }
                state.renewal = mine
                return (false, nil)
            }
            if isDone { return }
            guard let other else { break }
            await other.wait()
            try Task.checkCancellation()
        }
        defer {
            state.withLock { $0.renewal = nil }
            mine.open()
        }
        guard let opening = state.withLock({ $0.opening }) else { return }
        surroundings.log("the session was lost; a new one is begun")
        let response = try await http.response(
            to: http.post(opening.request.bytes, MCPEnvelope(), resend: .ifUnanswered))
        guard (200..<300).contains(response.status) else { throw try await http.refusal(response) }
        let sessionID = try http.sessionID(in: response)
        let outcome = Lock<Result<JSONValue, JSONRPCMessage.ErrorObject>?>(nil)
        try await read(response, MCPEnvelope()) { _, json in
            guard case .response(_, let result) = JSONRPCMessage(json) else { return false }
            outcome.withLock { $0 = result }
            return true
        }
        switch outcome.withLock({ $0 }) {
        case .success(let result)?: begin(opening.request, result, sessionID)
        case .failure(let error)?: throw MCPError(error, of: endpoint)
        case nil: return
        }
        if let confirmation = opening.confirmation { try await send(confirmation) }
    }

    // MARK: - The server's own stream

    /// Reads the stream on which the server sends requests and notifications of its own, if it has one.
    func startListening() {
        let stop = Latch()
        let (session, former) = state.withLock { state in
            defer { state.listener = stop }
            return (state.session, state.listener)
        }
        former?.open()
        start { [self] in
            _ = await race(nil, stop) { try await self.listen(Self.envelope(session)) }
            state.withLock { if $0.listener === stop { $0.listener = nil } }
            stop.open()
        }
    }

    private func listen(_ envelope: MCPEnvelope) async throws {
        var age = clock.stopwatch()
        try await http.resumption.follow { position in
            age = clock.stopwatch()
            let response =
                if let legacyHost { try await openSubscription(of: legacyHost, at: position) } else {
                    try await http.openStream(envelope, at: position)
                }
            return response.map { .open(ServerSentEventStream($0.body)) } ?? .over(())
        } receive: { event, position -> Void? in
            guard event.event == "message", !event.bytes.isEmpty else { return nil }
            // A server of the modern era says something on each stream, also if it ends all of them at once.
            if legacyHost == nil || age() >= Self.lastingStream { position.noteNews() }
            var isUnknown = false
            _ = take(event.bytes) { text, json in
                if case .response(_, .failure(let error))? = JSONRPCMessage(json) {
                    isUnknown = isUnknown || error.code == MCPErrorCode.methodNotFound
                }
                return pass(text, json, of: nil)
            }
            guard isUnknown, legacyHost != nil else { return nil }
            stopListening()
            return ()
        } end: { position in
            if age() >= Self.lastingStream { position.noteNews() }
            return nil
        } passes: { error, _ in
            StreamableHTTP.mayBeResumed(after: error)
        }
    }

    /// The age from which on a stream counts as one that works: the pause before the next is short again.
    private static let lastingStream = Duration.seconds(10)

    // MARK: - Parameters in the header section

    /// Keeps the schemas of tools that want parameters repeated in the header section (2026-07-28), and returns the
    /// tools without those whose schema asks for that in a way that is not allowed.
    private func remember(_ tools: [JSONValue]) -> [JSONValue] {
        var known: [(ExactText, ParameterHeaders)] = []
        let valid = tools.filter { tool in
            let name = tool["name"]?.string ?? ""
            do throws(ParameterHeaders.Invalid) {
                known.append((ExactText(name), try ParameterHeaders(inputSchema: tool["inputSchema"])))
                return true
            } catch {
                surroundings.log("the tool '\(endpoint.shown(name))' is left out: \(endpoint.shown(error.reason))")
                return false
            }
        }
        let seen = known
        state.withLock { state in
            let tools = state.tools ?? [:]
            state.tools = tools.merging(seen) { _, new in new }
        }
        return valid
    }

    /// Returns the header fields that repeat arguments of a call. If the host has not asked for the tools, the server
    /// is asked once.
    private func parameterFields(of call: HostMessage) async throws -> [(name: String, value: String)] {
        guard let name = call.params?["name"]?.string, let arguments = call.params?["arguments"]?.object else {
            return []
        }
        if state.withLock({ $0.tools == nil }) {
            do {
                try await readTools(for: call)
            } catch {
                try Task.checkCancellation()
                surroundings.log("the list of tools could not be read: \(surroundings.describe(error))")
            }
        }
        return state.withLock { $0.tools?[ExactText(name)] }?.fields(for: arguments) ?? []
    }

    /// Asks for the list of tools, in the name of a call of the modern era.
    private func readTools(for call: HostMessage) async throws {
        var meta = call.params?["_meta"]?.object ?? [:]
        meta["progressToken"] = nil
        var params: JSONObject = ["_meta": .object(meta)]
        for _ in 0..<Self.maximumPages {
            let json: JSONValue = [
                "jsonrpc": "2.0", "id": ownID(), "method": "tools/list", "params": .object(params),
            ]
            guard let result = try await result(of: HostMessage(json, json.bytes())) else { return }
            _ = remember(result["tools"]?.array ?? [])
            guard let cursor = result["nextCursor"], !cursor.isNull, cursor != params["cursor"] else { return }
            params["cursor"] = cursor
        }
    }

    private static let maximumPages = 1_000

    /// Sends a request of the bridge itself, which has no effect, and returns its result; nil if it is an error.
    func result(of request: HostMessage) async throws -> JSONValue? {
        let envelope = envelope(of: request, current)
        let response = try await http.response(to: http.post(request.bytes, envelope, resend: .safe))
        guard (200..<300).contains(response.status) else { throw try await http.refusal(response) }
        let answer = Lock<JSONValue?>(nil)
        try await read(response, envelope) { _, json in
            guard case .response(_, let result) = JSONRPCMessage(json) else { return false }
            answer.withLock { $0 = try? result.get() }
            return true
        }
        return answer.withLock { $0 }
    }
}
