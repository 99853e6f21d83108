import ParallelAPI
import ParallelHTTP

/// Creates the runs of rows, in chunks of rows and with a few requests at once. Rows are sent again only if the group
/// certainly has no run for them.
actor RunSubmitter {
    /// The maximum number of requests at once.
    private static let concurrency = 4
    /// The size in bytes from which a chunk gets no further row; inputs may be long.
    private static let maximumChunkSize = 1 << 20
    /// The maximum wait that a server may ask for.
    private static let longestWait = Duration.seconds(3600)
    /// The maximum duration of a request, in seconds; an older one is finished.
    private static let longestRequest = 600

    private let group: String
    private let connection: GroupConnection
    private let ledger: RowLedger
    private let lister: GroupLister
    private let budget: RetryBudget
    private let template: RunTemplate
    private let encoder: RowEncoder
    private let spool: RowSpool
    /// The state file; nil for a batch that can't be resumed.
    private let journal: BatchJournal?

    private var pacer = Pacer()
    /// The position of the first row that was not considered yet.
    private var cursor = RowCursor()
    /// The time when rows were last accepted. Reading the group successfully is no progress here.
    private var lastAddition = Duration.zero

    init(
        group: String, connection: GroupConnection, ledger: RowLedger, lister: GroupLister, budget: RetryBudget,
        plan: BatchPlan, spool: RowSpool, journal: BatchJournal?
    ) {
        self.group = group
        self.connection = connection
        self.ledger = ledger
        self.lister = lister
        self.budget = budget
        template = plan.template
        encoder = plan.encoder
        self.spool = spool
        self.journal = journal
    }

    /// Whether it is certain that no row was ever accepted, so that nothing is lost if the batch is forgotten.
    var isUntouched: Bool { ledger.progress.accepted == 0 && journal?.unsettled.isEmpty == true }

    /// Removes the state file.
    func forget() { journal?.remove() }

    /// Gives the server time to finish requests that were under way when an earlier process was killed.
    func settleEarlierRequests() async throws {
        guard let journal, !journal.unsettled.isEmpty else { return }
        let chunks = journal.unsettled
        // The earlier process may have been waiting for its answer until a moment ago. If the clock was set back, the
        // wait must not become longer.
        let isRecent = chunks.values.contains { connection.now() - $0.sentAt < Self.longestRequest }
        let deadline = connection.elapsed() + .seconds(isRecent ? SubmissionOutcome.settlingTime : 0)
        let rows = chunks.values.flatMap(\.rows).filter { $0 < ledger.rowCount }
        while connection.elapsed() < deadline {
            try await lister.findRuns()
            if ledger.withRows({ known in rows.allSatisfy(known.isAccepted) }) { break }
            let rest = max(deadline - connection.elapsed(), .milliseconds(1))
            try await connection.clock.sleep(for: min(.seconds(1), rest))
        }
        for number in chunks.keys { try journal.didSettle(number) }
    }

    /// Sends every wanted row for which the group has no run.
    func submit() async throws {
        lastAddition = connection.elapsed()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            var underWay = 0
            while true {
                if underWay == Self.concurrency {
                    try await tasks.next()
                    underWay -= 1
                }
                guard let chunk = try nextChunk() else { break }
                tasks.addTask { try await self.send(chunk) }
                underWay += 1
            }
            try await tasks.waitForAll()
        }
    }

    private func nextChunk() throws -> RunChunk? {
        var chunk = RunChunk(template)
        while chunk.rows.count < TaskGroup.maximumAddition, chunk.body.count < Self.maximumChunkSize,
            cursor.index < ledger.rowCount, let row = try spool.next(&cursor)
        {
            if ledger.withRows({ $0.isOpen(row.index) }) { chunk.add(row: row.index, input: try encoder.input(row)) }
        }
        chunk.close()
        return chunk.rows.isEmpty ? nil : chunk
    }

    /// Sends the rows of a chunk until the group has a run for each of them.
    private func send(_ whole: RunChunk) async throws {
        var chunk = whole
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(15))
        while true {
            let delay = pacer.delay(at: connection.elapsed())
            if delay > .zero { try await connection.clock.sleep(for: delay) }
            try Task.checkCancellation()
            // The group may have turned out to have some of the rows.
            let open = openPlaces(in: chunk)
            if open.isEmpty { return }
            if open.count < chunk.rows.count { chunk = chunk.keeping(open) }
            let number = try journal?.willSend(chunk.rows, at: connection.now())
            var wait = backoff.next()
            do {
                try await add(chunk)
                if let number { try journal?.didSettle(number, isAccepted: true) }
                return
            } catch {
                switch SubmissionOutcome(error, of: CreationRequest(body: chunk.body), now: connection.now()) {
                case .uncertain(let seconds):
                    try budget.spend(on: error, lastSuccess: lastAddition)
                    let deadline = connection.elapsed() + .seconds(seconds)
                    try await connection.clock.sleep(for: wait)
                    wait = .zero
                    chunk = try await missingRows(of: chunk, atTheLatest: deadline)
                case .notCreated(let asked):
                    try budget.spend(on: error, lastSuccess: lastAddition)
                    wait = max(wait, min(asked ?? .zero, Self.longestWait))
                    // A wait that the server asked for does not count as time without success.
                    lastAddition += asked == nil ? .zero : wait
                case .refused:
                    if let number { try journal?.didSettle(number) }
                    throw error
                case .interrupted: throw error
                }
            }
            if let number { try journal?.didSettle(number) }
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
        accept(chunk.rows)
    }

    private func accept(_ rows: [Int]) {
        lastAddition = connection.elapsed()
        ledger.didAdd(rows)
    }

    /// Returns the rows of a chunk for which the group has no run after it has had time to create them.
    private func missingRows(of chunk: RunChunk, atTheLatest deadline: Duration) async throws -> RunChunk {
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(5))
        while true {
            let isLastLook = connection.elapsed() >= deadline
            try await lister.findRuns()
            let missing = openPlaces(in: chunk)
            if missing.count < chunk.rows.count { accept([]) }
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
