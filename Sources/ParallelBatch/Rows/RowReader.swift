import ParallelJSON
import ParallelSystem

/// Reads rows of any format as a stream, from pieces of any size.
///
/// An invalid row ends the reading with a `RowError`, or is counted and left out with `skipsBadRows`.
package struct RowReader: Sendable {
    package let format: RowFormat
    /// The rows that were left out.
    package private(set) var skipped = SkippedRows()
    /// The number of rows that were read.
    package private(set) var rowCount = 0
    /// Warnings about the header: titles that occur twice, or are missing.
    package private(set) var warnings: [String] = []
    /// The rows that have more or fewer fields than the header, and the first of them.
    private(set) var misfits: (count: Int, first: RowError?) = (0, nil)
    /// The rows that are not UTF-8, and what they may be.
    private(set) var foreignRows: (count: Int, guess: EncodingGuess) = (0, EncodingGuess())
    /// The rows that repeat the header: how many, and the line of the first one.
    private(set) var repeatedHeaders = (count: 0, line: 0)
    /// The text of rows that were left out, to be taken away by the caller; nil if it is not wanted.
    var unreadableText: [UInt8]?

    private let skipsBadRows: Bool
    private let hasHeader: Bool
    private let skipsLines: Bool
    private(set) var delimited: DelimitedReader
    private var lines = JSONLineCutter()
    private var elements = JSONArrayCutter()
    /// The header of CSV and TSV; nil before it was read.
    private var header: [InputColumn]?
    private var keys = KeyTally()
    /// The JSON row that was read last, and its line.
    private var value = JSONValue.null
    private var valueLine = 0
    /// The beginning of the row that is being read, from earlier pieces, where the text of bad rows is wanted.
    private var rowText: [UInt8] = []

    /// - Parameter separator: what separates cells, if not the format's own separator.
    package init(
        format: RowFormat, separator: UInt8? = nil, _ options: ReadingOptions = ReadingOptions(),
        skipsBadRows: Bool = false
    ) {
        self.format = format
        self.skipsBadRows = skipsBadRows
        hasHeader = options.hasHeader
        skipsLines = options.skippedLines > 0
        delimited = DelimitedReader(
            separator: separator ?? format.separator ?? 0, readsQuotes: options.readsQuotes ?? true,
            skippedLines: options.skippedLines)
    }

    /// Whether cells may be in quotes; may be set as long as no quote was read.
    var readsQuotes: Bool {
        get { delimited.readsQuotes }
        set { delimited.readsQuotes = newValue }
    }

    /// The columns: for CSV and TSV those of the header; for JSON the keys of the rows so far, in the order in which
    /// they first occurred.
    package var columns: [InputColumn] {
        format.separator == nil ? keys.inputColumns : header ?? []
    }

    /// The reason why there is no row, once all is read; nil if there are rows.
    package var whyEmpty: String? {
        if rowCount > 0 { return nil }
        if skipped.count > 0 { return "has no good row; bad ones: \(skipped.count)" }
        if header != nil { return "has a header but no rows" }
        return skipsLines ? "has nothing behind the lines that were skipped" : "is empty"
    }

    /// Continues at `position` until a row is complete, and returns it; nil if the bytes are used up.
    ///
    /// Without bytes, ends the input and returns its last row.
    package mutating func next(
        in bytes: UnsafeBufferPointer<UInt8>?, at position: inout Int
    ) throws(RowError) -> InputRow? {
        try advance(in: bytes, at: &position) ? row : nil
    }

    /// Continues at `position` until a row is complete (true) or the bytes are used up (false).
    ///
    /// Without bytes, ends the input.
    mutating func advance(in bytes: UnsafeBufferPointer<UInt8>?, at position: inout Int) throws(RowError) -> Bool {
        while true {
            let start = position
            do throws(RowError) {
                guard try cut(bytes, at: &position) else {
                    keepText(of: bytes, from: start, to: position)
                    return false
                }
                let isRow = try takeRow()
                if unreadableText != nil { rowText = [] }
                guard isRow else { continue }
                rowCount += 1
                return true
            } catch {
                // Without a header, rows can't be read.
                let isHeader = format.separator != nil && header == nil
                guard skipsBadRows, !error.isFatal, !isHeader else { throw error }
                skip(error)
                keepText(of: bytes, from: start, to: position)
                takeUnreadableText()
            }
        }
    }

    private mutating func skip(_ error: RowError) {
        skipped.add(error)
        switch error.cause {
        case .fieldCount: misfits = (misfits.count + 1, misfits.first ?? error)
        case .encoding(let guess):
            // One row that fits no encoding rules it out for all.
            if foreignRows.count == 0 { foreignRows.guess = guess } else { foreignRows.guess.narrow(by: guess) }
            foreignRows.count += 1
        case .quotes, .other: break
        }
    }

    // MARK: Text of bad rows

    private mutating func keepText(of bytes: UnsafeBufferPointer<UInt8>?, from start: Int, to end: Int) {
        guard unreadableText != nil, format.separator != nil, let bytes else { return }
        rowText.append(contentsOf: bytes[start..<end])
    }

    /// Adds the text of the row to `unreadableText`, as a line of its own.
    private mutating func takeUnreadableText() {
        guard unreadableText != nil else { return }
        let text = format == .json ? elements.text : format == .jsonl ? lines.text : rowText
        // The end of its line may belong to the row, as may the end of empty lines before it.
        let isLineEnd = { (byte: UInt8) in byte == 0x0A || byte == 0x0D }
        let end = text.lastIndex { !isLineEnd($0) }.map { $0 + 1 } ?? 0
        unreadableText? += text[..<end].drop(while: isLineEnd)
        unreadableText?.append(0x0A)
        rowText = []
    }

    /// Continues to the end of a row; returns false if the bytes hold no end.
    private mutating func cut(
        _ bytes: UnsafeBufferPointer<UInt8>?, at position: inout Int
    ) throws(RowError) -> Bool {
        switch format {
        case .csv, .tsv:
            if let bytes { return try delimited.next(in: bytes, at: &position) }
            return try delimited.finish()
        case .json:
            if let bytes { return try elements.next(in: bytes, at: &position) }
            try elements.finish()
            return false
        case .jsonl:
            if let bytes { return try lines.next(in: bytes, at: &position) }
            return lines.finish()
        }
    }

    /// Checks the complete text; returns false for the header.
    private mutating func takeRow() throws(RowError) -> Bool {
        switch format {
        case .csv, .tsv:
            guard let header else {
                let cells = delimited.cells
                let titles = hasHeader ? cells : cells.indices.map { "column_\($0 + 1)" }
                (header, warnings) = InputColumn.header(titles)
                // In a file of one column an empty line is a row without a value.
                delimited.keepsEmptyLines = cells.count == 1
                return !hasHeader
            }
            guard delimited.count == header.count else {
                throw RowError(
                    line: delimited.line,
                    reason: "has \(delimited.count) \(delimited.count == 1 ? "field" : "fields"), "
                        + "the \(hasHeader ? "header" : "first row") has \(header.count)", cause: .fieldCount)
            }
            if hasHeader, delimited.withRecord({ $0.hasFields(header) }) {
                if repeatedHeaders.count == 0 { repeatedHeaders.line = delimited.line }
                repeatedHeaders.count += 1
            }
        case .json: try take(elements.text, line: elements.line)
        case .jsonl: try take(lines.text, line: lines.line)
        }
        return true
    }

    /// The row that was read last.
    var row: InputRow {
        InputRow(line: line, content: format.separator == nil ? .value(value) : .cells(delimited.cells))
    }

    /// The line where the row begins that was read last.
    var line: Int { format.separator == nil ? valueLine : delimited.line }

    /// Appends the row that was read last as one line of compact JSON without its LF, as `InputRow.appendLine` does.
    func appendLine(to output: inout [UInt8]) {
        guard format.separator != nil else { return value.append(to: &output) }
        delimited.withRecord { record in
            output.append(UInt8(ascii: "["))
            for index in 0..<record.count {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSONValue.appendString(record[index], to: &output)
            }
            output.append(UInt8(ascii: "]"))
        }
    }

    private mutating func take(_ text: [UInt8], line: Int) throws(RowError) {
        if text.isEmpty { throw RowError(line: line, reason: "has a comma with no element beside it") }
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue.parse(text)
        } catch {
            // The first line of an element may begin in the middle of a line of the input, so its columns mean nothing.
            let place = format == .jsonl ? " at column \(error.column)" : ""
            let cause: RowError.Cause =
                text.withUnsafeBufferPointer(\.isUTF8) ? .other : .encoding(EncodingGuess([text]))
            throw RowError(
                line: line + error.line - 1, reason: "is not JSON: \(error.reason)\(place)", cause: cause)
        }
        guard value.object != nil || value.string != nil || value.isNull else {
            throw RowError(line: line, reason: "is \(value.typeName); a row is an object or a string")
        }
        // Rows without any value are not sent, so they say nothing about the others.
        if !value.isNull, value.object?.isEmpty != true { keys.add(value) }
        (self.value, valueLine) = (value, line)
    }
}

