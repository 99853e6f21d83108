/// The properties of an input whose rows were read and spooled.
package struct BatchInput: Sendable {
    package var columns: [InputColumn] = []
    package var format: RowFormat
    package var rowCount = 0
    /// The line where each row begins, counted from 1; empty if the rows were not read from lines.
    var lines: [UInt32] = []
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

    /// Returns rows in words, such as `row 17 (line 18)` or `rows 1 to 20 (lines 2 to 21)`.
    func words(for rows: ClosedRange<Int>) -> String {
        func words(_ noun: String, _ first: Int, _ last: Int) -> String {
            first == last ? "\(noun) \(first)" : "\(noun)s \(first) to \(last)"
        }
        let text = words("row", rows.lowerBound + 1, rows.upperBound + 1)
        guard rows.upperBound < lines.count else { return text }
        return "\(text) (\(words("line", Int(lines[rows.lowerBound]), Int(lines[rows.upperBound]))))"
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
