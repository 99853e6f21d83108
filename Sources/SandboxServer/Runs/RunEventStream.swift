/// The events of a run on one connection: the state, the trace so far, the figures, then all changes, and the state
/// again once the run is no longer active or the stream's time limit is reached. Of a run that has ended before, there
/// is only its state.
actor RunEventStream: ReplyStream {
    private let id: String
    private let store: RunStore
    private let keepAlive: Duration
    private let deadline: ContinuousClock.Instant
    private let breaksOff: Bool
    private var seen: RunRecord?
    private var isFinished = false

    /// - Parameter breaksOff: whether the connection closes after what is known at its start.
    init(of id: String, in store: RunStore, keepAlive: Duration, limit: Duration, breaksOff: Bool) {
        self.id = id
        self.store = store
        self.keepAlive = keepAlive
        deadline = .now + limit
        self.breaksOff = breaksOff
    }

    func next() async throws -> [UInt8]? {
        if isFinished { return nil }
        guard let last = seen else { return await opening() }
        if breaksOff { throw ConnectionAborted() }
        if .now >= deadline { return closing(last) }
        let pause = min(ContinuousClock.now + keepAlive, deadline)
        guard let run = await store.record(id, changedSince: last.version, by: pause) else { return nil }
        try Task.checkCancellation()
        if run.version == last.version {
            return .now >= deadline ? closing(run) : EventTrace.keepAlive
        }
        seen = run
        return changes(from: last, to: run)
    }

    private func opening() async -> [UInt8]? {
        guard let run = await store.record(id) else { return nil }
        seen = run
        var bytes = EventTrace.state(of: run)
        guard run.status.isActive else {
            isFinished = !breaksOff
            return bytes
        }
        for message in run.trace { bytes += EventTrace.event(message.json) }
        return bytes + EventTrace.event(EventTrace.statistics(of: run))
    }

    private func changes(from last: RunRecord, to run: RunRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        for message in run.trace[last.trace.count...] { bytes += EventTrace.event(message.json) }
        if run.progress != last.progress { bytes += EventTrace.event(EventTrace.statistics(of: run)) }
        if !run.status.isActive { return bytes + ending(of: run) }
        // A change without an event, such as from queued to running, sends a comment.
        return bytes.isEmpty ? EventTrace.keepAlive : bytes
    }

    private func closing(_ run: RunRecord) -> [UInt8] {
        isFinished = true
        return EventTrace.state(of: run)
    }

    private func ending(of run: RunRecord) -> [UInt8] {
        let failure = run.error.map { EventTrace.event(EventTrace.failure($0)) } ?? []
        return failure + closing(run)
    }
}
