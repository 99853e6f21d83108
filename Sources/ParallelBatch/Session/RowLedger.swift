import ParallelSystem

/// The state of a batch's rows, shared by its parts. `changes` wakes tasks that wait for a change.
final class RowLedger: Sendable {
    /// A run that ended after the list of runs had been read beyond it, so that its result has to be fetched alone.
    struct PendingResult: Sendable {
        let row: Int
        let runID: String
    }

    /// Counts events after which reading the list of runs again may bring something.
    struct News: Sendable {
        /// Answers that accepted rows, and rows that get no run.
        var additions = 0
        /// Ends of runs that were not passed.
        var endings = 0
        /// Events that say that no run is active, and failures of the event stream.
        var reasonsToLook = 0
    }

    private struct State {
        var rows: RowStates
        var pendingResults: [PendingResult] = []
        var news = News()
        var addedRows = 0
        var runsWithoutRow = 0
        var hasActiveRuns = false
        var lacksEvents = false
    }

    let rowCount: Int
    let changes = Signal()
    private let state: Lock<State>
    private let onProgress: @Sendable (BatchSession.Progress) -> Void

    init(_ rows: RowStates, onProgress: @escaping @Sendable (BatchSession.Progress) -> Void) {
        rowCount = rows.count
        state = Lock(State(rows: rows))
        self.onProgress = onProgress
    }

    // MARK: - Rows

    /// Reads or changes the state of the rows; `body` must not call this ledger.
    func withRows<Value>(_ body: (inout RowStates) -> Value) -> Value where Value: Sendable {
        state.withLock { body(&$0.rows) }
    }

    /// Returns the row of a run; nil if it is none of this input.
    func row(of run: RunSummary) -> Int? { run.row.flatMap { $0 < rowCount ? $0 : nil } }

    var progress: BatchSession.Progress { withRows { BatchSession.Progress($0) } }

    /// Reports the progress of the batch.
    func report() { onProgress(progress) }

    // MARK: - What happens

    /// Marks rows that an answer accepted; `rows` is empty if the list of runs has shown them already.
    func didAdd(_ rows: [Int]) {
        state.withLock { state in
            for row in rows { state.rows.accept(row) }
            state.addedRows += rows.count
            state.news.additions += 1
        }
        changes.notify()
        report()
    }

    /// Marks a row that gets no run; `place` is the place of its line in the file of results.
    func didLeave(_ row: UnsentRow, at place: Int) {
        state.withLock { state in
            state.rows.leave(row.row, row.cause, at: place)
            state.news.additions += 1
        }
        changes.notify()
        report()
    }

    /// Marks the end of a row's run after an event; returns false if it was known.
    func didEnd(_ row: Int, _ run: RunSummary) -> Bool {
        let isNew = state.withLock { state in
            state.rows.accept(row)
            guard state.rows.end(row, isCompleted: run.isCompleted) else { return false }
            if state.rows.isPassed(row) { Self.add(row, run.id, to: &state) } else { state.news.endings += 1 }
            return true
        }
        guard isNew else { return false }
        changes.notify()
        report()
        return true
    }

    /// Marks a row as collected; `place` is the place of its result in the file of results.
    func didCollect(_ row: Int, isCompleted: Bool, at place: Int) {
        let progress = state.withLock { state in
            state.rows.end(row, isCompleted: isCompleted)
            state.rows.collect(row, at: place)
            return BatchSession.Progress(state.rows)
        }
        onProgress(progress)
    }

    /// Queues the result of a row to be fetched alone.
    func addPendingResult(_ row: Int, _ runID: String) {
        state.withLock { Self.add(row, runID, to: &$0) }
        changes.notify()
    }

    private static func add(_ row: Int, _ runID: String, to state: inout State) {
        if state.rows.queue(row) { state.pendingResults.append(PendingResult(row: row, runID: runID)) }
    }

    /// Records that the group has an active run, so that following its events is useful.
    func didSeeActiveRun() {
        state.withLock { $0.hasActiveRuns = true }
        changes.notify()
    }

    /// Records that no run is active at the moment.
    func didSeeEnd() {
        state.withLock { $0.news.reasonsToLook += 1 }
        changes.notify()
    }

    /// Records that the event stream fails, so that ends of runs may go unnoticed.
    func didMissEvents() {
        state.withLock { state in
            state.lacksEvents = true
            state.news.reasonsToLook += 1
        }
        changes.notify()
    }

    /// Returns whether the event stream has failed since the last call.
    func takeLackOfEvents() -> Bool {
        state.withLock { state in
            defer { state.lacksEvents = false }
            return state.lacksEvents
        }
    }

    // MARK: - What there is

    var news: News { state.withLock { $0.news } }
    var hasActiveRuns: Bool { state.withLock { $0.hasActiveRuns } }
    var hasPendingResults: Bool { state.withLock { !$0.pendingResults.isEmpty } }

    /// Returns the first `count` results of the queue.
    func pendingResults(_ count: Int) -> [PendingResult] { state.withLock { Array($0.pendingResults.prefix(count)) } }

    func removePendingResults(_ count: Int) { state.withLock { $0.pendingResults.removeFirst(count) } }

    /// The number of rows that answers have accepted.
    var addedRows: Int { state.withLock { $0.addedRows } }

    /// The number of runs in the last list that belong to no row.
    var runsWithoutRow: Int {
        get { state.withLock { $0.runsWithoutRow } }
        set { state.withLock { $0.runsWithoutRow = newValue } }
    }
}
