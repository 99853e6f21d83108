import ParallelAPI
import ParallelHTTP

/// What the group itself says of a batch.
extension Batch {
    /// How often a list that lacks runs is read again, before nothing is believed.
    private static let maximumLists = 8

    /// Goes through all runs of the group, without their outputs, takes note of those that stand for rows, and hands
    /// each with the place behind it to `body`; `begin` is called whenever that begins anew.
    ///
    /// Throws `UnexpectedAnswer` where the list goes on being shorter than the group says it is: rows that it lacks may
    /// have runs all the same. It may lack what it says it can't list, as far as those can be runs of rows known to
    /// have one.
    ///
    /// - Parameter needsAll: whether such runs are worth reading the list again.
    func list(
        needsAll: Bool = false, begin: () -> Void = {},
        _ body: (_ row: Int, _ run: BatchEvent.Run, _ eventID: String?) -> Void = { _, _, _ in }
    ) async throws {
        var pause = Duration.milliseconds(500)
        var isDecided = false
        for _ in 0..<Self.maximumLists {
            let added = addedRows
            let count = max(try await count(), rows.accepted)
            begin()
            let accepted = rows.accepted
            let listing = try await listOnce(body)
            // What came in meanwhile must not stand for what is missing.
            let missing = count - (listing.runs - (addedRows - added))
            isDecided = missing <= min(listing.faults, max(0, accepted - listing.known))
            if missing <= 0 || isDecided && !needsAll { return }
            try await clock.sleep(for: pause)
            pause = min(pause * 2, .seconds(8))
        }
        if isDecided { return }
        throw UnexpectedAnswer(
            message: "the list of group \(group) lacks runs that the group has; nothing was sent again")
    }

    /// How many runs the group has.
    func count() async throws -> Int {
        let start = elapsed()
        var patience = WaitPatience(isKnown: true)
        while true {
            do {
                return try await client.group(group).status.runCount
            } catch  where !Task.isCancelled && patience.bears(error) {
                try endure(error, since: start)
            }
            if let pause = patience.pause { try await clock.sleep(for: pause) }
        }
    }

    /// What was in a list.
    private struct Listing {
        var runs = 0
        /// Those of rows that were known to have one.
        var known = 0
        /// Runs that the server could not list.
        var faults = 0
    }

    /// Reads the list once, over as many connections as it takes.
    private func listOnce(
        _ body: (_ row: Int, _ run: BatchEvent.Run, _ eventID: String?) -> Void
    ) async throws -> Listing {
        var last: String?
        var listing = Listing()
        let limit = rows.count + GroupStream.maximumExcess
        /// Faults behind `last`, which come again on another connection.
        var faults = 0
        var strangers = 0
        var lastSuccess = elapsed()
        var patience = WaitPatience(isKnown: true)
        while true {
            do {
                for try await message in try await client.groupRuns(group, GroupRunsQuery(after: last)) {
                    let event = try BatchEvent(message, of: group)
                    switch event.kind {
                    case .run(let run):
                        listing.runs += 1
                        if let row = row(of: run) {
                            if rows.isAccepted(row) { listing.known += 1 }
                            rows.accept(row)
                            body(row, run, event.id)
                        } else {
                            strangers += 1
                        }
                    case .fault: faults += 1
                    case .status, .other: continue
                    }
                    if listing.runs + listing.faults + faults > limit {
                        throw UnexpectedAnswer(message: "the list of group \(group) goes on beyond its runs")
                    }
                    if let id = event.id {
                        last = id
                        listing.faults += faults
                        faults = 0
                    }
                    lastSuccess = elapsed()
                    patience.answered(held: true)
                }
                runsWithoutRow = strangers
                listing.faults += faults
                return listing
            } catch  where !Task.isCancelled && patience.bears(error) {
                faults = 0
                try endure(error, since: lastSuccess)
            }
            if let pause = patience.pause { try await clock.sleep(for: pause) }
        }
    }

    /// Finds out what an earlier process got done: which rows have a run, and how far their results were collected.
    package func catchUp() async throws {
        try await settle()
        /// Rows without a result since the last one with one, and the runs of those that have ended.
        var pending: [(row: Int, runID: String?)] = []
        try await list(needsAll: true) {
            pending = []
        } _: { row, run, eventID in
            if !run.isActive { rows.end(row, isCompleted: run.isCompleted) }
            if rows.isCollected(row) {
                for (row, runID) in pending {
                    rows.pass(row)
                    if let runID { addStraggler(row, runID) }
                }
                pending = []
                frontier = eventID ?? frontier
            } else {
                pending.append((row, run.isActive ? nil : run.id))
            }
        }
        if runsWithoutRow > 0, rows.accepted == 0 {
            throw UnexpectedAnswer(message: "no run of group \(group) says which row it is for; nothing was sent")
        }
        if rows.hasPassed { endOfCalm.finish() }
        report()
    }

    /// Looks for runs that have ended among those that the reading of results has passed.
    func lookForStragglers() async throws {
        // Beyond the place where reading stands, reading on will find them.
        var isPassed = frontier != nil
        _ = try await listOnce { row, run, eventID in
            if isPassed, !run.isActive, !rows.isCollected(row) {
                rows.end(row, isCompleted: run.isCompleted)
                addStraggler(row, run.id)
            }
            if eventID == frontier { isPassed = false }
        }
    }

    /// Gives the server the time to end what it was sent just before an earlier process was killed.
    private func settle() async throws {
        guard let record, !record.unsettled.isEmpty else { return }
        let lots = record.unsettled
        // The earlier process may have waited for its answer until a moment ago. A clock that was set back must not
        // keep anybody waiting for longer.
        let isRecent = lots.values.contains { now() - $0.sentAt < Self.longestRequest }
        let deadline = elapsed() + .seconds(isRecent ? Self.settlingTime : 0)
        while elapsed() < deadline {
            try await list()
            if lots.values.allSatisfy({ $0.rows.allSatisfy { $0 >= rows.count || rows.isAccepted($0) } }) { break }
            try await clock.sleep(for: min(.seconds(1), max(deadline - elapsed(), .milliseconds(1))))
        }
        for number in lots.keys { try record.didSettle(number) }
    }

    /// What was sent longer ago than this is done with, in seconds.
    private static let longestRequest = 600
}
