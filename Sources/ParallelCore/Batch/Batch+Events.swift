import ParallelHTTP

/// What happens in the group while it is waited for.
extension Batch {
    /// After so many connections that broke without news the group is asked for its status, too.
    private static let breaksBeforePolling = 3

    private static let shortestPause = Duration.milliseconds(100)

    /// Follows the event stream over as many connections as it takes, until the task is cancelled; where there is none to
    /// be had, the group is polled.
    ///
    /// The server ends a stream after an hour, and whenever no run is active, as between two lots.
    func watch() async throws {
        var last: String?
        var patience = WaitPatience(isKnown: true)
        var breaks = 0
        var pause = Self.shortestPause
        while true {
            do {
                var hadNews = false
                for try await message in try await client.groupEvents(group, after: last) {
                    let event = try GroupEvent(message)
                    last = event.id ?? last
                    if handle(event) { hadNews = true }
                    breaks = 0
                    patience.answered(held: true)
                }
                succeeded()
                pause = hadNews ? Self.shortestPause : min(pause * 2, .seconds(1))
            } catch  where !Task.isCancelled && patience.bears(error) {
                breaks += 1
                try endure(error)
                pause = patience.pause ?? pause
            }
            if breaks >= Self.breaksBeforePolling { try await poll(&patience) }
            try await clock.sleep(for: pause)
        }
    }

    /// Whether the event tells something new.
    private func handle(_ event: GroupEvent) -> Bool {
        switch event.kind {
        case .run(let run):
            guard let row = row(of: run), noteEnd(run, row) else { return false }
            // Reading on is worth it from the row that it stopped at, or where order does not matter, from any.
            if row == blockingRow || !options.isOrdered || rows.isPassed(row) { hasNews = true }
            report()
            return true
        case .status(let status):
            if !status.isActive { hasNews = true }
            return false
        case .fault, .other:
            return false
        }
    }

    /// Takes note of a run that has ended; false if it has not, or was known to.
    private func noteEnd(_ run: TaskRun, _ row: Int) -> Bool {
        rows.accept(row)
        guard !run.isActive, rows.end(row, isCompleted: run.status == .completed) else { return false }
        if rows.isPassed(row) { stragglers.append((row, run.id)) }
        return true
    }

    /// Looks whether the group has got on where its events can't be had.
    private func poll(_ patience: inout WaitPatience) async throws {
        do {
            let status = try await client.group(group).status
            // Where runs are not waited for in their order, the list was read beyond those that have ended since.
            if !options.isOrdered, status.runCount - status.activeCount > rows.ended {
                try await list { row, run, _ in _ = noteEnd(run, row) }
            }
            hasNews = true
            succeeded()
        } catch  where !Task.isCancelled && patience.bears(error) {
            try endure(error)
        }
    }
}
