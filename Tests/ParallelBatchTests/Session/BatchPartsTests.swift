import ParallelJSON
import Testing

@testable import ParallelAPI
@testable import ParallelBatch

/// The small parts of the engine.
struct BatchPartsTests {
    // MARK: - Pacer

    @Test func `rows wait until a minute has passed since the answer to enough others`() {
        var pacer = Pacer(rate: 100)
        let minute = Duration.milliseconds(60_500)
        #expect(pacer.delay(60, at: .zero) == .zero)
        let first = pacer.begin(60)
        // Nobody knows when a request without an answer ceases to count.
        #expect(pacer.delay(40, at: .zero) == .zero && pacer.delay(41, at: .seconds(1_000)) == nil)
        let second = pacer.begin(40)
        pacer.end(first, created: 60, at: .seconds(9))
        pacer.end(second, created: 40, at: .seconds(5))
        // The rows of the second request are the first to be free.
        #expect(pacer.delay(40, at: .seconds(10)) == minute - .seconds(5))
        #expect(pacer.delay(41, at: .seconds(10)) == minute - .seconds(1))
        #expect(pacer.delay(100, at: .seconds(9) + minute) == .zero)
    }

    @Test func `only runs that were created count`() {
        var pacer = Pacer(rate: 100)
        pacer.end(pacer.begin(100), created: 0, at: .seconds(1))
        #expect(pacer.delay(100, at: .seconds(1)) == .zero)
        pacer.end(pacer.begin(100), created: 30, at: .seconds(2))
        #expect(pacer.delay(70, at: .seconds(2)) == .zero)
        #expect(pacer.delay(71, at: .seconds(2)) == .milliseconds(60_500))
    }

    /// One request at a time, each answered after `latency`.
    @Test(arguments: [(2_000, 1_000), (100, 30), (7, 7), (3_000, 1_000)], [0, 2_500])
    func `never more rows in a minute than the rate, and few less`(_ sizes: (rate: Int, rows: Int), latency: Int) {
        var pacer = Pacer(rate: sizes.rate)
        var sent: [Duration] = []
        var now = Duration.zero
        for _ in 0..<200 {
            now += pacer.delay(sizes.rows, at: now) ?? .seconds(1_000_000)
            sent.append(now)
            let number = pacer.begin(sizes.rows)
            now += .milliseconds(latency)
            pacer.end(number, created: sizes.rows, at: now)
        }
        let peak = sent.map { first in sent.count { $0 >= first && $0 < first + .seconds(60) } }.max() ?? 0
        #expect(peak * sizes.rows <= sizes.rate)
        let perMinute = sizes.rate / sizes.rows
        #expect(now < .milliseconds((60_500 + latency * (perMinute + 1)) * (200 / perMinute + 1)))
    }

    @Test(arguments: [(nil, 1_000), (1, 1), (50, 50), (1_000, 1_000), (1_001, 500), (2_000, 1_000), (2_500, 833)])
    func `a request has as many rows as the rate can be divided into`(rate: Int?, rows: Int) {
        #expect(Pacer(rate: rate).maximumRows == rows)
    }

    // MARK: - Rows in messages

    @Test func `rows are named by their numbers and lines`() {
        var input = BatchInput(format: .csv, rowCount: 3)
        #expect(input.words(for: 1...1) == "row 2" && input.words(for: 0...2) == "rows 1 to 3")
        input.lines = [2, 3, 7]
        #expect(input.words(for: 2...2) == "row 3 (line 7)" && input.words(for: 0...2) == "rows 1 to 3 (lines 2 to 7)")
    }

    @Test(arguments: [
        ("Gone. Reference ID: 5e87a738-16e4 (now)", "Gone. (now)"), ("reference id:x", ""),
        ("Reference ID", "Reference ID"),
        ("a Reference ID: 1. b Reference ID: 2", "a. b"), ("no id", "no id"), ("", ""),
    ])
    func `messages are compared without the ids of single cases`(text: String, common: String) {
        #expect(text.withoutReferenceIDs == common)
    }

    // MARK: - Fingerprint

    @Test func `a fingerprint has 16 digits and tells every input from the others`() {
        func fingerprint(_ parts: [String]) -> String {
            var fingerprint = Fingerprint()
            for part in parts { fingerprint.add(Array(part.utf8)) }
            return fingerprint.text
        }
        let inputs =
            [
                [], [""], ["", ""], ["ab", "c"], ["a", "bc"], ["abc"], ["12345678"], ["1234567", "8"],
                ["12345678", ""],
            ]
            + (0..<300).map { ["row \($0)"] } + (0..<40).map { [String(repeating: "\0", count: $0 + 1)] }
        let texts = inputs.map(fingerprint)
        #expect(Set(texts).count == inputs.count && texts.allSatisfy { $0.utf8.count == 16 })
        #expect(texts == inputs.map(fingerprint))
    }

