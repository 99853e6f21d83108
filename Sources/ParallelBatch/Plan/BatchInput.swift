/// What is known of an input once its rows are read and spooled.
package struct BatchInput: Sendable {
    package var columns: [InputColumn] = []
    package var format: RowFormat
    package var rowCount = 0
    /// Tells the rows of this input from those of another.
    package var fingerprint = ""
    /// The line and the length of the row with the longest input, in characters as the API counts them.
    var longest = (line: 0, length: 0)

    package init(format: RowFormat, rowCount: Int = 0, fingerprint: String = "") {
        self.format = format
        self.rowCount = rowCount
        self.fingerprint = fingerprint
    }
}

/// How an input is read, and how its rows become the inputs of runs.
package struct InputOptions: Sendable {
    /// Nil where the first bytes have to tell.
    package var format: RowFormat?
    package var rowInput: RowInput
    /// Whether rows that can't be read or used are left out and counted, instead of ending the reading.
    package var skipsBadRows: Bool

    package init(format: RowFormat? = nil, rowInput: RowInput = .columns(nil), skipsBadRows: Bool = false) {
        self.format = format
        self.rowInput = rowInput
        self.skipsBadRows = skipsBadRows
    }
}

/// Why an input can't be used, whichever the row.
package enum InputError: Error, Sendable, Equatable {
    /// There is no row to run; the reason reads on after the name of the input.
    case noRows(reason: String)
    /// The first line is one text in quotes: a row of JSON lines, or a title of CSV.
    case formatIsAmbiguous
}
