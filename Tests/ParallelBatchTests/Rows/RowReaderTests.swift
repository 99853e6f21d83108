import ParallelJSON
import TestSupport
import Testing

@testable import ParallelBatch

struct RowReaderTests {
    /// What came of a text: rows as "line: JSON", and in the end the error if there was one.
    private func read(
        _ pieces: [[UInt8]], _ format: RowFormat, skipsBadRows: Bool = false
    ) -> (rows: [String], reader: RowReader) {
        var reader = RowReader(format: format, skipsBadRows: skipsBadRows)
        var found: [String] = []
        func keep(_ row: InputRow) {
            var line: [UInt8] = []
            row.appendLine(to: &line)
            #expect(InputRow.readingBack(line, line: row.line) == row)
            found.append("\(row.line): \(String(decoding: line.dropLast(), as: UTF8.self))")
        }
        do {
            try reader.readAll(pieces, keep)
        } catch {
            found.append("\(error)")
        }
        return (found, reader)
    }

    private func read(
        _ text: String, _ format: RowFormat, skipsBadRows: Bool = false
    ) -> (rows: [String], reader: RowReader) {
        read([Array(text.utf8)], format, skipsBadRows: skipsBadRows)
    }

    @Test(arguments: [
        (RowFormat.csv, "a,b\n1,\"x\"\"y\"\n\n,é\n", ["2: [\"1\",\"x\\\"y\"]", "4: [\"\",\"é\"]"]),
        (.csv, "a,b\n1\n", ["line 2 has 1 field, the header has 2"]),
        (.csv, "a,b\n1,2\n\"3\n\",4,5", ["2: [\"1\",\"2\"]", "line 3 has 3 fields, the header has 2"]),
        (.csv, "a,b\n1,\"2", ["line 2 opens a quote that is never closed"]),
        (.tsv, "a\tb\n1,2\t3\n", ["2: [\"1,2\",\"3\"]"]),
        (
            .jsonl, "{\"a\":1.10}\r\n\n \t\n\"te\u{2028}xt\"\n{\"b\":\"\\ud83d\"}",
            [
                "1: {\"a\":1.10}", "4: \"te\u{2028}xt\"", "5: {\"b\":\"\\ud83d\"}",
            ]
        ),
        (.jsonl, "\u{FEFF}{}\n", ["1: {}"]), (.jsonl, "\u{FEFF}\n{}\n", ["2: {}"]),
        (.jsonl, "{}\n{\"a\" 1}\n", ["1: {}", "line 2 is not JSON: expected ':' after a member name at column 6"]),
        (.jsonl, "\n[1]", ["line 2 is an array; a row is an object or a string"]),
        (.jsonl, "7\n", ["line 1 is a number; a row is an object or a string"]),
        (.jsonl, "{} {}\n", ["line 1 is not JSON: unexpected text after the value at column 4"]),
        (
            .json, "[{\"a\":[1,{\"b\":\"],}\\\"\"}]},\n\n \"x,]\" ,{}]\n",
            [
                "1: {\"a\":[1,{\"b\":\"],}\\\"\"}]}", "3: \"x,]\"", "3: {}",
            ]
        ),
        (.json, "\u{FEFF} \n[\n{\"a\":\n1}\n]", ["3: {\"a\":1}"]), (.json, "[]", []), (.json, " [ \n ] ", []),
        (.json, "", []), (.json, " \n", []), (.jsonl, "", []), (.csv, "", []),
        (.json, "[{}]\n x", ["1: {}", "line 2 has text after the array"]),
        (.json, "[{}", ["line 1 ends without the array's closing ']'"]),
        (.json, "[{},\n", ["1: {}", "line 2 ends without the array's closing ']'"]),
        (.json, "[\n{\"a\":[1,\n", ["line 2 begins an element that is never closed"]),
        (.json, "[{\"a\":\"x\n\"}]", ["line 1 has a string without a closing quote"]),
        (.json, "[{\"a\":\"x", ["line 1 ends in a string without a closing quote"]),
        (.json, "[{},]", ["1: {}", "line 1 has a comma with no element beside it"]),
        (.json, "[{},\n,{}]", ["1: {}", "line 2 has a comma with no element beside it"]),
        (.json, "[{}},{}]", ["line 1 is not JSON: unexpected text after the value"]),
        (.json, "[{\n\"a\":1,\nb}]", ["line 3 is not JSON: expected a member name in quotes"]),
        (.json, "[{},12]", ["1: {}", "line 1 is a number; a row is an object or a string"]),
        (
            .json, "\n{\"a\":1}",
            [
                "line 2 does not begin an array, which JSON rows stand in (or as JSONL, one a line)"
            ]
        ),
    ])
    func `rows and errors are the same wherever the text is cut`(
        format: RowFormat, text: String, expected: [String]
    ) {
        let bytes = Array(text.utf8)
        #expect(read([bytes], format).rows == expected)
        #expect(read(bytes.map { [$0] }, format).rows == expected)
        for cut in bytes.indices {
            #expect(read([Array(bytes[..<cut]), Array(bytes[cut...])], format).rows == expected)
        }
    }

