import ParallelSystem

/// What a batch knows of its rows, shared by those who work on it. Who waits for something to change here waits for
/// `changes`.
final class RowLedger: Sendable {
    /// A run that ended after the list of runs had been read beyond it: its result is to be fetched by itself.
    struct PendingResult: Sendable {
        let row: Int
        let runID: String
    }

    /// How often something happened that may make it worth reading on in the list of runs.
    struct News: Sendable {
        /// Rows were accepted.
        var additions = 0
        /// Events told that runs ended which the list had not been read beyond.
        var endings = 0
        /// No run is active, or no events are to be had.
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

    /// Looks at the rows, or changes what is known of them; `body` must not come back here.
    func withRows<Value>(_ body: (inout RowStates) -> Value) -> Value where Value: Sendable {
        state.withLock { body(&$0.rows) }
    }

    /// Returns the row that a run of the group is for, if it is one of this input.
    func row(of run: RunSummary) -> Int? { run.row.flatMap { $0 < rowCount ? $0 : nil } }

    var progress: BatchSession.Progress { withRows { BatchSession.Progress($0) } }

    /// Tells whoever looks on how far the batch has come.
    func report() { onProgress(progress) }

    // MARK: - What happens

    /// Takes note of rows that an answer said to be accepted, or none where the list of runs has shown them.
    func didAdd(_ rows: [Int]) {
        state.withLock { state in
            for row in rows { state.rows.accept(row) }
            state.addedRows += rows.count
            state.news.additions += 1
        }
        changes.notify()
        report()
    }

    /// Takes note of the end of a row's run, as events tell it; false if it was known.
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

    /// Takes note of a result, which begins at `place` in its file.
    func didCollect(_ row: Int, isCompleted: Bool, at place: Int) {
        let progress = state.withLock { state in
            state.rows.end(row, isCompleted: isCompleted)
            state.rows.collect(row, at: place)
            return BatchSession.Progress(state.rows)
        }
        onProgress(progress)
    }

    /// Has the result of a row fetched by itself.
    func addPendingResult(_ row: Int, _ runID: String) {
        state.withLock { Self.add(row, runID, to: &$0) }
        changes.notify()
    }

    private static func add(_ row: Int, _ runID: String, to state: inout State) {
        if state.rows.queue(row) { state.pendingResults.append(PendingResult(row: row, runID: runID)) }
    }

    /// Takes note that the group has a run that is active, so that there is something to follow.
    func didSeeActiveRun() {
        state.withLock { $0.hasActiveRuns = true }
        changes.notify()
    }

    /// Takes note that no run is active any more, or for a while.
    func didSeeEnd() {
        state.withLock { $0.news.reasonsToLook += 1 }
        changes.notify()
    }

    /// Takes note that events can't be had, so that nobody tells of runs that end.
    func didMissEvents() {
        state.withLock { state in
            state.lacksEvents = true
            state.news.reasonsToLook += 1
        }
        changes.notify()
    }

    /// Returns whether events could not be had since this was last asked.
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

    /// The first `count` results that are to be fetched by themselves.
    func pendingResults(_ count: Int) -> [PendingResult] { state.withLock { Array($0.pendingResults.prefix(count)) } }

    func removePendingResults(_ count: Int) { state.withLock { $0.pendingResults.removeFirst(count) } }

    /// How many rows answers have said to be accepted.
    var addedRows: Int { state.withLock { $0.addedRows } }

    /// How many runs of the group are for no row, as far as the last look showed.
    var runsWithoutRow: Int {
        get { state.withLock { $0.runsWithoutRow } }
        set { state.withLock { $0.runsWithoutRow = newValue } }
    }
}
