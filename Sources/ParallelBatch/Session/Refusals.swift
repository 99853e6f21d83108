package import ParallelAPI
import ParallelHTTP
import ParallelSystem

/// The rows that the API has refused alone, with its reasons.
///
/// If many rows that follow one another are refused for one reason, the reason is not in the rows, and the batch stops.
struct Refusals {
    /// The number of rows in a row that stop the batch.
    static let maximumStreak = 20

    private var reasons: [Int: String] = [:]

    /// Adds a refused row. Reasons are compared without the ids that each answer has of its own.
    mutating func add(_ row: Int, _ reason: String) { reasons[row] = reason.withoutReferenceIDs }

    mutating func remove(_ row: Int) { reasons[row] = nil }

    /// Returns the first and the last row of a streak that stops the batch and has `row` in it; nil if there is none.
    ///
    /// Rows that are not to be run do not end a streak. All others do: those that were taken, now or by an earlier
    /// group, those that were refused for another reason, and those that were not sent yet.
    func streak(around row: Int, in rows: RowStates) -> ClosedRange<Int>? {
        guard let reason = reasons[row] else { return nil }
        var (first, last, count) = (row, row, 1)
        for step in [-1, 1] {
            var next = row + step
            while next >= 0, next < rows.count, count < Self.maximumStreak {
                if let other = reasons[next] {
                    guard other == reason else { break }
                    count += 1
                    (first, last) = (min(first, next), max(last, next))
                } else if rows.isWanted(next) ? !rows.isUnsent(next) : rows.isCollected(next) {
                    break
                }
                next += step
            }
        }
        return count < Self.maximumStreak ? nil : first...last
    }
}

/// The error for a batch that stops because the API refuses one row after the other for the same reason.
package struct RowsRefused: Error, Sendable {
    /// The last refusal.
    package let error: APIError
    /// The refused rows in words, such as `rows 1 to 20 (lines 2 to 21)`.
    package let rows: String
}

extension APIError {
    /// Whether the refusal of a request may be due to one of its inputs, or to their number.
    var mayConcernInputs: Bool { [400, 413, 422].contains(status) }

    /// The reason for a row that was refused alone, for its `error`.
    var reasonForRow: String {
        let own = namingInputs { _ in "" }
        let words = own.fieldErrors.isEmpty ? own.message : own.fieldErrors.joined(separator: "; ")
        let masked = AddressMask.maskingAddresses(in: "the API answered \(status): \(words)".shortened(to: 1_000))
        return String(
            String.UnicodeScalarView(masked.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 })
        )
    }
}