    @Test(arguments: [
        (
            RowFormat.csv, "a,b\n1\n2,3\n4,5,6\n", ["3: [\"2\",\"3\"]"],
            [
                "line 2 has 1 field, the header has 2", "line 4 has 3 fields, the header has 2",
            ]
        ),
        (
            .jsonl, "{\"a\":}\n{\"a\":1}\n3\n", ["2: {\"a\":1}"],
            [
                "line 1 is not JSON: unexpected '}' where a value should be at column 6",
                "line 3 is a number; a row is an object or a string",
            ]
        ),
        (
            .json, "[{\"a\":},\n{\"a\":1},\n\n3,]", ["2: {\"a\":1}"],
            [
                "line 1 is not JSON: unexpected '}' where a value should be",
                "line 4 is a number; a row is an object or a string", "line 4 has a comma with no element beside it",
            ]
        ),
    ])
    func `bad rows are skipped and counted when asked`(
        format: RowFormat, text: String, rows: [String], skipped: [String]
    ) {
        let result = read(text, format, skipsBadRows: true)
        #expect(result.rows == rows)
        #expect(result.reader.skipped.count == skipped.count)
        #expect(result.reader.skipped.first.map(\.description) == skipped)
        #expect(result.reader.rowCount == rows.count)
    }

    @Test func `a row that is not UTF-8 can be skipped, a header can't`() {
        let bad: [UInt8] = Array("a\n".utf8) + [0xFF] + Array("\nb\n".utf8)
        #expect(read([bad], .csv, skipsBadRows: true).rows == ["3: [\"b\"]"])
        #expect(read([[0xFF, 0x0A] + bad], .csv, skipsBadRows: true).rows == ["line 1 is not UTF-8"])
    }

    @Test func `only the first of many skipped rows are kept`() {
        let result = read("a\n" + String(repeating: "1,2\n", count: 1000), .csv, skipsBadRows: true)
        #expect(result.reader.skipped.count == 1000)
        #expect(result.reader.skipped.first.count == 20)
        #expect(result.reader.whyEmpty == "has no good row; bad ones: 1000")
    }

    @Test(arguments: [
        (RowFormat.csv, "a,\"b", "line 1 opens a quote that is never closed"),
        (.csv, "a\n\"x\"y\nb\n", "line 2 has text after a closing quote"),
        (.csv, "a\nx\0\nb\n", "line 2 has a NUL byte; the text must be UTF-8"),
        (.json, "[{}}", "line 1 ends without the array's closing ']'"), (.json, "{}", "line 1 does not begin an array"),
        (.json, "[{\"a\":\"x\n\"}]", "line 1 has a string without a closing quote"),
    ])
    func `a row is never skipped if the beginning of the next one is unclear`(
        format: RowFormat, text: String, reason: String
    ) {
        #expect(read(text, format, skipsBadRows: true).rows.last?.hasPrefix(reason) == true)
    }

    @Test(arguments: [RowFormat.json, .jsonl])
    func `a JSON row without end is given up`(format: RowFormat) {
        let start = Array((format == .json ? "[\"" : "\"").utf8)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let rows = read([start] + [[UInt8]](repeating: piece, count: 20), format).rows
        #expect(rows.count == 1)
        #expect(rows.first?.hasSuffix("16 MiB") == true)
    }

    @Test(
        arguments: [
            (RowFormat.csv, "", "is empty"), (.csv, "\u{FEFF}\n\n", "is empty"),
            (.csv, "a,b\n", "has a header but no rows"),
            (.tsv, "a", "has a header but no rows"), (.json, "[]", "is empty"), (.jsonl, "\n", "is empty"),
            (.csv, "a\nb", nil), (.jsonl, "{}", nil),
        ] as [(RowFormat, String, String?)])
    func `an input without rows says why`(format: RowFormat, text: String, reason: String?) {
        #expect(read(text, format).reader.whyEmpty == reason)
    }

    // MARK: Columns

    @Test(arguments: [
        ("a,b", ["a", "b"], []), (" a ,\tb", ["a", "b"], []),
        (
            "name,name,name", ["name", "name_2", "name_3"],
            [
                "column 2 is another \"name\"; it is called \"name_2\"",
                "column 3 is another \"name\"; it is called \"name_3\"",
            ]
        ),
        ("name,name,name_2", ["name", "name_3", "name_2"], ["column 2 is another \"name\"; it is called \"name_3\""]),
        (
            "a,,\" \"", ["a", "column_2", "column_3"],
            [
                "column 2 has no title; it is called \"column_2\"", "column 3 has no title; it is called \"column_3\"",
            ]
        ),
        (",column_1", ["column_1_2", "column_1"], ["column 1 has no title; it is called \"column_1_2\""]),
    ])
    func `each column of a header has a name of its own`(header: String, names: [String], warnings: [String]) {
        let reader = read(header, .csv).reader
        #expect(reader.columns.map(\.name) == names)
        #expect(reader.warnings == warnings)
    }

