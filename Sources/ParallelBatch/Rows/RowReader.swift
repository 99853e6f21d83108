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

    private let skipsBadRows: Bool
    private var delimited: DelimitedReader
    private var lines = JSONLineCutter()
    private var elements = JSONArrayCutter()
    /// The header of CSV and TSV; nil before it was read.
    private var header: [InputColumn]?
    private var keys = KeyTally()

    package init(format: RowFormat, skipsBadRows: Bool = false) {
        self.format = format
        self.skipsBadRows = skipsBadRows
        delimited = DelimitedReader(separator: format.separator ?? 0)
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
        return header == nil ? "is empty" : "has a header but no rows"
    }

    /// Continues at `position` until a row is complete, and returns it; nil if the bytes are used up.
    ///
    /// Without bytes, ends the input and returns its last row.
    package mutating func next(
        in bytes: UnsafeBufferPointer<UInt8>?, at position: inout Int
    ) throws(RowError) -> InputRow? {
        while true {
            do throws(RowError) {
                guard try cut(bytes, at: &position) else { return nil }
                guard let row = try takeRow() else { continue }
                rowCount += 1
                return row
            } catch {
                // Without a header, rows can't be read.
                let isHeader = format.separator != nil && header == nil
                guard skipsBadRows, !error.isFatal, !isHeader else { throw error }
                skipped.add(error)
            }
        }
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

    /// Makes a row of the complete text; nil for the header.
    private mutating func takeRow() throws(RowError) -> InputRow? {
        switch format {
        case .csv, .tsv:
            guard let header else {
                (header, warnings) = InputColumn.header(delimited.cells)
                return nil
            }
            guard delimited.count == header.count else {
                throw RowError(
                    line: delimited.line,
                    reason: "has \(delimited.count) \(delimited.count == 1 ? "field" : "fields"), "
                        + "the header has \(header.count)")
            }
            return InputRow(line: delimited.line, content: .cells(delimited.cells))
        case .json: return try row(elements.text, line: elements.line)
        case .jsonl: return try row(lines.text, line: lines.line)
        }
    }

    private mutating func row(_ text: [UInt8], line: Int) throws(RowError) -> InputRow {
        if text.isEmpty { throw RowError(line: line, reason: "has a comma with no element beside it") }
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue.parse(text)
        } catch {
            // The first line of an element may begin in the middle of a line of the input, so its columns mean nothing.
            let place = format == .jsonl ? " at column \(error.column)" : ""
            throw RowError(line: line + error.line - 1, reason: "is not JSON: \(error.reason)\(place)")
        }
        guard value.object != nil || value.string != nil else {
            throw RowError(line: line, reason: "is \(value.typeName); a row is an object or a string")
        }
        keys.add(value)
        return InputRow(line: line, content: .value(value))
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

extension JSONValue {
    /// The type in JSON Schema's terms; whole numbers are just numbers.
    fileprivate var schemaType: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string, .unpairedSurrogates: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
