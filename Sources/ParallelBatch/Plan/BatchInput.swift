/// The properties of an input whose rows were read and spooled.
package struct BatchInput: Sendable {
    package var columns: [InputColumn] = []
    package var format: RowFormat
    package var rowCount = 0
    /// The rows among them for which no run is created, in order.
    package var unsentRows: [UnsentRow] = []
    /// The fingerprint of the rows, which differs from that of any other input.
    package var fingerprint = ""
    /// The row with the longest input: its line, and its length in characters as the API counts them.
    var longest = (line: 0, length: 0)

    package init(format: RowFormat, rowCount: Int = 0, fingerprint: String = "") {
        self.format = format
        self.rowCount = rowCount
        self.fingerprint = fingerprint
    }
}

/// Options for reading an input and turning its rows into inputs of runs.
package struct InputOptions: Sendable {
    /// The format; nil to detect it from the first bytes.
    package var format: RowFormat?
    package var rowInput: RowInput
    /// Whether rows that can't be read or used are left out and counted instead of ending the reading.
    package var skipsBadRows: Bool

    package init(format: RowFormat? = nil, rowInput: RowInput = .columns(nil), skipsBadRows: Bool = false) {
        self.format = format
        self.rowInput = rowInput
        self.skipsBadRows = skipsBadRows
    }
}

/// An error of an input as a whole.
package enum InputError: Error, Sendable, Equatable {
    /// There is no row to run. The reason continues a sentence that begins with the name of the input.
    case noRows(reason: String)
    /// The first line is one text in quotes: it may be a row of JSON lines or a title in CSV.
    case formatIsAmbiguous
}
