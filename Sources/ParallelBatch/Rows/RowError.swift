/// What is wrong with a row, and where.
package struct RowError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Counted from 1.
    package let line: Int
    /// Reads on after "line 17": `has 3 fields, the header has 4`.
    package let reason: String
    /// Where the next row begins can't be told, so nothing can be skipped.
    package let isFatal: Bool

    package init(line: Int, reason: String, isFatal: Bool = false) {
        self.line = line
        self.reason = reason
        self.isFatal = isFatal
    }

    package var description: String { "line \(line) \(reason)" }
}

/// The rows that `RowReader` left out because something was wrong with them.
package struct SkippedRows: Sendable, Equatable {
    package internal(set) var count = 0
    /// The first few, for a message.
    package internal(set) var first: [RowError] = []

    package init() {}

    package mutating func add(_ error: RowError) {
        count += 1
        if first.count < 10 { first.append(error) }
    }
}
