import ParallelAPI
import ParallelHTTP

/// Follows what happens in a group while it is waited for, over as many connections as it takes; while none is to be
/// had, the group is asked how it stands.
struct GroupWatcher: Sendable {
    private static let shortestPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

    let group: String
    let connection: GroupConnection
    let ledger: RowLedger
    let lister: GroupLister

    /// Takes note of runs that end until the task is cancelled.
    ///
    /// The stream is opened once a run is seen that is active: until then reading the list is all that is needed. The
    /// server ends a stream after an hour, and whenever no run is active, as between two chunks.
    func watch() async throws {
        let ledger = ledger
        try await ledger.changes.wait { ledger.hasActiveRuns }
        var last: String?
        var pause = Self.shortestPause
        while true {
            var hadNews = false
            do {
                for try await message in try await connection.client.groupEvents(group, after: last) {
                    let event = try BatchEvent(message, of: group)
                    last = event.id ?? last
                    if isNews(event) { hadNews = true }
                }
            } catch  where !Task.isCancelled {
                // Whatever is wrong with the stream, the group tells whether going on makes sense.
                if !hadNews {
                    _ = try await lister.runCount()
                    ledger.didMissEvents()
                }
            }
            pause = hadNews ? Self.shortestPause : min(pause * 2, Self.longestPause)
            try await connection.clock.sleep(for: pause)
        }
    }

    /// Takes note of an event; true where it tells something new.
    private func isNews(_ event: BatchEvent) -> Bool {
        switch event.kind {
        case .run(let run):
            guard !run.isActive, let row = ledger.row(of: run) else { return false }
            return ledger.didEnd(row, run)
        case .status(let isActive):
            if !isActive { ledger.didSeeEnd() }
            return false
        case .unreadableRun, .other:
            return false
        }
    }
}
