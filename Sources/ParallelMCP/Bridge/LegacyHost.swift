import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// A host of the legacy era in front of a server that speaks the modern one only. What the host said once, in its
/// `initialize`, goes along with each of its requests.
struct LegacyHost: Sendable {
    /// What is added to `_meta`.
    private var meta: JSONObject
    /// The filter of `subscriptions/listen`: the changes that the server tells of, and that the host wants to know.
    private(set) var wishes: JSONObject = [:]
    /// Whether the server may know `subscriptions/listen`.
    var canListen = true

    /// - Parameter opening: the host's `initialize`.
    init(_ opening: HostMessage) {
        meta = [
            MetaKey.protocolVersion: .string(MCPVersion.modern),
            MetaKey.clientCapabilities: .object(opening.params?["capabilities"]?.object ?? [:]),
        ]
        meta[MetaKey.clientInfo] = opening.params?["clientInfo"]
    }

    /// Takes over what the server said of itself, and returns it as the result of `initialize`.
    ///
    /// - Parameters:
    ///   - discovered: the result of `server/discover`.
    ///   - name: the name of a server that gives itself none.
    mutating func begin(_ opening: HostMessage, _ discovered: JSONValue, name: String) -> JSONValue {
        let capabilities = discovered["capabilities"]?.object ?? [:]
        for list in ["tools", "prompts", "resources"] where capabilities[list]?["listChanged"] == true {
            wishes[list + "ListChanged"] = true
        }
        let asked = opening.params?["protocolVersion"]?.string ?? ""
        var result: JSONObject = [
            "protocolVersion": .string(MCPVersion.legacy.first(where: asked.isExactly) ?? MCPVersion.legacy[0]),
            "capabilities": .object(capabilities),
            "serverInfo": discovered["_meta"]?[MetaKey.serverInfo] ?? ["name": .string(name), "version": ""],
        ]
        result["instructions"] = discovered["instructions"]
        return .object(result)
    }

    /// Returns a request in the form of the modern era.
    ///
    /// - Parameter additions: further parameters.
    func request(
        _ id: JSONValue, _ method: String, _ params: JSONValue?, adding additions: JSONObject = [:]
    ) throws -> HostMessage {
        var params = params?.object ?? [:]
        for member in additions { params[member.key] = member.value }
        var meta = params["_meta"]?.object ?? [:]
        for member in self.meta { meta[member.key] = member.value }
        params["_meta"] = .object(meta)
        let json: JSONValue = ["jsonrpc": "2.0", "id": id, "method": .string(method), "params": .object(params)]
        return try HostMessage(json, json.bytes())
    }

    /// What a server may ask for in a result, with the capability that a host declares for it.
    private static let questions = [
        "elicitation/create": "elicitation", "sampling/createMessage": "sampling", "roots/list": "roots",
    ]

    /// Whether the host has said that it can answer such a question. It must not be asked another (2026-07-28).
    func canAnswer(_ question: JSONValue) -> Bool {
        guard let name = question["method"]?.string.flatMap({ Self.questions[$0] }),
            let capability = meta[MetaKey.clientCapabilities]?[name]?.object
        else { return false }
        // Without a mode, a form is meant, on both sides.
        let mode = question["params"]?["mode"]?.string ?? "form"
        return name != "elicitation" || capability[mode] != nil || mode == "form" && capability["url"] == nil
    }

    /// Takes over a request that the modern era does not have; returns whether it is one, and changes the wishes.
    mutating func absorbs(_ request: HostMessage) -> (isAbsorbed: Bool, changesWishes: Bool) {
        switch request.method {
        case "ping": return (true, false)
        case "logging/setLevel":
            meta[MetaKey.logLevel] = request.params?["level"]
            return (true, false)
        case "resources/subscribe", "resources/unsubscribe":
            guard let uri = request.params?["uri"] else { return (false, false) }
            var uris = (wishes["resourceSubscriptions"]?.array ?? []).filter { $0 != uri }
            if request.method == "resources/subscribe" { uris.append(uri) }
            wishes["resourceSubscriptions"] = uris.isEmpty ? nil : .array(uris)
            return (true, true)
        default: return (false, false)
        }
    }

    /// Returns a result without what hosts of the legacy era refuse: structured content that is no object, and the
    /// schemas of such content.
    static func fitted(_ result: JSONValue) -> JSONValue {
        guard var object = result.object else { return result }
        if let content = object["structuredContent"], content.object == nil { object["structuredContent"] = nil }
        if let tools = object["tools"]?.array {
            object["tools"] = .array(
                tools.map { tool in
                    guard var fields = tool.object, fields["outputSchema"]?["type"] != "object" else { return tool }
                    fields["outputSchema"] = nil
                    return .object(fields)
                })
        }
        return .object(object)
    }
}