    @Test func `titles stay as they are in the file`() {
        #expect(read("\" a \",,a\n", .csv).reader.columns.map(\.title) == [" a ", "", "a"])
    }

    @Test func `the columns of CSV are known between the header and the first row`() throws {
        var reader = RowReader(format: .csv)
        try Array("a,b\n1,2".utf8).withUnsafeBufferPointer { bytes in
            var position = 0
            let row = try reader.next(in: bytes, at: &position)
            #expect(row == nil)
            #expect(reader.columns.map(\.name) == ["a", "b"])
        }
    }

    @Test func `the columns of JSON rows are their keys with what they have in common`() {
        let text = """
            {"a": 1, "b": "x", "n": null}
            {"b": "y", "a": 2.5, "c": [], "n": 1}
            {"a": 3, "a": 4, "b": "z", "c": ["x"], "d": {}}
            """
        let column = { (name: String, type: String?, isInEveryRow: Bool) in
            InputColumn(title: name, name: name, type: type, isInEveryRow: isInEveryRow)
        }
        #expect(
            read(text, .jsonl).reader.columns == [
                column("a", "number", true), column("b", "string", true), column("n", nil, false),
                column("c", "array", false), column("d", "object", false),
            ])
    }

    @Test func `rows that are strings make the column input`() {
        let column = InputColumn(title: "input", name: "input", isWholeRow: true)
        #expect(read("[\"a\", \"b\"]", .json).reader.columns == [column])
    }

    // MARK: Formats

    @Test(
        arguments: [
            ("a.csv", RowFormat.csv), ("/x.y/A.CSV", .csv), ("a.tsv", .tsv), ("a.tab", .tsv), ("a.json", .json),
            ("a.jsonl", .jsonl), ("a.NDJSON", .jsonl), ("a.txt", nil), ("csv", nil), ("a.csv/b", nil), ("", nil),
            ("-", nil),
        ] as [(String, RowFormat?)])
    func `a file's name tells its format`(path: String, format: RowFormat?) {
        #expect(RowFormat(path: path) == format)
    }

    @Test(arguments: [
        ("[{}]", RowFormat.Guess.format(.json)), (" \n\t[", .format(.json)), ("\u{FEFF}[", .format(.json)),
        ("{\"a\":1}", .format(.jsonl)), ("\"a\"\n\"b\"", .ambiguous), ("\"a\"", .ambiguous),
        ("\"a\",\"b\"\n", .format(.csv)), ("\"a\nb\"\n", .format(.csv)), ("\"a\"\"b\"\n", .format(.csv)),
        ("a,b\n", .format(.csv)), ("a\tb\n", .format(.tsv)), ("a\tb,c\n", .format(.csv)), ("", .format(.csv)),
        ("\u{FEFF}a", .format(.csv)), ("\"a", .format(.csv)), (" ", .format(.csv)), ("\ta\n", .format(.tsv)),
        ("\"Who founded Acme, Inc.?\"\n\"b\"", .ambiguous), ("\"say \\\"hi\\\"\"\n", .format(.jsonl)),
        ("\"a\"\"b\\\"c\"\n", .ambiguous), ("\"a\"\t\"b\"\n", .format(.tsv)), ("\"C:\\\",b\n", .format(.csv)),
        ("\"a, b\" , c\n", .format(.csv)),
    ])
    func `the first bytes tell the format of an input without a name`(text: String, guess: RowFormat.Guess) {
        #expect(RowFormat.guess(Array(text.utf8), isWhole: true) == guess)
    }

    @Test func `a first line without end may be anything`() {
        #expect(
            RowFormat.guess([UInt8(ascii: "\"")] + Array(repeating: 0x61, count: 1 << 16), isWhole: false) == .ambiguous
        )
    }

    @Test(arguments: ["", " \n", "a,b", "\"a\"", "\"a"])
    func `bytes that fit several formats do not decide yet`(text: String) {
        #expect(RowFormat.guess(Array(text.utf8), isWhole: false) == .open)
        #expect(RowFormat.guess([0xEF, 0xBB], isWhole: false) == .open)
    }

    @Test(arguments: ["", "7", "[1]", "{", "[\"a\"] x"])
    func `bytes that are not a spooled row are not read back as one`(line: String) {
        #expect(InputRow.readingBack(Array(line.utf8)) == nil)
    }
}
