import ParallelAPI
import ParallelHTTP

/// Creates the runs of rows, in chunks of rows and with a few requests at once. Rows are sent again only if the group
/// certainly has no run for them.
///
/// A chunk that is refused as a whole is halved until the row that is to blame stands alone, so that it keeps no other
/// row from running.
actor RunSubmitter {
    /// What became of a chunk, or of those of its rows that had no run yet.
    private enum ChunkOutcome {
        /// Every row has a run.
        case accepted
        /// No row has a run, and the API would refuse the same request again.
        case refused(RunChunk, APIError)
        /// No row has a run, and the request may be larger than what is left of the API's quota.
        case tooLarge(RunChunk)
    }

    /// The maximum number of requests at once.
    private static let concurrency = 4
    /// The size in bytes from which a chunk gets no further row; inputs may be long.
    private static let maximumChunkSize = 1 << 20
    /// The number of refused requests after which the rest of a chunk is left.
    private static let maximumRefusals = 200
    /// The number of times that the API may ask a request to wait before its halves are sent.
    private static let maximumWaits = 4

    private let group: String
    private let connection: GroupConnection
    private let ledger: RowLedger
    private let lister: GroupLister
    private let collector: ResultCollector
    private let budget: RetryBudget
    private let observer: BatchSession.Observer
    /// The input, for naming its rows in messages.
    private let input: BatchInput
    private let template: RunTemplate
    private let encoder: RowEncoder
    private let spool: RowSpool
    /// The state file; nil for a batch that can't be resumed.
    private let journal: BatchJournal?

    let activities: ActivityReporter
    private let pace: SubmissionPace
    /// The maximum number of rows in a request.
    private let maximumRows: Int
    /// Whether rows that are refused one after the other do not stop the batch.
    private let keepsRefusals: Bool
    private var refusals: Refusals
    /// The position of the first row that was not considered yet.
    private var cursor = RowCursor()

    /// - Parameter refusals: the rows that an earlier process has seen refused.
    init(
        group: String, connection: GroupConnection, ledger: RowLedger, lister: GroupLister, collector: ResultCollector,
        budget: RetryBudget, observer: BatchSession.Observer, plan: BatchPlan, _ options: BatchSession.Options,
        refusals: Refusals, spool: RowSpool, journal: BatchJournal?
    ) {
        self.group = group
        self.connection = connection
        self.ledger = ledger
        self.lister = lister
        self.collector = collector
        self.budget = budget
        self.observer = observer
        self.refusals = refusals
        activities = ActivityReporter(elapsed: connection.elapsed, report: observer.onActivity)
        pace = SubmissionPace(rate: options.rate, connection: connection, activities: activities)
        maximumRows = Pacer(rate: options.rate).maximumRows
        keepsRefusals = options.keepsRefusals
        input = plan.input
        template = plan.template
        encoder = plan.encoder
        self.spool = spool
        self.journal = journal
    }

    /// Whether it is certain that no row was ever accepted, so that nothing is lost if the batch is forgotten.
    var isUntouched: Bool { ledger.progress.accepted == 0 && journal?.unsettled.isEmpty == true }

    /// Removes the state file.
    func forget() { journal?.remove() }

    /// Sends every wanted row for which the group has no run.
    func submit() async throws {
        await pace.noteSuccess()
        for request in journal?.sentInLastMinute(before: connection.now()) ?? [] {
            await pace.count(request.rows, sentBefore: .seconds(request.age))
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            var underWay = 0
            while true {
                if underWay == Self.concurrency {
                    try await tasks.next()
                    underWay -= 1
                }
                guard let chunk = try nextChunk() else { break }
                tasks.addTask { try await self.sendWhole(chunk) }
                underWay += 1
            }
            try await tasks.waitForAll()
        }
    }

    private func nextChunk() throws -> RunChunk? {
        var chunk = RunChunk(template)
        while chunk.rows.count < maximumRows, chunk.body.count < Self.maximumChunkSize,
            cursor.index < ledger.rowCount, let row = try spool.next(&cursor)
        {
            if ledger.withRows({ $0.isOpen(row.index) }) { chunk.add(row: row.index, input: try encoder.input(row)) }
        }
        chunk.close()
        return chunk.rows.isEmpty ? nil : chunk
    }

    /// Sends a chunk, in parts where the API takes it only in parts, until each row has a run or the reason why it gets
    /// none.
    private func sendWhole(_ chunk: RunChunk) async throws {
        /// The parts that are still to be sent, the first one last.
        var parts = [chunk]
        var refused = 0
        while let part = parts.popLast() {
            switch try await send(part) {
            case .accepted: continue
            case .tooLarge(let rest): parts += rest.halves
            case .refused(let rest, let error):
                refused += 1
                if rest.rows.count > 1 { parts += rest.halves } else { try await refuse(rest.rows[0], error) }
                guard refused == Self.maximumRefusals else { continue }
                let rows = parts.reversed().flatMap(\.rows)
                parts = []
                try await collector.leave(rows.map { UnsentRow(row: $0, cause: .notSent, reason: "not sent") })
                if !rows.isEmpty { observer.onLeaving(rows.count, words(for: rows)) }
            }
        }
    }

    /// Records that the API has refused a row alone. Throws `RowsRefused` if it refuses one row after the other.
    private func refuse(_ row: Int, _ error: APIError) async throws {
        let unsent = UnsentRow(row: row, cause: .refused, reason: error.reasonForRow)
        refusals.add(row, unsent.reason)
        let refusals = refusals
        if !keepsRefusals, let streak = ledger.withRows({ refusals.streak(around: row, in: $0) }) {
            // The row stays open, because a batch without open rows would be complete.
            try await collector.record(unsent)
            throw RowsRefused(error: named(error, [row]), rows: input.words(for: streak))
        }
        try await collector.leave([unsent])
        observer.onRefusal(input.words(for: row...row), unsent.reason)
    }

    /// Returns an error with names of rows in place of the places that they had in a request.
    private func named(_ error: APIError, _ rows: [Int]) -> APIError {
        error.namingInputs { rows.indices.contains($0) ? input.words(for: rows[$0]...rows[$0]) : nil }
    }

    /// Returns ascending rows in words, from the first to the last.
    private func words(for rows: [Int]) -> String {
        guard let first = rows.first, let last = rows.last, first <= last else { return "" }
        return input.words(for: first...last)
    }

    /// Sends the rows of a chunk until the group has a run for each of them, or the API refuses them as they are.
    private func send(_ whole: RunChunk) async throws -> ChunkOutcome {
        var chunk = whole
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(15))
        var waits = 0
        while true {
            let request = try await pace.begin(chunk.rows.count)
            try Task.checkCancellation()
            // The group may have turned out to have some of the rows.
            let open = openPlaces(in: chunk)
            if open.count < chunk.rows.count { chunk = chunk.keeping(open) }
            if open.isEmpty {
                await pace.end(request, created: 0)
                return .accepted
            }
            let number = try journal?.willSend(chunk.rows, at: connection.now())
            var wait = backoff.next()
            do {
                try await add(chunk)
                await pace.end(request, created: open.count)
                if let number { try journal?.didSettle(number, isAccepted: true) }
                return .accepted
            } catch {
                let answer = error as? APIError
                let asked = answer?.retryAfter.flatMap { RetryAfter.delay($0, now: connection.now()) }
                switch SubmissionOutcome(error, of: CreationRequest(body: chunk.body)) {
                case .uncertain(let seconds):
                    try budget.spend(on: error, lastSuccess: await pace.lastSuccess)
                    if let asked { await pace.pause(for: asked) }
                    let deadline = connection.elapsed() + .seconds(seconds)
                    try await connection.clock.sleep(for: wait)
                    wait = .zero
                    chunk = try await missingRows(of: chunk, atTheLatest: deadline)
                    await pace.end(request, created: open.count - chunk.rows.count)
                case .notCreated:
                    await pace.end(request, created: 0)
                    try budget.spend(on: error, lastSuccess: await pace.lastSuccess)
                    if answer?.status == 429 {
                        await pace.pause(for: asked)
                        wait = .zero
                        waits += 1
                    }
                case .refused:
                    await pace.end(request, created: 0)
                    if let number { try journal?.didSettle(number) }
                    guard let answer else { throw error }
                    if answer.mayConcernInputs { return .refused(chunk, answer) }
                    throw named(answer, chunk.rows)
                case .interrupted: throw error
                }
            }
            if let number { try journal?.didSettle(number) }
            if waits == Self.maximumWaits, chunk.rows.count > 1 {
                await pace.resetPauses()
                return .tooLarge(chunk)
            }
            if wait > .zero { try await connection.clock.sleep(for: wait) }
        }
    }

    /// Returns the indices of those rows of a chunk that are not known to have a run.
    private func openPlaces(in chunk: RunChunk) -> [Int] {
        ledger.withRows { rows in chunk.rows.indices.filter { rows.isOpen(chunk.rows[$0]) } }
    }

    private func add(_ chunk: RunChunk) async throws {
        let added = try await connection.addingClient.addRuns(
            to: group, body: chunk.body, betas: template.betas, mayReuseConnection: true)
        guard added.runIDs.count == chunk.rows.count else {
            throw UnexpectedAnswer(
                message: "the API reports \(added.runIDs.count) runs for \(chunk.rows.count) rows",
                mayHaveCreated: true)
        }
        await accept(chunk.rows)
    }

    private func accept(_ rows: [Int]) async {
        await pace.noteSuccess()
        ledger.didAdd(rows)
    }

    /// Returns the rows of a chunk for which the group has no run after it has had time to create them.
    private func missingRows(of chunk: RunChunk, atTheLatest deadline: Duration) async throws -> RunChunk {
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(5))
        let activity = activities.begin(.asking(rows: chunk.rows.count))
        defer { activities.end(activity) }
        while true {
            let isLastLook = connection.elapsed() >= deadline
            try await lister.findRuns()
            let missing = openPlaces(in: chunk)
            if missing.count < chunk.rows.count { await accept([]) }
            if missing.isEmpty { return chunk.keeping([]) }
            if isLastLook {
                let runsWithoutRow = ledger.runsWithoutRow
                if runsWithoutRow > 0 {
                    throw UnexpectedAnswer(
                        message:
                            "\(runsWithoutRow) runs of group \(group) don't say which row they are for; nothing was "
                            + "sent again")
                }
                return chunk.keeping(missing)
            }
            let rest = max(deadline - connection.elapsed(), .milliseconds(1))
            try await connection.clock.sleep(for: min(backoff.next(), rest))
        }
    }
}
