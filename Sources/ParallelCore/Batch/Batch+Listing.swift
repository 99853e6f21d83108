import ParallelHTTP
import ParallelJSON

/// What the group itself says of a batch.
extension Batch {
    /// Goes through all runs of the group, without their outputs, takes note of those that stand for rows, and hands each
    /// with the place behind it to `body`.
    func list(_ body: (_ row: Int, _ run: BatchEvent.Run, _ eventID: String?) -> Void) async throws {
        var last: String?
        var seen: [Int: Int] = [:]
        var patience = WaitPatience(isKnown: true)
        while true {
            do {
                for try await message in try await client.groupRuns(group, GroupRunsQuery(after: last)) {
                    let event = try BatchEvent(message)
                    if case .run(let run) = event.kind, let row = row(of: run) {
                        if seen.updateValue(run.id.hashValue, forKey: row).map({ $0 != run.id.hashValue }) == true {
                            noteDuplicate(row)
                        }
                        rows.accept(row)
                        body(row, run, event.id)
                    }
                    last = event.id ?? last
                    patience.answered(held: true)
                }
                succeeded()
                return
            } catch  where !Task.isCancelled && patience.bears(error) {
                try endure(error)
            }
            if let pause = patience.pause { try await clock.sleep(for: pause) }
        }
    }

    /// Finds out what an earlier process got done: which rows have a run, and how far their results were collected.
    func resume() async throws {
        try await settle()
        /// Rows without a result since the last one with one, and the runs of those that have ended.
        var pending: [(row: Int, runID: String?)] = []
        try await list { row, run, eventID in
            if !run.isActive { rows.end(row, isCompleted: run.isCompleted) }
            if rows.isCollected(row) {
                for (row, runID) in pending {
                    rows.pass(row)
                    if let runID { stragglers.append((row, runID)) }
                }
                pending = []
                frontier = eventID ?? frontier
            } else {
                pending.append((row, run.isActive ? nil : run.id))
            }
        }
    }

    /// Gives the server the time to end what it was sent just before an earlier process was killed.
    private func settle() async throws {
        guard let record, !record.unsettled.isEmpty else { return }
        let lots = record.unsettled
        let latest = lots.values.map(\.sentAt).max() ?? 0
        // One second more, since times are whole ones; a clock that was set back must not keep anybody waiting.
        let left = min(max(latest + Self.settlingTime + 1 - now(), 0), Self.settlingTime + 1)
        let deadline = elapsed() + .seconds(left)
        while elapsed() < deadline {
            try await list { _, _, _ in }
            if lots.values.allSatisfy({ $0.rows.allSatisfy { $0 >= rows.count || rows.isAccepted($0) } }) { break }
            try await clock.sleep(for: min(.seconds(1), max(deadline - elapsed(), .milliseconds(1))))
        }
        for number in lots.keys { try record.didSettle(number) }
    }
}
