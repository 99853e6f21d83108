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
        let stream = ResumableEventStream(
            clock: connection.clock, backoff: Backoff(first: .milliseconds(100), longest: .seconds(5)),
            maximumFailures: .max)
        /// Whether the last connection told of the end of a run.
        var hadNews = false
        /// Whether a connection failed before it had news, so that the group has to be asked.
        var lacksEvents = false
        let _: Never = try await stream.follow { position in
            if lacksEvents {
                _ = try await lister.runCount()
                ledger.didMissEvents()
            }
            (lacksEvents, hadNews) = (false, false)
            return .open(try await connection.client.groupEvents(group, after: position.lastEventID))
        } receive: { message, position in
            let event = try BatchEvent(message, of: group)
            position.lastEventID = event.id ?? position.lastEventID
            if isNews(event) {
                hadNews = true
                position.noteNews()
            }
            return nil
        } end: { _ in
            nil
        } passes: { _, _ in
            // Whatever is wrong with the stream: if the group can be read, trying again makes sense.
            if lacksEvents || Task.isCancelled { return false }
            lacksEvents = !hadNews
            return true
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
