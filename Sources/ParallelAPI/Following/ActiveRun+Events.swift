import ParallelHTTP
import ParallelJSON
import ParallelSystem

extension ActiveRun: EventSource {
    /// Calls `receive` with each new event until the run is no longer active, and returns the run as it ended.
    ///
    /// The API closes each connection after 570 s and sends the whole trace again on the next one, so events that were
    /// received before are dropped.
    ///
    /// Throws the error that ended the stream: `HTTPError`, `APIError`, `ServerSentEventError`, or `UnexpectedAnswer`
    /// for the state of another run. After a break, the stream is opened again, with `onConnection` also after an
    /// `APIError`.
    package func events(_ receive: (RunEvent) async throws -> Void) async throws -> TaskRun {
        var trace = Trace()
        var isFirst = true
        /// The final state with which a connection began; it is reported when the connection ends.
        var finalState: RunEvent?
        let maximumFailures = onConnection == nil ? ResumableEventStream.usualFailures : .max
        return try await ResumableEventStream(clock: clock, maximumFailures: maximumFailures).follow { position in
            // The stream of a finished run ends with its final state. If that does not come for several connections,
            // the status is asked for.
            if position.failures > 2, case let run = try await client.run(id), !run.isActive { return .over(run) }
            trace.beginConnection()
            (isFirst, finalState) = (true, nil)
            let stream = try await client.events(id)
            onConnection?(true, nil)
            return .open(stream)
        } receive: { message, position in
            guard let json = try? JSONValue.parse(message.data) else { return nil }
            let event = RunEvent(json)
            if case .state(let run) = event.kind, let error = UnexpectedAnswer(about: run.id, insteadOf: id, "run") {
                throw error
            }
            defer { isFirst = false }
            // The first event of a connection is the current state; the trace comes after it.
            if isFirst, event.endedRun != nil {
                finalState = event
                return nil
            }
            if trace.isNew(event) {
                if event.isProgress { position.noteNews() }
                try await receive(event)
            }
            return event.endedRun
        } end: { _ in
            onConnection?(false, nil)
            guard let finalState, let run = finalState.endedRun else { return nil }
            try await receive(finalState)
            return run
        } passes: { error, position in
            if let onConnection, !Task.isCancelled {
                onConnection(false, error)
                if error is APIError { return true }
            }
            return (position.isOpened || error is HTTPError) && FailureMeaning(of: error) == .passing
        }
    }

    /// The events reported so far.
    private struct Trace {
        /// How often each event was reported, and how often it came on this connection. An event may be sent twice on
        /// purpose, so only what exceeds the count of earlier connections is new.
        ///
        /// Events are identified by hashes, because the texts of a long trace would fill the memory.
        private var reported: [Int: Int] = [:]
        private var repeated: [Int: Int] = [:]
        private var figures: JSONValue?
        private var status: RunStatus?

        private static let maximumEvents = 100_000

        mutating func beginConnection() { repeated = [:] }

        mutating func isNew(_ event: RunEvent) -> Bool {
            if let identity = event.identity?.hashValue {
                // No real trace is as long. At worst, older events are reported twice.
                if reported.count >= Self.maximumEvents { (reported, repeated) = ([:], [:]) }
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
    /// Whether the event is progress of the run. Errors don't count, because a server may begin each connection with
    /// another one.
    fileprivate var isProgress: Bool {
        switch kind {
        case .state, .message, .progress: true
        case .error, .other: false
        }
    }

    /// The run in a state event, if it is no longer active; otherwise nil.
    fileprivate var endedRun: TaskRun? {
        if case .state(let run) = kind, !run.isActive { run } else { nil }
    }
}
