import ParallelAPI
import ParallelHTTP

/// Follows the event stream of a group over as many connections as needed, and polls the group if there is no stream.
struct GroupWatcher: Sendable {
    let group: String
    let connection: GroupConnection
    let ledger: RowLedger
    let lister: GroupLister

    /// Records the ends of runs until the task is cancelled.
    ///
    /// The stream is opened once a run is seen that is active: until then reading the list is all that is needed. The
    /// server ends a stream after an hour, and whenever no run is active, as between two chunks.
    func watch() async throws {
        let ledger = ledger
        try await ledger.changes.wait { ledger.hasActiveRuns }
        var last: String?
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5))
        while true {
            var hadNews = false
            do {
                for try await message in try await connection.client.groupEvents(group, after: last) {
                    let event = try BatchEvent(message, of: group)
                    last = event.id ?? last
                    if isNews(event) { hadNews = true }
                }
            } catch  where !Task.isCancelled {
                // Whatever is wrong with the stream: if the group can be read, trying again makes sense.
                if !hadNews {
                    _ = try await lister.runCount()
                    ledger.didMissEvents()
                }
            }
            if hadNews { backoff.reset() }
            try await connection.clock.sleep(for: backoff.next())
        }
    }

    /// Records an event, and returns whether it was new.
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
