import ParallelSystem

/// The layout of a table on a terminal.
struct AlignedTable {
    private static let gap = "  "
    private static let narrowest = 8

    private let headings: [String]
    /// The cells of each row as lines that are safe to show.
    private let rows: [[[String]]]
    private let widths: [Int]
    private let bold: Bool

    init(_ table: Table, columns: Int, bold: Bool) {
        let headings = table.headings.map(ControlCharacters.neutralised)
        let rows = table.rows.map { row in table.filled(row).map(Self.lines) }
        let count = max(headings.count, rows.map(\.count).max() ?? 0)
        let natural = (0..<count).map { column in
            let cells = rows.lazy.filter { column < $0.count }.flatMap { $0[column] }
            return max(
                column < headings.count ? headings[column].displayWidth : 0, cells.map(\.displayWidth).max() ?? 0)
        }
        let room = columns - Self.gap.count * max(0, natural.count - 1)
        let kept = table.keepsFirstColumn ? Array(natural.prefix(1)) : []
        widths = kept + Self.widths(Array(natural.dropFirst(kept.count)), fitting: room - kept.reduce(0, +))
        (self.headings, self.rows) = (headings, rows)
        self.bold = bold
    }

    var text: String {
        let header = headings.contains { !$0.isEmpty } ? Style.bold.apply(line(headings), enabled: bold) + "\n" : ""
        return rows.reduce(into: header) { output, row in
            let cells = zip(row, widths).map { cell, width in
                cell.flatMap { TextWrap.lines($0, columns: width) }
            }
            for index in 0..<max(1, cells.map(\.count).max() ?? 0) {
                output += line(cells.map { index < $0.count ? $0[index] : "" }) + "\n"
            }
        }
    }

    private static func lines(_ cell: String) -> [String] {
        TextWrap.expandingTabs(ControlCharacters.neutralisedLines(cell))
            .parts(between: "\n").map(String.init)
    }

    /// Narrows the widest columns, one character at a time, until all fit or none is wider than `narrowest`.
    private static func widths(_ natural: [Int], fitting room: Int) -> [Int] {
        var widths = natural
        // Columns wider than `limit` are cut to it, so the highest limit that fits leaves narrow columns alone.
        var limit = max(room, narrowest)
        while limit > narrowest, widths.reduce(0, { $0 + min($1, limit) }) > room { limit -= 1 }
        widths = widths.map { min($0, limit) }
        // The last step may have taken too much; the first columns that were cut get it back.
        var spare = room - widths.reduce(0, +)
        for column in widths.indices where spare > 0 && widths[column] < natural[column] {
            widths[column] += 1
            spare -= 1
        }
        return widths
    }

    private func line(_ cells: [String]) -> String {
        var line = zip(cells, widths)
            .map { Self.padded($0.truncated(toWidth: $1), width: $1) }
            .joined(separator: Self.gap)
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Returns `cell` padded to `width`.
    ///
    /// Right-to-left text is put between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX #9), so that a terminal
    /// that reorders characters keeps every column in its place.
    private static func padded(_ cell: String, width: Int) -> String {
        (cell.containsRightToLeft ? "\u{2068}" + cell + "\u{2069}" : cell).padded(toWidth: width)
    }
}