/// The time in which a host has had questions, most of which a person answers.
final class ThinkingTime: Sendable {
    private let state = Lock<(past: Duration, end: Latch?)>((.zero, nil))

    /// Begins such a time, of which there is one at once; the returned function ends it.
    func begin(_ clock: any Clock<Duration>) -> @Sendable () -> Void {
        let (elapsed, end) = (clock.stopwatch(), Latch())
        state.withLock { $0.end = end }
        return { [state] in
            state.withLock { $0 = ($0.past + elapsed(), nil) }
            end.open()
        }
    }

    /// Returns all of it, after the end of the one that is under way.
    func spent() async -> Duration {
        while !Task.isCancelled, let end = state.withLock({ $0.end }) { await end.wait() }
        return state.withLock { $0.past }
    }
}

/// The translation for such a host.
extension MCPBridge {
    var legacyHost: LegacyHost? { state.withLock { $0.legacyHost } }

    // MARK: - Opening

    /// Passes the host's `initialize` on. If the server refuses it, asks whether it speaks the modern era; if so,
    /// messages are translated from then on. A server that was found to speak that era only is asked at once.
    func open(_ opening: HostMessage) async throws {
        await leaveSession()
        var refusal: MCPError?
        if memory?.isModernOnly(endpoint.url) != true {
            do {
                try await exchange(opening, as: opening)
                return
            } catch let error as MCPError where Self.mayKnowNoHandshake(error) {
                refusal = error
            }
        }
        var host = LegacyHost(opening)
        guard let discovered = try await discovered(by: host) else {
            if let refusal { throw refusal }
            try await exchange(opening, as: opening)
            if current.version != nil { memory?.remember(.legacy, of: endpoint.url) }
            return
        }
        // Another refusal may have had a passing reason.
        if let code = refusal?.code, MCPErrorCode.modern.contains(code) || code == MCPErrorCode.methodNotFound {
            memory?.remember(.modern, of: endpoint.url, isOnly: true)
        }
        let result = host.begin(opening, discovered, name: endpoint.name)
        let settled = host
        state.withLock { $0.legacyHost = settled }
        surroundings.log("the server speaks MCP \(MCPVersion.modern) only; messages are translated")
        guard let id = opening.id, take(HostMessage.key(of: id)) != nil else { return }
        write(JSONRPCMessage.answer(to: id, .success(result)))
    }

    /// Whether a server without the handshake may have caused this error.
    private static func mayKnowNoHandshake(_ error: MCPError) -> Bool {
        switch error.kind {
        case .errorResponse, .status: [nil, 400, 404, 405, 406].contains(error.status)
        default: false
        }
    }

    /// Returns the result of `server/discover`; nil if the server does not speak the modern era.
    private func discovered(by host: LegacyHost) async throws -> JSONValue? {
        let request = try host.request(ownID(), "server/discover", nil)
        do {
            // As short as MCPClient's limit: some servers say nothing to a method that they don't know.
            let result = try await Deadline.run(within: .seconds(5), clock) { [self] in
                try await self.result(of: request)
            }
            let versions = result?["supportedVersions"]?.array ?? []
            return versions.contains(.string(MCPVersion.modern)) ? result : nil
        } catch {
            try Task.checkCancellation()
            surroundings.log("server/discover failed: \(surroundings.describe(error))")
            return nil
        }
    }

    // MARK: - Requests

    /// The maximum number of times that a server may ask for something before it answers, as in the official SDKs.
    private static let maximumRounds = 10

    /// Sends a request of the host, and sends it again with the answers whenever the server asks for something first.
    func exchange(_ message: HostMessage, for host: LegacyHost) async throws {
        guard var id = message.id, let method = message.method else { return }
        let (isAbsorbed, changesWishes) = state.withLock { state in
            state.legacyHost?.absorbs(message) ?? (false, false)
        }
        if changesWishes { startListening() }
        if isAbsorbed {
            if take(HostMessage.key(of: id)) != nil { write(JSONRPCMessage.answer(to: id, .success([:]))) }
            return
        }
        var additions: JSONObject = [:]
        for _ in 0...Self.maximumRounds {
            let request = try host.request(id, method, message.params, adding: additions)
            guard let asked = try await exchange(message, as: request) else { return }
            guard let type = asked["resultType"], type == "input_required" else {
                let shown = endpoint.shown((asked["resultType"] ?? .null).serialized())
                throw MCPError(
                    .notMCP, "'\(endpoint.name)' sent a result of the type \(shown), which MCP does not have")
            }
            additions = [:]
            additions["requestState"] = asked["requestState"]
            let questions = asked["inputRequests"]?.object ?? [:]
            // A server that asks nothing only wants to be asked again.
            if questions.isEmpty { try await clock.sleep(for: .milliseconds(100)) }
            if !questions.isEmpty {
                additions["inputResponses"] = .object(try await answers(to: questions, of: host, message))
            }
            id = ownID()
        }
        throw MCPError(
            .inputRequired, "'\(endpoint.name)' asked for input more than \(Self.maximumRounds) times")
    }

