/// A row of the input as it is stored on disk: one line of JSON without its line break.
package struct SpooledRow: Sendable {
    /// Its place in the input, counted from 0.
    package let index: Int
    /// The cells as an array of strings, or a JSON row as it is.
    package let json: ArraySlice<UInt8>

    package init(index: Int, json: ArraySlice<UInt8>) {
        self.index = index
        self.json = json
    }

    /// The error for a row that can't be read back from the disk.
    package struct Unreadable: Error, Sendable, Equatable {
        /// Its place in the input, counted from 0.
        package let index: Int

        package init(index: Int) { self.index = index }
    }

    /// Returns the row as it was read, with its number in place of its line. Throws `Unreadable`.
    package func read() throws(Unreadable) -> InputRow {
        let row = json.withUnsafeBufferPointer { InputRow(line: index + 1, spooled: $0) }
        guard let row else { throw Unreadable(index: index) }
        return row
    }
}
