/// A row for which no run is created. It costs nothing, and keeps its place in the results, with the reason as error.
package struct UnsentRow: Sendable, Equatable {
    package enum Cause: Sendable {
        /// The row has nothing in what would be sent. It does not count as failed.
        case blank
        /// The API would refuse the row, such as one that is too long.
        case unusable
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