    /// Sends the questions of one result to the host, all at once, and returns the results under the same keys. The
    /// time until then does not count against the limit of the request.
    private func answers(
        to questions: JSONObject, of host: LegacyHost, _ request: HostMessage
    ) async throws -> JSONObject {
        if let refused = questions.first(where: { !host.canAnswer($0.value) }) {
            let asked = refused.value["method"]?.string.map { endpoint.shown($0) } ?? "something that it does not name"
            throw MCPError(
                .inputRequired,
                "'\(endpoint.name)' asked for \(asked), which this host has not said that it can answer")
        }
        guard let pending = request.id.flatMap({ id in state.withLock { $0.pending[HostMessage.key(of: id)] } }) else {
            throw CancellationError()
        }
        let end = pending.thinking.begin(clock)
        defer { end() }
        return try await withThrowingTaskGroup(of: (String, JSONValue).self) { group in
            for question in questions {
                group.addTask {
                    let answer = try await self.answer(ofHostTo: question.value)
                    return (question.key, answer)
                }
            }
            var answers = questions
            for try await (key, answer) in group { answers[key] = answer }
            return answers
        }
    }

    /// Sends a question of the server to the host and returns the result.
    private func answer(ofHostTo question: JSONValue) async throws -> JSONValue {
        let method = question["method"]?.string ?? ""
        let id = ownID()
        let key = HostMessage.key(of: id)
        let (answers, answer) = AsyncStream<JSONValue>.makeStream()
        state.withLock { $0.questions[key] = answer }
        defer {
            if state.withLock({ $0.questions.removeValue(forKey: key) }) != nil {
                write(JSONRPCMessage.notification("notifications/cancelled", ["requestId": id]))
            }
        }
        write(["jsonrpc": "2.0", "id": id, "method": .string(method), "params": question["params"] ?? [:]])
        for await json in answers {
            if let result = json["result"], result.object != nil { return result }
            let reason = JSONRPCMessage.ErrorObject(json["error"] ?? "it sent no result").message
            throw MCPError(
                .inputRequired,
                "'\(endpoint.name)' asked for \(endpoint.shown(method)), which the host refused: "
                    + endpoint.shown(reason))
        }
        throw CancellationError()
    }

    // MARK: - The rest

    /// Handles a notification or a response of the host, none of which the modern era has.
    func absorb(_ message: HostMessage) {
        switch message.method {
        case "notifications/initialized": startListening()
        case nil:
            guard let id = message.id,
                let question = state.withLock({ $0.questions.removeValue(forKey: HostMessage.key(of: id)) })
            else { return }
            question.yield(message.json)
            question.finish()
        default: break
        }
    }

    /// Opens the stream on which the server tells of changes; nil if there is nothing to be told of.
    func openSubscription(
        of host: LegacyHost, at position: ResumableEventStream.Position
    ) async throws -> HTTPResponse? {
        if host.wishes.isEmpty || !host.canListen { return nil }
        let request = try host.request(
            ownID(), "subscriptions/listen", nil, adding: ["notifications": .object(host.wishes)])
        let response = try await http.response(
            to: http.post(request.bytes, envelope(of: request, current), resend: .safe))
        let stream = try http.stream(response, at: position)
        let isAnswer = ![401, 403].contains(response.status) && !StreamableHTTP.isPassing(response.status)
        if stream == nil, isAnswer { stopListening() }
        return stream
    }

    /// Takes note that the server does not know `subscriptions/listen`.
    func stopListening() {
        surroundings.log("the server tells of no changes")
        state.withLock { $0.legacyHost?.canListen = false }
    }

    /// Returns an id for a request of the bridge itself.
    func ownID() -> JSONValue {
        let number = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return .string("parallel-proxy-\(number)")
    }
}
