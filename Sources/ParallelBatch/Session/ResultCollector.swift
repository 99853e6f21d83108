import ParallelAPI
import ParallelHTTP
import ParallelJSON

/// Collects each result once into a file, and delivers the results.
///
/// If results are delivered in order, the list of runs with outputs is read up to the first active run, and continued
/// when that run has ended. Otherwise the whole list is read; the runs that were active then are passed, and their
/// results are fetched one by one when they end.
actor ResultCollector {
    /// The minimum time between two beginnings of reading after an active run stopped it: otherwise runs that end one
    /// after the other would open the list once for each.
    private static let readingInterval = Duration.milliseconds(500)
    /// How long to wait for events before the list is read anyway.
    static let longestSilence = Duration.seconds(10)
    /// The maximum number of readings to the end of the list, after all runs have ended, that still lack a result.
    private static let maximumEmptyRounds = 2
    /// The maximum number of requests for a result that should exist but does not come.
    private static let maximumFetches = 5
    /// The maximum number of pending results that are fetched at once.
    private static let concurrency = 8

    private let group: String
    private let connection: GroupConnection
    private let ledger: RowLedger
    private let lister: GroupLister
    private let budget: RetryBudget
    private let isOrdered: Bool
    private let spool: RowSpool
    private let sharedRuns: SharedRuns
    private let results: ResultFile
    /// The delivery during the batch; nil if results are read with `forEachResult` at the end.
    private var delivery: ResultDelivery?

    /// The event after which reading of the list continues; nil for its beginning.
    private var resumeEventID: String?
    /// The row at which reading stopped, because its run was active.
    private var blockingRow: Int?
    /// The news when reading last began; nil if it failed and has to be repeated.
    private var newsAtReading: RowLedger.News?
    /// How long to wait for events before the group is asked which of the passed runs have ended.
    private var lookInterval = ResultCollector.longestSilence
    /// The time when the group was last asked.
    private var lastLook: Duration?

    init(
        group: String, connection: GroupConnection, ledger: RowLedger, lister: GroupLister, budget: RetryBudget,
        isOrdered: Bool, spool: RowSpool, sharedRuns: SharedRuns, results: ResultFile, receive: BatchSession.Receive?
    ) throws {
        self.group = group
        self.connection = connection
        self.ledger = ledger
        self.lister = lister
        self.budget = budget
        self.isOrdered = isOrdered
        self.spool = spool
        self.sharedRuns = sharedRuns
        self.results = results
        delivery = try receive.map { try ResultDelivery($0, isOrdered: isOrdered, spool, sharedRuns, ledger) }
    }

    /// Makes reading continue after an event of the list of runs.
    func resume(after eventID: String?) { resumeEventID = eventID }

    /// Delivers the results that an earlier process has collected.
    func deliverCollected() throws { try delivery?.deliverAll(results) }

    /// Returns once every wanted row has its result.
    func collect() async throws {
        // Results that were fetched must not be fetched again, however this ends.
        defer { try? results.flush() }
        var tolerance = FailureTolerance(isKnown: true)
        var lastSuccess = connection.elapsed()
        var emptyRounds = 0
        while !isComplete {
            let begin = connection.elapsed()
            let before = collected
            do {
                try await read()
                try results.flush()
                try await fetchPendingResults()
                tolerance.answered(held: true)
                lastSuccess = connection.elapsed()
                let isOver = collected == before ? try await isOver() : false
                emptyRounds = isOver ? emptyRounds + 1 : 0
            } catch  where !Task.isCancelled && tolerance.tolerates(error) {
                if collected > before {
                    tolerance.answered(held: true)
                    lastSuccess = connection.elapsed()
                }
                try budget.spend(on: error, lastSuccess: lastSuccess)
                newsAtReading = nil
            }
            try results.flush()
            if isComplete { return }
            if let pause = tolerance.pause { try await connection.clock.sleep(for: pause) }
            if emptyRounds == Self.maximumEmptyRounds {
                let missing = ledger.progress.wanted - collected
                throw UnexpectedAnswer(message: "group \(group) has ended, but \(missing) rows have no result in it")
            }
            try await waitForNews()
            let rest = begin + Self.readingInterval - connection.elapsed()
            if blockingRow != nil || !isOrdered, rest > .zero { try await connection.clock.sleep(for: rest) }
        }
    }

    private var collected: Int { ledger.withRows { $0.collected } }

    private var isComplete: Bool { ledger.withRows { $0.collected >= $0.wanted } }

    /// Whether all rows are submitted, the list is read to its end, and no run of the group is active.
    private func isOver() async throws -> Bool {
        guard blockingRow == nil, !ledger.hasPendingResults, !isWorthReading(),
            ledger.progress.missingRuns <= 0
        else { return false }
        guard let group = try? await connection.client.group(group), !group.status.isActive else { return false }
        try await lister.findEndedRuns(before: resumeEventID)
        return !ledger.hasPendingResults
    }

    // MARK: - Waiting

    /// Returns whether reading the list may bring something new since it last began.
    private var isWorthReading: @Sendable () -> Bool {
        guard let known = newsAtReading else { return { true } }
        return { [ledger, blockingRow, isOrdered] in
            let news = ledger.news
            if news.reasonsToLook > known.reasonsToLook { return true }
            guard let blockingRow else {
                return news.additions > known.additions || !isOrdered && news.endings > known.endings
            }
            return ledger.withRows { $0.isEnded(blockingRow) }
        }
    }

    private func waitForNews() async throws {
        let isWorthReading = isWorthReading
        try await ledger.changes.wait(atMost: Self.longestSilence, connection.clock) { [ledger] in
            ledger.hasPendingResults || isWorthReading()
        }
        // The end of a passed run may be missing among the events, and reading the list further does not find it.
        guard !ledger.hasPendingResults, ledger.withRows({ $0.hasPassed }) else { return }
        if !ledger.takeLackOfEvents() {
            if isWorthReading() {
                lookInterval = Self.longestSilence
                return
            }
            if let lastLook, connection.elapsed() - lastLook < lookInterval { return }
            // While events come, little is found this way, and the list may be long, so the pauses become longer.
            lookInterval = min(lookInterval * 2, .seconds(300))
        }
        lastLook = connection.elapsed()
        try await lister.findEndedRuns(before: resumeEventID)
    }

    // MARK: - Reading

    /// Continues reading the list of runs.
    private func read() async throws {
        newsAtReading = ledger.news
        blockingRow = nil
        let query = GroupRunsQuery(after: resumeEventID, includesOutput: true)
        for try await message in try await connection.client.groupRuns(group, query) {
            let event = try BatchEvent(message, of: group)
            switch event.kind {
            case .run(let run):
                if let row = ledger.row(of: run), try !take(run, row, message) { return }
                resumeEventID = event.id ?? resumeEventID
            // A run that can't be listed now may be listed the next time. If it never is, its row lacks a result and
            // the batch ends.
            case .unreadableRun, .status, .other:
                break
            }
        }
    }

    /// Keeps the result of a run. Returns false if reading has to stop until the run ends.
    private func take(_ run: RunSummary, _ row: Int, _ message: ServerSentEvent) throws -> Bool {
        let isCollected = ledger.withRows { rows in
            rows.accept(row)
            return rows.isCollected(row)
        }
        if isCollected { return true }
        if run.isActive {
            ledger.didSeeActiveRun()
            if isOrdered {
                blockingRow = row
                return false
            }
            // The events may report an end before the list does.
            let hasEnded = ledger.withRows { rows in
                rows.pass(row)
                return rows.isEnded(row)
            }
            if hasEnded { ledger.addPendingResult(row, run.id) }
        } else if run.isCompleted, JSONText(message.bytes[...]).opening(of: "output") != UInt8(ascii: "{") {
            ledger.addPendingResult(row, run.id)
        } else {
            try keep(row, isCompleted: run.isCompleted, ResultLine(message))
        }
        return true
    }

    /// Keeps a result unless it was collected before.
    private func keep(_ row: Int, isCompleted: Bool, _ result: ResultLine) throws {
        ledger.didCollect(row, isCompleted: isCompleted, at: try results.append(result))
        try delivery?.didCollect(row, results)
    }

    /// Keeps the places of rows that get no run.
    func leave(_ rows: [UnsentRow]) throws {
        for row in rows {
            ledger.didLeave(row, at: try results.append(ResultLine(row)))
            try delivery?.didCollect(row.row, results)
        }
        try results.flush()
    }

    /// Writes down that a row was refused, for the next process. Here the row stays open.
    func record(_ row: UnsentRow) throws {
        _ = try results.append(ResultLine(row))
        try results.flush()
    }

    // MARK: - Fetching one by one

    private func fetchPendingResults() async throws {
        while case let pending = ledger.pendingResults(Self.concurrency), !pending.isEmpty {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for result in pending where !ledger.withRows({ $0.isCollected(result.row) }) {
                    tasks.addTask { try await self.fetch(result.runID, result.row) }
                }
                try await tasks.waitForAll()
            }
            ledger.removePendingResults(pending.count)
        }
    }

    /// Fetches the result of one run. A run that has none after several attempts counts as failed.
    private func fetch(_ id: String, _ row: Int) async throws {
        func keep(isCompleted: Bool, _ result: JSONValue) throws {
            if ledger.withRows({ $0.isCollected(row) }) { return }
            try self.keep(row, isCompleted: isCompleted, ResultLine(result, for: row))
        }
        var backoff = Backoff(first: .seconds(1), longest: .seconds(60))
        for attempt in 1...Self.maximumFetches {
            switch try await connection.client.result(id, timeout: 1) {
            case .finished(let result):
                return try keep(isCompleted: true, result.json)
            case .ended(let run):
                return try keep(isCompleted: false, ["run": run.json])
            case .withoutResult, .stillActive:
                let run = try await connection.client.run(id)
                if !run.isActive, run.status != .completed || attempt == Self.maximumFetches {
                    return try keep(isCompleted: false, ["run": run.json])
                }
            }
            try await connection.clock.sleep(for: backoff.next())
        }
        throw UnexpectedAnswer(message: "run \(id) was reported as ended and is still active")
    }

    // MARK: - The end

    /// Calls `body` for every collected result, with its row: in the order of the rows, or else in the order in which
    /// results came. Throws `CancellationError` once the task is cancelled.
    func forEachResult(_ body: BatchSession.Receive) throws {
        if isOrdered {
            try spool.forEach { row in
                let owner = sharedRuns.owner(of: row.index)
                guard let place = ledger.withRows({ $0.place(owner) }), let result = try results.result(at: place)
                else { return }
                try body(row, result)
            }
            return
        }
        let rows = try spool.places()
        var cursor = RowCursor()
        let found = ledger.withRows { states in
            rows.indices.compactMap { row in states.place(sharedRuns.owner(of: row)).map { (row: row, place: $0) } }
        }
        for (index, place) in found.sorted(by: { $0.place < $1.place }) {
            try Task.checkCancellation()
            cursor.move(to: index, at: rows[index])
            if let row = try spool.next(&cursor), let result = try results.result(at: place) { try body(row, result) }
        }
    }

    /// Removes the file of results.
    func forget() { results.remove() }
}
