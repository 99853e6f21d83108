import ParallelBatch
import ParallelJSON
import ParallelSystem

/// Messages for inputs that can't be run, each with the way out.
extension UsageError {
    /// Makes the error for the rows of the input at `source`, or for their selection; nil for other errors.
    init?(_ error: any Error, inInput source: InputName) {
        let name = source.shown
        switch error {
        case let error as RowError:
            self.init("\(name): \(error)", hint: error.isOfQuotes ? "--quotes never takes quotes for text" : nil)
        case let error as RowInputError:
            let near = error.unknownColumn.flatMap { Suggestions.nearest(to: $0, among: error.columns) }
            self.init("\(name): \(error.message)", hint: near.map { "did you mean \"\($0)\"?" })
        case let error as InputError: self.init(error, in: source)
        case RowSelection.Failure.shardIsEmpty:
            self.init("there are fewer rows than shards, and none for this one")
        case RowSelection.Failure.limitIsBeforeShard:
            self.init("none of the first rows is one of this shard")
        default: return nil
        }
    }

    private init(_ error: InputError, in source: InputName) {
        let name = source.shown
        switch error {
        case .noRows(let reason): self.init("\(name) \(reason)")
        case .formatIsAmbiguous:
            self.init(
                "\(name): the first line is one text in quotes, a row of JSON lines or a title of CSV; say which with "
                    + "--input-format jsonl or --input-format csv")
        case .formatIsUnknown:
            self.init(
                "\(name): its name does not say how to read it",
                hint: "say so with --input-format csv, tsv, json or jsonl")
        case .contentIsJSON(let format):
            self.init(
                "\(name): it holds JSON, whatever its name says",
                hint: "--input-format \(format.rawValue) reads it, or --input-format csv as CSV nevertheless")
        case .isOtherKind(let kind):
            self.init("\(name) is \(kind.name), not rows of text", hint: kind.remedy(source))
        case .encodingIsUnclear(let guess, let rows):
            let text = rows.rowCount == 0 ? "the text is not UTF-8" : Self.text(of: rows, "are not UTF-8")
            var hint: Hint = "iconv turns other encodings into UTF-8: \(command: source.iconv("ENCODING"))"
            if let western = guess.western {
                hint = "it looks like \(western.shown): --encoding \(western.rawValue) reads it"
            }
            if let twoByte = guess.twoByte {
                let isJapanese = twoByte == .shiftJIS
                let other = guess.western.map { "\($0.shown), which --encoding \($0.rawValue) reads, or " } ?? ""
                hint =
                    "it may be \(other)\(isJapanese ? "Shift-JIS" : "GB18030, Big5, EUC-KR or EUC-JP"), of which iconv "
                    + "makes UTF-8: \(command: source.iconv(isJapanese ? "CP932" : "GB18030"))"
            }
            self.init("\(name): \(text)", hint: hint, quoted: Self.furtherLines(of: rows))
        case .encodingIsMixed(let rows):
            self.init(
                "\(name): \(Self.text(of: rows, "are not UTF-8")), and the other rows are",
                hint: "correct what is damaged, or --skip-bad-rows runs the other rows",
                quoted: Self.furtherLines(of: rows))
        case .endsInCharacter:
            self.init(
                "\(name) is cut off in the middle of a character",
                hint: "get the file again, or --skip-bad-rows runs the rows before")
        case .delimiterIsUnclear(let delimiter, let usual):
            self.init(
                "\(name): the header is one cell, and has \(delimiter.shownDelimiter) in it",
                hint:
                    "say what separates cells: --delimiter \(usual.delimiterWord) for one column, or --delimiter "
                    + "\(delimiter.delimiterWord)")
        case .optionIsForDelimitedText:
            self.init("\(name) holds JSON, which has no use for --delimiter, --quotes, --no-header and --skip-lines")
        case .rowsAreNested(let path, let format, let mayBeOneRow):
            let filter = path.reduce("") { $0 + JQ.step($1) }
            let line = format == .json ? source.jq(filter, "json") : source.jq(filter + "[]", "jsonl", flags: "-c ")
            self.init(
                "\(name): the rows are in an array within an object",
                hint: (mayBeOneRow ? "--input-format jsonl takes the object for one row; " : "")
                    + "take them out with: \(command: line)")
        case .rowsSpanLines(let isArray, let format):
            let line =
                format == .json
                ? source.jq(".", "json", flags: "-s ") : source.jq(isArray ? ".[]" : ".", "jsonl", flags: "-c ")
            self.init(
                isArray
                    ? "\(name): the rows are in an array, not one on each line"
                    : format == .json ? "\(name): the rows are not in an array" : "\(name): a row is not on one line",
                hint: "mend it with: \(command: line)")
        case .rowsAreArrays:
            let line = source.jq("@csv", "csv", flags: "-r ")
            self.init(
                "\(name): each line is an array, and a row is an object or a string",
                hint: "make CSV of it, with the first line as header: \(command: line)")
        case .rowsAreLines:
            self.init(
                "\(name): the rows are not in an array, but one on each line", hint: "--input-format jsonl reads it")
        case .rowIsAlone(let hasArrays):
            self.init(
                "\(name) holds one object, not an array of rows",
                hint: hasArrays ? nil : "--input-format jsonl takes it for one row")
        case .headerDoesNotFit(let columns, let rows, let delimiter):
            self.init(
                headerOf: name, columns, rows, delimiter: delimiter)
        case .badRows(let rows):
            self.init(
                "\(name): \(Self.text(of: rows, "can't be run"))",
                hint: Self.hint(onQuotesOf: rows)
                    ?? (rows.errors.count < rows.rowCount ? "--skip-bad-rows runs the others" : nil),
                quoted: Self.furtherLines(of: rows))
        }
    }

