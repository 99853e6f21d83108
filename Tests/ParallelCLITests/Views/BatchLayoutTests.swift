import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput
import TestSupport
import Testing

@testable import ParallelCLI

struct BatchLayoutTests {
    private let columns = [InputColumn(title: "Company ", name: "Company"), InputColumn(title: "", name: "column_2")]
    private let cells = InputRow(line: 2, content: .cells(["Intel, Inc.", "=1"]))

    private func output(_ content: String, type: String = "json", basis: String = "[]") throws -> TaskOutput {
        TaskOutput(json: try JSONValue.parse(#"{"type":"\#(type)","content":\#(content),"basis":\#(basis)}"#))
    }

    private func done(_ content: String, type: String = "json", basis: String = "[]") throws -> BatchResult {
        BatchResult(
            runID: "trun_1", status: "completed", error: nil, output: try output(content, type: type, basis: basis))
    }

    private let failed = BatchResult(runID: "trun_2", status: "failed", error: "it\nbroke", output: nil)

    /// The whole file.
    private func text(_ layout: BatchLayout, _ rows: [(InputRow, BatchResult)]) -> String {
        var bytes = layout.header()
        for (index, row) in rows.enumerated() { layout.appendRow(index, row.0, row.1, to: &bytes) }
        return String(decoding: bytes + layout.footer(), as: UTF8.self)
    }

    private let basis = """
        [{"field":"a","reasoning":"seen","confidence":"high","citations":[{"url":"https://1"},{"url":"https://2"}]},
         {"field":"b.0","reasoning":"first","confidence":"medium","citations":[{"url":"https://3"}]},
         {"field":"b.1","reasoning":"second","confidence":"low","citations":[{"url":"https://3"}]},
         {"field":"bc","reasoning":"other","confidence":"high","citations":[]}]
        """

    @Test func `for people, fields are columns of a table whether a schema names them or not`() throws {
        func table(_ fields: [String]?, _ results: [BatchResult]) -> [[String]]? {
            let layout = BatchLayout(format: .jsonl, columns: [InputColumn(title: "x", name: "x")], fields: fields)
            let rows = results.map { (row: InputRow(line: 2, content: .cells(["i"])), result: $0) }
            guard case .table(let table)? = layout.blocks(rows, from: 0).first else { return nil }
            return [table.columns.map(\.heading.plainText)] + table.rows.map { $0.map(\.plainText) }
        }
        let results = [try done(#"{"a":"1","b":2}"#), failed, try done(#"{"b":3,"c":true}"#)]
        let short = [results[0], results[2]]
        let expected = [["x", "a", "b", "c", "error"], ["i", "1", "2", "", ""], ["i", "", "3", "true", ""]]
        #expect(table(nil, short) == expected && table(["a", "b", "c"], short) == expected)
        #expect(table(nil, [try done(#""text""#)]) == [["x", "output", "error"], ["i", "text", ""]])
        // What does not fit into cells is shown in blocks.
        #expect(table(nil, results) == nil && table(["a", "b", "c"], results) == nil)
        #expect(table(nil, [try done(#"{"a":[1]}"#)]) == nil)
    }

    @Test func `CSV has the input's columns, the fields and the error`() throws {
        let layout = BatchLayout(format: .csv, columns: columns, fields: ["a", "b"])
        #expect(
            text(layout, [(cells, try done(#"{"b":[1, "x"],"a":1.10}"#)), (cells, failed)]) == """
                "Company ",,a,b,error
                "Intel, Inc.",=1,1.10,"[1,""x""]",
                "Intel, Inc.",=1,,,"it
                broke"

                """)
    }

    @Test(arguments: [
        (#""te\"xt""#, "te\"xt"), ("null", ""), ("true", "true"), ("-1.50", "-1.50"), ("{}", "{}"),
        (#"{"x":[null]}"#, #"{"x":[null]}"#), (#""""#, ""), (#""null""#, "null"),
    ])
    func `values are written as text`(value: String, expected: String) throws {
        let layout = BatchLayout(format: .tsv, columns: [], fields: ["a"])
        var bytes: [UInt8] = []
        DelimitedWriter(separator: UInt8(ascii: "\t")).append([expected, ""], to: &bytes)
        #expect(
            text(layout, [(InputRow(line: 1, content: .cells([])), try done(#"{"a":\#(value)}"#))])
                == "a\terror\n" + String(decoding: bytes, as: UTF8.self))
    }

    @Test func `basis, run ids and status come between the fields and the error`() throws {
        let layout = BatchLayout(
            format: .csv, columns: [], fields: ["a", "b"], showsBasis: true, showsRunIDs: true, showsStatus: true)
        #expect(
            text(
                layout,
                [
                    (InputRow(line: 1, content: .cells([])), try done(#"{"a":1,"b":2}"#, basis: basis)),
                    (InputRow(line: 1, content: .cells([])), failed),
                ]) == """
                    a,b,a.confidence,a.citations,a.reasoning,b.confidence,b.citations,b.reasoning,run_id,status,error
                    1,2,high,https://1 https://2,seen,low,https://3,"first
                    second",trun_1,completed,
                    ,,,,,,,,trun_2,failed,"it
                    broke"

                    """)
    }

    @Test func `names that the input has already get a suffix`() throws {
        let taken = ["a", "output", "error", "a_2", "run_id"].map { InputColumn(title: $0, name: $0) }
        let layout = BatchLayout(format: .csv, columns: taken, fields: ["a", "error"], showsRunIDs: true)
        #expect(text(layout, []) == "a,output,error,a_2,run_id,a_3,error_2,run_id_2,error_3\n")
        #expect(
            text(BatchLayout(format: .csv, columns: taken, fields: nil), [])
                == "a,output,error,a_2,run_id,output_2,error_2\n")
        let row = InputRow(line: 1, content: .cells(["1", "2", "3", "4", "5"]))
        let lines = BatchLayout(format: .jsonl, columns: taken, fields: ["a"], showsRunIDs: true)
        #expect(
            text(lines, [(row, try done(#"{"a":7}"#))])
                == #"{"a":"1","output":"2","error":"3","a_2":"4","run_id":"5","a_3":7,"run_id_2":"trun_1"}"# + "\n")
    }

    @Test func `JSON lines are objects of input, fields and what was asked for`() throws {
        let layout = BatchLayout(
            format: .jsonl, columns: columns, fields: ["a", "b"], showsBasis: true, showsRunIDs: true,
            showsStatus: true)
        #expect(
            text(layout, [(cells, try done(#"{"a":1.10}"#, basis: #"[{"field":"a","x":1.0}]"#)), (cells, failed)])
                == #"{"Company":"Intel, Inc.","column_2":"=1","a":1.10,"b":null,"basis":[{"field":"a","x":1.0}],"#
                + #""run_id":"trun_1","status":"completed"}"# + "\n"
                + #"{"Company":"Intel, Inc.","column_2":"=1","a":null,"b":null,"basis":null,"#
                + #""run_id":"trun_2","status":"failed","error":"it\nbroke"}"# + "\n")
    }

    @Test func `JSON is an array with a row a line`() throws {
        let layout = BatchLayout(format: .json, columns: [], fields: ["a"])
        let row = (InputRow(line: 1, content: .value(["x": 1])), try done(#"{"a":2}"#))
        #expect(text(layout, []) == "[\n]\n")
        #expect(text(layout, [row]) == "[\n{\"x\":1,\"a\":2}\n]\n")
        #expect(text(layout, [row, row]) == "[\n{\"x\":1,\"a\":2},\n{\"x\":1,\"a\":2}\n]\n")
        #expect(text(BatchLayout(format: .jsonl, columns: [], fields: ["a"]), []).isEmpty)
    }

    @Test func `JSON rows keep their values, in CSV by column`() throws {
        let keys = [
            InputColumn(title: "x", name: "x"), InputColumn(title: "y", name: "y"),
            InputColumn(title: "input", name: "input", isWholeRow: true),
        ]
        let object = InputRow(line: 1, content: .value(try JSONValue.parse(#"{"y":[1.0],"x":null,"input":3}"#)))
        let string = InputRow(line: 2, content: .value("Who?"))
        let rows = [(object, try done(#""found""#, type: "text")), (string, try done(#""found""#, type: "text"))]
        #expect(
            text(BatchLayout(format: .csv, columns: keys, fields: nil), rows)
                == "x,y,input,output,error\n,[1.0],3,found,\n,,Who?,found,\n")
        #expect(
            text(BatchLayout(format: .jsonl, columns: keys, fields: nil), rows)
                == #"{"y":[1.0],"x":null,"input":3,"output":"found"}"# + "\n"
                + #"{"input":"Who?","output":"found"}"# + "\n")
    }

    @Test func `output of a schema that is not known is one column with its whole basis`() throws {
        let row = InputRow(line: 1, content: .cells([]))
        let result = try done(#"{"a":1}"#, basis: basis)
        #expect(
            text(BatchLayout(format: .csv, columns: [], fields: nil, showsBasis: true), [(row, result)])
                == "output,output.confidence,output.citations,output.reasoning,error\n"
                + "\"{\"\"a\"\":1}\",low,https://1 https://2 https://3,\"seen\nfirst\nsecond\nother\",\n")
        #expect(
            text(BatchLayout(format: .jsonl, columns: [], fields: nil), [(row, result)]) == "{\"output\":{\"a\":1}}\n")
    }

    @Test func `an object in a string is read as one, and text in its place is an error`() throws {
        let row = InputRow(line: 1, content: .cells([]))
        let layout = BatchLayout(format: .csv, columns: [], fields: ["a"])
        let rows = [(row, try done(#""{\"a\":1}""#)), (row, try done(#""no object""#, type: "text"))]
        #expect(text(layout, rows) == "a,error\n1,\n,\"the output is a string, not an object\"\n")
    }

    @Test(arguments: [
        ("=1+1", "'=1+1"), ("+49", "'+49"), ("@SUM", "'@SUM"), ("\tx", "'\tx"), ("\rx", "'\rx"), ("-1+1", "'-1+1"),
        ("-", "'-"), ("-5", "-5"), ("-1.5e3", "-1.5e3"), ("a=1", "a=1"), ("", ""), ("'=1", "'=1"),
    ])
    func `formulas from the network are defused when asked`(value: String, expected: String) throws {
        let entry = #"[{"field":"a","reasoning":\#(JSONValue.string(value).serialized()),"citations":[]}]"#
        var result = try done(#"{"a":\#(JSONValue.string(value).serialized())}"#, basis: entry)
        result.error = value
        let row = InputRow(line: 1, content: .cells(["=1"]))
        let columns = [InputColumn(title: "c", name: "c")]
        func bytes(_ fields: [String]) -> String {
            var bytes: [UInt8] = []
            DelimitedWriter().append(fields, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        for (isExcelSafe, shown) in [(true, expected), (false, value)] {
            let layout = BatchLayout(
                format: .csv, columns: columns, fields: ["a"], showsBasis: true, isExcelSafe: isExcelSafe)
            let header = ["c", "a", "a.confidence", "a.citations", "a.reasoning", "error"]
            #expect(
                text(layout, [(row, result)]) == bytes(header) + bytes(["=1", shown, "", "", shown, shown]))
        }
        let lines = BatchLayout(format: .jsonl, columns: columns, fields: ["a"], isExcelSafe: true)
        #expect(text(lines, [(row, result)]).hasPrefix(#"{"c":"=1","a":\#(JSONValue.string(value).serialized())"#))
    }

    @Test func `input that came from the network is defused too, and so are names of fields`() throws {
        let row = InputRow(line: 1, content: .value(["=c": "=1", "n": -1]))
        let columns = ["=c", "n"].map { InputColumn(title: $0, name: $0) }
        let layout = BatchLayout(
            format: .csv, columns: columns, fields: ["@a"], isExcelSafe: true, hasInputFromNetwork: true)
        #expect(text(layout, [(row, try done(#"{"@a":1}"#))]) == "'=c,n,'@a,error\n'=1,-1,1,\n")
    }

    @Test func `a number that the API gave is no formula`() throws {
        let row = InputRow(line: 1, content: .cells([]))
        let layout = BatchLayout(format: .csv, columns: [], fields: ["a"], isExcelSafe: true)
        #expect(text(layout, [(row, try done(#"{"a":-1.0}"#))]) == "a,error\n-1.0,\n")
    }

    /// CSV that goes through a batch keeps its cells, whatever they hold.
    @Test func `rows that were read and spooled are written as they were`() throws {
        let source = "id,\"a \",a,a\n1,\"x,\"\"y\"\"\",\"two\nlines\",é\n2,,\" s \",\u{202E}\n"
        var reader = RowReader(format: .csv)
        var spool: [[UInt8]] = []
        func keep(_ row: InputRow) {
            var line: [UInt8] = []
            row.appendLine(to: &line)
            spool.append(line)
        }
        try reader.readAll([Array(source.utf8)], keep)
        let layout = BatchLayout(format: .csv, columns: reader.columns, fields: [])
        let rows = try spool.map { line in
            (try #require(InputRow.readingBack(line)), BatchResult(status: "completed"))
        }
        #expect(
            text(layout, rows) == "id,\"a \",a,a,error\n1,\"x,\"\"y\"\"\",\"two\nlines\",é,\n2,,\" s \",\u{202E},\n")
    }
}
