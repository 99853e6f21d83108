import ParallelAPI
import ParallelHTTP

/// What happens in the group while it is waited for.
extension Batch {
    private static let shortestPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

    /// Follows the event stream over as many connections as it takes, until the task is cancelled; while there is none
    /// to be had, the group is polled.
    ///
    /// It is opened once a run is seen that is active: until then reading the list is all that is needed. The server
    /// ends a stream after an hour, and whenever no run is active, as between two lots.
    func watch() async throws {
        for await _ in calm {}
        try Task.checkCancellation()
        var last: String?
        var pause = Self.shortestPause
        while true {
            var hadNews = false
            do {
                for try await message in try await client.groupEvents(group, after: last) {
                    let event = try BatchEvent(message, of: group)
                    last = event.id ?? last
                    if handle(event) { hadNews = true }
                }
            } catch  where !Task.isCancelled {
                // Whatever is wrong with the stream, the group tells whether going on makes sense.
                if !hadNews { try await poll() }
            }
            pause = hadNews ? Self.shortestPause : min(pause * 2, Self.longestPause)
            try await clock.sleep(for: pause)
        }
    }

    /// Whether the event tells something new.
    private func handle(_ event: BatchEvent) -> Bool {
        switch event.kind {
        case .run(let run):
            guard !run.isActive, let row = row(of: run) else { return false }
            rows.accept(row)
            guard rows.end(row, isCompleted: run.isCompleted) else { return false }
            if rows.isPassed(row) { addStraggler(row, run.id) }
            // Reading on is worth it from the row that it stopped at, or where order does not matter, from any.
            if row == blockingRow || !options.isOrdered { hasNews = true }
            report()
            return true
        case .status(let isActive):
            if !isActive { hasNews = true }
            return false
        case .fault, .other:
            return false
        }
    }

    /// Looks whether the group is there, and lets results be looked for without events.
    private func poll() async throws {
        _ = try await count()
        isPolled = true
        hasNews = true
    }
}
