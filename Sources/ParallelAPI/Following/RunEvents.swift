import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// The events of a run as one stream, over as many connections as it takes.
///
/// The API closes each connection after 570 s and replays the whole trace on the next, so messages that were seen are
/// dropped and the stream goes on where it was.
package struct RunEvents: Sendable {
    private let client: ParallelClient
    private let clock: any Clock<Duration>

    package init(client: ParallelClient, clock: any Clock<Duration>) {
        self.client = client
        self.clock = clock
    }

    /// Hands each new event to `receive` until the run is no longer active; gives the run as it ended.
    ///
    /// Throws what ends the stream for good, `HTTPError`, `APIError`, `ServerSentEventError`, and `UnexpectedAnswer`
    /// for the state of another run; a connection that breaks is opened again.
    package func follow(_ id: String, _ receive: (RunEvent) async throws -> Void) async throws -> TaskRun {
        var trace = Trace()
        var isFirst = true
        /// An end that a connection began with.
        var held: RunEvent?
        return try await ResumableEventStream(clock: clock).follow { position in
            // A finished run tells its end in the stream; only if that never comes does its status have to do.
            if position.failures > 2, case let run = try await client.run(id), !run.isActive { return .over(run) }
            trace.beginConnection()
            (isFirst, held) = (true, nil)
            return .open(try await client.events(id))
        } receive: { message, position in
            guard let json = try? JSONValue.parse(message.data) else { return nil }
            let event = RunEvent(json)
            if case .state(let run) = event.kind, let error = UnexpectedAnswer(about: run.id, insteadOf: id, "run") {
                throw error
            }
            defer { isFirst = false }
            // The first event of a connection only says where the run stands: its trace comes after it.
            if isFirst, event.endedRun != nil {
                held = event
                return nil
            }
            if trace.isNew(event) {
                if event.showsLife { position.noteNews() }
                try await receive(event)
            }
            return event.endedRun
        } end: { _ in
            guard let held, let run = held.endedRun else { return nil }
            try await receive(held)
            return run
        } passes: { error, position in
            if let error = error as? HTTPError { return error.isTransient }
            return position.isOpened && (error as? APIError).map { FailureMeaning(ofStatus: $0.status) } == .passing
        }
    }

    /// The same within `timeout` (nil: for ever). Throws `WaitTimedOut` beyond it.
    package func follow(
        _ id: String, timeout: Duration?, _ receive: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> TaskRun {
        try await Deadline.run(within: timeout, clock) { try await follow(id, receive) }
    }

    /// What was already reported.
    private struct Trace {
        /// How often each identity was reported, and how often it came on this connection: the same words may well come
        /// twice, and only what exceeds the connections before is new.
        ///
        /// They are known by their hashes: the texts of a long trace would fill the memory.
        private var reported: [Int: Int] = [:]
        private var repeated: [Int: Int] = [:]
        private var figures: JSONValue?
        private var status: RunStatus?

        private static let most = 100_000

        mutating func beginConnection() { repeated = [:] }

        mutating func isNew(_ event: RunEvent) -> Bool {
            if let identity = event.identity?.hashValue {
                // A trace is not as long as this; what is reported anew here is at worst told twice.
                if reported.count >= Self.most { (reported, repeated) = ([:], [:]) }
                let count = repeated[identity, default: 0] + 1
                repeated[identity] = count
                guard count > reported[identity, default: 0] else { return false }
                reported[identity] = count
                return true
            }
            if case .state(let run) = event.kind {
                defer { status = run.status }
                return run.status != status
            }
            defer { figures = event.json }
            return event.json != figures
        }
    }
}

extension RunEvent {
    /// Whether the run gets on, as far as the event tells: a server may open each connection with one more fault.
    fileprivate var showsLife: Bool {
        switch kind {
        case .state, .message, .progress: true
        case .fault, .other: false
        }
    }

    /// The run of a state event, once it is no longer active.
    fileprivate var endedRun: TaskRun? {
        if case .state(let run) = kind, !run.isActive { run } else { nil }
    }
}