extension DelimitedRecord {
    /// Whether the fields are the titles of `header`.
    fileprivate func hasFields(_ header: [InputColumn]) -> Bool {
        for (index, column) in header.enumerated() where !self[index].elementsEqual(column.title.utf8) {
            // A file that another one was appended to has the mark, and quotes behind it, in the middle.
            guard index == 0, self[0].starts(with: RowFormat.byteOrderMark) else { return false }
            let isQuote = { (byte: UInt8) in byte == UInt8(ascii: "\"") }
            let title = self[0].dropFirst(3).drop(while: isQuote)
            let end = title.lastIndex { !isQuote($0) }.map { $0 + 1 } ?? title.startIndex
            guard title[..<end].elementsEqual(column.title.utf8) else { return false }
        }
        return true
    }
}

extension DelimitedReader {
    fileprivate var cells: [String] {
        withRecord { record in (0..<record.count).map { String(decoding: record[$0], as: UTF8.self) } }
    }
}

/// Counts the keys of JSON rows, and the types of their values.
private struct KeyTally {
    private struct Column {
        let name: String
        var type: String?
        var count = 0
        var lastRow = 0
        var isWholeRow = false
    }

    private var columns: [Column] = []
    private var places: [ExactText: Int] = [:]
    private var rows = 0

