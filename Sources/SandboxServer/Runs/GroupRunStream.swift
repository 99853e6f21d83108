/// The listing of a group: the runs that it has when the listing begins, in the order they were added, each in its
/// state at the time of sending.
actor GroupRunStream: ReplyStream {
    /// The approximate number of runs that are read, and of bytes that are sent, at once.
    private static let runsPerRead = 128
    private static let chunkSize = 64 << 10

    private let group: TaskGroup
    private let store: RunStore
    private let query: GroupQuery
    private var position: Int

    init(of group: TaskGroup, in store: RunStore, query: GroupQuery) {
        self.group = group
        self.store = store
        self.query = query
        position = query.lastRun
    }

    func next() async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < Self.chunkSize, position < group.runs {
            try Task.checkCancellation()
            let count = min(Self.runsPerRead, group.runs - position)
            let runs = await store.runs(ofGroup: group.id, from: position, upTo: count) ?? []
            for run in runs {
                position += 1
                if let status = query.status, run.status != status { continue }
                EventTrace.appendState(
                    of: run, cursor: GroupCursor.run(position).text, includesInput: query.includesInput,
                    includesOutput: query.includesOutput, to: &bytes)
            }
        }
        return bytes.isEmpty ? nil : bytes
    }
}
