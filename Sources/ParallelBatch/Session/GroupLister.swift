import ParallelAPI
import ParallelHTTP

/// Asks the group which rows have runs. Only the group knows what became of a request whose answer was lost.
struct GroupLister: Sendable {
    private typealias Visit = (_ row: Int, _ run: RunSummary, _ eventID: String?) -> Void

    /// The maximum number of times that a list which lacks runs is read.
    private static let maximumLists = 8
    /// The maximum duration of a request, in seconds; an older one is finished.
    private static let longestRequest = 600

    let group: String
    let connection: GroupConnection
    let ledger: RowLedger
    let budget: RetryBudget

    /// Marks every row that has a run as accepted.
    ///
    /// Throws `UnexpectedAnswer` if the list stays shorter than the number of runs that the group reports, because a
    /// row that is missing from it may have a run nevertheless. Runs that the group can't read may be missing, as long
    /// as they can be runs of rows that are known to have one.
    func findRuns() async throws { try await list() }

    /// Finds out which rows have a run, and up to where an earlier process has collected results.
    ///
    /// Returns the event after which reading of the list continues; nil for its beginning. Throws like `findRuns`, and
    /// also if no run says which row it is for.
    func catchUp() async throws -> String? {
        /// The rows without a result behind the last row with one, and the ids of their runs that have ended.
        var open: [(row: Int, endedRunID: String?)] = []
        var resumeEventID: String?
        try await list(needsAll: true) {
            open = []
        } visit: { row, run, eventID in
            if !run.isActive { ledger.withRows { _ = $0.end(row, isCompleted: run.isCompleted) } }
            if ledger.withRows({ $0.isCollected(row) }) {
                for (row, endedRunID) in open {
                    ledger.withRows { $0.pass(row) }
                    if let endedRunID { ledger.addPendingResult(row, endedRunID) }
                }
                open = []
                resumeEventID = eventID ?? resumeEventID
            } else {
                open.append((row, run.isActive ? nil : run.id))
            }
        }
        if ledger.runsWithoutRow > 0, ledger.progress.accepted == 0 {
            throw UnexpectedAnswer(message: "no run of group \(group) says which row it is for; nothing was sent")
        }
        if ledger.withRows({ $0.hasPassed }) { ledger.didSeeActiveRun() }
        return resumeEventID
    }

    /// Finds ended runs among those that reading of the list, now at the event `resumeEventID`, has passed.
    func findEndedRuns(before resumeEventID: String?) async throws {
        // Runs behind that event will be found by reading.
        var isPassed = resumeEventID != nil
        _ = try await listOnce { row, run, eventID in
            if isPassed, !run.isActive, !ledger.withRows({ $0.isCollected(row) }) {
                ledger.withRows { _ = $0.end(row, isCompleted: run.isCompleted) }
                ledger.addPendingResult(row, run.id)
            }
            if eventID == resumeEventID { isPassed = false }
        }
    }

    /// Waits for the runs of requests that were under way when an earlier process was killed, as long as the server may
    /// still be working on them.
    func settleEarlierRequests(_ journal: BatchJournal?, _ activities: ActivityReporter) async throws {
        guard let journal, !journal.unsettled.isEmpty else { return }
        let chunks = journal.unsettled
        // The earlier process may have been waiting for its answer until a moment ago. If the clock was set back, the
        // wait must not become longer.
        let isRecent = chunks.values.contains { connection.now() - $0.sentAt < Self.longestRequest }
        let deadline = connection.elapsed() + .seconds(isRecent ? SubmissionOutcome.settlingTime : 0)
        let rows = chunks.values.flatMap(\.rows).filter { $0 < ledger.rowCount }
        while connection.elapsed() < deadline {
            let activity = activities.begin(.asking(rows: rows.count))
            defer { activities.end(activity) }
            try await findRuns()
            if ledger.withRows({ known in rows.allSatisfy(known.isAccepted) }) { break }
            let rest = max(deadline - connection.elapsed(), .milliseconds(1))
            try await connection.clock.sleep(for: min(.seconds(1), rest))
        }
        for number in chunks.keys { try journal.didSettle(number) }
    }

