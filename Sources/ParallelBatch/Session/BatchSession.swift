import ParallelAPI
import ParallelHTTP

/// Runs one task for many rows in a group: every row once, every result fetched once, whatever breaks on the way.
///
/// This folder works on a plan. A `RunSubmitter` makes runs of rows, a `GroupLister` asks the group which rows have
/// one, a `GroupWatcher` follows what happens in it, and a `ResultCollector` reads results into a file and hands them
/// over. Each has its own state; what they know of the rows they share in a `RowLedger`, whose signal wakes whoever
/// waits.
package final class BatchSession: Sendable {
    /// How far a batch has come, in rows.
    package struct Progress: Sendable, Equatable {
        package var wanted = 0
        package var accepted = 0
        package var ended = 0
        package var failed = 0
        package var collected = 0

        package var running: Int { accepted - ended }
    }

    /// How a batch is carried out.
    package struct Options: Sendable {
        /// Whether results are handed over in the order of the rows, not in that in which runs end.
        package var isOrdered: Bool
        /// Whether runs are only created.
        package var onlySubmits: Bool

        package init(isOrdered: Bool = true, onlySubmits: Bool = false) {
            self.isOrdered = isOrdered
            self.onlySubmits = onlySubmits
        }
    }

    /// Takes a row with its result.
    package typealias Receive = @Sendable (SpooledRow, ResultLine) throws -> Void

    /// Who hears of what a batch does while it runs.
    package struct Observer: Sendable {
        /// Gets results as soon as they are due; nil where they are asked for at the end.
        package var receive: Receive?
        package var onProgress: @Sendable (Progress) -> Void
        /// Hears of what goes wrong and is tried again, now and then.
        package var onTrouble: @Sendable (any Error) -> Void

        package init(
            receive: Receive? = nil, onProgress: @escaping @Sendable (Progress) -> Void = { _ in },
            onTrouble: @escaping @Sendable (any Error) -> Void = { _ in }
        ) {
            self.receive = receive
            self.onProgress = onProgress
            self.onTrouble = onTrouble
        }
    }

    package let group: String
    private let connection: GroupConnection
    private let options: Options
    private let ledger: RowLedger
    private let lister: GroupLister
    private let watcher: GroupWatcher
    private let submitter: RunSubmitter
    private let collector: ResultCollector

    /// Begins a batch: makes its group and writes it down, so that from here on it can be gone on with.
    ///
    /// - Parameters:
    ///   - source: where the input was read; nil for what nobody can read again.
    ///   - timeout: how long the group may take; nil for ever.
    ///
    /// Throws `WaitTimedOut`, `FileError` and what the client throws.
    package static func begin(
        _ plan: BatchPlan, source: String?, files: BatchFiles, over connection: GroupConnection, timeout: Duration?,
        _ options: Options, _ observer: Observer
    ) async throws -> BatchSession {
        let metadata = plan.notes.json
        let client = connection.client
        let group = try await Deadline.run(within: timeout, connection.clock) {
            try await client.createGroup(metadata: metadata)
        }
        try files.journal?.begin(plan.header(group: group.id, source: source))
        return try BatchSession(plan, group: group.id, files: files, over: connection, options, observer)
    }

    /// Resumes the batch that `header` tells of; before `run`, `catchUp` must find out what it has. Throws
    /// `BatchPlan.Difference` where the plan is another than that batch was begun with, and `FileError`.
    package static func resume(
        _ plan: BatchPlan, _ header: BatchHeader, files: BatchFiles, over connection: GroupConnection,
        _ options: Options, _ observer: Observer
    ) throws -> BatchSession {
        try plan.check(against: header)
        return try BatchSession(plan, group: header.group, files: files, over: connection, options, observer)
    }

    init(
        _ plan: BatchPlan, group: String, files: BatchFiles, over connection: GroupConnection,
        _ options: Options, _ observer: Observer
    ) throws {
        let ledger = RowLedger(try Self.rows(plan, files), onProgress: observer.onProgress)
        let budget = RetryBudget(elapsed: connection.elapsed, onTrouble: observer.onTrouble)
        let lister = GroupLister(group: group, connection: connection, ledger: ledger, budget: budget)
        self.group = group
        self.connection = connection
        self.options = options
        self.ledger = ledger
        self.lister = lister
        watcher = GroupWatcher(group: group, connection: connection, ledger: ledger, lister: lister)
        submitter = RunSubmitter(
            group: group, connection: connection, ledger: ledger, lister: lister, budget: budget, plan: plan,
            spool: files.spool, journal: files.journal)
        collector = try ResultCollector(
            group: group, connection: connection, ledger: ledger, lister: lister, budget: budget,
            isOrdered: options.isOrdered, spool: files.spool, results: files.results, receive: observer.receive)
    }

    /// Returns what is known of the rows before anything is done.
    private static func rows(_ plan: BatchPlan, _ files: BatchFiles) throws -> RowStates {
        let count = plan.input.rowCount
        var rows = RowStates(count: count)
        for row in 0..<count where plan.selection.contains(row) { rows.want(row) }
        for row in files.journal?.accepted ?? [] where row < count { rows.accept(row) }
        try files.results.load(rowCount: count) { row, run, place in
            rows.accept(row)
            rows.end(row, isCompleted: run.isCompleted)
            rows.collect(row, at: place)
        }
        return rows
    }

    /// Finds out what an earlier process got done in the group.
    package func catchUp() async throws {
        try await submitter.settleEarlierRequests()
        await collector.resume(after: try await lister.catchUp())
        ledger.report()
    }

    /// Creates what is missing, and unless that is all, follows the group until every wanted row has its result.
    package func run() async throws {
        try await collector.deliverCollected()
        ledger.report()
        let (submitter, collector, watcher, options) = (submitter, collector, watcher, options)
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask {
                try await submitter.submit()
                return options.onlySubmits
            }
            if !options.onlySubmits {
                tasks.addTask {
                    try await collector.collect()
                    return true
                }
                tasks.addTask {
                    try await watcher.watch()
                    return false
                }
            }
            while let isLast = try await tasks.next() {
                if isLast { return }
            }
        }
    }

    package var progress: Progress { ledger.progress }

    /// Returns how many runs of this batch the group has beyond one for each row, as far as it can be asked: they were
    /// paid for twice.
    package func runsBeyondRows() async -> Int {
        guard let runs = try? await connection.client.group(group).status.runCount else { return 0 }
        return max(0, runs - progress.accepted - ledger.runsWithoutRow)
    }

    /// Whether it is sure that no row was ever accepted, so that nothing is lost if the batch is forgotten.
    package var isUntouched: Bool { get async { await submitter.isUntouched } }

    /// Hands every result that was collected, with its row, to `body`: in the order of the rows, or else in that of
    /// their coming. Throws `CancellationError` once the task is cancelled.
    package func forEachResult(_ body: @escaping Receive) async throws { try await collector.forEachResult(body) }

    /// Ends the batch: nothing of it is needed to go on.
    package func forget() async {
        await collector.forget()
        await submitter.forget()
    }
}

extension BatchSession.Progress {
    init(_ rows: RowStates) {
        self.init(
            wanted: rows.wanted, accepted: rows.accepted, ended: rows.ended, failed: rows.failed,
            collected: rows.collected)
    }
}
