import ParallelSystem

/// The error for an invalid row, with its line.
package struct RowError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line, counted from 1.
    package let line: Int
    /// The reason, as in "line 17: `has 3 fields, the header has 4`".
    package let reason: String
    /// Whether the beginning of the next row can't be found, so that nothing can be skipped.
    package let isFatal: Bool
    /// What is wrong, where it says something about the whole input.
    let cause: Cause

    enum Cause: Sendable, Equatable {
        /// The row has more or fewer fields than the header.
        case fieldCount
        /// The row is not UTF-8.
        case encoding(EncodingGuess)
        /// A quote is out of place, so that the beginning of the next row can't be found.
        case quotes
        case other
    }

    package init(line: Int, reason: String, isFatal: Bool = false) {
        self.init(line: line, reason: reason, isFatal: isFatal, cause: .other)
    }

    init(line: Int, reason: String, isFatal: Bool = false, cause: Cause) {
        self.line = line
        self.reason = reason
        self.isFatal = isFatal
        self.cause = cause
    }

    /// Whether a quote is out of place.
    package var isOfQuotes: Bool { cause == .quotes }

    package var description: String { "line \(line) \(reason)" }

    package static func == (one: RowError, other: RowError) -> Bool {
        one.line == other.line && one.reason.isExactly(other.reason) && one.isFatal == other.isFatal
    }
}

/// The invalid rows that `RowReader` has left out.
package struct SkippedRows: Sendable, Equatable {
    package internal(set) var count = 0
    /// The first few errors, for a message.
    package internal(set) var first: [RowError] = []

    package init() {}

    init(_ error: RowError) { add(error) }

    static func + (one: SkippedRows, other: SkippedRows) -> SkippedRows {
        var both = one
        both.first = (one.first + other.first).sorted { $0.line < $1.line }
        both.first.removeLast(max(0, both.first.count - maximumShown))
        both.count += other.count
        return both
    }

    package mutating func add(_ error: RowError) {
        count += 1
        if first.count < Self.maximumShown { first.append(error) }
    }

    /// The maximum number of rows that are named.
    private static let maximumShown = 20
}
