import ParallelAPI
import ParallelHTTP

/// Runs one task for many rows in a group: every row once, and every result fetched once, whatever fails meanwhile.
///
/// This folder executes a plan. A `RunSubmitter` creates the runs, a `GroupLister` asks the group which rows have one,
/// a `GroupWatcher` follows the events of the group, and a `ResultCollector` reads results into a file and delivers
/// them. Each has its own state. They share what is known of the rows in a `RowLedger`, whose signal wakes waiting
/// tasks.
package final class BatchSession: Sendable {
    /// The progress of a batch, in rows.
    package struct Progress: Sendable, Equatable {
        package var wanted = 0
        package var accepted = 0
        package var ended = 0
        package var failed = 0
        package var collected = 0
        /// The rows that have no run and will get none. They count as wanted, ended and collected.
        package var unsent = 0
        /// The rows among `unsent` that do not count as failed.
        package var blank = 0
        /// The rows among `unsent` that were to get a run.
        package var refused = 0

        /// The rows that have a run, or still need one.
        package var wantedRuns: Int { wanted - unsent }
        package var running: Int { accepted - (ended - unsent) }
        /// The rows that cost money: a run that failed is free.
        package var completed: Int { ended - failed - blank }
        /// The rows that still need a run.
        package var missingRuns: Int { wantedRuns - accepted }
    }

    /// Options for executing a batch.
    package struct Options: Sendable {
        /// Whether results are delivered in the order of the rows instead of the order in which runs end.
        package var isOrdered: Bool
        /// Whether runs are only created, without waiting for results.
        package var onlySubmits: Bool
        /// The maximum number of rows that are sent in any sixty seconds; nil means no limit.
        package var rate: Int?
        /// Whether rows that are refused one after the other keep their errors, instead of stopping the batch.
        package var keepsRefusals = false
        /// The rows that may get a run, besides those that have one; nil for all of the plan.
        var rows: Set<Int>?

        package init(isOrdered: Bool = true, onlySubmits: Bool = false, rate: Int? = nil) {
            self.isOrdered = isOrdered
            self.onlySubmits = onlySubmits
            self.rate = rate
        }

        /// Lets a resumed batch create only the runs that its last group was begun for: in a first group none, and in
        /// a further one all that are missing if the file does not list them.
        package mutating func limit(toGroupOf header: BatchHeader) {
            if header.earlierGroups.isEmpty { rows = [] } else { rows = header.reruns.map(Set.init) }
        }
    }

    /// What a batch waits for or looks at before it goes on sending rows.
    package enum Activity: Sendable, Equatable {
        /// It waits for this long, because of the rate or because the API asked for it.
        case waiting(Duration)
        /// It asks the group what became of this many rows.
        case asking(rows: Int)
    }

    /// Receives a row with its result.
    package typealias Receive = @Sendable (SpooledRow, ResultLine) throws -> Void

    /// Callbacks of a running batch.
    package struct Observer: Sendable {
        /// Called with each result while the batch runs; nil if results are read with `forEachResult` at the end.
        package var receive: Receive?
        package var onProgress: @Sendable (Progress) -> Void
        /// Called with errors after which the batch tries again, at most once in thirty seconds.
        package var onTrouble: @Sendable (any Error) -> Void
        /// Called when the batch begins to wait or to look, and with nil when it goes on.
        package var onActivity: @Sendable (Activity?) -> Void = { _ in }
        /// Called with each row that the API refused alone, such as `row 17 (line 18)`, and the reason.
        package var onRefusal: @Sendable (_ row: String, _ reason: String) -> Void = { _, _ in }
        /// Called when rows are left, because too many requests with rows around them were refused: with their number,
        /// and the span in which they are, such as `rows 17 to 900 (lines 18 to 901)`.
        package var onLeaving: @Sendable (_ count: Int, _ rows: String) -> Void = { _, _ in }

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
    private let plan: BatchPlan
    private let files: BatchFiles
    private let ledger: RowLedger
    private let lister: GroupLister
    private let watcher: GroupWatcher
    private let submitter: RunSubmitter
    private let collector: ResultCollector

    /// Begins a batch: creates its group and records it, so that from now on the batch can be resumed.
    ///
    /// - Parameters:
    ///   - source: the path of the input; nil if it can't be read again.
    ///   - command: the command line, to be suggested again.
    ///   - earlier: for a further group of a batch that has ended, the results of the others that it takes over.
    ///   - timeout: the time limit for creating the group; nil means none.
    ///
    /// Throws `WaitTimedOut`, `FileError`, and the errors of the client.
    package static func begin(
        _ plan: BatchPlan, source: String?, command: BatchHeader.Command?, taking earlier: EarlierResults? = nil,
        files: BatchFiles, over connection: GroupConnection, timeout: Duration?, _ options: Options,
        _ observer: Observer
    ) async throws -> BatchSession {
        var notes = plan.notes
        notes.rerunCount = earlier?.missingRuns
        let (client, metadata) = (connection.client, notes.json)
        let group = try await Deadline.run(within: timeout, connection.clock) {
            try await client.createGroup(metadata: metadata)
        }
        var header = plan.header(group: group.id, source: source)
        header.command = command
        var options = options
        if let earlier, let before = files.journal?.header {
            header.earlierGroups = before.earlierGroups + [before.group]
            header.earlierCounts = earlier.counts
            header.reruns = earlier.reruns
            header.condition = earlier.condition
            header.reran = earlier.reran
            header.follow(before)
            // The batch is asked again as it was begun: a condition chooses rows for one call.
            if earlier.condition != nil { header.command = before.command }
            options.limit(toGroupOf: header)
            // Results first: without the header they belong to no batch, and are cut off.
            header.resultsStart = try files.results.begin(group.id, taking: earlier.taken, reserve: earlier.reserve)
        }
        if let journal = files.journal { try journal.begin(header, inputs: try plan.inputs(in: files.spool)) }
        return try BatchSession(plan, group: group.id, files: files, over: connection, options, observer)
    }

    /// Resumes the batch described by `header`, whose plan must be `plan`. Unless all results are there, `catchUp`
    /// must be called before `run`. Throws `FileError`, and `ResultFile.IsIncomplete`.
    package static func resume(
        _ plan: BatchPlan, _ header: BatchHeader, files: BatchFiles, over connection: GroupConnection,
        _ options: Options, _ observer: Observer
    ) throws -> BatchSession {
        try BatchSession(plan, group: header.group, files: files, over: connection, options, observer)
    }

    init(
        _ plan: BatchPlan, group: String, files: BatchFiles, over connection: GroupConnection,
        _ options: Options, _ observer: Observer
    ) throws {
        let (rows, refusals) = try Self.rows(plan, group, files, options)
        let ledger = RowLedger(rows, onProgress: observer.onProgress)
        let budget = RetryBudget(elapsed: connection.elapsed, onTrouble: observer.onTrouble)
        let lister = GroupLister(group: group, connection: connection, ledger: ledger, budget: budget)
        self.group = group
        self.connection = connection
        self.options = options
        self.ledger = ledger
        self.lister = lister
        self.files = files
        self.plan = plan
        watcher = GroupWatcher(group: group, connection: connection, ledger: ledger, lister: lister)
        collector = try ResultCollector(
            group: group, connection: connection, ledger: ledger, lister: lister, budget: budget,
            isOrdered: options.isOrdered, spool: files.spool, sharedRuns: plan.input.sharedRuns, results: files.results,
            receive: observer.receive)
        submitter = RunSubmitter(
            group: group, connection: connection, ledger: ledger, lister: lister, collector: collector, budget: budget,
            observer: observer, plan: plan, options, refusals: refusals, spool: files.spool,
            journal: files.journal)
    }

    /// Returns the states of the rows according to the files, and the refusals that an earlier process has seen.
    private static func rows(
        _ plan: BatchPlan, _ group: String, _ files: BatchFiles, _ options: Options
    ) throws -> (RowStates, Refusals) {
        let count = plan.input.rowCount
        var rows = RowStates(count: count)
        for row in 0..<count where plan.selection.contains(row) && options.rows?.contains(row) ?? true {
            rows.want(row)
        }
        for row in files.journal?.accepted ?? [] where row < count { rows.accept(row) }
        var seen = Refusals()
        var refused: [Int: Int] = [:]
        try load(files.journal?.header ?? plan.header(group: group, source: nil), files, into: &rows) { unsent, place in
            seen.add(unsent.row, unsent.reason)
            refused[unsent.row] = place
        }
        // A batch that has ended has all its rows, also where it has forgotten those that were not sent.
        let hasEnded = files.journal?.ending != nil
        for unsent in plan.input.unsentRows
        where plan.selection.contains(unsent.row)
            && (rows.isOpen(unsent.row) || hasEnded && !rows.isCollected(unsent.row))
        {
            rows.leave(unsent.row, unsent.cause, at: try files.results.append(ResultLine(unsent)))
        }
        // Rows that stopped the batch are sent again: the reason was not in them, and may be gone.
        var refusals = seen
        for row in refused.keys where !options.keepsRefusals && seen.streak(around: row, in: rows) != nil {
            refused[row] = nil
            refusals.remove(row)
        }
        for (row, place) in refused { rows.leave(row, .refused, at: place) }
        return (rows, refusals)
    }

    /// Reads the results on disk; `onRefusal` receives rows that the API refused, and the places of their lines.
    private static func load(
        _ header: BatchHeader, _ files: BatchFiles, into rows: inout RowStates,
        onRefusal: (UnsentRow, _ place: Int) -> Void = { _, _ in }
    ) throws {
        try files.results.load(header) { row, result, place, isTaken in
            if isTaken {
                rows.takeOver(row, hasRun: result.run != nil, at: place)
            } else if let run = result.run {
                rows.accept(row)
                rows.end(row, isCompleted: run.isCompleted)
                rows.collect(row, at: place)
            } else if let unsent = result.unsent, unsent.cause == .refused {
                onRefusal(unsent, place)
            } else if let cause = result.unsent?.cause {
                rows.leave(row, cause, at: place)
            }
        }
    }

    /// Whether rows that the last group of a batch was begun for have neither a result nor a reason for having none, so
    /// that it has to be resumed before there is another group. Throws `FileError`, and `ResultFile.IsIncomplete`.
    package static func lacksReruns(_ header: BatchHeader, in files: BatchFiles) throws -> Bool {
        if header.earlierGroups.isEmpty { return false }
        guard let reruns = header.reruns else { return true }
        var rows = Set(reruns)
        try files.results.load(header) { row, _, _, _ in rows.remove(row) }
        return !rows.isEmpty
    }

    /// Fetches those results of a batch that are not in its file of results, where they are needed to begin a further
    /// group: where no row failed, they are not kept, and fetching them may have been interrupted. If the end of the
    /// batch is not recorded, waits for the runs that it has, and records the end if no run is missing.
    ///
    /// - Parameter needsWhole: whether nothing is fetched where a run is missing.
    ///
    /// Returns the number of rows with the result of a run; nil if a run is missing and `needsWhole`. Throws the errors
    /// of `catchUp`.
    package static func fetchResults(
        _ header: BatchHeader, needsWhole: Bool, into files: BatchFiles, over connection: GroupConnection,
        _ observer: Observer
    ) async throws -> Int? {
        let ending = files.journal?.ending
        var rows = RowStates(count: header.rowCount)
        var refused: [(UnsentRow, Int)] = []
        try load(header, files, into: &rows) { refused.append(($0, $1)) }
        for (row, place) in refused { rows.leave(row.row, row.cause, at: place) }
        if let ending, rows.runsWithResult >= ending.runs ?? header.rowCount { return rows.runsWithResult }
        let fetched = try await fetch(
            header.group, rows, settling: files.journal, isWhole: ending != nil, needsWhole: needsWhole, into: files,
            over: connection, observer)
        guard let (ledger, isWhole) = fetched else { return nil }
        let runs = ledger.withRows { $0.runsWithResult }
        if ending == nil, isWhole, let journal = files.journal, journal.knowsInputs {
            let failed = ledger.progress.failed + (header.earlierCounts?.failed ?? 0)
            // The output is not written.
            try journal.end(BatchJournal.Ending(failed: failed, runs: runs, layout: ""))
        }
        return runs
    }

    /// Fetches the results of all runs of a group, some of which may still be active; `rows` has those on disk.
    ///
    /// Returns what is known of the rows then, and whether no run is missing; nil if one is and `needsWhole`.
    private static func fetch(
        _ group: String, _ rows: RowStates, settling journal: BatchJournal? = nil, isWhole: Bool = true,
        needsWhole: Bool = false, into files: BatchFiles, over connection: GroupConnection, _ observer: Observer
    ) async throws -> (ledger: RowLedger, isWhole: Bool)? {
        let ledger = RowLedger(rows, onProgress: observer.onProgress)
        let budget = RetryBudget(elapsed: connection.elapsed, onTrouble: observer.onTrouble)
        let lister = GroupLister(group: group, connection: connection, ledger: ledger, budget: budget)
        let collector = try ResultCollector(
            group: group, connection: connection, ledger: ledger, lister: lister, budget: budget, isOrdered: true,
            spool: files.spool, sharedRuns: SharedRuns(), results: files.results, receive: nil)
        try await lister.settleEarlierRequests(
            journal, ActivityReporter(elapsed: connection.elapsed, report: observer.onActivity))
        await collector.resume(after: try await lister.catchUp())
        var isWhole = isWhole
        if !isWhole { isWhole = try await lister.lacksNoRun(ledger.withRows { $0.accepted + $0.refused }) }
        if needsWhole, !isWhole { return nil }
        let watcher = GroupWatcher(group: group, connection: connection, ledger: ledger, lister: lister)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await collector.collect() }
            tasks.addTask { try await watcher.watch() }
            try await tasks.next()
        }
        return (ledger, isWhole)
    }

    /// Fetches the results of the groups before the last one again, where the file of results has lost them. Returns
    /// the header, which says where they are now. Calls `willFetch` before.
    ///
    /// Throws `ResultFile.IsIncomplete` if the state file does not say which rows these groups had, and the errors of
    /// `catchUp`.
    package static func restoreResults(
        _ header: BatchHeader, into files: BatchFiles, over connection: GroupConnection, _ observer: Observer,
        willFetch: () -> Void
    ) async throws -> BatchHeader {
        do {
            try files.results.load(header) { _, _, _, _ in }
            return header
        } catch let lost as ResultFile.IsIncomplete {
            guard let journal = files.journal, let reruns = header.reruns, journal.knowsInputs,
                header.earlierGroups.allSatisfy(journal.knowsInputs(ofEarlier:))
            else { throw lost }
            willFetch()
            let newInputs = try journal.inputs
            var places = [Int?](repeating: nil, count: header.rowCount)
            for group in header.earlierGroups {
                let inputs = try journal.inputs(ofEarlier: group)
                _ = try files.results.begin(group)
                let fetched = try await fetch(
                    group, RowStates(count: inputs.count), into: files, over: connection, observer)
                for (row, newRow) in EarlierResults.match(inputs, newInputs).enumerated() {
                    guard let newRow, let place = fetched?.ledger.withRows({ $0.place(row) }) else { continue }
                    // A row that has another result failed in one of the groups.
                    let isBetter = try files.results.result(at: place)?.isFailed == false
                    if isBetter || places[newRow] == nil { places[newRow] = place }
                }
            }
            var reserve: [TakenResult] = []
            for row in reruns {
                if header.condition != nil, let place = places[row],
                    try files.results.result(at: place)?.isFailed == false
                {
                    reserve.append(TakenResult(row: row, place: place))
                }
                places[row] = nil
            }
            let taken = places.enumerated().compactMap { row, place in
                place.map { TakenResult(row: row, place: $0) }
            }
            // A row whose result is missing would be run and paid for again.
            if let counts = header.earlierCounts, taken.count < counts.completed + counts.failed { throw lost }
            var restored = header
            restored.resultsStart = try files.results.begin(header.group, taking: taken, reserve: reserve)
            try journal.begin(restored)
            return restored
        }
    }

    /// Whether every wanted row has its result on disk, so that the group need not be asked.
    package var hasAllResults: Bool { ledger.withRows { $0.collected >= $0.wanted } }

    /// Finds out from the group which rows have runs and results already.
    package func catchUp() async throws {
        try await lister.settleEarlierRequests(files.journal, submitter.activities)
        await collector.resume(after: try await lister.catchUp())
        ledger.report()
    }

    /// Creates the missing runs, and waits until every wanted row has its result, unless it only submits.
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

    /// Returns the number of runs in the group beyond one for each row, which were paid for twice; 0 if the group can't
    /// be read.
    package func runsBeyondRows() async -> Int {
        guard let runs = try? await connection.client.group(group).status.runCount else { return 0 }
        return max(0, runs - progress.accepted - ledger.runsWithoutRow)
    }

    /// Whether the API has accepted rows from this process.
    package var hasAddedRows: Bool { ledger.addedRows > 0 }

    /// Whether it is certain that no row was ever accepted, so that nothing is lost if the batch is forgotten.
    package var isUntouched: Bool { get async { await submitter.isUntouched } }

    /// Calls `body` for every collected result, with its row: in the order of the rows, or else in the order in which
    /// results came. A row whose other run failed keeps the result that it had; `onKept` gets the failure. Throws
    /// `CancellationError` once the task is cancelled.
    package func forEachResult(
        _ body: @escaping Receive, onKept: @escaping Receive = { _, _ in }
    ) async throws {
        let results = files.results
        let reserve = try files.journal?.header.map(results.reserve) ?? [:]
        try await collector.forEachResult { row, own in
            let owner = reserve.isEmpty ? 0 : plan.input.sharedRuns.owner(of: row.index)
            // Whether a result has failed takes reading all of it.
            guard let place = reserve[owner], own.isFailed, let kept = try results.result(at: place) else {
                return try body(row, own)
            }
            try onKept(row, own)
            try body(row, kept)
        }
    }

    /// Whether no row of the input, or of the shard, was left for another call.
    package var isWhole: Bool {
        guard let whole = try? RowSelection(of: plan.input, shard: plan.selection.shard) else { return false }
        return ledger.withRows { rows in
            (0..<rows.count).allSatisfy { !whole.contains($0) || rows.isWanted($0) || rows.isCollected($0) }
        }
    }

    /// Records that the batch has ended and its output is written. The group and the results stay on disk, because rows
    /// may be chosen by them, or written again.
    ///
    /// - Parameters:
    ///   - failed: the number of rows that failed.
    ///   - lacksServer: whether a run had to do without one of its MCP servers.
    ///   - layout: the format and the columns of the output, as a key.
    package func end(failed: Int, lacksServer: Bool = false, layout: String) throws {
        guard let journal = files.journal, journal.header != nil else { return }
        let ending = BatchJournal.Ending(
            failed: failed, runs: ledger.withRows { $0.runsWithResult }, lacksServer: lacksServer, layout: layout)
        try journal.end(ending, inputs: journal.knowsInputs ? [] : try plan.inputs(in: files.spool))
    }

    /// Removes the state file and the results. The batch can't be resumed after that.
    package func forget() async {
        await collector.forget()
        await submitter.forget()
    }
}

extension BatchSession.Progress {
    init(_ rows: RowStates) {
        self.init(
            wanted: rows.wanted, accepted: rows.accepted, ended: rows.ended, failed: rows.failed,
            collected: rows.collected, unsent: rows.unsent, blank: rows.blank, refused: rows.refused)
    }
}
