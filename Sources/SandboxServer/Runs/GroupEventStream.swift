/// The events of a group on one connection: its state, each run that ended after the client's cursor, and its state
/// again whenever it changes, until no run is active or the stream's time limit is reached.
actor GroupEventStream: ReplyStream {
    /// The maximum number of ended runs to send at once.
    private static let maximumEndings = 512
    /// The minimum time between two group states.
    private static let statusInterval = Duration.milliseconds(100)

    private let id: String
    private let store: RunStore
    private let keepAlive: Duration
    private let deadline: ContinuousClock.Instant
    /// The number of ended runs that were sent.
    private var position: Int
    /// The version of the group whose state was sent last, and the earliest time for the next state.
    private var sentVersion: Int?
    private var nextStatusTime = ContinuousClock.now
    private var isFinished = false

    init(of group: TaskGroup, in store: RunStore, after position: Int, keepAlive: Duration, limit: Duration) {
        id = group.id
        self.store = store
        self.position = position
        self.keepAlive = keepAlive
        deadline = .now + limit
    }

    func next() async throws -> [UInt8]? {
        if isFinished { return nil }
        let pause = ContinuousClock.now + keepAlive
        while true {
            try Task.checkCancellation()
            guard let (runs, group) = await store.endings(ofGroup: id, from: position, upTo: Self.maximumEndings) else {
                return nil
            }
            let bytes = changes(runs, of: group)
            let now = ContinuousClock.now
            if now >= deadline, runs.count < Self.maximumEndings { isFinished = true }
            if !bytes.isEmpty { return bytes }
            if isFinished { return nil }
            if now >= pause { return EventTrace.keepAlive }
            // Waits until a delayed state may be sent; if there is none, for any change.
            let hasMore = group.version != sentVersion
            let limit = min(pause, deadline, hasMore ? nextStatusTime : pause)
            _ = await store.group(id, changedSince: group.version, by: limit)
        }
    }

    private func changes(_ runs: [RunRecord], of group: TaskGroup) -> [UInt8] {
        var bytes: [UInt8] = []
        if sentVersion == nil { appendStatus(of: group, to: &bytes) }
        for run in runs {
            position += 1
            EventTrace.appendState(
                of: run, cursor: GroupCursor.ending(position).text, includesOutput: false, to: &bytes)
        }
        guard position >= group.endings else { return bytes }
        if !group.isActive {
            isFinished = true
            if group.version != sentVersion || !runs.isEmpty { appendStatus(of: group, to: &bytes) }
        } else if group.version != sentVersion, .now >= nextStatusTime {
            appendStatus(of: group, to: &bytes)
        }
        return bytes
    }

    private func appendStatus(of group: TaskGroup, to bytes: inout [UInt8]) {
        bytes += EventTrace.status(of: group, cursor: GroupCursor.ending(position, status: group.version).text)
        sentVersion = group.version
        nextStatusTime = .now + Self.statusInterval
    }
}
