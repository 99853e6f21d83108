/// The properties of an input whose rows were read and spooled.
package struct BatchInput: Sendable {
    package var columns: [InputColumn] = []
    package var format: RowFormat
    package var rowCount = 0
    /// The line where each row begins, counted from 1; empty if the rows were not read from lines.
    var lines: [UInt32] = []
    /// The rows among them for which no run is created, in order.
    package var unsentRows: [UnsentRow] = []
    /// Whether rows with equal inputs share one run.
    package var joinsEqualRows = false
    var sharedRuns = SharedRuns()
    /// The fingerprint of the rows, which differs from that of any other input.
    package var fingerprint = ""
    /// How the text was read, with what the user was asked.
    package var reading = ReadingOptions()
    package var textStyle = TextStyle()

    package init(format: RowFormat, rowCount: Int = 0, fingerprint: String = "") {
        self.format = format
        self.rowCount = rowCount
        self.fingerprint = fingerprint
    }

    /// Returns rows in words, such as `row 17 (line 18)` or `rows 1 to 20 (lines 2 to 21)`.
    func words(for rows: ClosedRange<Int>) -> String {
        func words(_ noun: String, _ first: Int, _ last: Int) -> String {
            first == last ? "\(noun) \(first)" : "\(noun)s \(first) to \(last)"
        }
        let text = words("row", rows.lowerBound + 1, rows.upperBound + 1)
        guard rows.upperBound < lines.count else { return text }
        return "\(text) (\(words("line", Int(lines[rows.lowerBound]), Int(lines[rows.upperBound]))))"
    }
}

/// How a text begins and ends its lines, so that tables made of it can do the same.
package struct TextStyle: Sendable, Equatable {
    package var hasByteOrderMark: Bool
    /// Whether lines end with CR LF instead of LF.
    package var endsLinesWithCRLF: Bool

    package init(hasByteOrderMark: Bool = false, endsLinesWithCRLF: Bool = false) {
        self.hasByteOrderMark = hasByteOrderMark
        self.endsLinesWithCRLF = endsLinesWithCRLF
    }
}

/// Options for reading an input and turning its rows into inputs of runs.
package struct InputOptions: Sendable {
    /// The format; nil to detect it.
    package var format: RowFormat?
    /// The format that the name of the file says; the first bytes may contradict it.
    package var namedFormat: RowFormat?
    /// Whether the file has an extension that says nothing about rows, so that only JSON is detected.
    package var hasForeignName = false
    package var reading = ReadingOptions()
    package var rowInput: RowInput
    /// Whether rows that can't be read or used are left out and counted instead of ending the reading.
    package var skipsBadRows: Bool
    /// Whether rows with equal inputs share one run.
    package var joinsEqualRows = false
    /// Whether the text of rows that are left out is kept, to be taken from the reader.
    package var keepsUnreadableText = false

    package init(format: RowFormat? = nil, rowInput: RowInput = .columns(nil), skipsBadRows: Bool = false) {
        self.format = format
        self.rowInput = rowInput
        self.skipsBadRows = skipsBadRows
    }
}

/// An error of an input as a whole.
package enum InputError: Error, Sendable, Equatable {
    /// There is no row to run. The reason continues a sentence that begins with the name of the input.
    case noRows(reason: String)
    /// The first line is one text in quotes: it may be a row of JSON lines or a title in CSV.
    case formatIsAmbiguous
    /// The extension of the file says nothing, and the text may be anything but JSON.
    case formatIsUnknown
    /// The text is JSON, and the name of the file says CSV or TSV.
    case contentIsJSON(RowFormat)
    /// The file is of another kind.
    case isOtherKind(FileKind)
    /// The text is not UTF-8, and what it is instead is not certain.
    case encodingIsUnclear(EncodingGuess, rows: BadRows)
    /// Most rows are UTF-8, and these are not.
    case encodingIsMixed(BadRows)
    /// The text, in units of two bytes, ends in the middle of a character.
    case endsInCharacter
    /// The header is one cell and has this character, which other programs put between cells.
    case delimiterIsUnclear(UInt8, insteadOf: UInt8)
    /// An option for CSV and TSV was given for JSON.
    case optionIsForDelimitedText
    /// The rows are an array in an object; `path` has the keys that lead to it. The object may also be a row itself.
    case rowsAreNested(path: [String], format: RowFormat, mayBeOneRow: Bool)
    /// The rows are objects over several lines, or an array of them in place of lines.
    case rowsSpanLines(isArray: Bool, format: RowFormat)
    /// Each line is an array of cells.
    case rowsAreArrays
    /// The rows are JSON lines in place of an array.
    case rowsAreLines
    /// The text is an object in place of an array of rows; it may be a row.
    case rowIsAlone(hasArrays: Bool)
    /// More than half of the rows don't fit the header.
    case headerDoesNotFit(columns: [String], rows: BadRows, delimiter: UInt8?)
    /// Rows can't be read, or not be used as inputs.
    case badRows(BadRows)
}

/// The rows of an input that can't be run, and how many rows there are in all.
package struct BadRows: Sendable, Equatable {
    package let errors: SkippedRows
    package let rowCount: Int
    /// How quotes may have to be read, where they were read otherwise and rows don't fit the header.
    package var otherQuotes: QuoteReading?

    /// What quotes at the beginning of cells may be.
    package enum QuoteReading: Sendable, Equatable {
        /// They enclose cells, also of several lines.
        case always
        /// They are text.
        case never
    }
}
