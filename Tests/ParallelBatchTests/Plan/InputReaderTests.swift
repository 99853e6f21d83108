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
        ("", "is empty"), ("a\n", "has a header but no rows"), ("{\"a\":\"\"}", "has no good row: all were skipped"),
    ])
    func `an input without rows is refused`(text: String, reason: String) {
        #expect(throws: InputError.noRows(reason: reason)) { try read(text, InputOptions(skipsBadRows: true)) }
    }

    @Test func `a first line that may be a row or a title is asked about, unless it is said`() throws {
        #expect(throws: InputError.formatIsAmbiguous) { try read("\"company\"\n\"Acme\"\n") }
        #expect(try read("\"company\"\n\"Acme\"\n", InputOptions(format: .csv)).input.rowCount == 1)
    }

    private static let bad: [(text: String, options: InputOptions, line: Int, reason: String)] = [
        ("a,b\n1,2\n3\n", InputOptions(), 3, "has 1 field, the header has 2"),
        ("a,b\n1,2\n , \n", InputOptions(), 3, "has nothing in the columns to be sent"),
        ("a,b\n1,2\n1,\n", InputOptions(rowInput: .columns(["b"])), 3, "has nothing in the columns to be sent"),
        ("{\"a\":1}\n{\"a\":null,\"b\":\" \"}\n", InputOptions(), 2, "has nothing in the columns to be sent"),
        ("{\"a\":1}\n\" \"\n", InputOptions(), 2, "makes an empty input"),
        (
            "a\nx\n\(String(repeating: "y", count: 30_000))\n", InputOptions(), 3,
            "makes an input of 30008 characters; beside the task's spec there is room for 24850"
        ),
    ]

    @Test(arguments: bad.indices)
    func `a row that can't be run ends the reading, or is left out and told`(index: Int) throws {
        let (text, options, line, reason) = Self.bad[index]
        let error = RowError(line: line, reason: reason)
        #expect(throws: error) { try read(text, options, into: RowSpool(temporaryDirectory: directory.path)) }
        var skipping = options
        skipping.skipsBadRows = true
        let (input, notices) = try read(text, skipping)
        #expect(input.rowCount == 1)
        #expect(notices.unreadable.first + notices.unusable.first == [error])
    }

    @Test func `the longest input is refused where the schema of the columns leaves no room for it`() throws {
        let row = "{\"a\":\"\(String(repeating: "y", count: 24_950))\"}"
        let input = try read("{\"a\":\"x\"}\n\(row)\n").input
        let error = #expect(throws: RowError.self) {
            try BatchPlan(TaskRunRequest(input: "row"), .columns(nil), input, RowSelection(of: input))
        }
        #expect(error?.line == 2 && error?.isFatal == true)
    }

    @Test func `titles that are no names are reported`() throws {
        #expect(try read("a,a\n1,2\n").notices.warnings == [#"column 2 is another "a"; it is called "a_2""#])
    }

    @Test func `an input is read again as it was read before, with the rows that were good then`() throws {
        let text = "company,n\nIntel,1\n,2\nArm,3\n"
        let options = InputOptions(rowInput: .template(try Template("{company}?")), skipsBadRows: true)
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