    private init(headerOf name: String, _ columns: [String], _ rows: BadRows, delimiter: UInt8?) {
        let header = columns.prefix(5).map { $0.shortened(to: 40) }.joined(separator: ", ")
        var hint: Hint = "is that the header? --skip-lines N passes over lines above it"
        if let line = rows.errors.first.first?.line, line <= 20 { hint = hint + " (\(line - 1) if it is line \(line))" }
        hint =
            hint
            + (delimiter.map { ", --delimiter \($0.delimiterWord) separates at \($0.shownDelimiter)" }
                ?? ", --delimiter says what separates cells")
        self.init(
            "\(name): \(rows.errors.count.grouped) of \(counted(rows.rowCount, "row")) "
                + "\(rows.errors.count == 1 ? "doesn't" : "don't") fit the header, which is "
                + "\"\(header)\(columns.count > 5 ? ", …" : "")\"",
            hint: Self.hint(onQuotesOf: rows) ?? hint, quoted: Self.lines(of: rows))
    }

    private static func hint(onQuotesOf rows: BadRows) -> Hint? {
        switch rows.otherQuotes {
        case .always: "--quotes always reads cells in quotes, also of several lines"
        case .never: "--quotes never takes quotes for text"
        case nil: nil
        }
    }

    /// Returns the row that is bad, or how many are and what is wrong with all of them.
    private static func text(of rows: BadRows, _ what: String) -> String {
        if rows.errors.count == 1, let only = rows.errors.first.first { return "\(only)" }
        return "\(rows.errors.count.grouped) of \(counted(rows.rowCount, "row")) \(what)"
    }

    /// Returns the lines of bad rows, unless the message names the only one.
    private static func furtherLines(of rows: BadRows) -> [String] { rows.errors.count > 1 ? lines(of: rows) : [] }

    private static func lines(of rows: BadRows) -> [String] {
        let shown = rows.errors.first.map { "  \($0)" }
        let more = rows.errors.count - shown.count
        return more > 0 ? shown + ["  and \(more.grouped) more"] : shown
    }
}

/// The name of an input in messages, and in commands that mend it.
struct InputName {
    /// The name of the file, or `-` for standard input.
    let source: String

    var shown: String { isFile ? source : "standard input" }
    private var isFile: Bool { source != "-" }

    /// The operand for a command that reads the file; empty for standard input.
    var operand: String {
        guard isFile else { return "" }
        return " " + ShellQuoting.quoted(source.begins(with: "-") ? "./\(source)" : source)
    }

    /// Returns the operand for a file in the current directory with a name made of this one, such as `rows-utf8.csv`
    /// for `rows.csv`. A shell would empty this file before it is read, so its own name is not returned.
    ///
    /// - Parameter ending: the extension; nil for that of the file.
    func target(_ mark: String, _ ending: String?) -> String {
        guard isFile else { return "rows\(mark).\(ending ?? "csv")" }
        let name = source.lastPlace(of: "/").map { source.halves(around: $0).1 } ?? source[...]
        let dot = name.lastPlace(of: ".")
        let (stem, own) = dot.map { name.halves(around: $0) } ?? (name, "")
        let isOwnName = mark.isEmpty && ending.map(String(own).isExactly) == true
        let end = ending ?? String(own)
        return ShellQuoting.quoted(
            "\(stem.begins(with: "-") ? "./" : "")\(stem)\(isOwnName ? "-rows" : mark)\(end.isEmpty ? "" : ".\(end)")")
    }