    /// Whether a group whose notes say how many runs it should have has no more to get; `count` rows have a run, or
    /// were refused one.
    func lacksNoRun(_ count: Int) async throws -> Bool {
        let notes = GroupNotes(try await connection.client.group(group))
        return notes.map { count >= $0.share } ?? false
    }

    /// Returns the number of runs in the group.
    func runCount() async throws -> Int {
        let start = connection.elapsed()
        var tolerance = FailureTolerance(isKnown: true)
        while true {
            do {
                return try await connection.client.group(group).status.runCount
            } catch  where !Task.isCancelled && tolerance.tolerates(error) {
                try budget.spend(on: error, lastSuccess: start)
            }
            if let pause = tolerance.pause { try await connection.clock.sleep(for: pause) }
        }
    }

    /// Lists all runs of the group without outputs and calls `visit` for those with a row. Calls `begin` before each
    /// attempt.
    ///
    /// - Parameter needsAll: whether the list is read again if the server can't read some runs now.
    private func list(needsAll: Bool = false, begin: () -> Void = {}, visit: Visit = { _, _, _ in }) async throws {
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(8))
        var isDecided = false
        for _ in 0..<Self.maximumLists {
            let added = ledger.addedRows
            let count = max(try await runCount(), ledger.progress.accepted)
            begin()
            let accepted = ledger.progress.accepted
            let listing = try await listOnce(visit)
            // Runs that were added meanwhile must not hide that others are missing.
            let missing = count - (listing.runs - (ledger.addedRows - added))
            isDecided = missing <= min(listing.unreadable, max(0, accepted - listing.known))
            if missing <= 0 || isDecided && !needsAll { return }
            try await connection.clock.sleep(for: backoff.next())
        }
        if isDecided { return }
        throw UnexpectedAnswer(
            message: "the list of group \(group) lacks runs that the group has; nothing was sent again")
    }

    /// The number of runs in a list.
    private struct Listing {
        var runs = 0
        /// Runs of rows that are known to have one.
        var known = 0
        /// Runs that the server could not read.
        var unreadable = 0
    }

    /// Reads the list once, over as many connections as it takes.
    private func listOnce(_ visit: Visit) async throws -> Listing {
        var last: String?
        var listing = Listing()
        let limit = ledger.rowCount + ActiveGroup.maximumExcess
        /// The number of unreadable runs behind `last`, which come again on the next connection.
        var unreadable = 0
        var runsWithoutRow = 0
        var lastSuccess = connection.elapsed()
        var tolerance = FailureTolerance(isKnown: true)
        while true {
            do {
                let stream = try await connection.client.groupRuns(group, GroupRunsQuery(after: last))
                for try await message in stream {
                    let event = try BatchEvent(message, of: group)
                    switch event.kind {
                    case .run(let run):
                        listing.runs += 1
                        if let row = ledger.row(of: run) {
                            let isKnown = ledger.withRows { rows in
                                defer { rows.accept(row) }
                                return rows.isAccepted(row)
                            }
                            if isKnown { listing.known += 1 }
                            visit(row, run, event.id)
                        } else {
                            runsWithoutRow += 1
                        }
                    case .unreadableRun: unreadable += 1
                    case .status, .other: continue
                    }
                    if listing.runs + listing.unreadable + unreadable > limit {
                        throw UnexpectedAnswer(message: "the list of group \(group) does not end after its runs")
                    }
                    if let id = event.id {
                        last = id
                        listing.unreadable += unreadable
                        unreadable = 0
                    }
                    lastSuccess = connection.elapsed()
                    tolerance.answered(held: true)
                }
                ledger.runsWithoutRow = runsWithoutRow
                listing.unreadable += unreadable
                return listing
            } catch  where !Task.isCancelled && tolerance.tolerates(error) {
                unreadable = 0
                try budget.spend(on: error, lastSuccess: lastSuccess)
            }
            if let pause = tolerance.pause { try await connection.clock.sleep(for: pause) }
        }
    }
}
