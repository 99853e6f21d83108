import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelAPI
@testable import ParallelBatch
@testable import ParallelSettings

/// A batch against a group that goes wrong on purpose: every row is run once, and every result fetched once.
@Suite(.timeLimit(.minutes(10))) struct BatchSessionTests {
    let clock = ManualClock(passing: .seconds(120))
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    struct Outcome {
        /// What was handed over, as `1: found 1`, or with the run's status where it has no output, or with the reason
        /// why there is no run.
        var received: [String] = []
        var progress = BatchSession.Progress()
        /// What was told meanwhile: waits and looks, and rows that were refused or left.
        var notes: [String] = []
    }

    /// Runs a batch of `rows` rows to its end.
    ///
    /// - Parameters:
    ///   - receives: false where results are asked for only at the end, as for a file.
    ///   - finally: What is done with the batch in the end.
    func run(
        _ rows: Int, on group: ScriptedGroup, isOrdered: Bool = true, onlySubmits: Bool = false,
        mayHaveRuns: Bool = false, shard: String? = nil, limit: Int? = nil, state: String? = nil,
        policy: RetryPolicy? = nil, receives: Bool = true, unsent: [UnsentRow] = [],
        rate: Int? = nil, keepsRefusals: Bool = false, finally: (BatchSession) async throws -> Void = { _ in }
    ) async throws -> Outcome {
        let clock = clock
        let files = try BatchFiles(state: state, temporaryDirectory: directory.path)
        for row in 1...rows { try files.spool.append(Array("\"row \(row)\"".utf8)) }
        var input = BatchInput(format: .jsonl, rowCount: rows, fingerprint: "f")
        input.unsentRows = unsent
        input.lines = (0..<rows).map { UInt32($0 + 2) }
        let selection = try RowSelection(of: input, shard: shard.flatMap(Shard.init), limit: limit)
        let plan = try BatchPlan(TaskRunRequest(input: "row"), .columns(nil), input, selection)
        if let journal = files.journal, journal.header == nil {
            try journal.begin(plan.header(group: "g1", source: nil))
        }
        let transport: any HTTPTransport =
            policy.map { RetryingTransport(group, policy: $0, clock: clock, now: { 0 }, random: { 0 }) } ?? group
        let received = Lock<[String]>([])
        let receive: BatchSession.Receive = { row, result in
            #expect(String(decoding: row.json, as: UTF8.self) == "\"row \(row.index + 1)\"")
            let event = try JSONValue.parse(Array(result.json))
            let found =
                event["output"]?["content"]?.string ?? event["run"]?["status"]?.string
                ?? event["error"]?["message"]?.string ?? ""
            received.withLock { $0.append("\(row.index + 1): \(found)") }
        }
        let settings = try Settings(environment: ["PARALLEL_API_KEY": "k"])
        let connection = GroupConnection(
            client: ParallelClient(transport: transport, settings: settings),
            addingClient: ParallelClient(transport: group, settings: settings), clock: clock,
            now: { 1_000 + Int(clock.now.offset / .seconds(1)) })
        let notes = Lock<[String]>([])
        var observer = BatchSession.Observer(receive: receives ? receive : nil)
        observer.onActivity = { activity in
            if let activity { notes.withLock { $0.append("\(activity)") } }
        }
        observer.onRefusal = { row, reason in notes.withLock { $0.append("\(row): \(reason)") } }
        observer.onLeaving = { count, rows in notes.withLock { $0.append("\(count) left of \(rows)") } }
        var options = BatchSession.Options(isOrdered: isOrdered, onlySubmits: onlySubmits, rate: rate)
        options.keepsRefusals = keepsRefusals
        let session = try BatchSession(plan, group: "g1", files: files, over: connection, options, observer)
        if mayHaveRuns { try await session.catchUp() }
        try await session.run()
        try await finally(session)
        return Outcome(
            received: received.withLock { $0 }, progress: session.progress, notes: notes.withLock { $0 })
    }

    static func found(_ rows: some Sequence<Int>) -> [String] { rows.map { "\($0): found \($0)" } }

    /// That each of `rows` was run once and its output sent once.
    private func expectOnce(
        _ rows: some Sequence<Int>, _ group: ScriptedGroup, isOrdered: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(group.rows.sorted() == Array(rows), sourceLocation: sourceLocation)
        #expect(
            (isOrdered ? group.deliveredInOrder : group.delivered)
                == Dictionary(uniqueKeysWithValues: rows.map { ($0, 1) }), sourceLocation: sourceLocation)
    }

    // MARK: - Adding runs

    @Test func `rows go in chunks of at most 1000 and come back in their order`() async throws {
        let group = ScriptedGroup(clock, isReversed: true)
        let outcome = try await run(2_345, on: group)
        #expect(group.sentRows.map(\.count).sorted() == [345, 1_000, 1_000])
        #expect(outcome.received == Self.found(1...2_345))
        #expect(outcome.progress == .init(wanted: 2_345, accepted: 2_345, ended: 2_345, failed: 0, collected: 2_345))
        expectOnce(1...2_345, group)
    }

    @Test func `only wanted rows are run`() async throws {
        let group = ScriptedGroup(clock)
        #expect(try await run(6, on: group, shard: "2/2").received == Self.found([2, 4, 6]))
        #expect(group.sentRows == [[2, 4, 6]])
    }

    @Test func `runs are not created again if the answer was lost after they were created`() async throws {
        let group = ScriptedGroup(clock, additions: [.acceptedThenLost])
        _ = try await run(5, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3, 4, 5]])
        #expect(group.requests == ["POST groups/g1/runs?refresh_status=false", "GET groups/g1", "GET groups/g1/runs"])
    }

    @Test func `a list that ends early does not have rows run again`() async throws {
        let group = ScriptedGroup(
            clock, additions: [.acceptedThenLost], lists: [.short(after: 2), .short(after: 0), .cut(after: 1)])
        _ = try await run(5, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3, 4, 5]])
    }

    @Test func `a run that can't be listed now may be listed later`() async throws {
        let lists = [ScriptedGroup.Connection.unreadable(index: 1), .unreadable(index: 0)]
        let group = ScriptedGroup(clock, additions: [.acceptedThenLost], lists: lists)
        _ = try await run(3, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3]])
    }

    @Test func `a run that can't be listed does not have its row run again`() async throws {
        let lists = Array(repeating: ScriptedGroup.Connection.unreadable(index: 1), count: 100)
        let group = ScriptedGroup(clock, additions: [.acceptedThenLost], lists: lists)
        let error = await #expect(throws: UnexpectedAnswer.self) { try await run(3, on: group, onlySubmits: true) }
        #expect(error?.message == "the list of group g1 lacks runs that the group has; nothing was sent again")
        #expect(group.sentRows == [[1, 2, 3]])
    }

    @Test func `runs that don't say which row they are for may be those of rows that seem to have none`() async throws {
        let group = ScriptedGroup(clock, existing: [nil], additions: [.lostBefore])
        let error = await #expect(throws: UnexpectedAnswer.self) { try await run(3, on: group, onlySubmits: true) }
        #expect(error?.message.contains("1 runs of group g1 don't say which row they are for") == true)
        #expect(group.sentRows == [[1, 2, 3]])
        let foreign = ScriptedGroup(clock, existing: [nil, nil])
        await #expect(throws: UnexpectedAnswer.self) { try await run(3, on: foreign, mayHaveRuns: true) }
        #expect(foreign.sentRows.isEmpty)
    }

    @Test func `a run that can't be listed does not matter if every row is known to have one`() async throws {
        let state = directory.file("out.batch")
        do {
            let journal = try BatchJournal(path: state)
            try journal.begin(BatchHeader(group: "g1", rowCount: 3, fingerprint: "f", source: nil, parts: [:]))
            try journal.didSettle(try journal.willSend([0, 1, 2], at: 1_000), isAccepted: true)
        }
        let group = ScriptedGroup(clock, existing: [1, 2, 3], lists: [.unreadable(index: 1)])
        #expect(try await run(3, on: group, mayHaveRuns: true, state: state).received == Self.found(1...3))
        #expect(group.sentRows.isEmpty)
    }

    @Test func `a batch ends if the list stays shorter than the number of runs`() async throws {
        let lists = Array(repeating: ScriptedGroup.Connection.short(after: 3), count: 100)
        let group = ScriptedGroup(clock, additions: [.acceptedThenLost], lists: lists)
        let error = await #expect(throws: UnexpectedAnswer.self) { try await run(5, on: group, onlySubmits: true) }
        #expect(error?.message == "the list of group g1 lacks runs that the group has; nothing was sent again")
        #expect(group.sentRows == [[1, 2, 3, 4, 5]])
    }

    @Test func `runs that come long after the answer was lost are waited for`() async throws {
        let group = ScriptedGroup(clock, additions: [.lostAndLate(listings: 4)])
        _ = try await run(5, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3, 4, 5]] && group.rows == [1, 2, 3, 4, 5])
    }

    @Test(arguments: [408, 500, 502, 503, 504, 200])
    func `runs that come long after an answer that does not tell of them are waited for`(status: Int) async throws {
        let group = ScriptedGroup(clock, additions: [.refusedAndLate(status, listings: 4)])
        _ = try await run(5, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3, 4, 5]] && group.rows == [1, 2, 3, 4, 5])
    }

    /// How long a server may go on with a request, by what became of its answer; 200 stands for one that makes no
    /// sense.
    @Test(arguments: [(408, 60), (502, 60), (504, 60), (503, 20), (500, 5), (501, 5), (200, 5)])
    func `a row is sent again once its first request can't come through any more`(
        status: Int, seconds: Int
    ) async throws {
        let group = ScriptedGroup(clock, additions: [.refused(status)])
        _ = try await run(2, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2], [1, 2]])
        #expect(group.sent[1].time - group.sent[0].time >= .seconds(seconds))
        // Nor does anybody wait for much longer.
        #expect(group.sent[1].time - group.sent[0].time < .seconds(seconds + 5))
    }

    @Test func `a request that never came through is sent again once it can't come any more`() async throws {
        let group = ScriptedGroup(clock, additions: [.lostBefore])
        _ = try await run(3, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3], [1, 2, 3]])
        #expect(group.sent[1].time - group.sent[0].time >= .seconds(20))
        #expect(group.requests.dropLast().last == "GET groups/g1/runs")
    }

    @Test func `rows are sent again without asking the group if the server was not reached`() async throws {
        let group = ScriptedGroup(clock, additions: [.unreachable, .unreachable])
        _ = try await run(3, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3], [1, 2, 3], [1, 2, 3]] && group.requests.count == 3)
    }

    @Test(arguments: [500, 502, 503, 504, 408])
    func `after an uncertain error the group is asked before a row is sent again`(
        status: Int
    ) async throws {
        let group = ScriptedGroup(clock, additions: [.refused(status), .partly(4, status: status)])
        _ = try await run(4, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3, 4], [1, 2, 3, 4]] && group.rows == [1, 2, 3, 4])
        #expect(group.requests.last == "GET groups/g1/runs")
    }

    @Test func `only the missing rows of a chunk are sent again`() async throws {
        let group = ScriptedGroup(clock, additions: [.partly(2, status: 500), .partly(1, status: 500)])
        _ = try await run(5, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3, 4, 5], [3, 4, 5], [4, 5]] && group.rows == [1, 2, 3, 4, 5])
    }

    @Test(arguments: [ScriptedGroup.Addition.oneIDMissing, .garbage])
    func `the group is asked after an answer without run ids`(_ addition: ScriptedGroup.Addition)
        async throws
    {
        let group = ScriptedGroup(clock, additions: [addition])
        _ = try await run(3, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3]] && group.requests.last == "GET groups/g1/runs")
    }

    @Test func `429 is obeyed, and the group need not be asked`() async throws {
        let group = ScriptedGroup(clock, additions: [.refused(429, retryAfter: "7"), .refused(429, retryAfter: "7")])
        _ = try await run(3, on: group, onlySubmits: true, policy: RetryPolicy(budget: .seconds(600)))
        #expect(group.sentRows.count == 3 && group.rows == [1, 2, 3] && group.requests.count == 3)
        #expect(group.sent[1].time - group.sent[0].time >= .seconds(7))
        #expect(group.sent[2].time - group.sent[1].time >= .seconds(7))
    }

    @Test(arguments: [429, 503])
    func `after the page of a gateway the group is asked before a row is sent again`(status: Int) async throws {
        let group = ScriptedGroup(clock, additions: [.page(status, made: 2)])
        _ = try await run(4, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3, 4], [3, 4]] && group.rows == [1, 2, 3, 4])
    }

    @Test func `rows whose runs an answer names are looked for, whatever its status`() async throws {
        let group = ScriptedGroup(clock, additions: [.page(422, made: 2, #"{"run_id":"trun_1"}"#)])
        _ = try await run(2, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2]] && group.rows == [1, 2])
    }

    @Test(arguments: [401, 402, 403, 404])
    func `a permanent refusal ends the batch at once`(status: Int) async throws {
        let group = ScriptedGroup(clock, additions: [.refused(status)])
        let error = await #expect(throws: APIError.self) { try await run(3, on: group) }
        #expect(error?.status == status && group.sentRows.count == 1)
    }

    @Test func `a server that fails for five minutes is given up, and no row is lost or run twice`() async throws {
        let state = directory.file("out.batch")
        let group = ScriptedGroup(
            clock, additions: [.partly(2, status: 500)] + Array(repeating: .refused(500), count: 200))
        await #expect(throws: APIError.self) { try await run(4, on: group, onlySubmits: true, state: state) }
        #expect(clock.now.offset > .seconds(300) && clock.now.offset < .seconds(400))
        #expect(group.rows == [1, 2])
    }

    // MARK: - Rows without a run

    private static let unsent = [
        UnsentRow(row: 0, cause: .blank, reason: "nothing to send"),
        UnsentRow(row: 2, cause: .unusable, reason: "too long"),
        UnsentRow(row: 4, cause: .blank, reason: "nothing to send"),
    ]

    @Test(arguments: [true, false])
    func `rows without a run are not sent, and keep their places with the reason`(isOrdered: Bool) async throws {
        let group = ScriptedGroup(clock, ending: [[4]])
        let outcome = try await run(5, on: group, isOrdered: isOrdered, unsent: Self.unsent)
        let expected = ["1: nothing to send", "2: found 2", "3: too long", "4: found 4", "5: nothing to send"]
        #expect((isOrdered ? outcome.received : outcome.received.sorted()) == expected)
        #expect(group.sentRows == [[2, 4]])
        #expect(
            outcome.progress
                == .init(wanted: 5, accepted: 2, ended: 5, failed: 1, collected: 5, unsent: 3, blank: 2))
        #expect(outcome.progress.running == 0 && outcome.progress.completed == 2 && outcome.progress.wantedRuns == 2)
    }

    @Test(arguments: [true, false])
    func `results that are read at the end have the rows without a run among them`(isOrdered: Bool) async throws {
        let seen = Lock<[Int]>([])
        _ = try await run(5, on: ScriptedGroup(clock), isOrdered: isOrdered, receives: false, unsent: Self.unsent) {
            try await $0.forEachResult { row, _ in seen.withLock { $0.append(row.index) } }
        }
        let rows = seen.withLock { $0 }
        #expect((isOrdered ? rows : rows.sorted()) == [0, 1, 2, 3, 4])
    }

    @Test func `only selected rows without a run are in the results`() async throws {
        let group = ScriptedGroup(clock)
        let shard = try await run(5, on: group, shard: "1/2", unsent: Self.unsent)
        #expect(shard.received == ["1: nothing to send", "3: too long", "5: nothing to send"])
        #expect(shard.progress.wanted == 3 && shard.progress.unsent == 3 && group.sentRows.isEmpty)
        let first = try await run(5, on: ScriptedGroup(clock), limit: 1, unsent: Self.unsent)
        #expect(first.received == ["1: nothing to send", "2: found 2"])
    }

    @Test func `a resumed batch has each row without a run once`() async throws {
        let state = directory.file("out.batch")
        let group = ScriptedGroup(clock)
        _ = try await run(5, on: group, limit: 1, state: state, unsent: Self.unsent)
        let outcome = try await run(5, on: group, mayHaveRuns: true, state: state, unsent: Self.unsent)
        #expect(
            outcome.received
                == ["1: nothing to send", "2: found 2", "3: too long", "4: found 4", "5: nothing to send"])
        #expect(group.sentRows == [[2], [4]] && outcome.progress.unsent == 3)
        let lines = try #require(Disk.text(state + ".results")).split(separator: "\n")
        #expect(
            lines.count == 6 && lines[0] == ##"{"group":"g1"}"##
                && lines[1] == ##"{"row":1,"status":"blank","error":{"message":"nothing to send"}}"##)
    }

    // MARK: - What the group has

    @Test func `rows that have a run in the group are not run again, in whatever order it lists them`() async throws {
        let group = ScriptedGroup(clock, existing: [5, nil, 1, 3, nil])
        let outcome = try await run(5, on: group, mayHaveRuns: true)
        #expect(group.sentRows == [[2, 4]])
        #expect(outcome.received == Self.found(1...5))
        expectOnce(1...5, group)
    }

    @Test func `runs for rows that the input does not have are left alone`() async throws {
        let group = ScriptedGroup(clock, existing: [1, 99])
        #expect(try await run(2, on: group, mayHaveRuns: true).received == Self.found(1...2))
        #expect(group.sentRows == [[2]])
    }

    @Test func `of two runs for a row the first is taken`() async throws {
        let group = ScriptedGroup(clock, existing: [1, 2, 1])
        let outcome = try await run(2, on: group, mayHaveRuns: true)
        #expect(outcome.received == Self.found(1...2) && group.sentRows.isEmpty)
    }

    @Test func `a chunk that was under way when the program was killed is given time to come`() async throws {
        let state = directory.file("out.batch")
        do {
            let journal = try BatchJournal(path: state)
            try journal.begin(BatchHeader(group: "g1", rowCount: 3, fingerprint: "f", source: nil, parts: [:]))
            _ = try journal.willSend([0, 1, 2], at: 1_000)
        }
        let group = ScriptedGroup(clock, existing: [1])
        #expect(try await run(3, on: group, mayHaveRuns: true, state: state).received == Self.found(1...3))
        #expect(group.sentRows == [[2, 3]] && group.sent[0].time >= .seconds(20))
        #expect(try BatchJournal(path: state).unsettled.isEmpty)
    }

    /// The clock stands at 1000; a chunk of the future is one of a clock that was set back.
    @Test(arguments: [(400, 0), (401, 20), (999, 20), (5_000, 20)])
    func `a chunk that was sent less than ten minutes ago is given time to come`(
        sentAt: Int, seconds: Int
    ) async throws {
        let state = directory.file("out.batch")
        do {
            let journal = try BatchJournal(path: state)
            try journal.begin(BatchHeader(group: "g1", rowCount: 3, fingerprint: "f", source: nil, parts: [:]))
            _ = try journal.willSend([0, 1, 2], at: sentAt)
        }
        let group = ScriptedGroup(clock, existing: [1])
        _ = try await run(3, on: group, onlySubmits: true, mayHaveRuns: true, state: state)
        #expect(group.sentRows == [[2, 3]] && group.sent[0].time == .seconds(seconds))
    }

    @Test func `a chunk whose rows all have runs is not waited for`() async throws {
        let state = directory.file("out.batch")
        do {
            let journal = try BatchJournal(path: state)
            try journal.begin(BatchHeader(group: "g1", rowCount: 2, fingerprint: "f", source: nil, parts: [:]))
            _ = try journal.willSend([0, 1], at: 1_000)
        }
        let group = ScriptedGroup(clock, existing: [1, 2])
        _ = try await run(2, on: group, onlySubmits: true, mayHaveRuns: true, state: state)
        #expect(group.sentRows.isEmpty && clock.now.offset == .zero)
    }

    @Test func `results that an earlier process has fetched are not fetched again`() async throws {
        let state = directory.file("out.batch")
        let group = ScriptedGroup(clock, ending: [[4]])
        #expect(
            try await run(5, on: group, limit: 3, state: state).received == Self.found(1...3))
        #expect(try await run(5, on: group, mayHaveRuns: true, state: state).received == Self.found(1...5))
        expectOnce(1...5, group)
    }

    @Test(arguments: [true, false])
    func `a batch that ends with an error keeps on disk what it has fetched`(receives: Bool) async throws {
        let state = directory.file("out.batch")
        let group = ScriptedGroup(clock, existing: [1, 2, 3], lists: [.whole, .broken(after: 2)])
        await #expect(throws: HTTPError.self) {
            try await run(3, on: group, mayHaveRuns: true, state: state, receives: receives)
        }
        // Before them is the line with the group.
        #expect(Disk.text(state + ".results")?.split(separator: "\n").count == 3)
        #expect(try await run(3, on: group, mayHaveRuns: true, state: state).received == Self.found(1...3))
        expectOnce(1...3, group)
    }

    @Test(arguments: [true, false])
    func `runs that ended while nobody looked are found at once`(isOrdered: Bool) async throws {
        let state = directory.file("out.batch")
        do {
            let journal = try BatchJournal(path: state)
            try journal.begin(BatchHeader(group: "g1", rowCount: 3, fingerprint: "f", source: nil, parts: [:]))
        }
        // An earlier process that did not mind the order got the last row only.
        try directory.write(
            #"{"type":"task_run.state","event_id":"r3","run":{"run_id":"trun_3","status":"completed","#
                + #""is_active":false,"processor":"lite","metadata":{"parallel_row":"3"}},"#
                + #""output":{"type":"text","content":"found 3","basis":[]}}"# + "\n",
            to: "out.batch.results")
        let group = ScriptedGroup(clock, existing: [1, 2, 3])
        let outcome = try await run(3, on: group, isOrdered: isOrdered, mayHaveRuns: true, state: state)
        #expect(outcome.received.sorted() == Self.found(1...3))
        #expect(group.delivered == [1: 1, 2: 1] && clock.now.offset < ResultCollector.longestSilence)
    }

    @Test func `a batch that is cancelled before a chunk is sent records none`() async throws {
        let state = directory.file("out.batch")
        let group = ScriptedGroup(clock)
        await #expect(throws: CancellationError.self) {
            try await cancelled { try await run(3, on: group, state: state) }
        }
        #expect(try BatchJournal(path: state).unsettled.isEmpty && group.sentRows.isEmpty)
    }

    @Test(arguments: [true, false])
    func `handing over the results ends once the batch is cancelled`(isOrdered: Bool) async throws {
        _ = try await run(3, on: ScriptedGroup(clock), isOrdered: isOrdered, receives: false) { session in
            await #expect(throws: CancellationError.self) {
                try await cancelled { try await session.forEachResult { _, _ in Issue.record("one came") } }
            }
        }
    }

    @Test func `a group that lists more runs than it can have is given up`() async throws {
        let group = ScriptedGroup(clock, existing: [1] + Array(repeating: nil, count: ActiveGroup.maximumExcess + 3))
        let error = await #expect(throws: UnexpectedAnswer.self) { try await run(3, on: group, mayHaveRuns: true) }
        #expect(error?.message == "the list of group g1 does not end after its runs")
        #expect(group.sentRows.isEmpty)
    }

    @Test func `results that a power failure left torn are fetched again`() async throws {
        let state = directory.file("out.batch")
        let group = ScriptedGroup(clock)
        _ = try await run(3, on: group, state: state)
        let text = try #require(Disk.text(state + ".results"))
        let lines = text.split(separator: "\n").map(String.init)
        let torn = "\n\0\0\0\0\n" + lines[3] + "\n" + lines[2].prefix(20)
        try directory.write(lines[0] + "\n" + lines[1] + torn, to: "out.batch.results")
        #expect(try await run(3, on: group, mayHaveRuns: true, state: state).received == Self.found(1...3))
        #expect(group.delivered == [1: 1, 2: 2, 3: 2] && group.sentRows == [[1, 2, 3]])
    }

    // MARK: - Streams

    @Test(arguments: [true, false])
    func `a list that is cut goes on after the last run`(isOrdered: Bool) async throws {
        let group = ScriptedGroup(
            clock, existing: [1, 2, 3, 4, 5],
            lists: [.whole, .cut(after: 2), .cut(after: 0), .status(500), .cut(after: 1)])
        let outcome = try await run(5, on: group, isOrdered: isOrdered, mayHaveRuns: true)
        #expect(outcome.received == Self.found(1...5))
        expectOnce(1...5, group, isOrdered: isOrdered)
        let lists = group.requests.filter { $0.hasSuffix("include_output=true") }.map { $0.dropFirst(19) }
        #expect(lists.first == "include_output=true")
        #expect(
            lists.dropFirst() == Array(repeating: "last_event_id=r2&include_output=true", count: 3)[...]
                + ["last_event_id=r3&include_output=true"])
    }

    @Test(arguments: [true, false])
    func `an output that is missing in the list is fetched by itself`(isOrdered: Bool) async throws {
        let group = ScriptedGroup(clock, existing: [1, 2, 3], lists: [.whole, .withoutOutputs])
        let outcome = try await run(3, on: group, isOrdered: isOrdered, mayHaveRuns: true)
        #expect(outcome.received.sorted() == Self.found(1...3) && outcome.progress.failed == 0)
        #expect(group.requests.count { $0.contains("/result") } == 3)
    }

    @Test func `a list that lags behind an answer does not have rows run again`() async throws {
        let state = directory.file("out.batch")
        do {
            let journal = try BatchJournal(path: state)
            try journal.begin(BatchHeader(group: "g1", rowCount: 3, fingerprint: "f", source: nil, parts: [:]))
            try journal.didSettle(try journal.willSend([0, 1], at: 1_000), isAccepted: true)
            try journal.didSettle(try journal.willSend([2], at: 1_000))
        }
        #expect(try BatchJournal(path: state).accepted == [0, 1])
        let group = ScriptedGroup(clock)
        let error = await #expect(throws: UnexpectedAnswer.self) {
            try await run(3, on: group, onlySubmits: true, mayHaveRuns: true, state: state)
        }
        #expect(error?.message.contains("nothing was sent again") == true && group.sentRows.isEmpty)
    }

    @Test func `a listing of what the group has goes on where it was cut`() async throws {
        let group = ScriptedGroup(clock, existing: [1, 2, 3], lists: [.cut(after: 1), .cut(after: 1)])
        _ = try await run(4, on: group, onlySubmits: true, mayHaveRuns: true)
        #expect(group.sentRows == [[4]])
        #expect(
            group.requests.prefix(4) == [
                "GET groups/g1", "GET groups/g1/runs", "GET groups/g1/runs?last_event_id=r1",
                "GET groups/g1/runs?last_event_id=r2",
            ])
    }

    @Test func `events that are cut go on after the last one`() async throws {
        let group = ScriptedGroup(
            clock, streams: [.cut(after: 1), .cut(after: 0), .status(502), .cut(after: 2)],
            ending: [[3], [2], [1], [4]])
        let outcome = try await run(4, on: group)
        #expect(outcome.received == Self.found(1...4))
        expectOnce(1...4, group)
    }

    @Test(arguments: [true, false])
    func `an error event does not end the batch`(isOrdered: Bool) async throws {
        let group = ScriptedGroup(clock, lists: [.fault], streams: [.fault], ending: [[2], [1]])
        #expect(try await run(2, on: group, isOrdered: isOrdered).received.sorted() == Self.found(1...2))
        expectOnce(1...2, group, isOrdered: isOrdered)
    }

    @Test(arguments: [true, false])
    func `without events the group is polled`(isOrdered: Bool) async throws {
        let group = ScriptedGroup(
            clock, streams: Array(repeating: .status(500), count: 10_000), ending: [[2], [1, 3]])
        #expect(try await run(3, on: group, isOrdered: isOrdered).received.sorted() == Self.found(1...3))
        #expect(group.requests.contains("GET groups/g1"))
        expectOnce(1...3, group, isOrdered: isOrdered)
    }

    @Test(arguments: [true, false], ["failed", "cancelled", "action_required"])
    func `a run that ends otherwise keeps its place and counts as failed`(isOrdered: Bool, status: String) async throws
    {
        let group = ScriptedGroup(clock, ending: [[3], [2]], statuses: [2: status])
        let outcome = try await run(3, on: group, isOrdered: isOrdered)
        #expect(outcome.received.sorted() == ["1: found 1", "2: \(status)", "3: found 3"])
        #expect(!isOrdered || outcome.received == outcome.received.sorted())
        #expect(outcome.progress.failed == 1 && outcome.progress.collected == 3)
        #expect((isOrdered ? group.deliveredInOrder : group.delivered) == [1: 1, 3: 1])
    }

    @Test func `where order does not matter nobody waits for a slow row, and each is fetched once`() async throws {
        let group = ScriptedGroup(clock, ending: [[20], [5], [1], [7, 13]])
        let outcome = try await run(20, on: group, isOrdered: false)
        #expect(outcome.received.sorted() == Self.found(1...20).sorted())
        let quick = (1...20).filter { ![1, 5, 7, 13, 20].contains($0) }
        #expect(outcome.received.prefix(15) == Self.found(quick)[...])
        expectOnce(1...20, group, isOrdered: false)
    }
}
