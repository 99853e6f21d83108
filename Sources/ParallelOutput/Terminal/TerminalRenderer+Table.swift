import ParallelSystem
import ParallelTerminal

extension TerminalRenderer {
    private static let gap = 2
    /// Text is not broken into narrower columns than this.
    private static let narrowestColumn = 10

    /// A table, or on a narrow terminal a block for each row. Columns without anything in them are left out.
    mutating func table(_ table: Document.Table, _ columns: Int) -> [StyledLine] {
        let used = table.columns.indices.filter { column in
            table.rows.contains { column < $0.count && !$0[column].plainText.isBlank }
        }
        let headings = table.columns.map { pieces($0.heading, .bold) }
        // A table of headings alone still says what it would hold.
        let shown = table.rows.isEmpty ? Array(table.columns.indices) : used
        let cells = table.rows.map { row in shown.map { $0 < row.count ? cell(row[$0], table.columns[$0]) : [] } }
        let isNarrow = options.columns < Self.narrowestTable && used.count > 1
        guard !isNarrow || used.count == 2,
            let widths = Self.widths(shown, table, headings, cells, fitting: columns, breaking: !isNarrow)
        else { return records(shown.map { headings[$0] }, cells, columns) }
        let alignments = shown.map { table.columns[$0].alignment }
        var rows = cells.map { row in
            zip(row, widths).map { LineBreaker.lines($0, columns: $1) }
        }
        let hasHeadings = shown.contains { !headings[$0].isEmpty }
        if hasHeadings {
            rows.insert(zip(shown, widths).map { LineBreaker.lines(headings[$0], columns: $1) }, at: 0)
        }
        let areBroken = rows.map { $0.contains { $0.count > 1 } }
        var lines: [StyledLine] = []
        for (index, row) in rows.enumerated() {
            // Only space tells a row of several lines from its neighbours.
            if index > (hasHeadings ? 1 : 0), areBroken[index] || areBroken[index - 1] { lines.append(.empty) }
            for number in 0..<(row.map(\.count).max() ?? 0) {
                var line = StyledLine()
                for (column, cell) in row.enumerated() {
                    if column > 0 { line.append(String(repeating: " ", count: Self.gap)) }
                    let part = number < cell.count ? cell[number] : .empty
                    line.append(Self.padded(part, widths[column], alignments[column]))
                }
                lines.append(line)
            }
        }
        return lines
    }

    private mutating func cell(_ cell: [Document.Inline], _ column: Document.Column) -> [Piece] {
        var pieces = pieces(Self.lines(cell))
        if column.kind != .text {
            for index in pieces.indices where !pieces[index].text.has("\n") { pieces[index].isWhole = true }
        }
        return pieces
    }

    /// The cell with its line breaks as such: data may hold them.
    private static func lines(_ cell: [Document.Inline]) -> [Document.Inline] {
        cell.flatMap { part -> [Document.Inline] in
            guard case .text(let text) = part, text.has("\n") || text.has("\r") else { return [part] }
            return Array(text.lines.map { [.text(String($0))] }.joined(separator: [.lineBreak]))
        }
    }

    /// The widths of the columns; nil if something would have to be broken that must not be.
    ///
    /// - Parameter breaking: whether text may be broken.
    private static func widths(
        _ shown: [Int], _ table: Document.Table, _ headings: [[Piece]], _ cells: [[[Piece]]], fitting columns: Int,
        breaking: Bool
    ) -> [Int]? {
        var least: [Int] = []
        var natural: [Int] = []
        for (place, column) in shown.enumerated() {
            var (narrow, wide) = (0, 0)
            for pieces in cells.map({ $0[place] }) + [headings[column]] {
                for line in LineBreaker.lines(pieces, columns: .max) { wide = max(wide, line.width) }
                narrow = max(narrow, LineBreaker.widestWord(pieces))
            }
            natural.append(wide)
            let mayBreak = breaking && table.columns[column].kind == .text
            least.append(mayBreak ? min(wide, max(narrow, narrowestColumn)) : wide)
        }
        let room = columns - gap * max(0, shown.count - 1)
        guard least.reduce(0, +) <= room else { return nil }
        // The widest give way: all above a limit are cut to it, but not below what they need.
        var (low, high) = (0, max(room, 0))
        func total(_ limit: Int) -> Int { zip(least, natural).reduce(0) { $0 + max($1.0, min($1.1, limit)) } }
        while low < high {
            let middle = (low + high + 1) / 2
            if total(middle) <= room { low = middle } else { high = middle - 1 }
        }
        var widths = zip(least, natural).map { max($0, min($1, low)) }
        var spare = room - widths.reduce(0, +)
        for index in widths.indices where spare > 0 && widths[index] < natural[index] {
            widths[index] += 1
            spare -= 1
        }
        return widths
    }

    /// A cell with the spaces that put it where it belongs.
    ///
    /// Right-to-left text stands between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX #9), so that a terminal
    /// that orders characters itself keeps every column in its place.
    private static func padded(
        _ cell: StyledLine, _ width: Int, _ alignment: Document.Column.Alignment
    ) -> StyledLine {
        let spare = max(0, width - cell.width)
        var line = StyledLine()
        line.pad(to: alignment == .leading ? 0 : alignment == .trailing ? spare : spare / 2)
        if cell.pieces.contains(where: { $0.text.containsRightToLeft }) {
            line.append("\u{2068}")
            line.append(cell)
            line.append("\u{2069}")
        } else {
            line.append(cell)
        }
        line.pad(to: width)
        return line
    }

    /// Each row as lines of `heading: cell`, the cells aligned. Cells without anything in them are left out.
    private func records(_ headings: [[Piece]], _ cells: [[[Piece]]], _ columns: Int) -> [StyledLine] {
        let labels = headings.map { heading in
            heading.isEmpty ? .empty : StyledLine(heading + [Piece(text: ": ", look: .bold)])
        }
        // Labels that would leave the cells no room stand out of the column.
        let indent = labels.map(\.width).filter { $0 <= columns / 2 }.max() ?? 0
        var lines: [StyledLine] = []
        for row in cells {
            let used = row.indices.filter { !row[$0].allSatisfy(\.text.isBlank) }
            if !lines.isEmpty { lines.append(.empty) }
            for column in used { lines += hanging(row[column], behind: labels[column], indent, columns) }
        }
        return lines
    }

    /// A cell behind its label, or below it where it would have to be broken although it must not be.
    private func hanging(_ cell: [Piece], behind label: StyledLine, _ indent: Int, _ columns: Int) -> [StyledLine] {
        var start = label
        start.pad(to: indent)
        let room = columns - max(indent, start.width)
        if start.width > 0, LineBreaker.widestWord(cell) > room {
            return [label] + LineBreaker.lines(cell, columns: columns - 2).map { $0.behind(StyledLine("  ")) }
        }
        let space = StyledLine(String(repeating: " ", count: indent))
        return LineBreaker.lines(cell, columns: room).enumerated().map { index, line in
            line.behind(index == 0 ? start : line.pieces.isEmpty ? .empty : space)
        }
    }
}
