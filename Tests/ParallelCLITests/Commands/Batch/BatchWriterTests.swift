import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelCLI

/// Rows without a run among the results.
struct BatchWriterTests {
    private static let columns = [InputColumn(title: "name", name: "name")]
    private static let rows: [(name: String, line: String)] = [
        ("Intel", #"{"run":{"run_id":"trun_1","status":"completed"},"output":{"type":"text","content":"x"}}"#),
        ("", #"{"row":2,"status":"blank","error":{"message":"nothing to send"}}"#),
        ("AMD", #"{"row":3,"status":"refused","error":{"message":"too many tokens"}}"#),
    ]

    /// Returns what is written for the three rows, and the writer.
    private static func written(
        _ format: RowFormat, isRaw: Bool = false, showsStatus: Bool = false
    ) throws -> (text: String, writer: BatchWriter) {
        let layout = BatchLayout(format: format, columns: columns, fields: nil, showsStatus: showsStatus)
        let bytes = Lock<[UInt8]>([])
        let writer = BatchWriter(layout, isRaw: isRaw, blockSize: 0) { piece in bytes.withLock { $0 += piece } }
        try writer.begin()
        for (index, row) in rows.enumerated() {
            try writer.add(
                InputRow(line: index + 1, content: .cells([row.name])), ResultLine(json: Array(row.line.utf8)[...]))
        }
        try writer.end()
        return (String(decoding: bytes.withLock { $0 }, as: UTF8.self), writer)
    }

    private static let formats: [(RowFormat, String)] = [
        (.csv, "name,output,error\nIntel,x,\n,,nothing to send\nAMD,,too many tokens\n"),
        (.tsv, "name\toutput\terror\nIntel\tx\t\n\t\tnothing to send\nAMD\t\ttoo many tokens\n"),
        (
            .jsonl,
            #"{"name":"Intel","output":"x"}"# + "\n" + #"{"name":"","output":null,"error":"nothing to send"}"# + "\n"
                + #"{"name":"AMD","output":null,"error":"too many tokens"}"# + "\n"
        ),
        (
            .json,
            "[\n" + #"{"name":"Intel","output":"x"}"# + ",\n"
                + #"{"name":"","output":null,"error":"nothing to send"}"# + ",\n"
                + #"{"name":"AMD","output":null,"error":"too many tokens"}"# + "\n]\n"
        ),
    ]

    @Test(arguments: formats)
    func `a row without a run keeps its place, with the reason as its error`(format: RowFormat, text: String) throws {
        #expect(try Self.written(format).text == text)
    }

    @Test func `the status of a row without a run says why there is none`() throws {
        let text = try Self.written(.csv, showsStatus: true).text
        #expect(
            text
                == "name,output,status,error\nIntel,x,completed,\n,,blank,nothing to send\nAMD,,refused,too many tokens\n"
        )
    }

    @Test func `with the API's documents a row without a run is a line of its own form`() throws {
        #expect(try Self.written(.jsonl, isRaw: true).text == Self.rows.map { $0.line + "\n" }.joined())
    }

    @Test func `equal warnings are told once, without the ids of single cases`() throws {
        let writer = BatchWriter(
            BatchLayout(format: .csv, columns: Self.columns, fields: nil), isRaw: false, blockSize: 0
        ) { _ in }
        func add(_ warning: String) throws {
            let run =
                #"{"run":{"run_id":"trun_1","status":"completed","warnings":[{"message":"\#(warning)"}]},"output":{}}"#
            try writer.add(InputRow(line: 1, content: .cells(["x"])), ResultLine(json: Array(run.utf8)[...]))
        }
        for id in 1...3 {
            try add("crm: 502. URL: https://a.example/mcp?key=s3cret-\(id)x. Reference ID: 5e87a738-\(id)")
        }
        try add("Another. Reference ID: 7")
        #expect(
            writer.warnings.map { "\($0.runs) × \($0.text)" } == [
                "3 × crm: 502. URL: https://a.example/mcp?key=***.", "1 × Another. Reference ID: 7",
            ])
    }

    @Test func `a blank row is kept and does not count as failed`() throws {
        let writer = try Self.written(.csv).writer
        #expect(writer.failed == 1 && writer.blank == 1)
        #expect(
            writer.summary(hiding: KnownSecrets())
                == "1 row done, 1 blank row kept without a run, 1 failed: 1 × too many tokens (see the column error)")
    }
}
