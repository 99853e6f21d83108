import ParallelAPI
import ParallelJSON
import TestSupport
import Testing

@testable import ParallelBatch

/// What is found out about a file before its rows are read.
struct InputLayoutTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Reads an input in pieces of `size` bytes and returns its columns and rows.
    private func read(
        _ bytes: [UInt8], _ options: InputOptions = InputOptions(), pieces size: Int = 1 << 16
    ) throws -> (lines: [String], notices: InputReader.Notices, input: BatchInput) {
        let spool = try RowSpool(temporaryDirectory: directory.path)
        var reader = InputReader(options, for: TaskRunRequest(input: "row"), into: spool)
        for start in stride(from: 0, to: bytes.count, by: size) {
            try reader.feed(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        try reader.finish()
        let input = try reader.result()
        var lines = [input.columns.map(\.name).joined(separator: "|")]
        try spool.forEach { lines.append(try JSONValue.array(cells($0)).serialized()) }
        return (lines, reader.notices, input)
    }

    private func cells(_ row: SpooledRow) throws -> [JSONValue] {
        switch try row.read().content {
        case .cells(let cells): cells.map(JSONValue.string)
        case .value(let value): [value]
        }
    }

    private func read(
        _ text: String, _ options: InputOptions = InputOptions(), pieces size: Int = 1 << 16
    ) throws -> (lines: [String], notices: InputReader.Notices, input: BatchInput) {
        try read(Array(text.utf8), options, pieces: size)
    }

    private func options(
        _ format: RowFormat? = nil, named: RowFormat? = nil, _ change: (inout ReadingOptions) -> Void = { _ in }
    ) -> InputOptions {
        var options = InputOptions(format: format)
        options.namedFormat = named
        change(&options.reading)
        return options
    }

    // MARK: - Kinds of files

    private static let kinds: [([UInt8], FileKind)] = [
        ([0x1F, 0x8B, 8, 0, 0, 0], .gzip), (Array("BZh91AY".utf8), .bzip2), ([0xFD] + Array("7zXZ\0".utf8), .xz),
        ([0x28, 0xB5, 0x2F, 0xFD, 0], .zstandard), ([0xD0, 0xCF, 0x11, 0xE0, 0xA1], .oldWorkbook),
        (zip("xl/workbook.xml"), .workbook), (zip("[Content_Types].xml"), .workbook),
        (zip("rows.csv") + zip("xl/styles.xml"), .workbook), (zip("Index/Document.iwa"), .workbook),
        (zip("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"), .workbook), (zip("rows.csv"), .zip),
        (Array("PAR1\u{15}".utf8), .parquet), (Array("SQLite format 3\0".utf8), .sqlite),
        (Array("%PDF-1.7".utf8), .pdf),
        (Array("{\\rtf1\\ansi".utf8), .richText), (Array("\u{FEFF}\n <!DOCTYPE html>".utf8), .html),
        (Array("<Table border=1>".utf8), .html), (Array("<!-- saved -->\n<html>".utf8), .html),
        (Array("<div>\n<p>Please log in</p>".utf8), .html), (Array("MIME-Version: 1.0\n".utf8), .html),
        (Array("<?xml version=\"1.0\"?>".utf8), .xml),
        (Array("version https://git-lfs.github.com/spec/v1\n".utf8), .gitPointer),
        ([0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], .utf32),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D], .binary),
    ]

    private static func zip(_ name: String) -> [UInt8] {
        [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + Array(name.utf8) + [1, 2, 3]
    }

    @Test(arguments: kinds.indices)
    func `a file of another kind is called what it is, whatever its name is`(index: Int) {
        let (bytes, kind) = Self.kinds[index]
        #expect(throws: InputError.isOtherKind(kind)) { try read(bytes, options(named: .csv)) }
        #expect(throws: InputError.isOtherKind(kind)) { try read(bytes, pieces: 1) }
    }

    @Test func `a format that was given overrules what text looks like`() throws {
        #expect(try read("<table>,b\n1,2\n", options(.csv)).lines == ["<table>|b", #"["1","2"]"#])
    }

    @Test func `a name that says nothing is enough for JSON only`() throws {
        var foreign = InputOptions()
        foreign.hasForeignName = true
        #expect(throws: InputError.formatIsUnknown) { try read("a,b\n1,2\n", foreign) }
        #expect(throws: InputError.formatIsUnknown) { try read("[2026-11-29] start\n", foreign) }
        #expect(try read("{\"a\":1}\n", foreign).lines.count == 2)
        #expect(try read(" [\n{\"a\":1}]", foreign).lines.count == 2)
    }

    // MARK: - Encodings

    private static let letters = "co\u{301}mpany,city\r\nÅkerblom & Søn,𝕄almö\r\n"

    private static func utf16(_ text: String, bigEndian: Bool = false) -> [UInt8] {
        text.utf16.flatMap { bigEndian ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    @Test(arguments: [1, 2, 3, 5, 1 << 16])
    func `UTF-16 with a mark is read, wherever it is cut`(size: Int) throws {
        for bigEndian in [false, true] {
            let found = try read(Self.utf16("\u{FEFF}" + Self.letters, bigEndian: bigEndian), pieces: size)
            #expect(found.lines == ["co\u{301}mpany|city", #"["Åkerblom & Søn","𝕄almö"]"#])
            #expect(found.notices.encoding == (bigEndian ? .utf16BigEndian : .utf16LittleEndian))
            #expect(found.input.textStyle == TextStyle(hasByteOrderMark: true, endsLinesWithCRLF: true))
        }
    }

    @Test func `UTF-16 without a mark is recognised, and read where its name is given`() throws {
        for (bigEndian, encoding) in [(false, TextEncoding.utf16LittleEndian), (true, .utf16BigEndian)] {
            let bytes = Self.utf16(Self.letters, bigEndian: bigEndian)
            let error = #expect(throws: InputError.self) { try read(bytes) }
            guard case .encodingIsUnclear(let guess, _) = error else { throw try #require(error) }
            #expect(guess.western == encoding)
            #expect(try read(bytes, options { $0.encoding = encoding }).lines.count == 2)
        }
    }

    @Test func `half a character in UTF-16 is reported with its line`() {
        let bytes = Self.utf16("\u{FEFF}a\nx") + [0x00, 0xD8] + Self.utf16("y\nz\n")
        let error = #expect(throws: InputError.self) { try read(bytes) }
        guard case .encodingIsUnclear(_, let rows) = error else { return #expect(Bool(false), "\(error as Any)") }
        #expect(rows.errors.first.map(\.description) == ["line 2 is not UTF-8"])
    }

    @Test(
        arguments: [
            ([0xC5], TextEncoding.latin1), ([0xE9, 0x93], .windows1252), ([0x93, 0xE9, 0x94], .windows1252),
            ([0xE9, 0x81], nil), ([0xE7, 0xCF, 0xD2, 0xCF, 0xC4], nil),
        ] as [([UInt8], TextEncoding?)])
    func `text that is not UTF-8 is called what it looks like, in rows as in titles`(
        letters: [UInt8], likely: TextEncoding?
    ) throws {
        for text in [Array("a,b\n1,2\n".utf8) + letters + Array(",3\n".utf8), letters + Array(",b\n1,2\n".utf8)] {
            let error = #expect(throws: InputError.self) { try read(text) }
            guard case .encodingIsUnclear(let guess, let rows) = error else { throw try #require(error) }
            #expect(guess.western == likely && guess.twoByte == nil)
            #expect(rows.errors.count == 1)
        }
        let json = Array("{\"a\":\"".utf8) + letters + Array("\"}\n".utf8)
        let error = #expect(throws: InputError.self) { try read(json) }
        guard case .encodingIsUnclear(let guess, _) = error else { throw try #require(error) }
        #expect(guess.western == likely && guess.twoByte == nil)
    }

    /// Texts in Shift-JIS, GBK, EUC-KR and Big5, then such as no encoding with pairs of bytes has: Cyrillic, Western.
    private static let foreign: [(bytes: [UInt8], twoByte: EncodingGuess.TwoByte?)] = [
        ([0x96, 0xBC, 0x91, 0x4F, 0x2C, 0x93, 0x73, 0x8E, 0x73, 0x0A, 0x93, 0x8C, 0x8B, 0x9E, 0x2C, 0x78], .shiftJIS),
        (
            Array("a,b\n1,".utf8) + [0x83, 0x67, 0x83, 0x88, 0x83, 0x5E, 0x0A, 0x88, 0xA4, 0x92, 0x6D, 0x2C, 0x78],
            .shiftJIS
        ),
        ([0x96, 0xBC, 0x91, 0x4F, 0x0A, 0xC4, 0xD6, 0xC0, 0x20, 0x8A, 0x94, 0x8E, 0xAE, 0x0A], .shiftJIS),
        ([0xC3, 0xFB, 0xB3, 0xC6, 0x2C, 0xB3, 0xC7, 0xCA, 0xD0, 0x0A, 0xB1, 0xB1, 0xBE, 0xA9, 0x2C, 0x78], .others),
        (
            [0xC0, 0xCC, 0xB8, 0xA7, 0x2C, 0xB5, 0xB5, 0xBD, 0xC3, 0x0A, 0xBC, 0xAD, 0xBF, 0xEF, 0x2C, 0xBA, 0xCE],
            .others
        ),
        ([0xA6, 0x57, 0xBA, 0xD9, 0x2C, 0xAB, 0xB0, 0xA5, 0xAB, 0x0A, 0xA5, 0x78, 0xA5, 0x5F, 0x2C, 0x78], .others),
        ([0xCC, 0xEE, 0xF1, 0xEA, 0xE2, 0xE0, 0x0A, 0x78, 0x0A], nil),
        ([0x4D, 0xFC, 0x6C, 0x6C, 0x65, 0x72, 0x2C, 0x47, 0x72, 0xF6, 0xDF, 0x65, 0x0A, 0x78, 0x2C, 0x79], nil),
        ([0x93, 0x4F, 0x61, 0x6B, 0x94, 0x2C, 0x69, 0x74, 0x92, 0x73, 0x0A, 0x78, 0x2C, 0x79], nil),
    ]

    @Test(arguments: foreign.indices)
    func `text of East Asia is told from other text that is not UTF-8`(index: Int) throws {
        let error = #expect(throws: InputError.self) { try read(Self.foreign[index].bytes) }
        guard case .encodingIsUnclear(let guess, _) = error else { throw try #require(error) }
        #expect(guess.twoByte == Self.foreign[index].twoByte)
    }

    @Test(arguments: ["", "\"", "\u{FEFF}"])
    func `the header of a file that was appended to another is told, with its mark and quotes`(around: String) throws {
        let isQuoted = around == "\""
        let header = isQuoted ? "\"a\",\"b\"" : "a,b"
        let found = try read("\(around == "\u{FEFF}" ? around : "")\(header)\n1,2\n\u{FEFF}\(header)\n\u{FEFF}3,4\n")
        #expect(found.notices.repeatedHeaders == (1, 3) && found.input.rowCount == 3)
    }

    @Test(arguments: [1, 2, 5, 1 << 16])
    func `the end of a text in DOS is no row, and the same byte elsewhere is text`(size: Int) throws {
        let found = try read(
            "company\r\nx\u{1A}\u{1A}y\r\n\(String(repeating: "z", count: 80))\r\n\u{1A}\u{1A}", pieces: size)
        #expect(found.lines.count == 3 && found.lines[1] == "[\"x\\u001a\\u001ay\"]")
        #expect(try read("{\"a\":1}\n\u{1A}", pieces: size).lines.count == 2)
        #expect(throws: InputError.noRows(reason: "is empty")) { try read("\u{1A}", pieces: size) }
        let wide = Self.utf16("\u{FEFF}a\n\u{1A05}\u{1A05}", bigEndian: false)
        #expect(try read(wide, pieces: size).lines == ["a", "[\"\u{1A05}\u{1A05}\"]"])
    }

    @Test func `damaged rows of a text in UTF-8 don't make it look like another encoding`() throws {
        let bytes = Array("name\nSøren\nÅse\ncaf".utf8) + [0xC3]
        let error = #expect(throws: InputError.self) { try read(bytes) }
        guard case .encodingIsMixed(let rows) = error else { throw try #require(error) }
        #expect(rows.errors.first.map(\.description) == ["line 4 is not UTF-8"])
        let latin = Array("name\nSøren\n".utf8) + [0xC5, 0x0A, 0xE9, 0x0A]
        let other = #expect(throws: InputError.self) { try read(latin) }
        guard case .encodingIsUnclear(let guess, _) = other else { throw try #require(other) }
        #expect(guess.western == .latin1)
    }

    @Test func `an encoding that was given is read`() throws {
        let bytes = Array("caf".utf8) + [0xE9] + Array("\n".utf8) + [0x93, 0x80, 0x94, 0x0A]
        #expect(try read(bytes, options { $0.encoding = .windows1252 }).lines == ["café", "[\"\u{201C}€\u{201D}\"]"])
        // As browsers do, because nobody means the control characters.
        #expect(try read(bytes, options { $0.encoding = .latin1 }).lines == ["café", "[\"\u{201C}€\u{201D}\"]"])
        // A mark is certain, whatever was given.
        #expect(try read("\u{FEFF}café\nx\n", options { $0.encoding = .latin1 }).lines.first == "café")
    }

    @Test(
        arguments: [
            ("utf-8", TextEncoding.utf8), ("UTF8", .utf8), ("utf-16", .utf16LittleEndian),
            ("UTF-16BE", .utf16BigEndian),
            ("ISO-8859-1", .latin1), ("Latin_1", .latin1), ("windows-1252", .windows1252), ("cp1252", .windows1252),
            ("ebcdic", nil), ("", nil),
        ] as [(String, TextEncoding?)])
    func `an encoding has the names that people know`(name: String, encoding: TextEncoding?) {
        #expect(TextEncoding(name: name) == encoding)
    }

    // MARK: - Separators

    @Test(arguments: [
        ("a;b;c\n1;2;3\n", UInt8(ascii: ";")), ("a|b\n1|2\n", UInt8(ascii: "|")),
        ("\"a\";\"b\"\n1;2\n", UInt8(ascii: ";")),
        ("\na;b\n1;2\n", UInt8(ascii: ";")), ("\u{FEFF}a;b|c;d\n", UInt8(ascii: ";")),
    ])
    func `a header of one cell that has another separator is asked about`(text: String, separator: UInt8) throws {
        #expect(throws: InputError.delimiterIsUnclear(separator, insteadOf: UInt8(ascii: ","))) {
            try read(text, options(named: .csv))
        }
        #expect(throws: InputError.delimiterIsUnclear(separator, insteadOf: UInt8(ascii: ","))) { try read(text) }
    }

    @Test func `one column is read as one where that is said`() throws {
        let one = try read("a;b|c\n1;2\n", options(named: .csv) { $0.delimiter = UInt8(ascii: ",") })
        #expect(one.lines == ["a;b|c", #"["1;2"]"#])
    }

    @Test func `tabs under the name of CSV, and commas under that of TSV, are asked about`() {
        let (tab, comma) = (UInt8(ascii: "\t"), UInt8(ascii: ","))
        #expect(throws: InputError.delimiterIsUnclear(tab, insteadOf: comma)) {
            try read("a\tb\n1\t2\n", options(named: .csv))
        }
        #expect(throws: InputError.delimiterIsUnclear(comma, insteadOf: tab)) {
            try read("a,b\n1,2\n", options(named: .tsv))
        }
    }

    @Test(arguments: ["\"a; b\"\n1\n", "a,b;c\n1,2\n", "a b\n1;2\n"])
    func `a header that has its separator, or has others in quotes only, is clear`(text: String) throws {
        #expect(try read(text, options(named: .csv)).lines.count == 2)
    }

    @Test func `a separator that was given separates, also tabs in quotes`() throws {
        let cells = ["a|b", #"["1,5","x"]"#]
        #expect(try read("a;b\n1,5;x\n", options(named: .csv) { $0.delimiter = UInt8(ascii: ";") }).lines == cells)
        let found = try read("a\tb\n1,5\t\"x\"\n", options(named: .csv) { $0.delimiter = 0x09 })
        #expect(found.lines == cells && found.notices.separator == 0x09)
    }

    @Test(arguments: [
        "sep=;\na;b\n1;2\n", "\u{FEFF}sep=;\r\na;b\r\n1;2\r\n", "\"sep=;\"\na;b\n1;2\n", "SEP=;\ra;b\r1;2\r",
        "sep=\t\na\tb\n1\t2\n",
    ])
    func `Excel's line says the separator and is no row`(text: String) throws {
        for size in [1, 1 << 16] {
            #expect(try read(text, options(named: .csv), pieces: size).lines == ["a|b", #"["1","2"]"#])
        }
        #expect(try read(text).lines == ["a|b", #"["1","2"]"#])
    }

    @Test func `a flag wins over Excel's line, which is passed over all the same`() throws {
        let found = try read("sep=;\na,b\n1,2\n", options { $0.delimiter = UInt8(ascii: ",") })
        #expect(found.lines == ["a|b", #"["1","2"]"#])
    }

    // MARK: - Quotes between tabs

    private static let quotes: [(text: String, rows: [String], areText: Bool)] = [
        ("\"x\"\t1\n", [#"["x","1"]"#], false), ("\"x \"\"y\"\"\"\t\"a\tb\"\n", [#"["x \"y\"","a\tb"]"#], false),
        ("\"Odd\" Harbour\t1\n\"all\"\t2\n", [#"["\"Odd\" Harbour","1"]"#, #"["\"all\"","2"]"#], true),
        ("\"Good\t1\nmorning\"\t2\n", [#"["\"Good","1"]"#, #"["morning\"","2"]"#], true),
        ("x\t\"Good\ny\tmorning\"\n", [#"["x","\"Good"]"#, #"["y","morning\""]"#], true),
        ("x\t\"never closed\n", [#"["x","\"never closed"]"#], true), ("5\" pipe\tx\n", [#"["5\" pipe","x"]"#], false),
        ("\"x\"\t1", [#"["x","1"]"#], false), ("\"x\"\t1\r\n\"y\"\t2\r\n", [#"["x","1"]"#, #"["y","2"]"#], false),
    ]

    @Test(arguments: quotes.indices, [1, 2, 7, 1 << 16])
    func `quotes between tabs enclose cells only where all of them can`(index: Int, size: Int) throws {
        let (text, rows, areText) = Self.quotes[index]
        let found = try read("a\tb\n" + text, options(named: .tsv), pieces: size)
        #expect(found.lines == ["a|b"] + rows)
        #expect(found.notices.hasQuotesAsText == areText)
    }

    @Test(arguments: [1, 1 << 16])
    func `a line break in quotes makes them text, also in a row that is not UTF-8`(size: Int) throws {
        var options = options(named: .tsv)
        options.skipsBadRows = true
        let bytes = Array("a\tb\n\"x\ny\"\t".utf8) + [0xFF] + Array("\nz\t1\n".utf8)
        let found = try read(bytes, options, pieces: size)
        #expect(found.lines == ["a|b", #"["z","1"]"#] && found.notices.unreadable.count == 2)
        #expect(found.notices.hasQuotesAsText)
    }

    @Test func `a late quote changes how earlier ones are read, however long the file is`() throws {
        let many = String(repeating: "\"quoted\"\tx\n", count: 20_000)
        let found = try read("a\tb\n" + many + "\"Weird\" Al\ty\n", options(named: .tsv))
        #expect(found.lines.count == 20_002 && found.lines[1] == #"["\"quoted\"","x"]"#)
        #expect(try read("a\tb\n" + many, options(named: .tsv)).lines[20_000] == #"["quoted","x"]"#)
    }

    @Test func `what quotes are can be said`() throws {
        let text = "a\tb\n\"Good\t1\nmorning\"\t2\n"
        let merged = try read(text, options(named: .tsv) { $0.readsQuotes = true })
        #expect(merged.lines == ["a|b", #"["Good\t1\nmorning","2"]"#] && merged.notices.multilineRows == 1)
        let plain = try read("a,b\n\"x,y\"\n", options(named: .csv) { $0.readsQuotes = false })
        #expect(plain.lines == ["a|b", #"["\"x","y\""]"#] && plain.notices.hasQuotesAsText)
    }

    // MARK: - Headers

    @Test func `without a header all lines are rows`() throws {
        let found = try read("x,1\ny,2\n", options(named: .csv) { $0.hasHeader = false })
        #expect(found.lines == ["column_1|column_2", #"["x","1"]"#, #"["y","2"]"#])
        #expect(found.input.lines == [1, 2])
    }

    @Test(arguments: ["# x\n\"# \n", "# x\r\n\"# \r\n", "# x\r\"# \r"])
    func `lines above the header are passed over, whatever is in them`(above: String) throws {
        for size in [1, 3, 1 << 16] {
            let found = try read(above + "a,b\n1,2\n", options(named: .csv) { $0.skippedLines = 2 }, pieces: size)
            #expect(found.lines == ["a|b", #"["1","2"]"#] && found.input.lines == [4])
        }
    }

    @Test func `where most rows don't fit the header, it is named`() {
        let text = "# by a CRM\n# 3 records\na,b\n1,2\n3,4\n"
        let error = #expect(throws: InputError.self) { try read(text, options(named: .csv)) }
        guard case .headerDoesNotFit(let columns, let rows, let delimiter) = error else {
            return #expect(Bool(false), "\(error as Any)")
        }
        #expect(columns == ["# by a CRM"] && delimiter == nil)
        #expect(rows.errors.count == 3 && rows.rowCount == 4 && rows.errors.first.first?.line == 3)
    }

    // MARK: - JSON

    private static let documents: [(text: String, named: RowFormat?, error: InputError)] = [
        (#"{"n":2,"data":[{"a":1},{"a":2}]}"#, .json, nested(["data"], .json)),
        (#"{"n":2,"data":[{"a":1},{"a":2}]}"#, nil, nested(["data"], .jsonl)),
        (#"{"x":{"y z":[{"a":1}]}}"#, .json, nested(["x", "y z"], .json)),
        (#"{"t":[1,[{"a":1}]],"q":"[{","d":[{}]}"#, .json, nested(["d"], .json)),
        ("{\n\"data\": [\n{}]}", .jsonl, nested(["data"], .jsonl, mayBeOneRow: false)),
        (#"{"data":[{"a":1,"b":2},{"a":2}]}"#, .jsonl, nested(["data"], .jsonl)),
        (#"{"n":2,"companies":["Acme","Bolt"]}"#, .json, nested(["companies"], .json)),
        (#"{"columns":["a"],"data":[["1"]]}"#, .json, .rowIsAlone(hasArrays: true)),
        (#"{"a":1}"#, .json, .rowIsAlone(hasArrays: false)),
        ("{\"a\":1,\"l\":[{\"c\":1}]}\n{\"a\":2,\"l\":[]}\n", .json, .rowsAreLines),
        ("{\n\"a\": 1\n}\n{\n\"a\": 2\n}\n", .jsonl, .rowsSpanLines(isArray: false, format: .jsonl)),
        ("{\n\"a\": 1\n}\n", nil, .rowsSpanLines(isArray: false, format: .jsonl)),
        ("{\n\"a\": 1\n}\n", .json, .rowsSpanLines(isArray: false, format: .json)),
        ("{\n\"a\": 1\n}\n", .csv, .rowsSpanLines(isArray: false, format: .jsonl)),
        ("[\n{\"a\": 1}]", .jsonl, .rowsSpanLines(isArray: true, format: .jsonl)),
        ("[\"a\",\"b\"]\n[\"1\",\"2\"]\n", .jsonl, .rowsAreArrays),
        ("{\"a\":1}\n{\"a\":2}\n", .json, .rowsAreLines), ("{\"a\":1}\n", .csv, .contentIsJSON(.jsonl)),
        ("[{\"a\":1}]\n", .tsv, .contentIsJSON(.json)),
    ]

    private static func nested(_ path: [String], _ format: RowFormat, mayBeOneRow: Bool = true) -> InputError {
        .rowsAreNested(path: path, format: format, mayBeOneRow: mayBeOneRow)
    }

    @Test(arguments: documents.indices)
    func `rows of JSON that are elsewhere are found`(index: Int) {
        let (text, named, error) = Self.documents[index]
        #expect(throws: error) { try read(text, options(named: named)) }
    }

    @Test func `an object with an array is a row where its name says so, or other rows follow`() throws {
        let row = #"{"a":1,"people":[{"n":1}]}"#
        #expect(try read(row, options(named: .jsonl)).input.rowCount == 1)
        #expect(try read(row, options(.jsonl)).input.rowCount == 1)
        #expect(try read("\(row)\n\(row)\n").input.rowCount == 2)
    }

    @Test func `brackets without end are looked at quickly`() throws {
        for text in [String(repeating: "{\"a\":", count: 60_000), String(repeating: "[", count: 60_000)] {
            #expect(throws: (any Error).self) { try read(text, options(named: .json)) }
        }
    }

    @Test func `options for CSV mean nothing to JSON`() {
        #expect(throws: InputError.optionIsForDelimitedText) {
            try read("{\"a\":1}\n", options { $0.hasHeader = false })
        }
    }

    // MARK: - Rows that are left out

    @Test(arguments: [1, 3, 1 << 16])
    func `the text of unreadable rows is kept as it was`(size: Int) throws {
        var options = options(named: .csv)
        options.skipsBadRows = true
        options.keepsUnreadableText = true
        let bytes =
            Array("a,b\r\n1,2\r\nx\r\n\r\n\"y\",\"y\r\ny\",z\r\n3,4\r\n".utf8) + [0xFF] + Array("q,1\r\n5,6,7".utf8)
        var reader = InputReader(
            options, for: TaskRunRequest(input: "row"), into: try RowSpool(temporaryDirectory: directory.path))
        var kept: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            try reader.feed(Array(bytes[start..<min(start + size, bytes.count)]))
            kept += reader.takeUnreadableText()
        }
        try reader.finish()
        kept += reader.takeUnreadableText()
        #expect(kept == Array("x\n\"y\",\"y\r\ny\",z\n".utf8) + [0xFF] + Array("q,1\n5,6,7\n".utf8))
    }
}
