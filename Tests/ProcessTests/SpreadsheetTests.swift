import ParallelJSON
import TestSupport
import Testing

/// `batch run` on files as people have them.
@Suite(.limited) struct SpreadsheetTests {
    private static let ask = ["-p", "lite", "--yes", "--field", "x=X", "--metadata", #"sandbox_output={"x":"f"}"#]

    private func run(
        _ name: String, _ bytes: [UInt8], _ words: [String], asking ask: [String] = Self.ask
    ) async throws -> (result: ChildProcess.Result, inputs: [JSONValue], session: Session) {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try Session(sandbox)
        try session.home.write(bytes, to: name)
        let result = try await session.run(["batch", "run", name, "-o", "o.csv"] + ask + words)
        let inputs = sandbox.requests.flatMap { $0.body["inputs"]?.array ?? [] }.compactMap { $0["input"] }
        return (result, inputs, session)
    }

    private func text(_ name: String, _ session: Session) -> String? { Disk.text(session.home.file(name)) }

    // MARK: - Read

    private struct Reading: CustomTestStringConvertible {
        let name: String
        var bytes: [UInt8]
        var words: [String] = []
        /// What is told first.
        let told: String
        /// The inputs of the runs.
        let inputs: [JSONValue]

        var testDescription: String { ([name] + words).joined(separator: " ") }

        init(_ name: String, _ text: String, _ told: String, _ inputs: [JSONValue]) {
            self.init(name, Array(text.utf8), [], told, inputs)
        }

        init(_ name: String, _ text: String, _ words: [String], _ told: String, _ inputs: [JSONValue]) {
            self.init(name, Array(text.utf8), words, told, inputs)
        }

        init(_ name: String, _ bytes: [UInt8], _ words: [String], _ told: String, _ inputs: [JSONValue]) {
            (self.name, self.bytes, self.words, self.told, self.inputs) = (name, bytes, words, told, inputs)
        }
    }

    private static let readings = [
        Reading(
            "a.tsv", "id\ttext\n1\t\"Good day.\n2\tSo \"it\" is.\"\n", "2 columns: id, text; 2 rows; quotes are text",
            [["id": "1", "text": "\"Good day."], ["id": "2", "text": "So \"it\" is.\""]]),
        Reading(
            "a.tsv", "id\ttext\n1\t\"Good day.\n2\tSo it is.\"\n", ["--quotes", "always"],
            "2 columns: id, text; 1 row; 1 row has cells of several lines",
            [["id": "1", "text": "Good day.\n2\tSo it is."]]),
        Reading(
            "a.csv", "firm;share\nOak;1,5\n", ["--delimiter", ";"], "2 columns: firm, share; 1 row; separated by ';'",
            [["firm": "Oak", "share": "1,5"]]),
        Reading(
            "a.csv", "sep=;\r\nfirm;town\r\nOak;Ghent\r\n", "2 columns: firm, town; 1 row; separated by ';'",
            [["firm": "Oak", "town": "Ghent"]]),
        Reading(
            "a.csv", [0xFF, 0xFE] + "firm,town\nÅ,é\n".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, [],
            "2 columns: firm, town; 1 row; read as UTF-16", [["firm": "Å", "town": "é"]]),
        Reading(
            "a.csv", Array("firm\n".utf8) + [0xC5, 0x0A], ["--encoding", "latin1"],
            "1 column: firm; 1 row; read as Latin-1", [["firm": "Å"]]),
        Reading("a.txt", "Oak\nElm\n", "1 column: Oak; 1 row", [["Oak": "Elm"]]),
        Reading(
            "a", "Oak\nElm\n", ["--no-header"], "1 column: column_1; 2 rows",
            [["column_1": "Oak"], ["column_1": "Elm"]]),
        Reading(
            "a.csv", "# by a CRM\n\nfirm,town\nOak,Ghent\n", ["--skip-lines", "2"], "2 columns: firm, town; 1 row",
            [["firm": "Oak", "town": "Ghent"]]),
        Reading("a.dat", "firm\nOak\n", ["--input-format", "csv"], "1 column: firm; 1 row", [["firm": "Oak"]]),
        Reading(
            "a.csv", "firm,Price {EUR}\nOak,12\n", ["--template", "{firm} for {Price {EUR}}"],
            "2 columns: firm, Price {EUR}; 1 row", ["Oak for 12"]),
        Reading(
            "a.csv", "a,b,c,d,e,f\n1,2,3,4,5,6\n".replacing("a", with: String(repeating: "a", count: 70)),
            ["--column", "f"], "6 columns: \(String(repeating: "a", count: 39))", [["f": "6"]]),
        Reading("a.csv", "a\u{1B}[2J\n1\n", "1 column: a\u{FFFD}[2J; 1 row", [["a\u{1B}[2J": "1"]]),
    ]

    @Test(arguments: readings)
    private func `a file is read as what it is, and its columns are told first`(_ reading: Reading) async throws {
        let (result, inputs, _) = try await run(reading.name, reading.bytes, reading.words)
        #expect(result.exit == .code(0) && inputs == reading.inputs, "\(result)")
        let told = String(result.error.prefix { $0 != "\n" })
        if reading.name == "a.csv", reading.told.hasPrefix("6 ") {
            #expect(told.hasPrefix(reading.told) && told.utf8.count <= 120, "\(result)")
        } else if !reading.told.contains("\u{FFFD}") {
            #expect(told == reading.told, "\(result)")
        } else {
            #expect(!result.error.contains("\u{1B}"))
        }
    }

    @Test func `what mends standard input is a pipe, not a command that would wait for a terminal`() async throws {
        let session = try Session(try await RunningSandbox(delay: "0"))
        try session.home.write(Array("a\n".utf8) + [0xB1, 0xB1, 0xBE, 0xA9, 0x0A], to: "a.csv")
        let result = try await session.shell("parallel batch run - -p lite --output-text x < a.csv")
        #expect(
            result.exit == .code(2) && result.error.contains(": iconv -f GB18030 -t UTF-8 | parallel batch run -\n"),
            "\(result)")
    }

