import ParallelAPI
import ParallelJSON
import TestSupport
import Testing

@testable import ParallelBatch

struct InputReaderTests {
    private let directory: TemporaryDirectory
    private let spool: RowSpool

    init() throws {
        directory = try TemporaryDirectory()
        spool = try RowSpool(temporaryDirectory: directory.path)
    }

    private func read(
        _ text: String, _ options: InputOptions = InputOptions(), pieces size: Int = 1 << 16,
        for task: TaskRunRequest = TaskRunRequest(input: "row"), into spool: RowSpool? = nil
    ) throws -> (input: BatchInput, notices: InputReader.Notices) {
        var reader = InputReader(options, for: task, into: spool ?? self.spool)
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            try reader.feed(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        try reader.finish()
        return (try reader.result(), reader.notices)
    }

    private func rows(_ spool: RowSpool? = nil) throws -> [String] {
        var rows: [String] = []
        try (spool ?? self.spool).forEach { rows.append(String(decoding: $0.json, as: UTF8.self)) }
        return rows
    }

    private static let inputs: [(text: String, format: RowFormat, columns: [String], rows: [String])] = [
        ("a,b\n1,2\n3,\n", .csv, ["a", "b"], [#"["1","2"]"#, #"["3",""]"#]),
        ("a\tb\n1\t2\n", .tsv, ["a", "b"], [#"["1","2"]"#]),
        ("{\"a\":1.0}\n\n{\"b\":2}\n", .jsonl, ["a", "b"], [#"{"a":1.0}"#, #"{"b":2}"#]),
        (#"[{"a":1}, "text"]"#, .json, ["a", "input"], [#"{"a":1}"#, #""text""#]),
    ]

    @Test(arguments: inputs.indices, [1, 3, 1 << 16])
    func `every format is read in pieces of any size`(index: Int, size: Int) throws {
        let expected = Self.inputs[index]
        let input = try read(expected.text, pieces: size).input
        #expect(input.format == expected.format && input.columns.map(\.name) == expected.columns)
        #expect(input.rowCount == expected.rows.count)
        #expect(try rows() == expected.rows)
    }

    @Test func `the fingerprint tells inputs apart by their columns and rows`() throws {
        let texts = ["a,b\n1,2\n", "a,c\n1,2\n", "a,b\n1,3\n", "a,b\n1,2\n1,2\n", "{\"a\":\"1\",\"b\":\"2\"}\n"]
        let fingerprints = try texts.map { text in
            try read(text, into: RowSpool(temporaryDirectory: directory.path)).input.fingerprint
        }
        #expect(Set(fingerprints).count == texts.count)
        #expect(try read(texts[0]).input.fingerprint == fingerprints[0])
    }

    @Test(arguments: [
        ("", "is empty"), ("a\n", "has a header but no rows"),
        ("{\"a\":\"\"}", "has nothing to send: every row is blank"),
        ("a\n\(String(repeating: "y", count: 30_000))\n", "has no good row"),
        ("a,b\n1\n", "has no good row; bad ones: 1"),
    ])
    func `an input without rows is refused`(text: String, reason: String) {
        #expect(throws: InputError.noRows(reason: reason)) { try read(text, InputOptions(skipsBadRows: true)) }
    }

    @Test func `a first line that may be a row or a title is asked about, unless it is said`() throws {
        #expect(throws: InputError.formatIsAmbiguous) { try read("\"company\"\n\"Acme\"\n") }
        #expect(try read("\"company\"\n\"Acme\"\n", InputOptions(format: .csv)).input.rowCount == 1)
    }

    private static let long = "{\"a\":\"\(String(repeating: "y", count: 24_950))\"}"

    private static let bad: [(text: String, options: InputOptions, line: Int, reason: String, isUnreadable: Bool)] = [
        ("a,b\n1,2\n3\n", InputOptions(), 3, "has 1 field, the header has 2", true),
        (
            "a\nx\n\(String(repeating: "y", count: 30_000))\n", InputOptions(), 3,
            "makes an input of 30008 characters; beside the task's spec there is room for 24850", false
        ),
        // Only the schema of the columns, which are known at the end, leaves no room for it.
        (
            "{\"a\":\"x\"}\n\(long)\n", InputOptions(), 2,
            "makes an input of 24958 characters; beside the task's spec there is room for 24850", false
        ),
    ]

    @Test(arguments: bad.indices)
    func `a row that can't be run is refused, or told: one that was read keeps its place`(index: Int) throws {
        let (text, options, line, reason, isUnreadable) = Self.bad[index]
        let error = RowError(line: line, reason: reason)
        #expect(throws: InputError.badRows(BadRows(errors: SkippedRows(error), rowCount: 2))) {
            try read(text, options, into: RowSpool(temporaryDirectory: directory.path))
        }
        var skipping = options
        skipping.skipsBadRows = true
        let (input, notices) = try read(text, skipping)
        #expect(input.rowCount == (isUnreadable ? 1 : 2))
        #expect((isUnreadable ? notices.unreadable : notices.unusable).first == [error])
        #expect(input.unsentRows == (isUnreadable ? [] : [UnsentRow(row: 1, cause: .unusable, reason: reason)]))
    }

    @Test func `all bad rows are named, up to twenty`() throws {
        let text = "a,b\n" + (1...60).map { $0 % 2 == 0 ? "x\n" : "\($0),y\n" }.joined() + "z,\n"
        let error = #expect(throws: InputError.self) { try read(text) }
        guard case .badRows(let rows) = error else { throw try #require(error) }
        #expect(rows.errors.count == 30 && rows.rowCount == 61)
        #expect(rows.errors.first.map(\.line) == (1...20).map { 2 * $0 + 1 })
    }

    // MARK: - Blank and equal rows

    private static let blanks: [(text: String, rowInput: RowInput, reasons: [Int: String])] = [
        (
            "a,b\n1,2\n,\n \t, \u{A0}\n", .columns(nil),
            [1: "nothing to send: a and b are blank", 2: "nothing to send: a and b are blank"]
        ),
        ("a,b\n1,2\n1,\n", .columns(["b"]), [1: "nothing to send: b is blank"]),
        ("a\n\u{200B}\nx\n\u{A0}\u{FEFF}\ny", .columns(nil), [0: "nothing to send: a is blank", 2: ""]),
        ("a\n\nx\n\n\ny", .columns(nil), [0: "nothing to send: a is blank", 2: "", 3: ""]),
        ("a,b\n1,2\n\n3,4\n", .columns(nil), [:]),
        ("a,b,c,d,e\n1,2,3,4,5\n,,,,\n", .columns(nil), [1: "nothing to send: the row is blank"]),
        ("{\"a\":1}\n{\"a\":null,\"b\":\" \"}\nnull\n{}\n\" \"\n", .columns(nil), [1: "", 2: "", 3: "", 4: ""]),
        ("{\"a\":1}\n{\"a\":[],\"b\":false}\n", .columns(nil), [:]),
        ("{\"a\":1}\n{\"b\":1}\n", .columns(["a"]), [1: "nothing to send: a is blank"]),
        ("{\"a\":1}\n\"text\"\n", .columns(["a"]), [1: "nothing to send: a is blank"]),
        ("{\"a\":1}\n\"text\"\n", .columns(nil), [:]), ("{\"a\":1}\n\"text\"\n", .columns(["input", "a"]), [:]),
    ]

    @Test(arguments: blanks.indices)
    func `a row with nothing to send keeps its place without a run`(index: Int) throws {
        let (text, rowInput, reasons) = Self.blanks[index]
        let (input, notices) = try read(text, InputOptions(rowInput: rowInput))
        #expect(input.unsentRows.map(\.row) == reasons.keys.sorted() && notices.blankRows == reasons.count)
        for unsent in input.unsentRows {
            #expect(unsent.cause == .blank)
            if let reason = reasons[unsent.row], reason != "" { #expect(unsent.reason == reason) }
        }
        #expect(try rows().count == input.rowCount)
    }

    @Test(arguments: [
        ("a,b\n,1\n,\n2,\n", "{a}?", [0, 1]), ("a,b\n,1\n,\n2,\n", "{a}{b}", [1]), ("a,b\n,\n1,\n", "always", []),
        ("{\"a\":1}\n{\"b\":2}\n{\"a\":\"\"}\n", "{a}?", [1, 2]),
        ("{\"a\":\"2\"}\n\"just text\"\n", "{a}?", [1]),
        ("{\"input\":1}\n\"just text\"\n\" \"\n", "{input}?", [2]),
    ])
    func `a row is blank where the template has nothing of it`(text: String, template: String, blank: [Int]) throws {
        let input = try read(text, InputOptions(rowInput: .template(try Template(template)))).input
        #expect(input.unsentRows.map(\.row) == blank)
    }

    @Test(arguments: [
        ("a,b\n1,2\n1,3\n1,2\n12,\n", RowInput.columns(nil), [2]), ("a,b\n1,2\n1,3\n1,2\n", .columns(["a"]), [1, 2]),
        ("{\"a\":1,\"b\":2}\n{\"a\":1}\n{\"a\":1}\n", .columns(nil), [2]),
        ("{\"a\":1,\"b\":2}\n{\"a\":1}\n", .columns(["a"]), [1]), ("a,b\n,\n,\n1,\n", .columns(nil), []),
    ])
    func `rows of which the same is sent are equal`(text: String, rowInput: RowInput, repetitions: [Int]) throws {
        var options = InputOptions(rowInput: rowInput)
        let told = try read(text, options, into: RowSpool(temporaryDirectory: directory.path))
        #expect(told.notices.equalRows == repetitions.count && told.input.sharedRuns.repetitions.isEmpty)
        options.joinsEqualRows = true
        let input = try read(text, options).input
        #expect(input.sharedRuns.repetitions == repetitions)
        #expect(try RowSelection(of: input).count == input.rowCount - repetitions.count - input.unsentRows.count)
    }

    @Test func `limits and samples choose among the rows that get a run`() throws {
        var options = InputOptions()
        options.joinsEqualRows = true
        let input = try read("a\n\n\nx\nx\ny\n\nz\n", options).input
        let limited = try RowSelection(of: input, limit: 2)
        #expect(limited.count == 2 && !limited.isWhole)
        #expect((0..<7).filter(limited.contains) == [0, 1, 2, 4])
        let sample = try RowSelection(of: input, sample: 3)
        #expect(sample.isWhole && (0..<7).filter(sample.contains) == [2, 4, 6])
    }

    @Test func `a row that repeats the header is told`() throws {
        let notices = try read("a, b\n1,2\na, b\n3,4\na, b\nb,a\n").notices
        #expect(notices.repeatedHeaders == (2, 3))
    }

    @Test func `titles that are no names are reported`() throws {
        #expect(try read("a,a\n1,2\n").notices.warnings == [#"column 2 is another "a"; it is called "a_2""#])
    }

    @Test func `an input is read again as it was read before, with the rows that were good then`() throws {
        let text = "x\ncompany;n\nIntel;1\n;2\nArm;3\n"
        var options = InputOptions(rowInput: .template(try Template("{company}?")), skipsBadRows: true)
        options.reading.delimiter = UInt8(ascii: ";")
        options.reading.skippedLines = 1
        options.reading.readsQuotes = false
        options.reading.encoding = .windows1252
        options.joinsEqualRows = true
        let input = try read(text, options).input
        let plan = try BatchPlan(TaskRunRequest(input: "row"), options.rowInput, input, RowSelection(of: input))
        let spool = try RowSpool(temporaryDirectory: directory.path)
        var reader = try InputReader(plan.header(group: "g", source: "/in.csv"), into: spool)
        try reader.feed(Array(text.utf8))
        try reader.finish()
        #expect(try reader.result().fingerprint == input.fingerprint && input.rowCount == 3)
        #expect(try rows(spool) == rows())
    }
}
