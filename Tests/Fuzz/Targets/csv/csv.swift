import FuzzSupport
import ParallelOutput

@testable import ParallelBatch

/// Rows are the same however the bytes come, in every format and encoding; and records that are written are read back.
///
/// The first byte says which format the text is read as: `[` JSON, `{` JSON lines, a tab TSV, any other CSV.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    let cuts = cuts(bytes)
    _ = (RowFormat.guess(bytes, isWhole: true), RowFormat.guess(bytes, isWhole: false))
    _ = try? InputLayout(of: bytes, isWhole: true, InputOptions())
    for encoding in TextEncoding.allCases {
        let texts = cuts.map { pieces -> [UInt8] in
            var decoder = TextDecoder(encoding)
            return pieces.flatMap { decoder.decode($0) } + decoder.finish()
        }
        for text in texts { require(text == texts[0], "text is the same however the bytes are cut") }
    }
    let format: RowFormat =
        switch bytes.first {
        case UInt8(ascii: "["): .json
        case UInt8(ascii: "{"): .jsonl
        case UInt8(ascii: "\t"): .tsv
        default: .csv
        }
    for skipsBadRows in [false, true] {
        let readings = cuts.map { Rows($0, format, skipsBadRows: skipsBadRows) }
        for reading in readings { require(reading == readings[0], "rows are the same however the text is cut") }
        for row in readings[0].rows { requireSpooled(row) }
    }
    guard let separator = format.separator else { return 0 }
    if format == .tsv {
        let texts = cuts.map { Quotes($0) }
        for text in texts { require(text == texts[0], "quotes are the same however the text is cut") }
    }
    let readings = cuts.map { Records($0, separator) }
    for reading in readings { require(reading == readings[0], "records are the same however the text is cut") }
    let writer = DelimitedWriter(separator: separator)
    var written: [UInt8] = []
    for record in readings[0].records {
        writer.append(record.map { String(decoding: $0, as: UTF8.self) }, to: &written)
    }
    require(written == readings[0].copy, "fields and records are written alike")
    let again = Records([written], separator)
    require(again.fault == nil && again.records == readings[0].records, "what was written is read back")
    return 0
}

/// What the quotes of a text are, and the text that was held until that was known.
private struct Quotes: Equatable {
    var encloseCells = true
    var text: [UInt8] = []

    init(_ pieces: [[UInt8]]) {
        guard var held = try? HeldText(behind: DelimitedReader(separator: 0x09), temporaryDirectory: "/tmp") else {
            return
        }
        for piece in pieces where encloseCells { encloseCells = (try? held.add(piece)) ?? false }
        if encloseCells { encloseCells = held.finish() }
        let isWhole = encloseCells
        try? held.replay { if isWhole { text += $0 } }
        require(!isWhole || text == pieces.flatMap { $0 }, "the held text is the text")
    }
}

/// A row comes back from the file on disk that a batch keeps its rows in.
private func requireSpooled(_ row: InputRow) {
    var line: [UInt8] = []
    row.appendLine(to: &line)
    let back = line.withUnsafeBufferPointer { InputRow(line: row.line, spooled: $0) }
    var again: [UInt8] = []
    back?.appendLine(to: &again)
    require(again == line && line.firstIndex(of: 0x0A) == line.count - 1, "a row is one line, which is read back")
}

/// All that a reading by rows gives.
private struct Rows: Equatable {
    var rows: [InputRow] = []
    var columns: [InputColumn] = []
    var skipped = 0
    var fault: String?

    init(_ pieces: [[UInt8]], _ format: RowFormat, skipsBadRows: Bool) {
        var reader = RowReader(format: format, skipsBadRows: skipsBadRows)
        do throws(RowError) {
            for piece in pieces {
                var position = 0
                while let row = try piece.next(in: { (bytes) throws(RowError) in
                    try reader.next(in: bytes, at: &position)
                }) {
                    rows.append(row)
                }
                require(position == piece.count, "every byte is read")
            }
            var position = 0
            while let row = try reader.next(in: nil, at: &position) { rows.append(row) }
        } catch {
            fault = "\(error)"
        }
        columns = reader.columns
        skipped = reader.skipped.count
        require(reader.rowCount == rows.count, "rows are counted")
    }
}

/// All that a reading by records gives, and the records as the writer copies them.
private struct Records: Equatable {
    var records: [[[UInt8]]] = []
    var lines: [Int] = []
    var copy: [UInt8] = []
    var fault: String?

    init(_ pieces: [[UInt8]], _ separator: UInt8) {
        var reader = DelimitedReader(separator: separator)
        do throws(RowError) {
            for piece in pieces {
                var position = 0
                while try piece.next(in: { (bytes) throws(RowError) in
                    try reader.next(in: bytes, at: &position) ? true : nil
                })
                    != nil
                {
                    take(reader, separator)
                }
            }
            if try reader.finish() { take(reader, separator) }
        } catch {
            fault = "\(error)"
        }
    }

    private mutating func take(_ reader: DelimitedReader, _ separator: UInt8) {
        lines.append(reader.line)
        reader.withRecord { record in
            records.append((0..<record.count).map { Array(record[$0]) })
            DelimitedWriter(separator: separator).append(count: record.count, to: &copy) { record[$0] }
        }
    }
}

extension [UInt8] {
    /// One step of a reader over these bytes.
    fileprivate func next<Value>(
        in step: (UnsafeBufferPointer<UInt8>) throws(RowError) -> Value?
    ) throws(RowError) -> Value? {
        let outcome: Result<Value?, RowError> = withUnsafeBufferPointer { bytes in
            do throws(RowError) {
                return .success(try step(bytes))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}
