import ParallelOutput
import TestSupport
import Testing

@testable import ParallelBatch

struct DelimitedReaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        /// Each record's line and fields.
        let records: [(Int, [String])]
        var separator = UInt8(ascii: ",")

        var testDescription: String { name }
    }

    /// What is read from the pieces: records as "line: fields", and in the end the error if there was one.
    private func read(
        _ pieces: [[UInt8]], separator: UInt8 = UInt8(ascii: ","), maximumLength: Int = RowFormat.maximumRowLength
    ) -> [String] {
        var reader = DelimitedReader(separator: separator, maximumLength: maximumLength)
        var found: [String] = []
        func keep(_ reader: DelimitedReader) {
            reader.withRecord { record in
                let fields = (0..<record.count).map { String(decoding: record[$0], as: UTF8.self) }
                found.append("\(reader.line): \(fields)")
            }
        }
        do {
            for piece in pieces {
                try piece.withUnsafeBufferPointer { piece in
                    var position = 0
                    while try reader.next(in: piece, at: &position) { keep(reader) }
                }
            }
            if try reader.finish() { keep(reader) }
        } catch {
            found.append("\(error)")
        }
        return found
    }

    /// The text whole, cut in two at every byte, and byte by byte.
    private func everyCut(_ bytes: [UInt8]) -> [[[UInt8]]] {
        [[bytes], bytes.map { [$0] }] + bytes.indices.map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
    }

    @Test(arguments: [
        Case(name: "plain", text: "a,b\n1,2\n", records: [(1, ["a", "b"]), (2, ["1", "2"])]),
        Case(name: "no last line end", text: "a,b\n1,2", records: [(1, ["a", "b"]), (2, ["1", "2"])]),
        Case(name: "CR LF", text: "a,b\r\n1,2\r\n", records: [(1, ["a", "b"]), (2, ["1", "2"])]),
        Case(name: "CR", text: "a,b\r1,2\r", records: [(1, ["a", "b"]), (2, ["1", "2"])]),
        Case(
            name: "mixed line ends", text: "a\r\nb\rc\nd\n\re",
            records: [
                (1, ["a"]), (2, ["b"]), (3, ["c"]), (4, ["d"]), (6, ["e"]),
            ]),
        Case(name: "empty lines", text: "\n\r\n\ra\n\n\nb\n\n", records: [(4, ["a"]), (7, ["b"])]),
        Case(
            name: "empty fields", text: ",\n,,\na,\n,b",
            records: [
                (1, ["", ""]), (2, ["", "", ""]), (3, ["a", ""]), (4, ["", "b"]),
            ]),
        Case(name: "an empty field in quotes is a record", text: "\"\"\n\"\"", records: [(1, [""]), (2, [""])]),
        Case(
            name: "quotes", text: "\"a\",\"b,c\",\"d\"\"e\"\n\"\"\"\"",
            records: [(1, ["a", "b,c", "d\"e"]), (2, ["\""])]),
        Case(
            name: "line ends in quotes", text: "\"a\nb\r\nc\rd\",x\n\"\n\"\ny",
            records: [
                (1, ["a\nb\r\nc\rd", "x"]), (5, ["\n"]), (7, ["y"]),
            ]),
        Case(name: "CR LF after a quoted field", text: "\"a\"\r\n\"b\"\r\n", records: [(1, ["a"]), (2, ["b"])]),
        Case(
            name: "quotes in an unquoted field", text: "5\" disk,a\"b\"\n x\"",
            records: [
                (1, ["5\" disk", "a\"b\""]), (2, [" x\""]),
            ]),
        Case(name: "spaces stay", text: " a , b\n", records: [(1, [" a ", " b"])]),
        Case(name: "controls stay", text: "a\tb\u{B}c\u{1}d,e\n", records: [(1, ["a\tb\u{B}c\u{1}d", "e"])]),
        Case(
            name: "byte order mark", text: "\u{FEFF}a,b\n\u{FEFF}1,2",
            records: [
                (1, ["a", "b"]), (2, ["\u{FEFF}1", "2"]),
            ]),
        Case(name: "byte order mark and quotes", text: "\u{FEFF}\"a,b\"\n", records: [(1, ["a,b"])]),
        Case(name: "what begins like a mark", text: "\u{FEFC}a\n", records: [(1, ["\u{FEFC}a"])]),
        Case(name: "a mark alone", text: "\u{FEFF}", records: []),
        Case(name: "nothing", text: "", records: []),
        Case(
            name: "beyond ASCII", text: "Zürich,日本\n😀,\"é,\u{2028}\"\n",
            records: [
                (1, ["Zürich", "日本"]), (2, ["😀", "é,\u{2028}"]),
            ]),
        Case(
            name: "fields around eight bytes", text: "1234567,12345678,123456789,1234567890123456\n",
            records: [
                (1, ["1234567", "12345678", "123456789", "1234567890123456"])
            ]),
        Case(
            name: "tabs", text: "a,b\tc\n\"x\ty\"\t\"z\"\"\"\n", records: [(1, ["a,b", "c"]), (2, ["x\ty", "z\""])],
            separator: UInt8(ascii: "\t")),
    ])
    func `records are the same wherever the text is cut`(sample: Case) {
        let expected = sample.records.map { "\($0.0): \($0.1)" }
        for pieces in everyCut(Array(sample.text.utf8)) {
            #expect(read(pieces, separator: sample.separator) == expected)
        }
    }

    @Test(arguments: [
        ("a\n\"b\nc", ["1: [\"a\"]", "line 2 opens a quote that is never closed"]),
        ("a\n\n\n\"b\",\"\n\nc", ["1: [\"a\"]", "line 4 opens a quote that is never closed"]),
        ("a\n\"b\" ,c\n", ["1: [\"a\"]", "line 2 has text after a closing quote"]),
        ("\"b\nc\"x", ["line 2 has text after a closing quote"]),
        ("a\nb\0c\n", ["1: [\"a\"]", "line 2 has a NUL byte; the text must be UTF-8"]),
        ("a\n\"b\n\0c\"\n", ["1: [\"a\"]", "line 3 has a NUL byte; the text must be UTF-8"]),
    ])
    func `invalid text is refused with its line`(text: String, expected: [String]) {
        for pieces in everyCut(Array(text.utf8)) { #expect(read(pieces) == expected) }
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xF0, 0x9F, 0x98],
            // A character that begins in one field and ends in the next.
            [0xC3, 0x2C, 0xA9],
            // In quotes.
            [0x22, 0xC3, 0x22],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
        for pieces in everyCut(Array("a\n".utf8) + bytes + Array("\nb".utf8)) {
            #expect(read(pieces) == ["1: [\"a\"]", "line 2 is not UTF-8"])
        }
    }

    @Test func `the first bytes of a mark without the rest are not UTF-8`() {
        #expect(read([[0xEF, 0xBB]]) == ["line 1 is not UTF-8"])
        #expect(read([[0xEF], [0xBB], [0x0A]]) == ["line 1 is not UTF-8"])
    }

    @Test func `the text goes on after a line that is not UTF-8`() throws {
        var reader = DelimitedReader()
        let bytes: [UInt8] = [0xFF, 0x0A] + Array("a,b\n".utf8)
        try bytes.withUnsafeBufferPointer { bytes in
            var position = 0
            #expect(throws: RowError(line: 1, reason: "is not UTF-8")) { try reader.next(in: bytes, at: &position) }
            let isComplete = try reader.next(in: bytes, at: &position)
            #expect(isComplete)
        }
        #expect(reader.line == 2)
        #expect(reader.count == 2)
    }

    @Test(arguments: [
        ("\"", "x", "; is the quote of line 1 closed?"), ("", "x", ""), ("", ",", ""),
    ])
    func `a record without end is given up`(start: String, filling: String, hint: String) {
        let piece = [UInt8](repeating: Array(filling.utf8)[0], count: 1 << 18)
        let pieces = [Array(start.utf8)] + [[UInt8]](repeating: piece, count: 20)
        #expect(read(pieces, maximumLength: 1 << 20) == ["line 1 begins a row of more than 1 MiB\(hint)"])
    }

    // MARK: Writing

    private func written(_ fields: [String], _ writer: DelimitedWriter = DelimitedWriter()) -> String {
        var output: [UInt8] = []
        writer.append(fields, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(arguments: [
        (["a", "b"], "a,b\n"), (["a,b", "c"], "\"a,b\",c\n"), (["a\"b"], "\"a\"\"b\"\n"), (["\""], "\"\"\"\"\n"),
        (["a\nb", "a\rb"], "\"a\nb\",\"a\rb\"\n"), ([" a", "a ", "a b"], "\" a\",\"a \",a b\n"),
        (["", ""], ",\n"), ([""], "\"\"\n"), (["\t"], "\t\n"), (["\u{FEFF}a"], "\"\u{FEFF}a\"\n"),
        (["a long field with, a comma", "12345678"], "\"a long field with, a comma\",12345678\n"),
    ])
    func `fields are quoted where they must be`(fields: [String], expected: String) {
        #expect(written(fields) == expected)
    }

    @Test func `tabs separate TSV`() {
        let tabs = DelimitedWriter(separator: UInt8(ascii: "\t"))
        #expect(written(["a,b", "c\td"], tabs) == "a,b\t\"c\td\"\n")
    }

    @Test(arguments: [UInt8(ascii: ","), UInt8(ascii: "\t")])
    func `written fields are read back unchanged`(separator: UInt8) {
        var random = SeededRandom(seed: UInt64(separator))
        let pieces = ["a", "word", ",", "\"", "\n", "\r", "\r\n", " ", "\t", "é", "日本", "😀", "\u{FEFF}", "12345678"]
        let writer = DelimitedWriter(separator: separator)
        for _ in 0..<200 {
            let records = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                (0..<Int.random(in: 1...5, using: &random)).map { _ in
                    (0..<Int.random(in: 0...5, using: &random)).map { _ in
                        pieces[Int.random(in: pieces.indices, using: &random)]
                    }.joined()
                }
            }
            var bytes: [UInt8] = []
            for record in records { writer.append(record, to: &bytes) }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let found = read([Array(bytes[..<cut]), Array(bytes[cut...])], separator: separator)
            // Line numbers are the business of other tests.
            #expect(found.map { $0.drop { $0 != "[" } } == records.map { "\($0)"[...] })
        }
    }
}
