import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// The stdio transport of MCP: the server is a program on this machine, which gets and sends messages as lines.
final class StdioTransport: MCPTransport {
    private typealias Outcome = Result<JSONValue, JSONRPCMessage.ErrorObject>

    private struct State {
        var child: ChildProgram?
        /// Where the responses of requests go.
        var waiting: [Int: AsyncStream<Outcome>.Continuation] = [:]
        var hasEnded = false
        var lastNote = ""
        var hasToldOfLine = false
    }

    private let endpoint: MCPEndpoint
    private let launch: ProgramLaunch
    private let clock: any Clock<Duration>
    private let onNotice: @Sendable (MCPNotice) -> Void
    private let state = Lock(State())

    /// The program is started by the first message.
    init(
        _ launch: ProgramLaunch, endpoint: MCPEndpoint, clock: any Clock<Duration>,
        onNotice: @escaping @Sendable (MCPNotice) -> Void
    ) {
        (self.launch, self.endpoint, self.clock, self.onNotice) = (launch, endpoint, clock, onNotice)
    }

    var firstTimings: HTTPResponse.Timings? { nil }
    /// There is no stream whose end would tell the server that nobody waits any longer.
    var cancelsByNotice: Bool { true }

    func exchange(
        _ message: JSONValue, id: Int, _ envelope: MCPEnvelope, resend: Resend, openStream: @Sendable () async -> Bool
    ) async throws -> MCPAnswer {
        let child = try running()
        let (arrivals, arrival) = AsyncStream<Outcome>.makeStream()
        let hasEnded = state.withLock { state in
            state.waiting[id] = arrival
            return state.hasEnded
        }
        defer { state.withLock { $0.waiting[id] = nil } }
        if !hasEnded {
            child.send(message.bytes() + [0x0A])
            for await result in arrivals { return MCPAnswer(result: result) }
            try Task.checkCancellation()
        }
        throw await ending(of: child)
    }

    func send(_ message: JSONValue, _ envelope: MCPEnvelope) async throws {
        try running().send(message.bytes() + [0x0A])
    }

    func end(_ envelope: MCPEnvelope) async throws {}

    func listen(_ envelope: MCPEnvelope, onOpen: @Sendable () -> Void) async { onOpen() }

    /// Ends the program: by the end of its input, and if that does not help, by signals.
    func close() async {
        guard let child = state.withLock({ $0.child }) else { return }
        child.closeInput()
        for isLast in [false, true] {
            let hasEnded: Void? = try? await Deadline.run(within: Self.patience, clock) { await child.ended.wait() }
            if hasEnded != nil { return }
            child.terminate(atOnce: isLast)
        }
        await child.ended.wait()
    }

    private static let patience = Duration.seconds(2)
    /// The maximum length of a message, in bytes.
    private static let longestLine = HTTPRequest.usualBodyBytes

    // MARK: - The program

    /// Returns the program, started if need be.
    private func running() throws(MCPError) -> ChildProgram {
        if let child = state.withLock({ $0.child }) { return child }
        do throws(SystemError) {
            let child = try ChildProgram(launch, longestLine: Self.longestLine) { [weak self] in self?.take($0) }
            state.withLock { $0.child = child }
            return child
        } catch {
            // The system has the same error for a program and for its folder.
            let folder = launch.directory.flatMap { UserFile.exists($0 + "/.") ? nil : $0 }
            let what = folder.map { "in '\(endpoint.shown($0))', which is no folder" } ?? error.reason
            throw MCPError(.answerLost, "cannot start '\(launch.words[0])'\(folder == nil ? ":" : "") \(what)")
        }
    }

    /// Returns the error for a program that has ended before it answered, with what it said last.
    private func ending(of child: ChildProgram) async -> MCPError {
        try? await Deadline.run(within: .seconds(1), clock) { await child.ended.wait() }
        let how =
            switch child.end {
            case .code(let code)?: "has ended with exit code \(code)"
            case .signal(let signal)?: "was ended by signal \(signal)"
            case nil: "has closed its output"
            }
        let last = state.withLock { $0.lastNote }
        return MCPError(
            .answerLost, "the program '\(launch.words[0])' \(how)" + (last.isEmpty ? "" : "; it said: \(last)"))
    }

    private func take(_ arrival: ChildProgram.Arrival) {
        switch arrival {
        case .line(let line): take(line: line)
        case .note(let line):
            let text = endpoint.shown(String(decoding: line, as: UTF8.self))
            if text.isEmpty { return }
            // The line that names an error says more than advice below it.
            state.withLock { state in
                if text.begins(with: "error:") || !state.lastNote.begins(with: "error:") { state.lastNote = text }
            }
            onNotice(.log(level: "stderr", text: text))
        case .endOfOutput:
            let waiting = state.withLock { state in
                state.hasEnded = true
                return state.waiting.values
            }
            for waiter in waiting { waiter.finish() }
        }
    }

    private func take(line: [UInt8]?) {
        guard let line, let json = try? JSONValue.parse(line) else {
            let text = line.map { endpoint.shown(String(decoding: $0, as: UTF8.self)) }
            return text == "" ? () : tell(of: text ?? "a line of more than \(Self.longestLine >> 20) MiB")
        }
        for json in json.array ?? [json] {
            switch JSONRPCMessage(json) {
            case .response(let given, let result):
                guard let id = given?.int ?? given?.string.flatMap({ Int($0) }) else { continue }
                let waiter = state.withLock { $0.waiting[id] }
                waiter?.yield(result)
                waiter?.finish()
            case .notification(let method, let params):
                let shown = params.map { $0.masked(endpoint.secrets) }
                if let notice = MCPNotice(method: method, params: shown) { onNotice(notice) }
            case .request(let id, let method, _):
                if method != "ping" { onNotice(.refused(method: method)) }
                let answer = JSONRPCMessage.reply(to: id, method: method)
                state.withLock { $0.child }?.send(answer.bytes() + [0x0A])
            case nil: tell(of: endpoint.shown(json.serialized()))
            }
        }
    }

    /// Tells once of a line that is no message.
    private func tell(of text: String) {
        let wasTold = state.withLock { state in
            defer { state.hasToldOfLine = true }
            return state.hasToldOfLine
        }
        if !wasTold { onNotice(.oddAnswer("the program wrote what is no message of MCP on standard output: \(text)")) }
    }
}
