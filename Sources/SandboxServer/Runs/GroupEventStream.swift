/// The events of a group on one connection: its state, each run that ended since the client's cursor, its state again
/// whenever that has changed, until no run is active or the time for a stream is up.
actor GroupEventStream: ReplyStream {
    /// Endings that are told at once.
    private static let lot = 512
    /// How long changes of the counts are gathered before they are told.
    private static let pace = Duration.milliseconds(100)

    private let id: String
    private let store: RunStore
    private let keepAlive: Duration
    private let deadline: ContinuousClock.Instant
    /// Endings that were told.
    private var position: Int
    /// The version of the group that was told, and when the next one may be.
    private var toldVersion: Int?
    private var nextStatus = ContinuousClock.now
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
            guard let (runs, group) = await store.endings(ofGroup: id, from: position, upTo: Self.lot) else {
                return nil
            }
            let bytes = news(runs, of: group)
            let now = ContinuousClock.now
            if now >= deadline, runs.count < Self.lot { isFinished = true }
            if !bytes.isEmpty { return bytes }
            if isFinished { return nil }
            if now >= pause { return EventTrace.keepAlive }
            // What was held back for the sake of the pace is waited for, else any change.
            let hasMore = group.version != toldVersion
            let limit = min(pause, deadline, hasMore ? nextStatus : pause)
            _ = await store.group(id, changedSince: group.version, by: limit)
        }
    }

    private func news(_ runs: [RunRecord], of group: TaskGroup) -> [UInt8] {
        var bytes: [UInt8] = []
        if toldVersion == nil { appendStatus(of: group, to: &bytes) }
        for run in runs {
            position += 1
            EventTrace.appendState(
                of: run, cursor: GroupCursor.ending(position).text, includesOutput: false, to: &bytes)
        }
        guard position >= group.endings else { return bytes }
        if !group.isActive {
            isFinished = true
            if group.version != toldVersion || !runs.isEmpty { appendStatus(of: group, to: &bytes) }
        } else if group.version != toldVersion, .now >= nextStatus {
            appendStatus(of: group, to: &bytes)
        }
        return bytes
    }

    private func appendStatus(of group: TaskGroup, to bytes: inout [UInt8]) {
        bytes += EventTrace.status(of: group, cursor: GroupCursor.ending(position, status: group.version).text)
        toldVersion = group.version
        nextStatus = .now + Self.pace
    }
}
