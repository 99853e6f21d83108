import ParallelJSON

/// The events of a FindAll run on one connection, from a position on: those that were, then those that come, until the
/// run has ended or the stream's time is over. In between the status shows that the stream lives.
actor FindAllEventStream: ReplyStream {
    /// The most events that are sent at once.
    private static let maximumEvents = 200
    /// How often the run is looked at.
    private static let interval = Duration.milliseconds(20)

    private let id: String
    private let store: FindAllStore
    private let heartbeat: Duration
    private let deadline: ContinuousClock.Instant
    private var position: Int
    private var hasSent = false
    private var isFinished = false

    init(of id: String, in store: FindAllStore, from position: Int, heartbeat: Duration, limit: Duration) {
        self.id = id
        self.store = store
        self.position = position
        self.heartbeat = heartbeat
        deadline = .now + limit
    }

    func next() async throws -> [UInt8]? {
        if isFinished { return nil }
        let pause = ContinuousClock.now + heartbeat
        while true {
            let run = try await store.record(id)
            let new = run.events[position...].prefix(Self.maximumEvents)
            position += new.count
            isFinished = !run.isActive && position == run.events.count || .now >= deadline
            if !new.isEmpty {
                hasSent = true
                return new.flatMap(EventTrace.event)
            }
            // A stream is never empty, and one that was opened says how the run is.
            if isFinished && !hasSent || .now >= pause || !hasSent {
                hasSent = true
                return EventTrace.event(run.heartbeat(behind: position))
            }
            if isFinished { return nil }
            try await Task.sleep(for: Self.interval)
        }
    }
}
