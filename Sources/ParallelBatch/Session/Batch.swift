package import ParallelAPI
import ParallelJSON
package import ParallelSystem

/// What a batch keeps on disk.
package struct BatchFiles {
    /// A line for each row.
    package let input: LineFile
    /// What was collected, by this process or an earlier one.
    package let results: LineFile
    /// Nil for a batch that can't be gone on with.
    package let record: BatchRecord?

    package init(input: LineFile, results: LineFile, record: BatchRecord?) {
        self.input = input
        self.results = results
        self.record = record
    }
}

/// Runs one task for many rows in a group: every row once, every result fetched once, whatever breaks on the way.
///
/// This folder is the engine of batches. Rows come from a file of lines and become runs in lots (`Batch+Submission`);
/// what the group says of them is followed (`Batch+Events`), and results are collected into another file of lines
/// (`Batch+Collection`), from which they are handed over with their rows (`Batch+Handover`). A run carries the number
/// of its row, so that the group itself says what was accepted, after a lost answer as after a crash (`Batch+Listing`).
package actor Batch {
    /// How far a batch has come, in rows.
    package struct Progress: Sendable, Equatable {
        package var wanted = 0
        package var accepted = 0
        package var ended = 0
        package var failed = 0
        package var collected = 0

        package var running: Int { accepted - ended }
    }

    package struct Options: Sendable {
        /// Whether results are handed over in the order of the rows, not in that in which runs end.
        package var isOrdered = true
        /// Whether runs are only created.
        package var onlySubmits = false

        package init(isOrdered: Bool, onlySubmits: Bool) {
            self.isOrdered = isOrdered
            self.onlySubmits = onlySubmits
        }
    }

    /// A row with its result: the line of the input, and the API's event of its run as JSON.
    package typealias Receive =
        @Sendable (
            _ row: Int, _ input: ArraySlice<UInt8>, _ result: ArraySlice<UInt8>
        ) throws -> Void

    let client: ParallelClient
    /// Sends each request once, since what adds runs must be looked into before it is sent again.
    let addingClient: ParallelClient
    let clock: any Clock<Duration>
    let now: @Sendable () -> Int
    let group: String
    let request: BatchRequest
    let options: Options
    /// The line of a row as a run's input.
    let encode: @Sendable (ArraySlice<UInt8>) throws -> [UInt8]
    let input: LineFile
    let results: LineFile
    let record: BatchRecord?
    /// Gets results as soon as they can be handed over; nil where they are asked for at the end.
    let receive: Receive?
    let onProgress: @Sendable (Progress) -> Void
    /// Hears of what goes wrong and is tried again, now and then.
    let onTrouble: @Sendable (any Error) -> Void

    var rows: BatchRows
    var pacer = Pacer()
    /// Time since the beginning.
    let elapsed: @Sendable () -> Duration
    /// When somebody was last told of trouble.
    private var lastTrouble: Duration?
    /// When rows were last accepted: that the group can be read is no comfort where it takes none.
    var lastAddition = Duration.zero

    // What `Batch+Submission` has read.
    var nextRow = 0
    var nextLine = 0

    // Where `Batch+Collection` stands in the list of runs.
    var frontier: String?
    /// The row at which reading stopped because its run was active.
    var blockingRow: Int?
    /// Whether it may be worth reading on.
    var hasNews = true
    /// Ends once a run was seen that is active, so that there is something to wait for.
    let (calm, endOfCalm) = AsyncStream<Never>.makeStream()
    /// Whether the events can't be had, so that nobody tells of runs that end.
    var isPolled = false
    /// Runs that ended after the list had been read beyond them.
    var stragglers: [(row: Int, runID: String)] = []
    /// Runs of the group that stand for no row, as far as the last look showed.
    package var runsWithoutRow = 0
    /// How many rows answers have said to be accepted.
    var addedRows = 0
    /// How long nothing may be heard before runs that were passed are looked for.
    var patienceForNews = Batch.longestSilence
    /// When they were last looked for.
    var lookedAt: Duration?

    // What was handed over.
    var nextToHand = 0
    var nextLineToHand = 0
    /// Where the lines of rows begin, for results that come in any order.
    var lineStarts: [Int] = []

    /// - Parameters:
    ///   - wanted: the rows to be run now, by number.
    ///   - addingClient: one that sends nothing twice.
    package init(
        client: ParallelClient, addingClient: ParallelClient, clock: any Clock<Duration>,
        now: @escaping @Sendable () -> Int, group: String,
        request: BatchRequest, options: Options, rowCount: Int, wanted: (Int) -> Bool,
        files: sending BatchFiles,
        encode: @escaping @Sendable (ArraySlice<UInt8>) throws -> [UInt8], receive: Receive?,
        onProgress: @escaping @Sendable (Progress) -> Void, onTrouble: @escaping @Sendable (any Error) -> Void
    ) throws {
        self.client = client
        self.addingClient = addingClient
        self.clock = clock
        self.now = now
        self.group = group
        self.request = request
        self.options = options
        self.encode = encode
        self.receive = receive
        self.onProgress = onProgress
        self.onTrouble = onTrouble
        var rows = BatchRows(count: rowCount)
        for row in 0..<rowCount where wanted(row) { rows.want(row) }
        for row in files.record?.accepted ?? [] where row < rowCount { rows.accept(row) }
        try Self.load(files.results, into: &rows)
        self.rows = rows
        input = files.input
        results = files.results
        record = files.record
        elapsed = clock.stopwatch()
    }

    /// Creates what is missing, and unless that is all, follows the group until every wanted row has its result.
    ///
    /// Of a group that existed before, `catchUp` must have found out what it has.
    package func run() async throws {
        // However this ends, what was fetched is not to be fetched again.
        defer { try? results.flush() }
        if receive != nil, !options.isOrdered { try indexInput() }
        try handOver()
        report()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await self.submit()
                return self.options.onlySubmits
            }
            if !options.onlySubmits {
                group.addTask {
                    try await self.collect()
                    return true
                }
                group.addTask {
                    try await self.watch()
                    return false
                }
            }
            while let isLast = try await group.next() {
                if isLast { return }
            }
        }
    }

    /// Ends the batch: nothing of it is needed to go on.
    package func forget() {
        results.remove()
        record?.remove()
    }

    /// Whether it is sure that no row was ever accepted, so that nothing is lost if this is forgotten.
    package var isUntouched: Bool { rows.accepted == 0 && record?.unsettled.isEmpty == true }

    package var progress: Progress {
        Progress(
            wanted: rows.wanted, accepted: rows.accepted, ended: rows.ended, failed: rows.failed,
            collected: rows.collected)
    }

    func report() { onProgress(progress) }

    /// The number of the row that a run of the group stands for, if it is one of this input.
    func row(of run: BatchEvent.Run) -> Int? { run.row.flatMap { $0 < rows.count ? $0 : nil } }

    func addStraggler(_ row: Int, _ runID: String) {
        if rows.queue(row) { stragglers.append((row, runID)) }
    }

    /// Bears an error for as long as the last success of what failed is not too long ago; then throws it.
    func endure(_ error: any Error, since success: Duration) throws {
        if elapsed() - success > Self.patience { throw error }
        if let lastTrouble, elapsed() - lastTrouble < Self.troubleInterval { return }
        lastTrouble = elapsed()
        onTrouble(error)
    }

    /// How long a server may fail without a break; the batch can be gone on with later.
    private static let patience = Duration.seconds(300)
    /// How often trouble is told of, at the most.
    private static let troubleInterval = Duration.seconds(30)

    /// Reads what was collected by an earlier process; text that is no result, as after a power failure, is cut off.
    private static func load(_ results: LineFile, into rows: inout BatchRows) throws {
        var broken: Int?
        try results.forEach { place, line in
            guard broken == nil else { return }
            guard JSONText(line).value != nil, let run = BatchEvent.run(in: JSONText(line)), let row = run.row,
                row < rows.count
            else {
                broken = place
                return
            }
            rows.accept(row)
            rows.end(row, isCompleted: run.isCompleted)
            rows.collect(row, at: place)
        }
        if let broken { try results.truncate(to: broken) }
    }
}
