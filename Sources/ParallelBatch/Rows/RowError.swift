/// The error for an invalid row, with its line.
package struct RowError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line, counted from 1.
    package let line: Int
    /// The reason, as in "line 17: `has 3 fields, the header has 4`".
    package let reason: String
    /// Whether the beginning of the next row can't be found, so that nothing can be skipped.
    package let isFatal: Bool

    package init(line: Int, reason: String, isFatal: Bool = false) {
        self.line = line
        self.reason = reason
        self.isFatal = isFatal
    }

    package var description: String { "line \(line) \(reason)" }
}

/// The invalid rows that `RowReader` has left out.
package struct SkippedRows: Sendable, Equatable {
    package internal(set) var count = 0
    /// The first few errors, for a message.
    package internal(set) var first: [RowError] = []

    package init() {}

    package mutating func add(_ error: RowError) {
        count += 1
        if first.count < 10 { first.append(error) }
    }
}
