package import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// Stands between a host that starts programs and reads lines (MCP's stdio transport), and a server that speaks
/// Streamable HTTP, in both eras of the protocol.
///
/// Messages pass byte for byte, whatever their version, except where they must change: the list of tools, what has no
/// valid response, and everything between a host and a server that have no era in common (`LegacyHost`). Each message
/// of the host is one POST, and several are under way at once. Each request of the host gets one answer with its own
/// id; the host never notices that a session was lost and another one begun.
package final class MCPBridge: Sendable {
    /// What the bridge needs of the program around it.
    package struct Surroundings: Sendable {
        /// The time limit of a request; nil means none.
        let limit: Duration?
        /// Writes a line, with its end, to the host.
        let write: @Sendable ([UInt8]) throws -> Void
        /// Returns an error as one line for the host's user, with what to do about it.
        let describe: @Sendable (any Error) -> String
        /// Takes note of an event, in one line.
        let log: @Sendable (String) -> Void

        package init(
            limit: Duration?, write: @escaping @Sendable ([UInt8]) throws -> Void,
            describe: @escaping @Sendable (any Error) -> String, log: @escaping @Sendable (String) -> Void
        ) {
            (self.limit, self.write, self.describe, self.log) = (limit, write, describe, log)
        }
    }

    /// The session at the server, in the legacy era.
    struct Session: Sendable {
        /// The number of sessions before this one.
        var generation = 0
        var version: String?
        var id: String?
    }

    /// A request of the host that has no answer yet.
    struct Pending: Sendable {
        let message: HostMessage
        /// Opened when nobody waits for the exchange of the request any longer.
        let stop = Latch()
        /// How long a person has had questions about it.
        let thinking = ThinkingTime()
    }

    struct State {
        var pending: [ExactText: Pending] = [:]
        var runningCount = 0
        /// Requests that wait until there are fewer under way.
        var queue: [@Sendable () async -> Void] = []
        /// Opened when the last message is sent that later ones must not overtake.
        var order: Latch?
        var session = Session()
        /// The host's `initialize` and `notifications/initialized`, with which a session is begun anew.
        var opening: (request: HostMessage, confirmation: HostMessage?)?
        /// Set while a session is begun anew.
        var renewal: Latch?
        /// Opened to end the reading of the server's own stream, and when it has ended; nil if there is none.
        var listener: Latch?
        /// Set while the host's messages are translated.
        var legacyHost: LegacyHost?
        /// Where the host's answers to questions of the server go that came in a result.
        var questions: [ExactText: AsyncStream<JSONValue>.Continuation] = [:]
        /// The header fields that tools of the modern era want; nil before the first list of tools.
        var tools: [ExactText: ParameterHeaders]?
        var lastID = 0
        /// Opened when no request is pending, after the host's last message.
        var idle: Latch?
    }

    /// The maximum number of requests under way at once; each has a connection. Others wait for their turn.
    private static let maximumRunning = 64
    /// How long a notification may keep later messages waiting.
    private static let orderLimit = Duration.seconds(5)
    /// How long requests may still take after the host's last message, and the end of the session after that.
    private static let endLimits = (requests: Duration.seconds(1), session: Duration.milliseconds(600))

    let http: StreamableHTTP
    let endpoint: MCPEndpoint
    let clock: any Clock<Duration>
    let filter: ToolFilter
    let memory: EraCache?
    let surroundings: Surroundings
    let state = Lock(State())
    private let jobs: AsyncStream<@Sendable () async -> Void>
    private let newJob: AsyncStream<@Sendable () async -> Void>.Continuation

    /// - Parameters:
    ///   - credentials: what authorises each message; nil: the header fields of `endpoint`.
    ///   - memory: remembers servers of the modern era; nil finds it out each time.
    package init(
        _ endpoint: MCPEndpoint, transport: any HTTPTransport, credentials: (any CredentialSource)? = nil,
        clock: any Clock<Duration>, filter: ToolFilter, memory: EraCache? = nil, _ surroundings: Surroundings
    ) {
        http = StreamableHTTP(
            endpoint: endpoint, transport: transport,
            credentials: credentials ?? HeaderCredentials(endpoint.headers), clock: clock
        ) { _ in }
        (self.endpoint, self.clock, self.filter) = (endpoint, clock, filter)
        (self.memory, self.surroundings) = (memory, surroundings)
        (jobs, newJob) = AsyncStream.makeStream()
    }

    /// Passes messages on until `lines` end or the task is cancelled; then ends the session. A line that is nil was too
    /// long to be read.
    package func run(_ lines: AsyncStream<[UInt8]?>) async {
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in
                for await line in lines { receive(line) }
                if !Task.isCancelled { await finishPending() }
                newJob.finish()
            }
            for await job in jobs { group.addTask { await job() } }
            group.cancelAll()
        }
        // What was still waiting for its turn.
        for key in state.withLock({ $0.pending.keys }) {
            answer(key, .failed, "the bridge has ended; the server may have done it all the same")
        }
        let session = state.withLock { $0.session }
        if session.id != nil { await Task { await end(session) }.value }
    }

    func start(_ job: @escaping @Sendable () async -> Void) { newJob.yield(job) }

    /// Waits a moment for the answers to the last requests.
    private func finishPending() async {
        let idle = Latch()
        let isIdle = state.withLock { state in
            state.idle = idle
            return state.hasOnlySubscriptions
        }
        if isIdle { return }
        try? await Deadline.run(within: Self.endLimits.requests, clock) { await idle.wait() }
    }

    /// Ends the session at the server, which need not support that.
    private func end(_ session: Session) async {
        try? await Deadline.run(within: Self.endLimits.session, clock) { [http] in
            try await http.end(Self.envelope(session))
        }
    }

    static func envelope(_ session: Session) -> MCPEnvelope {
        var envelope = MCPEnvelope()
        (envelope.version, envelope.sessionID) = (session.version, session.id)
        return envelope
    }

    // MARK: - From the host

    private func receive(_ line: [UInt8]?) {
        guard let line else {
            return refuse(nil, .parseError, "a message is longer than \(HTTPRequest.usualBodyBytes >> 20) MiB")
        }
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
        do throws(HostMessage.Fault) {
            for message in try HostMessage.messages(in: line) {
                do throws(HostMessage.Fault) { receive(try message.get()) } catch { refuse(error) }
            }
        } catch {
            refuse(error)
        }
    }

    private func refuse(_ fault: HostMessage.Fault) {
        switch fault {
        case .notJSON(let reason): refuse(nil, .parseError, "no JSON: \(reason)")
        case .notMessage(let id, let reason): refuse(id, .invalidRequest, "no message of MCP: \(reason)")
        }
    }

    private func receive(_ message: HostMessage) {
        guard let id = message.id else { return receive(notification: message) }
        if message.method == nil { return sendInOrder(message) }
        let key = HostMessage.key(of: id)
        let pending = Pending(message: message)
        let isNew = state.withLock { $0.pending.updateIfAbsent(key, pending) }
        guard isNew else { return refuse(id, .invalidRequest, "another request has this id and is not answered yet") }
        if message.isCall, !filter.allows(message.params?["name"]) {
            let name = message.params?["name"]?.string ?? ""
            answer(key, .invalidParams, "the tool '\(name)' is not allowed here")
            return
        }
        let isOpening = message.method == "initialize"
        let mine = isOpening ? Latch() : nil
        let before = state.withLock { state in
            defer { if let mine { state.order = mine } }
            return state.order
        }
        enqueue(isFree: isOpening || message.isSubscription) { [self] in
            defer { mine?.open() }
            await perform(pending, key, after: before)
        }
    }

    private func receive(notification message: HostMessage) {
        guard message.method == "notifications/cancelled" else { return sendInOrder(message) }
        // A request that has an answer already can't be cancelled; one that is cancelled gets no answer.
        guard let id = message.params?["requestId"], let pending = take(HostMessage.key(of: id)) else { return }
        pending.stop.open()
        // In the modern era, the closed stream says it.
        if pending.message.version == nil { sendInOrder(message) }
    }

    /// Sends what has no answer. Later messages wait for a notification, because it may change what they mean.
    func sendInOrder(_ message: HostMessage) {
        let mine = Latch()
        let isResponse = message.method == nil
        let before = state.withLock { state in
            defer { if !isResponse { state.order = mine } }
            return state.order
        }
        start { [self] in
            defer { mine.open() }
            await before?.wait()
            do {
                let limit = isResponse ? surroundings.limit : Self.orderLimit
                try await Deadline.run(within: limit, of: message.method ?? "a response", clock) {
                    try await self.send(message)
                }
            } catch {
                if !Task.isCancelled {
                    surroundings.log("\(message.method ?? "a response") failed: \(surroundings.describe(error))")
                }
            }
        }
    }

    // MARK: - Requests under way

    /// Starts a job, or lets it wait while too many are running.
    private func enqueue(isFree: Bool, _ job: @escaping @Sendable () async -> Void) {
        if isFree { return start(job) }
        let counted: @Sendable () async -> Void = { [self] in
            await job()
            let next = state.withLock { state in
                if state.queue.isEmpty { state.runningCount -= 1 }
                return state.queue.isEmpty ? nil : state.queue.removeFirst()
            }
            if let next { start(next) }
        }
        let isFull = state.withLock { state in
            if state.runningCount < Self.maximumRunning {
                state.runningCount += 1
                return false
            }
            state.queue.append(counted)
            return true
        }
        if !isFull { start(counted) }
    }

    /// Sends a request and sees to it that it gets an answer, unless the host has cancelled it.
    private func perform(_ pending: Pending, _ key: ExactText, after before: Latch?) async {
        let message = pending.message
        let limit = message.isSubscription ? nil : surroundings.limit
        let ending = await race(limit, besides: pending.thinking, pending.stop) { [self] in
            await before?.wait()
            try await exchange(message)
        }
        switch ending {
        case _ where Task.isCancelled:
            answer(key, .failed, "the bridge has ended; the server may have done it all the same", pending)
        case .done: answer(key, .failed, "'\(endpoint.name)' sent no answer", pending)
        case .stopped: break
        case .failed(let error): answer(key, error, pending)
        case .timedOut:
            let name = message.params?["name"]?.string.map { " of '\($0)'" } ?? ""
            let span = (limit ?? .zero).inSeconds
            let text = "'\(endpoint.name)' did not answer \(message.method ?? "")\(name) within \(span)"
            if answer(key, .timedOut, text, pending) { abandon(message) }
        }
    }

    enum Ending: Sendable { case done, failed(any Error), stopped, timedOut }

    /// Works until the end of the work, the limit or the opening of `stop`, whichever comes first.
    ///
    /// - Parameter thinking: time that does not count.
    func race(
        _ limit: Duration?, besides thinking: ThinkingTime = ThinkingTime(), _ stop: Latch,
        _ work: @escaping @Sendable () async throws -> Void
    ) async -> Ending {
        await withTaskGroup(of: Ending.self) { group in
            group.addTask {
                do {
                    try await work()
                    return .done
                } catch {
                    return .failed(error)
                }
            }
            group.addTask {
                await stop.wait()
                return .stopped
            }
            if let limit {
                let elapsed = clock.stopwatch()
                group.addTask { [clock] in
                    var rest = limit
                    while rest > .zero, (try? await clock.sleep(for: rest)) != nil {
                        rest = limit + (await thinking.spent()) - elapsed()
                    }
                    return .timedOut
                }
            }
            let first = await group.next() ?? .stopped
            group.cancelAll()
            return first
        }
    }

    /// Tells a legacy server that nobody waits any longer.
    private func abandon(_ message: HostMessage) {
        guard message.version == nil, message.method != "initialize", let id = message.id else { return }
        let params: JSONObject = ["requestId": id, "reason": "the time limit of the bridge is over"]
        let json = JSONRPCMessage.notification("notifications/cancelled", params)
        if let notice = try? HostMessage(json, json.bytes()) { sendInOrder(notice) }
    }

    // MARK: - To the host

    /// Codes of the errors that the bridge itself answers with: those of JSON-RPC, and such as servers may define. None
    /// of them says that a server is of the modern era.
    enum Code: Int {
        case parseError = -32700
        case invalidRequest = -32600
        case invalidParams = -32602
        case failed = -32000
        /// The same as that of the official TypeScript SDK.
        case timedOut = -32001
    }

    /// Removes the request with this key from those that wait for an answer; nil if it has one, or was cancelled.
    ///
    /// - Parameter expected: the request that is meant; a host may give its id to another one once it has its answer.
    func take(_ key: ExactText, _ expected: Pending? = nil) -> Pending? {
        let (pending, idle) = state.withLock { state -> (Pending?, Latch?) in
            if let expected, state.pending[key]?.stop !== expected.stop { return (nil, nil) }
            let pending = state.pending.removeValue(forKey: key)
            return (pending, state.hasOnlySubscriptions ? state.idle : nil)
        }
        idle?.open()
        return pending
    }

    /// Answers a request with an error, unless it has an answer. Returns whether it had none.
    @discardableResult func answer(_ key: ExactText, _ code: Code, _ text: String, _ expected: Pending? = nil) -> Bool {
        guard let pending = take(key, expected) else { return false }
        refuse(pending.message.id, code, text)
        return true
    }

    /// Answers a request with the error that the server sent, or with one that says what went wrong.
    private func answer(_ key: ExactText, _ error: any Error, _ expected: Pending) {
        guard case .errorResponse? = (error as? MCPError)?.kind, let received = (error as? MCPError)?.received,
            let sent = (try? JSONValue.parseForgiving(received))?.value["error"], Self.isWellFormed(error: sent)
        else {
            answer(key, .failed, surroundings.describe(error), expected)
            return
        }
        guard let id = take(key, expected)?.message.id else { return }
        write(["jsonrpc": "2.0", "id": id, "error": sent.masked(endpoint.secrets)] as JSONValue)
    }

    static func isWellFormed(error: JSONValue) -> Bool { error["code"]?.int != nil && error["message"]?.string != nil }

    private func refuse(_ id: JSONValue?, _ code: Code, _ text: String) {
        surroundings.log(text)
        let error = JSONRPCMessage.ErrorObject(code: code.rawValue, message: text, data: nil)
        write(JSONRPCMessage.answer(to: id ?? .null, .failure(error)))
    }

    func write(_ json: JSONValue) { write(line: json.bytes()) }

    /// Writes a message, which may be laid out in several lines. If the host has gone, the bridge ends.
    func write(line: [UInt8]) {
        var line = line
        // Inside strings, JSON has no line ends.
        for index in line.indices where line[index] == 0x0A || line[index] == 0x0D { line[index] = 0x20 }
        line.append(0x0A)
        do { try surroundings.write(line) } catch { newJob.finish() }
    }
}

extension MCPBridge.State {
    /// Whether no request waits for an answer but those that get one only at the end of their stream.
    var hasOnlySubscriptions: Bool { pending.allSatisfy { $0.value.message.isSubscription } }
}

extension Dictionary {
    /// Sets a value unless there is one. Returns whether there was none.
    fileprivate mutating func updateIfAbsent(_ key: Key, _ value: Value) -> Bool {
        guard self[key] == nil else { return false }
        self[key] = value
        return true
    }
}
