import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel webhook listen`: receives calls of webhooks on this machine.
struct WebhookListenCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        /// The program that each event is given to, with its arguments; empty for none.
        var program: [String] = []
        var port = 0
        var limit: Int?
        var timeout: Duration?
        var webhook = WebhookOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "port", value: FlagSpec.Value("PORT"), summary: "The port to listen on (default: any free one)"
                ) { options, text throws(InvalidValue) in
                    guard let port = Int(text), (0...65_535).contains(port) else {
                        throw InvalidValue("'\(text)' is no port; they go from 1 to 65535")
                    }
                    options.port = port
                },
                Flag("limit", value: FlagSpec.Value("N"), summary: "End after N events") {
                    options, text throws(InvalidValue) in options.limit = try NumberText.positive(text)
                },
                Flag("timeout", value: FlagSpec.Value("DURATION"), summary: "End after this long (default: never)") {
                    options, text throws(InvalidValue) in
                    let timeout = try DurationText.parse(text)
                    options.timeout = timeout == .zero ? nil : timeout
                },
            ] + WebhookOptions.flags.map { $0.embedded(at: \.webhook) }
            + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "webhook listen"

    static var command: Command {
        Command(
            summary: "Receive webhooks on this machine, one line of JSON each",
            description: """
                Listens on 127.0.0.1 until Ctrl-C and prints each event that Parallel has sent as a line of JSON; \
                what has no valid signature is refused. A call that is repeated is answered and not printed again. \
                Parallel calls public addresses only: put a tunnel or a proxy that ends TLS in front.

                COMMAND is run for each event before it is printed, without a shell, with the line on its standard \
                input and a minute's time; its output goes to standard error. If it fails, the call is answered with \
                500, so that Parallel repeats it. Put -- in front of a command with flags of its own.
                """,
            positionals: [
                Positional("COMMAND", .zeroOrMore, summary: "a program for each event, with its arguments")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel webhook listen --port 8790 --timeout 1s", "Until the second is over"),
                .init("parallel webhook listen --timeout 1s -- jq -r .type", "Give each event to a program"),
            ],
            check: { options, words throws(UsageError) in options.program = words }, runs: Self.self)
    }

    /// What has come so far.
    private struct State {
        /// The ids of calls that need not be handled again, oldest first.
        var known: [String] = []
        /// The ids of calls that are being handled.
        var busy: [String] = []
        var count = 0
        var failure: (any Error)?
    }

    /// Ids beyond this number are forgotten, the oldest first.
    private static let maximumKnown = 10_000

    func run() async throws -> ExitCode {
        let secret = try options.webhook.secret(context)
        if let program = options.program.first, !program.has("/"),
            ProgramPath.find(program, in: context.environment["PATH"]) == nil
        {
            throw UsageError("COMMAND: there is no program '\(UsageError.shown(program).shortened(to: 60))' in PATH")
        }
        var limits = LoopbackServer.Limits()
        // The body of a run has no output, and few members.
        limits.body = 16 << 20
        let server: LoopbackServer
        do throws(SystemError) {
            // A tunnel may keep the name of its own host; a signature is what counts here.
            server = try LoopbackServer(port: options.port, limits: limits, checksHost: false)
        } catch {
            throw ErrorReport(
                .unexpected, "cannot listen on port \(options.port): \(error.reason)",
                hints: options.port == 0 ? [] : ["without --port, a free one is taken"])
        }
        let end = options.timeout.map { "for \(DurationText.brief($0))" } ?? "until Ctrl-C"
        output.note("listening on http://127.0.0.1:\(server.port)/ \(end)")
        let state = Lock(State())
        do {
            try await Deadline.run(within: options.timeout, of: "events", context.clock) {
                await server.run { request in await reply(to: request, secret, state) }
            }
        } catch is WaitTimedOut {
            // The time that was asked for is over, and so is the work, unless a number of events was asked for.
            if let limit = options.limit {
                let count = state.withLock(\.count)
                throw ErrorReport(.stillRunning, "\(count) of \(counted(limit, "event")) came in time")
            }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
        guard Task.isCancelled else { return .success }
        // Ctrl-C is the way to end it, and no error.
        output.note("events are no longer received")
        return Interrupted.code(of: context)
    }

    private func reply(to request: ServerRequest, _ secret: Secret, _ state: Lock<State>) async -> LoopbackServer.Reply
    {
        guard request.method == "POST" else { return LoopbackServer.Reply(405, "only POST\n") }
        let message = WebhookMessage({ request.headers[$0] }, body: request.body)
        if let problem = message.problem(secret, now: context.now(), tolerance: options.webhook.tolerance) {
            output.warn("a call was refused: \(problem.text)")
            return LoopbackServer.Reply(401, "not genuine\n")
        }
        guard let event = try? JSONValue.parse(request.body) else {
            output.warn("a call was refused: its body is not JSON")
            return LoopbackServer.Reply(400, "not JSON\n")
        }
        // What is being handled may still fail, so that Parallel has to repeat it.
        guard let isNew = begin(message.id, state) else { return LoopbackServer.Reply(503, "being handled\n") }
        guard isNew else { return LoopbackServer.Reply(204) }
        var isHandled = false
        defer { end(message.id, isHandled: isHandled, state) }
        do {
            let line = event.bytes() + [UInt8(ascii: "\n")]
            if !options.program.isEmpty { try await give(line) }
            try output.write(document: event, isOnly: false)
            isHandled = true
        } catch let failure as HelperCommand.Failure {
            output.warn("'\(failure.program)' has failed for \(message.id): \(failure.reason)")
            return LoopbackServer.Reply(500, "not handled\n")
        } catch {
            state.withLock { $0.failure = error }
            return LoopbackServer.Reply(HTTPResponse(status: 503), isLast: true)
        }
        let count = state.withLock { state in
            state.count += 1
            return state.count
        }
        var reply = LoopbackServer.Reply(204)
        reply.isLast = options.limit.map { count >= $0 } ?? false
        return reply
    }

    /// Returns whether a call is new, and notes that it is being handled if so; nil if it is already being handled.
    private func begin(_ id: String, _ state: Lock<State>) -> Bool? {
        state.withLock { state in
            if state.known.contains(where: id.isExactly) { return false }
            if state.busy.contains(where: id.isExactly) { return nil }
            state.busy.append(id)
            return true
        }
    }

    private func end(_ id: String, isHandled: Bool, _ state: Lock<State>) {
        state.withLock { state in
            state.busy.removeAll { $0.isExactly(id) }
            guard isHandled else { return }
            state.known.append(id)
            if state.known.count > Self.maximumKnown { state.known.removeFirst() }
        }
    }

    /// Runs the program for an event. Throws `HelperCommand.Failure`.
    private func give(_ line: [UInt8]) async throws {
        let streams = context.streams
        let show: @Sendable ([UInt8]) -> Void = { line in
            let text = String(decoding: line, as: UTF8.self)
            streams.note(ControlCharacters.neutralised(streams.secrets.masked(text)))
        }
        let lines = try await onOwnThread { [words = options.program, context] in
            try HelperCommand.run(
                words, input: line, within: .seconds(60), isInterrupted: { context.interruption() != nil }, note: show)
        }
        for line in lines { show(Array(line.utf8)) }
    }
}