    /// Returns a command that pipes what `program` makes of the file into a batch.
    func piped(_ program: String) -> String { "\(program)\(operand) | parallel batch run -" }

    func iconv(_ encoding: String) -> String {
        let program = "iconv -f \(encoding) -t UTF-8"
        return isFile ? "\(program)\(operand) > \(target("-utf8", nil))" : piped(program)
    }

    var parquet: String {
        let path = (isFile ? source : "FILE").parts(between: "'").joined(separator: "''")
        return "duckdb -csv -c \(ShellQuoting.quoted("FROM read_parquet('\(path)')")) > \(target("", "csv"))"
    }

    func jq(_ filter: String, _ ending: String, flags: String = "") -> String {
        let quoted = ShellQuoting.quoted(filter)
        // A filter looks like a file's name without its quotes.
        let word = quoted.utf8.count > 1 && quoted.isExactly(filter) ? "'\(filter)'" : quoted
        return isFile ? "jq \(flags)\(word)\(operand) > \(target("-rows", ending))" : piped("jq \(flags)\(word)")
    }
}

private enum JQ {
    /// Returns the part of a filter that takes the value of `key`.
    static func step(_ key: String) -> String {
        let isWord =
            !key.isEmpty && key.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }
            && key.utf8.first?.isASCIIDigit == false
        return isWord ? ".\(key)" : ".[\(JSONValue.string(key).serialized())]"
    }
}

extension UInt8 {
    /// A character between cells, in a sentence.
    var shownDelimiter: String { self == 0x09 ? "tabs" : "'\(Unicode.Scalar(self))'" }

    /// A character between cells, as the value of a flag.
    var delimiterValue: String { self == 0x09 ? "tab" : String(Unicode.Scalar(self)) }

    /// The same in a command line.
    var delimiterWord: String { ShellQuoting.quoted(delimiterValue) }
}

extension TextEncoding {
    var shown: String {
        switch self {
        case .utf8: "UTF-8"
        case .utf16LittleEndian, .utf16BigEndian: "UTF-16"
        case .latin1: "Latin-1"
        case .windows1252: "Windows-1252"
        }
    }
}

extension FileKind {
    fileprivate var name: String {
        switch self {
        case .gzip: "a gzip file"
        case .bzip2: "a bzip2 file"
        case .xz: "an xz file"
        case .zstandard: "a Zstandard file"
        case .zip: "a ZIP archive"
        case .workbook: "a workbook of a spreadsheet program"
        case .oldWorkbook: "a workbook of an old Excel, or another old Office document"
        case .parquet: "a Parquet file"
        case .sqlite: "an SQLite database"
        case .pdf: "a PDF document"
        case .richText: "an RTF document"
        case .html: "an HTML page"
        case .xml: "an XML document"
        case .gitPointer: "Git's pointer to a large file that was not fetched"
        case .utf32: "text in UTF-32"
        case .binary: "a binary file"
        }
    }

    /// How to make text of it.
    fileprivate func remedy(_ file: InputName) -> Hint {
        let office: Hint =
            "save it as CSV UTF-8 in the spreadsheet program, or: "
            + "\(command: "soffice --headless --convert-to csv --outdir converted\(file.operand)")"
        switch self {
        case .gzip: return "unpack it on the way: \(command: file.piped("gunzip -c"))"
        case .bzip2: return "unpack it on the way: \(command: file.piped("bunzip2 -c"))"
        case .xz: return "unpack it on the way: \(command: file.piped("xz -dc"))"
        case .zstandard: return "unpack it on the way: \(command: file.piped("zstd -dc"))"
        case .zip: return "unpack it on the way, if it holds one file: \(command: file.piped("unzip -p"))"
        case .workbook, .oldWorkbook: return office
        case .html, .xml: return "open it in a spreadsheet program and save it as CSV UTF-8"
        case .parquet: return "make CSV of it: \(command: file.parquet)"
        case .sqlite:
            return "make CSV of a table: \(command: "sqlite3 -csv -header\(file.operand) 'SELECT * FROM …'")"
        case .pdf, .richText: return "copy its table into a spreadsheet program and save it as CSV UTF-8"
        case .gitPointer: return "fetch it with: \(command: "git lfs pull")"
        case .utf32:
            return "turn it into UTF-8: \(command: file.iconv("UTF-32"))"
        case .binary: return "rows are CSV, TSV, a JSON array or JSON lines"
        }
    }
}
