/// A row that has no run. It costs nothing, and keeps its place in the results with the reason as its error.
package struct UnsentRow: Sendable, Equatable {
    /// Why a row has no run. The raw values stand for the status of a run in results and in files.
    package enum Cause: String, Sendable {
        /// The row has nothing in what would be sent. It does not count as failed.
        case blank
        /// The API would refuse the row, such as one that is too long.
        case unusable
        /// The API has refused the row when it was sent alone.
        case refused
        /// The row was not sent, because too many rows around it were refused.
        case notSent = "not_sent"

        package var isFailure: Bool { self != .blank }
    }

    /// Its place in the input, counted from 0.
    package let row: Int
    package let cause: Cause
    /// The reason as it is written into `error` of the row, such as `nothing to send: company and city are blank`.
    package let reason: String

    package init(row: Int, cause: Cause, reason: String) {
        self.row = row
        self.cause = cause
        self.reason = reason
    }
}
