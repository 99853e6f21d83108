import ParallelJSON

/// Encodes rows, as they are stored on disk, as JSON for the inputs of their runs.
package struct RowEncoder: Sendable {
    private let input: RowInput
    private let columns: [InputColumn]
    /// For rows of cells, the cells of the input, each with its name as it is written in an object; nil for templates.
    private let members: [(cell: Int, opening: [UInt8])]?

    /// - Parameter columns: the columns of the input, which have passed `RowInput.check`.
    package init(_ input: RowInput, columns: [InputColumn]) {
        self.input = input
        self.columns = columns
        members = input.cells(columns)?.enumerated().map { place, cell in
            var opening = [place == 0 ? UInt8(ascii: "{") : UInt8(ascii: ",")]
            JSONValue.string(columns[cell].name).append(to: &opening)
            opening.append(UInt8(ascii: ":"))
            return (cell, opening)
        }
    }

    /// Whether all cells of the input are blank; false for templates.
    package func isBlank(_ cells: [String]) -> Bool {
        members?.allSatisfy { member in cells[member.cell].utf8.allSatisfy(\.isJSONSpace) } ?? false
    }

    /// The maximum number of bytes by which an input of columns is longer than its row on disk; nil for templates.
    package var overhead: Int? { members.map { $0.reduce(2) { $0 + $1.opening.count } } }

    /// Returns the input for a row. Throws `SpooledRow.Unreadable` if the row is invalid, and `RowError` as
    /// `RowInput.value` does.
    package func input(_ row: SpooledRow) throws -> [UInt8] {
        // Cells are JSON strings already, and a JSON row of which everything is used is its own input.
        if let members, row.json.first == UInt8(ascii: "["), let cells = JSONText(row.json).elements, !members.isEmpty {
            guard cells.count == columns.count else { throw SpooledRow.Unreadable(index: row.index) }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(row.json.count + (overhead ?? 0))
            for member in members {
                bytes += member.opening
                bytes += cells[member.cell].bytes
            }
            bytes.append(UInt8(ascii: "}"))
            return bytes
        }
        if case .columns(nil) = input { return Array(row.json) }
        return try input.value(of: row.read(), columns: columns).bytes()
    }
}
