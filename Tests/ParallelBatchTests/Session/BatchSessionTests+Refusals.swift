import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelAPI
@testable import ParallelBatch

/// Rows that the API refuses, and a rate that it keeps.
extension BatchSessionTests {
    /// Returns a group that refuses every request in which one of `bad` is, and names the first one by its index.
    private func group(refusing bad: Set<Int>, status: Int = 422, reason: @escaping @Sendable (Int) -> String)
        -> ScriptedGroup
    {
        ScriptedGroup(
            clock,
            refusing: { rows in
                guard let index = rows.firstIndex(where: bad.contains) else { return nil }
                let entry = #"{"loc":["body","inputs",\#(index),"input"],"msg":"\#(reason(rows[index]))"}"#
                return (status, #"{"detail":[\#(entry)]}"#)
            })
    }

    private func refusals(_ group: ScriptedGroup, of bad: Set<Int>) -> Int {
        group.sentRows.count { $0.contains(where: bad.contains) }
    }

    @Test(arguments: [true, false])
    func `one bad row among a thousand keeps no other from running`(isOrdered: Bool) async throws {
        let group = group(refusing: [617]) { _ in "too many tokens" }
        let outcome = try await run(1_000, on: group, isOrdered: isOrdered)
        var expected = Self.found(1...1_000)
        expected[616] = "617: the API answered 422: too many tokens"
        #expect(
            (isOrdered ? outcome.received : outcome.received.sorted()) == (isOrdered ? expected : expected.sorted()))
        #expect(refusals(group, of: [617]) <= 12 && group.rows.count == 999 && !group.rows.contains(617))
        #expect(
            outcome.progress
                == .init(wanted: 1_000, accepted: 999, ended: 1_000, failed: 1, collected: 1_000, unsent: 1, refused: 1)
        )
        #expect(outcome.notes == ["row 617 (line 618): the API answered 422: too many tokens"])
    }

    private static let bodies: [(Int, String, String)] = [
        (400, #"{"type":"error","error":{"ref_id":"a","message":"too long","detail":null}}"#, "400: too long"),
        (413, "<html>", "413: an HTML page instead of an answer of the API"),
        (413, "", "413: no explanation was given"),
        (422, #"{"detail":[{"loc":["body","inputs",0,"input","a"],"msg":"too long"}]}"#, "422: a: too long"),
        (
            422,
            #"{"type":"error","error":{"message":"inputs[0] is too long: see https://a.example/?key=s3cret"}}"#,
            "422: the input is too long: see https://a.example/?key=***"
        ),
        (422, #"{"detail":"body.inputs.0.input\u001b[2J"}"#, "422: the input [2J"),
    ]

    @Test(arguments: bodies)
    func `a refused row has the API's words, whatever their form`(status: Int, body: String, words: String) async throws
    {
        let group = ScriptedGroup(clock, refusing: { $0.contains(2) ? (status, body) : nil })
        let outcome = try await run(3, on: group)
        #expect(outcome.received == ["1: found 1", "2: the API answered \(words)", "3: found 3"])
    }

    @Test(arguments: [400, 413, 422])
    func `a request that is only too large is sent in parts`(status: Int) async throws {
        let group = ScriptedGroup(clock, refusing: { $0.count > 300 ? (status, "too large") : nil })
        let outcome = try await run(1_000, on: group)
        #expect(outcome.received == Self.found(1...1_000) && outcome.progress.failed == 0)
        #expect(group.sentRows.map(\.count).sorted() == [250, 250, 250, 250, 500, 500, 1_000])
    }

    @Test func `a refusal that says nothing of inputs ends the batch at once, and names the rows that it means`()
        async throws
    {
        let body = #"{"type":"error","error":{"message":"Forbidden: body.inputs.2.processor and inputs[0]"}}"#
        let group = ScriptedGroup(clock, refusing: { _ in (403, body) })
        let error = await #expect(throws: APIError.self) { try await run(3, on: group) }
        #expect(error?.message == "Forbidden: row 3 (line 4).processor and row 1 (line 2)")
        #expect(group.sentRows.count == 1)
    }

    // MARK: - Rows that are refused one after the other

    /// Bad rows, whose reasons may differ, and the rows that end the batch; nil if it goes on.
    private static let streaks: [(rows: Int, bad: [ClosedRange<Int>], reasons: Int, ended: String?)] = [
        (60, [11...30], 1, "rows 11 to 30 (lines 12 to 31)"),
        (60, [11...29], 1, nil),
        // A row between them was taken.
        (60, [1...15, 17...35], 1, nil),
        // The reasons differ.
        (40, [1...40], 3, nil),
        // Two chunks are sent at once.
        (1_200, [991...1_010], 1, "rows 991 to 1010 (lines 992 to 1011)"),
    ]

    @Test(arguments: streaks.indices)
    func `twenty rows that are refused one after the other for one reason end the batch`(index: Int) async throws {
        let (rows, bad, reasons, ended) = Self.streaks[index]
        let all = Set(bad.joined())
        let group = group(refusing: all) { "reason \($0 % reasons). Reference ID: 5e87a738-\($0)" }
        guard let ended else {
            let outcome = try await run(rows, on: group)
            #expect(outcome.progress.failed == all.count && group.rows.count == rows - all.count)
            return
        }
        let error = await #expect(throws: RowsRefused.self) { try await run(rows, on: group) }
        #expect(error?.rows == ended)
        #expect(error?.error.status == 422 && error?.error.fieldErrors.first?.contains("): reason 0") == true)
        #expect(error?.error.fieldErrors.first?.hasPrefix("row ") == true)
    }

    @Test func `rows that are not to be run do not come between refused rows`() async throws {
        let unsent = [UnsentRow(row: 9, cause: .blank, reason: "blank")]
        let group = group(refusing: Set(1...42)) { _ in "no" }
        let error = await #expect(throws: RowsRefused.self) {
            try await run(42, on: group, shard: "2/2", unsent: unsent)
        }
        #expect(error?.rows == "rows 2 to 42 (lines 3 to 43)")
        #expect(group.rows.isEmpty)
    }

    @Test func `what is left of a chunk after two hundred refusals is not sent`() async throws {
        let bad = Set(stride(from: 2, through: 1_000, by: 2))
        let group = group(refusing: bad) { _ in "no" }
        let outcome = try await run(1_100, on: group)
        #expect(refusals(group, of: bad) == 200)
        let left = outcome.received.filter { $0.hasSuffix(": not sent") }
        let refused = outcome.received.filter { $0.hasSuffix(": the API answered 422: no") }
        #expect(outcome.received.count == 1_100 && !left.isEmpty && !refused.isEmpty)
        #expect(outcome.received[999] == "1000: not sent" && outcome.received[1_099] == "1100: found 1100")
        // Each row was taken, refused or left, and none twice.
        #expect(Set(group.rows).count == group.rows.count)
        #expect(group.rows.count + left.count + refused.count == 1_100)
        #expect(outcome.progress.failed == left.count + refused.count && outcome.progress.blank == 0)
        #expect(outcome.notes.last?.hasPrefix("\(left.count) left of rows ") == true, "\(outcome.notes.last ?? "")")
    }

    // MARK: - Resuming

    @Test func `a refused row is not sent again, unless the refusals ended the batch`() async throws {
        let state = directory.file("out.batch")
        let first = group(refusing: [3]) { _ in "no" }
        _ = try await run(5, on: first, limit: 4, state: state)
        let outcome = try await run(5, on: first, mayHaveRuns: true, state: state)
        #expect(outcome.received[2] == "3: the API answered 422: no" && first.sentRows.last == [5])

        let other = directory.file("other.batch")
        let doomed = group(refusing: Set(6...40)) { _ in "no" }
        await #expect(throws: RowsRefused.self) { try await run(40, on: doomed, state: other) }
        let mended = ScriptedGroup(clock, existing: doomed.rows)
        let whole = try await run(40, on: mended, mayHaveRuns: true, state: other)
        #expect(whole.received == Self.found(1...40))
        #expect(mended.rows.sorted() == Array(1...40))
    }

    /// Leaves the files of a further group that has taken over results of `rows`, counted from 1.
    private func takeOver(_ rows: some Sequence<Int>, of count: Int, state: String) throws {
        let files = try BatchFiles(state: state, temporaryDirectory: directory.path)
        var header = BatchHeader(group: "g1", rowCount: count, fingerprint: "f", source: nil, parts: [:])
        header.earlierGroups = ["g0"]
        _ = try files.results.begin("g0")
        let taken = try rows.map { row in
            let result: JSONValue = [
                "run": ["run_id": "r", "status": "completed", "is_active": false], "output": ["content": "kept"],
            ]
            return TakenResult(row: row - 1, place: try files.results.append(ResultLine(result, for: row - 1)))
        }
        header.resultsStart = try files.results.begin("g1", taking: taken)
        try files.journal?.begin(header)
    }

    @Test func `rows of an earlier group that are paid come between refused rows`() async throws {
        let state = directory.file("out.batch")
        try takeOver(stride(from: 1, to: 40, by: 2), of: 40, state: state)
        let group = group(refusing: Set(2...40)) { _ in "no" }
        let outcome = try await run(40, on: group, state: state)
        #expect(outcome.progress.failed == 20 && outcome.received.count == 40 && group.rows.isEmpty)
    }

    @Test func `a further group that refusals have stopped can be ended, with the errors of its rows`() async throws {
        let state = directory.file("out.batch")
        try takeOver(1...5, of: 45, state: state)
        let group = group(refusing: Set(6...44)) { _ in "no" }
        for _ in 0..<2 {
            await #expect(throws: RowsRefused.self) { try await run(45, on: group, state: state) }
        }
        let outcome = try await run(45, on: group, state: state, keepsRefusals: true)
        #expect(outcome.received[5..<44].allSatisfy { $0.hasSuffix(": the API answered 422: no") })
        #expect(outcome.progress.failed == 39 && outcome.received.last == "45: found 45" && group.rows == [45])
    }

    // MARK: - The rate

    /// The largest number of rows that were sent within less than a minute.
    private func peak(_ group: ScriptedGroup) -> Int {
        group.sent.map { first in
            group.sent.filter { $0.time >= first.time && $0.time < first.time + .seconds(60) }
                .reduce(0) { $0 + $1.rows.count }
        }.max() ?? 0
    }

    @Test(arguments: [(2_000, 1_000, 6_000), (1_500, 750, 3_000), (50, 50, 200), (1, 1, 3)])
    func `no more rows are sent in a minute than the rate allows`(rate: Int, chunk: Int, rows: Int) async throws {
        let group = ScriptedGroup(clock)
        let outcome = try await run(rows, on: group, onlySubmits: true, rate: rate)
        #expect(group.rows.count == rows && peak(group) <= rate)
        #expect(group.sentRows.map(\.count).max() == chunk)
        #expect(outcome.notes.contains { $0.hasPrefix("waiting(") })
    }

    @Test func `the rows that an earlier process has sent count for their minute`() async throws {
        let group = ScriptedGroup(clock)
        let state = directory.file("o.csv.batch")
        _ = try await run(150, on: group, onlySubmits: true, limit: 100, state: state, rate: 100)
        _ = try await run(150, on: group, onlySubmits: true, mayHaveRuns: true, state: state, rate: 100)
        #expect(group.rows.count == 150 && peak(group) == 100)
        #expect(group.sent.last.map { $0.time < .seconds(70) } == true)
    }

    @Test func `without a rate nothing waits`() async throws {
        let group = ScriptedGroup(clock)
        #expect(try await run(5_000, on: group, onlySubmits: true).notes.isEmpty)
        #expect(clock.now.offset == .zero && group.rows.count == 5_000)
    }

    @Test func `refused rows do not count against the rate`() async throws {
        let group = group(refusing: [7]) { _ in "no" }
        _ = try await run(100, on: group, onlySubmits: true, rate: 100)
        #expect(clock.now.offset == .zero && group.rows.count == 99)
    }

    @Test func `rows are sent again only after the wait that a 503 asks for`() async throws {
        let group = ScriptedGroup(clock, additions: [.refused(503, retryAfter: "40")])
        _ = try await run(3, on: group, onlySubmits: true)
        #expect(group.sentRows == [[1, 2, 3], [1, 2, 3]])
        #expect(group.sent[1].time - group.sent[0].time >= .seconds(40))
    }

    @Test func `all requests wait if one is asked to`() async throws {
        let group = ScriptedGroup(clock, additions: [.refused(429, retryAfter: "30")])
        let outcome = try await run(8_000, on: group, onlySubmits: true)
        #expect(group.sent.allSatisfy { $0.time == .zero || $0.time >= .seconds(30) })
        // Four requests are under way at most when the answer comes.
        #expect(group.sent.count == 9 && group.sent.count { $0.time == .zero } <= 4)
        #expect(outcome.notes.contains { $0.hasPrefix("waiting(30") })
    }

    @Test func `a request that is larger than the quota is sent in parts`() async throws {
        let limit = #"{"type":"error","error":{"ref_id":"a","message":"quota exceeded"}}"#
        let group = ScriptedGroup(clock, refusing: { $0.count > 300 ? (429, limit) : nil })
        _ = try await run(1_000, on: group, onlySubmits: true)
        #expect(group.rows == Array(1...1_000))
        #expect(group.sentRows.filter { $0.count <= 300 }.map(\.count) == [250, 250, 250, 250])
    }

    @Test func `a batch says that it asks the group what became of rows`() async throws {
        let group = ScriptedGroup(clock, additions: [.acceptedThenLost])
        #expect(try await run(5, on: group, onlySubmits: true).notes == ["asking(rows: 5)"])
    }
}