    // MARK: - RowStates

    @Test func `a row is counted once, however often it is reported`() {
        var rows = RowStates(count: 4)
        rows.want(0)
        rows.want(0)
        rows.want(1)
        #expect(rows.wanted == 2 && rows.count == 4 && rows.isWanted(1) && !rows.isWanted(2))
        rows.accept(1)
        rows.accept(1)
        #expect(rows.accepted == 1 && rows.isAccepted(1) && !rows.isAccepted(0))
        let areNew = [(1, true), (1, false), (0, false)].map { rows.end($0, isCompleted: $1) }
        #expect(areNew == [true, false, true])
        #expect(rows.ended == 2 && rows.failed == 1 && rows.isEnded(0) && !rows.isEnded(3))
        rows.pass(3)
        #expect(rows.isPassed(3) && !rows.isPassed(0) && rows.ended == 2)
    }

    @Test func `a row that was accepted is wanted, since it is paid for`() {
        var rows = RowStates(count: 2)
        rows.accept(1)
        #expect(rows.wanted == 1 && rows.isWanted(1))
    }

    @Test func `a row without a run has ended, and gets no run later`() {
        var rows = RowStates(count: 3)
        for row in 0..<3 { rows.want(row) }
        rows.leave(0, .blank, at: 0)
        rows.leave(1, .refused, at: 9)
        rows.leave(1, .refused, at: 18)
        #expect(rows.unsent == 2 && rows.blank == 1 && rows.ended == 2 && rows.failed == 1 && rows.collected == 2)
        #expect((0..<3).map(rows.isOpen) == [false, false, true] && rows.place(1) == 9)
        rows.accept(1)
        #expect(rows.accepted == 0)
        // A run that exists is more than any reason why there should be none.
        rows.accept(2)
        rows.leave(2, .refused, at: 27)
        #expect(rows.unsent == 2 && rows.accepted == 1 && rows.place(2) == nil)
    }

    // MARK: - ResultLine

    @Test func `only the line of a row without a run says why there is none`() {
        let unsent = UnsentRow(row: 16, cause: .notSent, reason: "not sent: \"why\"\n")
        #expect(ResultLine(unsent).unsent == unsent && ResultLine(unsent).row == 16)
        let others = [
            #"{"row":1,"status":"blank","run":{"run_id":"trun_1"}}"#, #"{"row":0,"status":"blank"}"#,
            #"{"row":1,"status":"completed"}"#, #"{"status":"blank"}"#, "[1]", "",
        ]
        for text in others { #expect(ResultLine(json: Array(text.utf8)[...]).unsent == nil, "\(text)") }
    }

    @Test func `a result has a place, which may be the first`() {
        var rows = RowStates(count: 2)
        #expect(rows.place(0) == nil && !rows.isCollected(0))
        rows.collect(0, at: 0)
        rows.collect(0, at: 7)
        #expect(rows.place(0) == 7 && rows.isCollected(0) && rows.collected == 1 && rows.place(1) == nil)
    }

    // MARK: - Timestamp

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2025-07-25T17:28:09Z", 1_753_464_489),
        ("2025-07-25T17:28:09.123456Z", 1_753_464_489), ("2025-07-25T17:28:09.123456", 1_753_464_489),
        ("2025-07-25T17:28:09", 1_753_464_489), ("2025-07-25 17:28:09Z", 1_753_464_489),
        ("2025-07-25T19:28:09+02:00", 1_753_464_489), ("2025-07-25T11:58:09.5-05:30", 1_753_464_489),
        ("2024-02-29T23:59:59Z", 1_709_251_199), ("1969-12-31T23:59:59Z", -1),
    ])
    func `times are read with and without a zone`(text: String, seconds: Int) {
        #expect(Timestamp.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "now", "2025-07-25", "2025-07-25T17:28", "2025-13-25T17:28:09Z", "2025-00-25T17:28:09Z",
        "2025-07-32T17:28:09Z", "2025-07-00T17:28:09Z", "20x5-07-25T17:28:09Z", "2025-07-25T17:28:09+0",
        "２０２５-07-25T17:28:09Z",
    ])
    func `other text is no time`(text: String) {
        #expect(Timestamp.seconds(text) == nil)
    }
}