    mutating func add(_ row: JSONValue) {
        rows += 1
        guard let object = row.object else {
            columns[place(of: InputColumn.wholeRow, value: row, likely: 0)].isWholeRow = true
            return
        }
        for (index, member) in object.members.enumerated() {
            _ = place(of: member.key, value: member.value, likely: index)
        }
    }

    var inputColumns: [InputColumn] {
        columns.map {
            InputColumn(
                title: $0.name, name: $0.name, type: $0.type, isInEveryRow: $0.count == rows,
                isWholeRow: $0.isWholeRow)
        }
    }

    /// Counts a value. Rows mostly have the same keys in the same order, so `likely` is compared first.
    private mutating func place(of key: String, value: JSONValue, likely: Int) -> Int {
        let type = value.schemaType
        let isLikely = columns.indices.contains(likely) && columns[likely].name.isExactly(key)
        let known = isLikely ? likely : places[ExactText(key)]
        let index = known ?? columns.count
        if known == nil {
            columns.append(Column(name: key, type: type))
            places[ExactText(key)] = index
        }
        if columns[index].type != type { columns[index].type = nil }
        // A key that occurs twice in a row counts once.
        if columns[index].lastRow != rows { columns[index].count += 1 }
        columns[index].lastRow = rows
        return index
    }
}