    @Test func `a dry run tells the columns, a quiet run nothing`() async throws {
        let dry = try await run("a.csv", Array("firm,town\nOak,Ghent\n".utf8), ["--dry-run"])
        #expect(dry.result.error.hasPrefix("2 columns: firm, town; 1 row\n"), "\(dry.result)")
        #expect(dry.result.error.contains("\n1 row on lite"), "\(dry.result)")
        let quiet = try await run("a.csv", Array("firm,town\nOak,Ghent\n,\n".utf8), ["-q"])
        #expect(quiet.result.exit == .code(0) && quiet.result.error.isEmpty, "\(quiet.result)")
    }

    // MARK: - Refused

    private static let refusals: [(name: String, bytes: [UInt8], words: [String], says: [String])] = [
        (
            "a.csv", Array("firm;town\nOak;Ghent\n".utf8), [],
            ["header is one cell, and has ';' in it", "--delimiter ';'"]
        ),
        ("a.csv", Array("firm|town\nOak|Ghent\n".utf8), [], ["--delimiter , for one column, or --delimiter '|'"]),
        ("a.csv", Array("firm\ttown\nOak\tGhent\n".utf8), [], ["has tabs in it", "--delimiter tab"]),
        ("a.tsv", Array("firm,town\nOak,Ghent\n".utf8), [], ["--delimiter tab for one column, or --delimiter ,\n"]),
        (
            "a.csv", Array("firm,town\nOak\0,Ghent\n".utf8), [],
            ["line 2 has a NUL byte; the text must be UTF-8\n  see:"]
        ),
        ("a.csv", Array("firm\nOak\n\"".utf8), [], ["opens a quote that is never closed\n  --quotes never"]),
        ("a.jsonl", Array("{\"a\":1},\n{\"a\":2},\n".utf8), [], ["2 of 2 rows can't be run"]),
        (
            "a.tsv", Array("a\tb\tc\nA\t\"x\ty\"\nB\t2\t3\n".utf8), [],
            ["line 2 has 2 fields, the header has 3\n  --quotes never"]
        ),
        (
            "a.csv", Array(("a,b\n" + String(repeating: "1\n", count: 22)).utf8), [],
            ["don't fit the header", "line 21 has 1 field", "and 2 more"]
        ),
        (
            "a.csv", Array("a,b\n1;2\n".utf8), [],
            ["1 of 1 row doesn't fit the header, which is \"a, b\"\n  line 2 has 1 field, the header has 2\n  is that"]
        ),
        (
            "a.csv", Array("Report 2026\na,b,c\n1,2,3\n".utf8), ["--skip-bad-rows"],
            ["2 of 2 rows don't fit the header, which is \"Report 2026\"\n  line 2 has 3 fields"]
        ),
        (
            "a.csv", Array("# x\n# y\nfirm,town\nOak,Ghent\nElm,Turku\n".utf8), [],
            [
                "3 of 4 rows don't fit the header, which is \"# x\"",
                "--skip-lines N passes over lines above it (2 if it is",
                "--delimiter",
            ]
        ),
        (
            "a.csv", Array("firm\n".utf8) + [0xC5, 0x0A, 0x93, 0x0A], [],
            [
                "2 of 2 rows are not UTF-8\n  line 2 is not UTF-8\n  line 3 ",
                "it looks like Windows-1252: --encoding cp1252",
            ]
        ),
        ("a.csv", Array("a\nOak\n".utf8).flatMap { [$0, 0] }, [], ["--encoding utf-16le"]),
        // A shell would empty a file that is its own target.
        (
            "a.csv", Array("PAR1 and so on".utf8), [],
            ["is a Parquet file", "') > a-rows.csv\n".replacing("')", with: "\\'')'")]
        ),
        (
            "a.csv", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1], [],
            ["old Excel", " --convert-to csv --outdir converted a.csv\n"]
        ),
        (
            "a.jsonl", Array("{\"a\":\"".utf8) + [0xB1, 0xB1, 0xBE, 0xA9] + Array("\"}\n".utf8), [],
            ["iconv -f GB18030 -t UTF-8 a.jsonl > a-utf8.jsonl\n"]
        ),
        // Titles may be too short to tell: these two letters are Western ones, and the row below is Arabic.
        (
            "a.csv", [0xE1, 0xE3, 0x0A, 0xC7, 0xE1, 0xDE, 0xC7, 0xE5, 0xD1, 0xC9, 0x0A], [],
            ["line 1 is not UTF-8\n  iconv turns other encodings into UTF-8: iconv -f ENCODING "]
        ),
        (
            "a.csv", Array("a\nOak\n".utf8), ["--skip-lines", "3"],
            ["error: a.csv has nothing behind the lines that were skipped\n"]
        ),
        (
            "a.csv", Array("a\n".utf8) + [0x96, 0xBC, 0x91, 0x4F, 0x0A], [],
            [
                "line 2 is not UTF-8\n  it may be Windows-1252, which --encoding cp1252 reads, or Shift-JIS, of which iconv "
                    + "makes UTF-8: iconv -f CP932 -t UTF-8 a.csv > a-utf8.csv\n"
            ]
        ),
        (
            "a.csv", Array("a\n".utf8) + [0xB1, 0xB1, 0xBE, 0xA9, 0x0A], [],
            ["it may be GB18030, Big5, EUC-KR or EUC-JP, of which iconv makes UTF-8: iconv -f GB18030 -t UTF-8 a.csv"]
        ),
        (
            "a.csv", [0xFF, 0xFE] + Array("a\nOak\nElm".utf8).flatMap { [$0, 0] }.dropLast(), [],
            ["error: a.csv is cut off in the middle of a character\n  get the file again, or --skip-bad-rows"]
        ),
        (
            "a.csv", Array("a\nSøren\nÅse\ncaf".utf8) + [0xC3], [],
            ["error: a.csv: line 4 is not UTF-8, and the other rows are\n  correct what is damaged, or --skip-bad-rows"]
        ),
        (
            "a.tsv", Array("a\tb\nA\t\"multi\nline\"\nB\t2\n".utf8), [],
            ["--quotes always reads cells in quotes, also of several lines"]
        ),
        (
            "a.csv", Array("a\n1\n".utf8), ["--skip-bad-rows", "--bad-rows", "/dev/stdout"],
            ["error: can't write /dev/stdout: it is not a regular file"]
        ),
        (
            "a.csv", Array("a,b\n1\n2,3\n4\n5,6\n7,8\n".utf8), [],
            ["2 of 5 rows can't be run\n  line 2 has 1 field, the header has 2\n  line 4 has", "--skip-bad-rows runs"]
        ),
        ("a b.csv.gz", [0x1F, 0x8B, 8, 0], [], ["is a gzip file", "gunzip -c 'a b.csv.gz' | parallel batch run -"]),
        ("-a.xlsx", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + Array("xl/a".utf8), ["--"], []),
        ("a.xls", Array("<html><table>".utf8), [], ["is an HTML page", "save it as CSV UTF-8"]),
        ("a.dat", Array("a,b\n1,2\n".utf8), [], ["its name does not say how to read it", "--input-format csv"]),
        ("a.json", Array(#"{"data":[{"a":1}]}"#.utf8), [], ["jq '.data' a.json > a-rows.json\n"]),
        ("a.jsonl", Array("{\n\"a\": 1\n}\n{\n\"a\": 2\n}\n".utf8), [], ["jq -c . a.jsonl > a-rows.jsonl\n"]),
        (
            "a.jsonl", Array("{\"a\":1}\n".utf8), ["--no-header"],
            ["which has no use for --delimiter, --quotes, --no-header"]
        ),
        ("a.jsonl", Array("[\"a\"]\n[\"1\"]\n".utf8), [], ["jq -r '@csv' a.jsonl > a-rows.csv\n"]),
        (
            "a.csv", Array("a\n1\n".utf8), ["--max-cost", "0.001"], ["--limit N runs fewer rows"]
        ),
        ("a.csv", Array("company,b\n1,2\n".utf8), ["--template", "{compny}"], ["did you mean \"company\"?"]),
        ("a.csv", Array("a,b\n1,2\n".utf8), ["--template", "{a {c}}"], ["has a '}' without '{'"]),
        ("a.csv", Array("a\n1\n".utf8), ["--delimiter", "ab"], ["'ab' is not one ASCII character"]),
        ("a.csv", Array("a\n1\n".utf8), ["--delimiter", "\""], ["a quote can't separate cells"]),
        ("a.csv", Array("a\n1\n".utf8), ["--delimiter", "é"], ["is not one ASCII character"]),
        ("a.csv", Array("a\n1\n".utf8), ["--delimiter", "\n"], ["a line end or NUL can't separate cells"]),
        ("a.csv", Array("a\n1\n".utf8), ["--encoding", "klingon"], ["'klingon' is none of utf-8"]),
        ("a.csv", Array("a\n1\n".utf8), ["--bad-rows", "b"], ["--bad-rows needs --skip-bad-rows"]),
        ("a.csv", Array("a\n1\n".utf8), ["--dedup", "--shard", "1/2"], ["--dedup and --shard exclude each other"]),
    ]

    @Test(arguments: refusals.indices)
    func `a file that can be misread is refused with the way out, and nothing is sent`(index: Int) async throws {
        let (name, bytes, words, says) = Self.refusals[index]
        if words == ["--"] {
            let sandbox = try await RunningSandbox(delay: "0")
            let session = try Session(sandbox)
            try session.home.write(bytes, to: name)
            let result = try await session.run(["batch", "run"] + Self.ask + ["--", name])
            #expect(
                result.exit == .code(2) && result.error.contains("--convert-to csv --outdir converted ./-a.xlsx\n"),
                "\(result)")
            return
        }
        let (result, inputs, session) = try await run(name, bytes, words)
        #expect(result.exit == .code(2) && inputs.isEmpty && result.output.isEmpty, "\(result)")
        for part in says { #expect(result.error.contains(part), "\(result)") }
        let isFieldCount = says.contains { $0.contains("--skip-bad-rows") }
        #expect(result.error.contains("--skip-bad-rows") == isFieldCount, "\(result)")
        #expect(Disk.names(in: session.home.path) == [name])
    }

    @Test(arguments: [
        ("a b.json", #"{"n":1,"x y":{"rows":[{"a":"1"},{"a":"2"}]}}"#),
        ("a.jsonl", "{\n\"a\": \"1\"\n}\n{\n\"a\": \"2\"\n}\n"),
        ("a.jsonl", "[\n{\"a\": \"1\"},\n{\"a\": \"2\"}]"),
        ("a.jsonl", "{\n\"data\": [{\"a\":\"1\"},{\"a\":\"2\"}]}\n"),
    ])
    func `the suggested jq makes a file that is read`(_ name: String, _ text: String) async throws {
        let (result, _, session) = try await run(name, Array(text.utf8), [])
        let command = try #require(result.error.firstMatch(of: /: (jq .* > (.*))\n/), "\(result)")
        guard try await session.shell("command -v jq").exit == .code(0) else { return }
        #expect(try await session.shell(String(command.1)).exit == .code(0), "\(command.1)")
        let made = try #require(Disk.names(in: session.home.path).first { $0.contains("-rows.") })
        let read = try await session.run(["batch", "run", made, "--dry-run"] + Self.ask)
        #expect(read.error.hasPrefix("1 column: a; 2 rows\n"), "\(read)")
    }

    @Test func `without a question nothing is run`() async throws {
        for words in [[], ["--dry-run"], ["--column", "a"], ["--input-schema", #"{"type":"object"}"#]] {
            let (result, inputs, _) = try await run(
                "a.csv", Array("a\n1\n".utf8), words, asking: ["-p", "lite", "--yes"])
            #expect(result.exit == .code(2) && inputs.isEmpty, "\(result)")
            for flag in ["--field", "--template", "--output-"] { #expect(result.error.contains(flag)) }
        }
        // Rows that are texts are questions themselves.
        let asked = try await run(
            "a.json", Array(#"["Who founded Intel?"]"#.utf8), [], asking: ["-p", "lite", "--yes"])
        #expect(asked.result.exit == .code(0) && asked.inputs == ["Who founded Intel?"], "\(asked.result)")
    }

    @Test(arguments: [("y\r", Int32(0), "2 columns: firm, town; 1 row"), ("n\r", 1, "not confirmed; nothing was run")])
    func `on a terminal, what separates cells is asked`(_ keys: String, _ code: Int32, _ told: String) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try Session(sandbox)
        try session.home.write("firm;town\nOak;Ghent\n", to: "a.csv")
        let terminal = try session.terminal(["batch", "run", "a.csv", "-o", "o.csv"] + Self.ask, columns: 120)
        try await terminal.waitUntil(contains: "Are cells separated by ';'? [y/N]")
        try await poll("the editor") { !terminal.modes.echoes }
        terminal.send(keys)
        #expect(try await terminal.wait() == .code(code))
        #expect(terminal.output.withoutStyling.contains(told))
        #expect(sandbox.requests.isEmpty == (code != 0))
    }

    @Test func `what the user has agreed to is in the command that goes on`() async throws {
        let session = try Session(try await RunningSandbox(delay: "0"))
        try session.home.write("firm;town\nOak;Ghent\nElm;Bonn\n", to: "a.csv")
        let words = ["batch", "run", "a.csv", "-o", "o.csv", "--limit", "1"] + Self.ask
        let terminal = try session.terminal(words, columns: 120)
        try await terminal.waitUntil(contains: "Are cells separated by ';'? [y/N]")
        try await poll("the editor") { !terminal.modes.echoes }
        terminal.send("y\r")
        #expect(try await terminal.wait() == .code(0))
        let command = terminal.output.withoutStyling.firstMatch(of: /run the other rows: parallel (.*)/)?.1
        #expect(command?.contains(" --delimiter ';'") == true, "\(terminal.output)")
    }

    // MARK: - Rows

    @Test func `blank rows cost nothing, keep their places and leave the exit code alone`() async throws {
        let (result, inputs, session) = try await run("a.csv", Array("a\n1\n\n \n2\n".utf8), [])
        #expect(result.exit == .code(0) && inputs == [["a": "1"], ["a": "2"]], "\(result)")
        #expect(
            result.error.contains(
                "\n2 blank rows: they cost nothing and keep their places\n2 rows on lite: about $0.01"))
        let blank = "nothing to send: a is blank"
        #expect(text("o.csv", session) == "a,x,error\n1,f,\n,,\(blank)\n\" \",,\(blank)\n2,f,\n")
    }

    @Test func `rows that can't be sent keep their places, and count as failed`() async throws {
        let long = String(repeating: "y", count: 30_000)
        let (result, inputs, session) = try await run("a.csv", Array("a\n1\n\(long)\n".utf8), ["--skip-bad-rows"])
        #expect(result.exit == .code(8) && inputs == [["a": "1"]], "\(result)")
        #expect(result.error.contains("a.csv: 1 row can't be sent and gets no run\n  line 3 makes an input of 30008"))
        #expect(text("o.csv", session)?.contains("\(long),,makes an input of 30008 characters") == true)
    }

    @Test(arguments: [[], ["--unordered"]])
    func `equal rows are told, and run once where that is wanted`(_ words: [String]) async throws {
        let table = Array("a,b\n1,2\n3,4\n1,2\n1,2\n".utf8)
        let each = try await run("a.csv", table, words)
        #expect(each.inputs.count == 4)
        #expect(each.result.error.contains("\n2 rows are equal to an earlier one: --dedup runs each once\n"))
        let once = try await run("a.csv", table, words + ["--dedup"])
        #expect(once.result.exit == .code(0) && once.inputs.count == 2, "\(once.result)")
        #expect(
            once.result.error.contains("\n2 rows on lite: about $0.01") && once.result.error.contains("4 rows done"))
        let lines = text("o.csv", once.session)?.split(separator: "\n") ?? []
        #expect(lines.sorted() == ["1,2,f,", "1,2,f,", "1,2,f,", "3,4,f,", "a,b,x,error"])
        if words.isEmpty { #expect(lines == ["a,b,x,error", "1,2,f,", "3,4,f,", "1,2,f,", "1,2,f,"]) }
        let streamed = try await once.session.run(
            ["batch", "run", "a.csv", "--dedup", "--format", "csv", "-q"] + Self.ask + words)
        #expect(streamed.output.split(separator: "\n").map(String.init).sorted() == lines.map(String.init).sorted())
    }

    @Test func `results of equal rows that run once are all there, also by the file`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try Session(sandbox)
        try session.home.write("\u{FEFF}a;b\r\n1;2\r\n1;2\r\n", to: "a.csv")
        let words = ["batch", "run", "a.csv", "-o", "o.csv", "--dedup", "--delimiter", ";"] + Self.ask
        #expect(try await session.run(words + ["--no-wait"]).exit == .code(0))
        try await poll("the result") {
            try await session.run("batch", "results", "o.csv", "--format", "csv").exit == .code(0)
        }
        let found = try await session.run("batch", "results", "o.csv", "--format", "csv")
        #expect(found.output == "\u{FEFF}a,b,x,error\r\n1,2,f,\r\n1,2,f,\r\n", "\(found)")
        #expect(try await session.run(words).exit == .code(0))
        #expect(text("o.csv", session) == found.output)
        #expect(sandbox.requests.flatMap { $0.body["inputs"]?.array ?? [] }.count == 1)
    }

    @Test func `what rows cost is told before a batch begins, not where it goes on`() async throws {
        let table = Array("a\n1\n\" \"\n1\n2\n".utf8)
        let begun = try await run("a.csv", table, ["--limit", "1"])
        let hints = ["1 blank row: it costs nothing", "1 row is equal to an earlier one: --dedup runs each once\n"]
        for hint in hints { #expect(begun.result.error.contains(hint), "\(begun.result)") }
        for words in [[], ["--dry-run"]] {
            let again = try await begun.session.run(["batch", "run", "a.csv", "-o", "o.csv"] + Self.ask + words)
            #expect(again.exit == .code(0) && again.error.hasPrefix("1 column: a; 4 rows\n"), "\(again)")
            for hint in ["1 blank row:", "--dedup"] { #expect(!again.error.contains(hint), "\(again)") }
        }
    }

    @Test func `an output that no batch has written is not said to be paid`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try Session(sandbox)
        try session.home.write("a\n1\n", to: "a.csv")
        try session.home.write("hi\n", to: "o.csv")
        let result = try await session.run(["batch", "run", "a.csv", "-o", "o.csv"] + Self.ask)
        #expect(result.exit == .code(2))
        #expect(
            result.error.hasPrefix("error: o.csv exists\n  --force replaces it, which runs and pays for all rows\n"),
            "\(result)")
    }

    @Test func `text in another encoding comes back in UTF-8 with a mark, so that spreadsheets can read it`()
        async throws
    {
        let bytes = Array("firm\n".utf8) + [0xC5, 0x0A]
        let (result, _, session) = try await run("a.csv", bytes, ["--encoding", "latin1"])
        #expect(result.exit == .code(0), "\(result)")
        #expect(text("o.csv", session) == "\u{FEFF}firm,x,error\nÅ,f,\n")
        let plain = try await run("a.csv", Array("firm\nÅ\n".utf8), [])
        #expect(text("o.csv", plain.session) == "firm,x,error\nÅ,f,\n")
    }

    @Test func `a batch without a file says on a terminal how to keep its rows`() async throws {
        let session = try Session(try await RunningSandbox(delay: "0"))
        try session.home.write("a\n1\n", to: "a.csv")
        for words in [[], ["-q"], ["-o", "o.csv"]] {
            let terminal = try session.terminal(["batch", "run", "a.csv"] + Self.ask + words, columns: 160)
            #expect(try await terminal.wait() == .code(0))
            let output = terminal.output.withoutStyling
            #expect(output.contains("--no-header if the first line is a row") == (words != ["-q"]), "\(output)")
            let command = output.split(separator: "keep them with: ").dropFirst().first?.prefix { !$0.isNewline }
            #expect((command != nil) == words.isEmpty, "\(output)")
            guard let command else { continue }
            #expect(command.hasPrefix("parallel batch results tgrp_") && command.hasSuffix(" -o FILE"), "\(output)")
        }
        let piped = try await session.run(["batch", "run", "a.csv"] + Self.ask)
        #expect(!piped.error.contains("keep them"), "\(piped)")
    }

    @Test func `a row that repeats the header is told`() async throws {
        let (result, _, _) = try await run("a.csv", Array("a,b\n1,2\na,b\n3,4\n".utf8), [])
        #expect(result.error.contains("\nwarning: a.csv: line 3 repeats the header\n"), "\(result)")
    }

    @Test func `a header that most rows don't fit is named, also where such rows are left out`() async throws {
        let text = "Report 2026\nAll regions\nfirm,town\nOak,Ghent\nElm,Turku\n"
        let (result, inputs, _) = try await run("a.csv", Array(text.utf8), ["--skip-bad-rows"])
        #expect(result.exit == .code(0) && inputs.count == 1, "\(result)")
        #expect(
            result.error.contains(
                "warning: a.csv: 3 of 4 rows don't fit the header, which is \"Report 2026\"\n  is that"))
    }

    @Test func `lines that can't be read go to a file of their own`() async throws {
        let table = Array("a,b\n1,2\n\"x\"\n3,4\ny, z ,\"q\"\n5,6\n".utf8)
        let words = ["--skip-bad-rows", "--bad-rows", "bad.csv"]
        let (result, inputs, session) = try await run("a.csv", table, words)
        #expect(result.exit == .code(0) && inputs.count == 3, "\(result)")
        #expect(text("bad.csv", session) == "\"x\"\ny, z ,\"q\"\n")
        // The same lines again are no reason to stop; other ones are not written over.
        let again = ["batch", "run", "a.csv", "--format", "csv"] + Self.ask + words
        #expect(try await session.run(again).exit == .code(0))
        try session.home.write("mine\n", to: "bad.csv")
        let refused = try await session.run(again)
        #expect(refused.exit == .code(2) && refused.error.contains("error: bad.csv exists\n  --force"), "\(refused)")
        #expect(text("bad.csv", session) == "mine\n")
        #expect(try await session.run(again + ["--force"]).exit == .code(0))
        #expect(text("bad.csv", session) == "\"x\"\ny, z ,\"q\"\n")
        let same = try await session.run(again + ["--bad-rows", "a.csv"])
        #expect(same.exit == .code(2) && same.error.contains("a.csv is named twice"), "\(same)")
    }
}
