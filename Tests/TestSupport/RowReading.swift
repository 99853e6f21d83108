package import ParallelBatch

extension RowReader {
    /// Reads a whole input, given in `pieces`, and calls `row` with each row.
    package mutating func readAll(_ pieces: [[UInt8]], _ row: (InputRow) -> Void) throws {
        for piece in pieces {
            try piece.withUnsafeBufferPointer { bytes in
                var position = 0
                while let next = try next(in: bytes, at: &position) { row(next) }
            }
        }
        var position = 0
        while let next = try next(in: nil, at: &position) { row(next) }
    }
}

extension InputRow {
    /// Parses a line of a batch's file of rows.
    package static func readingBack(_ bytes: [UInt8], line: Int = 1) -> InputRow? {
        bytes.withUnsafeBufferPointer { InputRow(line: line, spooled: $0) }
    }
}
