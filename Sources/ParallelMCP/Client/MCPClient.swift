package import ParallelHTTP
import ParallelJSON
package import ParallelSystem

/// A client of one MCP server, in both eras of the protocol.
///
/// An `MCPTransport` carries the messages. This type finds out which era the server speaks, keeps the session, and
/// turns calls into requests; the extensions know what lists and tools mean. Requests are sent one after the other.
///
/// Methods that send something throw `MCPError`, `HTTPError` if there is no connection, and `ServerSentEventError` for
/// a message that is too long.
package final class MCPClient: Sendable {
    package let endpoint: MCPEndpoint
    private let clientVersion: String
    private let transport: any MCPTransport
    private let clock: any Clock<Duration>
    private let memory: EraCache?
    /// The time limit of a request other than a call; nil means none.
    package let patience: Duration?
    /// The time limit of all requests other than calls together; nil means none.
    private let total: Duration?
    private let elapsed: @Sendable () -> Duration
    let onNotice: @Sendable (MCPNotice) -> Void

    private struct State {
        var session: MCPSession?
        /// False as long as the era is only known from `memory`.
        var isProven = false
        var lastID = 0
        /// The id of the session whose own stream was opened; empty for a server without sessions.
        var listeningSessionID: String?
    }

    private let state = Lock(State())
    private let background: AsyncStream<@Sendable () async -> Void>
    private let inBackground: AsyncStream<@Sendable () async -> Void>.Continuation

    /// Makes a client over Streamable HTTP.
    ///
    /// - Parameters:
    ///   - credentials: what authorises each message; nil: the header fields of `endpoint`.
    ///   - clientVersion: the version of this program, which the server gets.
    ///   - memory: the cache of eras; nil asks the server again.
    ///   - patience: the time limit of a request other than a call; nil means none.
    ///   - total: the time limit of these requests together, from now on; nil means none.
    package convenience init(
        _ endpoint: MCPEndpoint, transport: any HTTPTransport, credentials: (any CredentialSource)? = nil,
        clock: any Clock<Duration>, clientVersion: String, memory: EraCache?, patience: Duration?,
        total: Duration? = nil, onNotice: @escaping @Sendable (MCPNotice) -> Void
    ) {
        let http = StreamableHTTP(
            endpoint: endpoint, transport: transport,
            credentials: credentials ?? HeaderCredentials(endpoint.headers), clock: clock, onNotice: onNotice)
        self.init(
            endpoint, over: http, clock: clock, clientVersion: clientVersion, memory: memory, patience: patience,
            total: total, onNotice: onNotice)
    }

    /// Makes a client of a program on this machine.
    package convenience init(
        _ endpoint: MCPEndpoint, starting launch: ProgramLaunch, clock: any Clock<Duration>, clientVersion: String,
        patience: Duration?, total: Duration? = nil, onNotice: @escaping @Sendable (MCPNotice) -> Void
    ) {
        let stdio = StdioTransport(launch, endpoint: endpoint, clock: clock, onNotice: onNotice)
        self.init(
            endpoint, over: stdio, clock: clock, clientVersion: clientVersion, memory: nil, patience: patience,
            total: total, onNotice: onNotice)
    }

    /// Makes a client over any transport.
    init(
        _ endpoint: MCPEndpoint, over transport: any MCPTransport, clock: any Clock<Duration>, clientVersion: String,
        memory: EraCache?, patience: Duration?, total: Duration? = nil,
        onNotice: @escaping @Sendable (MCPNotice) -> Void
    ) {
        self.endpoint = endpoint
        self.transport = transport
        self.clientVersion = clientVersion
        self.clock = clock
        self.memory = memory
        self.patience = patience
        self.total = total
        elapsed = clock.stopwatch()
        self.onNotice = onNotice
        (background, inBackground) = AsyncStream.makeStream()
    }

    /// Does `work` with the server and ends the session afterwards, even if `work` throws.
    package func use<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { [background] in
                await withDiscardingTaskGroup { group in
                    for await job in background { group.addTask { await job() } }
                }
            }
            defer { group.cancelAll() }
            let result: Result<Value, any Error>
            do {
                result = .success(try await work())
            } catch {
                result = .failure(error)
            }
            await end()
            if Task.isCancelled { await Task { await transport.close() }.value } else { await transport.close() }
            return try result.get()
        }
    }

    /// The session with what the server said about itself; nil before `connect`.
    package var session: MCPSession? { state.withLock { $0.session } }

    /// The times of the steps of the first exchange; nil before it.
    package var firstTimings: HTTPResponse.Timings? { transport.firstTimings }

    /// The URL that the server has redirected to, where the redirect was followed; nil if there was none.
    package var redirectedURL: HTTPURL? { transport.redirectedURL }

    // MARK: - Opening and ending

    /// Finds out which era the server speaks, and opens a session if the server keeps sessions.
    package func connect() async throws {
        switch memory?.era(of: endpoint.url) {
        case .modern:
            // The first request will show whether this is still true.
            state.withLock { $0.session = MCPSession(.modern, version: MCPVersion.modern) }
        case .legacy:
            do {
                try await initialize()
            } catch let error as MCPError where error.kind != .unauthorized {
                try await probe()
            }
        case nil:
            try await probe()
        }
    }

    /// Tries the modern era, then the legacy era if the server does not understand.
    ///
    /// - Parameter isRepeated: whether this was tried before, and the server has refused it or failed although it says
    ///   that it supports this version.
    private func probe(isRepeated: Bool = false) async throws {
        let envelope = MCPEnvelope(MCPSession(.modern, version: MCPVersion.modern))
        let result: JSONValue
        do {
            result = try await exchange(
                "server/discover", [:], envelope, resend: .ifUnanswered, limit: patience(atMost: probeLimit))
        } catch let error as MCPError
            where error.code == MCPErrorCode.unsupportedVersion && !isRepeated
            && Self.versions(supportedBy: error).contains(MCPVersion.modern)
        {
            return try await probe(isRepeated: true)
        } catch  where Self.mayComeFromOtherEra(error) {
            return try await initialize(after: error, isRepeated: isRepeated)
        }
        // Some legacy servers answer any method with a result, but not with this member.
        guard let versions = result["supportedVersions"]?.array?.compactMap(\.string), !versions.isEmpty else {
            return try await initialize()
        }
        guard versions.contains(MCPVersion.modern) else {
            return try await initialize(after: noCommonVersion(versions), offering: versions, isRepeated: isRepeated)
        }
        var session = MCPSession(.modern, version: MCPVersion.modern)
        session.capabilities = result["capabilities"] ?? [:]
        session.server =
            result["_meta"]?[MetaKey.serverInfo].map { $0.masked(endpoint.secrets) }
        session.instructions = result["instructions"]?.string.map(endpoint.hidingSecrets)
        settle(session)
    }

    /// The time limit of `server/discover`, because some servers say nothing to a method that they don't know. It
    /// leaves most of all time for the rest.
    private var probeLimit: Duration { min(.seconds(5), total.map { $0 * 3 / 8 } ?? .seconds(5)) }
    /// The time limit of a notification. Its answer says nothing, so the next request need not wait long for it, and
    /// gets a share of all time.
    private var notificationLimit: Duration { min(.seconds(5), total.map { $0 / 4 } ?? .seconds(5)) }

    private func patience(atMost limit: Duration) -> Duration { min(patience ?? limit, limit) }

    /// Whether a server that doesn't know `server/discover` may have caused this error: by any answer, by silence, or
    /// by closing the connection. Without a connection, nothing is known about the server.
    private static func mayComeFromOtherEra(_ error: any Error) -> Bool {
        switch error {
        case is MCPError: true
        case let error as HTTPError:
            error.mayHaveBeenSent
                && [.connectionLost, .truncated, .timeout, .protocolError, .tooLarge].contains(error.kind)
        default: error is ServerSentEventError
        }
    }

    /// Tries the legacy era after an error of `server/discover`, unless the error says that the server has modern
    /// versions only. If that fails too, throws the error that says more.
    ///
    /// - Parameter versions: those that the server says it supports; empty if it names none.
    private func initialize(after error: any Error, offering versions: [String] = [], isRepeated: Bool) async throws {
        let refusal = error as? MCPError
        let isRefused = refusal?.code == MCPErrorCode.unsupportedVersion
        let versions = isRefused ? Self.versions(supportedBy: refusal) : versions
        let version = MCPVersion.legacy.first(where: versions.contains)
        if isRefused, !versions.isEmpty, version == nil { throw noCommonVersion(versions) }
        do {
            try await initialize(asking: version ?? MCPVersion.legacy[0])
        } catch let second as MCPError where second.kind != .unauthorized {
            if !isRepeated, second.code == MCPErrorCode.unsupportedVersion,
                Self.versions(supportedBy: second).contains(MCPVersion.modern)
            {
                return try await probe(isRepeated: true)
            }
            let status = refusal?.status ?? 0
            let isModern =
                refusal?.kind == .noCommonVersion || refusal?.code.map(MCPErrorCode.modern.contains) == true
            let saysMore =
                refusal?.kind == .unauthorized || status == 403 || status >= 500 || isModern && version == nil
            throw saysMore ? error : second
        }
    }

    private static func versions(supportedBy error: MCPError?) -> [String] {
        error?.data?["supported"]?.array?.compactMap(\.string) ?? []
    }

    /// Performs the handshake of the legacy era.
    ///
    /// - Parameter first: the version before this one, which the server has refused; nil for the first attempt.
    private func initialize(asking version: String = MCPVersion.legacy[0], after first: String? = nil) async throws {
        state.withLock { $0.session = nil }
        let params: JSONObject = [
            "protocolVersion": .string(version), "capabilities": [:], "clientInfo": clientInfo,
        ]
        let answer: MCPAnswer
        let result: JSONValue
        do {
            answer = try await fullExchange(
                "initialize", params, MCPEnvelope(), resend: .ifUnanswered, limit: patience)
            result = try self.result(of: answer, "initialize")
        } catch var error as MCPError {
            if first == nil, let other = error.version(besides: version) {
                return try await initialize(asking: other, after: version)
            }
            if error.kind == .status, [400, 404, 405].contains(error.status) {
                error.hints.append(
                    "it may speak the older HTTP+SSE transport, which neither this program nor Parallel's tasks use")
            }
            throw error
        }
        let agreed = result["protocolVersion"]?.string ?? ""
        var session = MCPSession(.legacy, version: agreed)
        session.sessionID = answer.sessionID
        session.capabilities = result["capabilities"] ?? [:]
        session.server = result["serverInfo"].map { $0.masked(endpoint.secrets) }
        session.instructions = result["instructions"]?.string.map(endpoint.hidingSecrets)
        guard MCPVersion.legacy.contains(agreed) else {
            // The specification does not say how to end a session without a common version; the server should be told
            // nevertheless.
            if session.sessionID != nil { state.withLock { $0.session = session } }
            throw noCommonVersion([agreed])
        }
        settle(session)
        let envelope = MCPEnvelope(session)
        // An error answered to a notification ends nothing: the next request shows whether the session works.
        try? await within(patience(atMost: notificationLimit), "initialize") { [transport] in
            try await transport.send(JSONRPCMessage.notification("notifications/initialized"), envelope)
        }
        try Task.checkCancellation()
    }

    private func settle(_ session: MCPSession) {
        state.withLock {
            $0.session = session
            $0.isProven = true
        }
        memory?.remember(session.era, of: endpoint.url)
    }

    private func noCommonVersion(_ theirs: [String]) -> MCPError {
        let named = theirs.map(endpoint.shown).joined(separator: ", ")
        return MCPError(
            .noCommonVersion,
            "'\(endpoint.name)' speaks MCP \(named.isEmpty ? "of no version that it names" : named); "
                + "this program speaks \(MCPVersion.all.joined(separator: ", "))")
    }

    /// Ends the session at the server, waiting at most a second.
    private func end() async {
        guard let session, session.sessionID != nil else { return }
        let envelope = MCPEnvelope(session)
        await performBriefly { [transport] in try await transport.end(envelope) }
    }

    // MARK: - Requests

    /// Options of a request that differ from the default.
    struct RequestOptions {
        /// Header fields that repeat parameters, in the modern era.
        var fields: [(name: String, value: String)] = []
        var resend = Resend.safe
        /// The time limit if the request calls a tool; `.some(nil)` means none.
        var callLimit: Duration??
    }

    /// Sends a request and returns its result.
    func request(_ method: String, _ params: JSONObject = [:], _ options: RequestOptions = RequestOptions())
        async throws -> JSONValue
    {
        do {
            return try await attempt(method, params, options)
        } catch let error as MCPError
            where session?.sessionID != nil && error.saysSessionIsUnknown(isCall: options.callLimit != nil)
        {
            onNotice(.newSession)
            try await initialize()
            return try await attempt(method, params, options)
        } catch let error as MCPError
            where options.callLimit == nil && session?.era == .legacy && error.saysVersionIsUnsupported
        {
            // Some servers agree on any version in the handshake.
            guard let session, let other = error.version(besides: session.version) else { throw error }
            try await initialize(asking: other, after: session.version)
            return try await attempt(method, params, options)
        } catch let error as MCPError where mayBeOfOtherEra(error) && options.callLimit == nil {
            try await probe()
            return try await attempt(method, params, options)
        }
    }

    private func mayBeOfOtherEra(_ error: MCPError) -> Bool {
        guard !state.withLock({ $0.isProven }) else { return false }
        return switch error.kind {
        case .errorResponse, .status, .notMCP: true
        default: false
        }
    }

    private func attempt(_ method: String, _ params: JSONObject, _ options: RequestOptions) async throws -> JSONValue {
        guard let session else { preconditionFailure("a request before connect()") }
        var envelope = MCPEnvelope(session)
        envelope.fields = options.fields
        if options.callLimit != nil, session.sessionID != nil { await startListening() }
        let result = try await exchange(
            method, params, envelope, resend: options.resend, limit: options.callLimit ?? patience,
            isCall: options.callLimit != nil)
        state.withLock { $0.isProven = true }
        return result
    }

    private func exchange(
        _ method: String, _ params: JSONObject, _ envelope: MCPEnvelope, resend: Resend, limit: Duration?,
        isCall: Bool = false
    ) async throws -> JSONValue {
        let answer = try await fullExchange(method, params, envelope, resend: resend, limit: limit, isCall: isCall)
        let result = try result(of: answer, method)
        guard envelope.era == .modern else { return result }
        return try completed(result, method)
    }

    /// Sends one request and returns its response, which may be an error.
    private func fullExchange(
        _ method: String, _ params: JSONObject, _ envelope: MCPEnvelope, resend: Resend, limit: Duration?,
        isCall: Bool = false
    ) async throws -> MCPAnswer {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        var params = params
        var envelope = envelope
        var meta: JSONObject = [:]
        if envelope.era == .modern {
            meta = [
                MetaKey.protocolVersion: .string(MCPVersion.modern),
                MetaKey.clientInfo: clientInfo, MetaKey.clientCapabilities: [:],
            ]
            envelope.method = method
        }
        if isCall { meta["progressToken"] = .number(JSONNumber(id)) }
        if !meta.isEmpty { params["_meta"] = .object(meta) }
        let message = JSONRPCMessage.request(id: id, method, params)
        do {
            let settled = envelope
            let subject = params["name"]?.string.map { "\(method) of '\($0)'" } ?? method
            let answer = try await within(limit, subject, isCall: isCall) { [transport] in
                try await transport.exchange(message, id: id, settled, resend: resend) { await self.startListening() }
            }
            return answer
        } catch {
            if let error = error as? HTTPError, error.kind == .redirectRefused {
                throw refusal(ofRedirect: error)
            }
            let isTimeout = if case .timedOut? = (error as? MCPError)?.kind { true } else { false }
            if isTimeout, !Task.isCancelled, let answer = transport.spareResult(for: id) { return answer }
            if isTimeout || Task.isCancelled { await abandon(id, method, envelope) }
            guard var error = error as? MCPError, !state.withLock({ $0.isProven }),
                error.kind == .notMCP || error.kind == .status && error.status == 404
            else { throw error }
            error.hints.append("is that the URL of an MCP server?")
            throw error
        }
    }

    private func refusal(ofRedirect error: HTTPError) -> MCPError {
        // An unusable target is none to use.
        var hints: [Hint] = error.redirectTarget == nil ? [] : ["use that URL if it is the server you mean"]
        if let target = error.redirectTarget, endpoint.hidingSecrets(in: target.redacted()) != target.description {
            hints = ["use that URL if it is the server you mean; parts of it that may be secret are not shown"]
        }
        // A server behind a proxy that ends TLS often doesn't know that its URL is https.
        if let target = error.redirectTarget, endpoint.url.scheme == "https", target.scheme == "http",
            target.host == endpoint.url.host,
            let secure = try? HTTPURL(endpoint.url.origin + target.path + (target.query.map { "?" + $0 } ?? "")),
            secure != endpoint.url
        {
            hints = ["the URL to use is probably \(secure.redacted())"]
        }
        var refused = MCPError(.status, error.message, hints: hints)
        refused.status = error.status
        refused.received = error.received
        return refused
    }

    /// Tells a legacy server that nobody waits for its response any longer. A modern server sees that the stream is
    /// closed.
    private func abandon(_ id: Int, _ method: String, _ envelope: MCPEnvelope) async {
        guard envelope.era == .legacy || transport.cancelsByNotice, method != "initialize" else { return }
        let params: JSONObject = ["requestId": .number(JSONNumber(id)), "reason": "the client stopped waiting"]
        await performBriefly { [transport] in
            try await transport.send(JSONRPCMessage.notification("notifications/cancelled", params), envelope)
        }
    }

    private func result(of answer: MCPAnswer, _ method: String) throws(MCPError) -> JSONValue {
        switch answer.result {
        case .success(let result): return result
        case .failure(let error): throw MCPError(error, of: endpoint)
        }
    }

    /// Returns a result of the modern era. Throws if the server asks for input instead.
    private func completed(_ result: JSONValue, _ method: String) throws(MCPError) -> JSONValue {
        switch result["resultType"]?.string {
        case nil, "complete":
            return result
        case "input_required":
            let asked = (result["inputRequests"]?.object ?? [:]).map { member -> String in
                let message = member.value["params"]?["message"]?.string.map { " (\(endpoint.shown($0)))" } ?? ""
                return endpoint.shown(member.value["method"]?.string ?? member.key) + message
            }
            throw MCPError(
                .inputRequired,
                "'\(endpoint.name)' wants input that this program can't give: "
                    + (asked.isEmpty ? "it does not say which" : asked.joined(separator: ", ")))
        case .some(let type):
            throw MCPError(
                .unsupported, "'\(endpoint.name)' gave a result of the unknown type '\(endpoint.shown(type))'")
        }
    }

    private var clientInfo: JSONValue { ["name": "parallel", "version": .string(clientVersion)] }

    // MARK: - Listening

    /// Opens the server's own stream, on which a legacy server sends requests during a call, and some send responses.
    /// Waits until it is accepted, at most a second.
    ///
    /// Returns true if there was nothing to open.
    @discardableResult private func startListening() async -> Bool {
        // A server without sessions has one stream, under the empty id.
        guard let session, session.era == .legacy,
            state.withLock({ state in
                defer { state.listeningSessionID = session.sessionID ?? "" }
                return state.listeningSessionID != session.sessionID ?? ""
            })
        else { return true }
        let (opened, signal) = AsyncStream<Void>.makeStream()
        inBackground.yield { [transport] in
            await transport.listen(MCPEnvelope(session)) { signal.finish() }
        }
        try? await Deadline.run(within: .seconds(1), clock) { for await _ in opened {} }
        return false
    }

    // MARK: - Time

    private func within<Value: Sendable>(
        _ limit: Duration?, _ subject: String, isCall: Bool = false,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let rest = isCall ? nil : total.map { $0 - elapsed() }
        let isLast = rest.map { rest in limit.map { rest < $0 } ?? true } ?? false
        do {
            if let rest, rest <= .zero { throw WaitTimedOut() }
            return try await Deadline.run(within: isLast ? rest : limit, clock, work)
        } catch let timeout as WaitTimedOut {
            let span = isLast ? "\((total ?? .zero).inSeconds) for all requests" : (limit ?? .zero).inSeconds
            var error = MCPError(
                .timedOut(isCall: isCall), "'\(endpoint.name)' did not answer \(subject) within \(span)")
            error.received = timeout.received
            throw error
        }
    }

    /// Does `work` for at most a second, or an eighth of the limit of all requests, even if the task is cancelled, and
    /// ignores its errors.
    private func performBriefly(_ work: @escaping @Sendable () async throws -> Void) async {
        let limit = min(.seconds(1), total.map { $0 / 8 } ?? .seconds(1))
        let bounded: @Sendable () async -> Void = { [clock] in
            try? await Deadline.run(within: limit, clock, work)
        }
        if Task.isCancelled { await Task { await bounded() }.value } else { await bounded() }
    }
}
