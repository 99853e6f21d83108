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
        if options.columns < Self.narrowestTable, used.count > 1 { return blocks(table, used, headings, columns) }
        // A table of headings alone still says what it would hold.
        let shown = table.rows.isEmpty ? Array(table.columns.indices) : used
        let cells = table.rows.map { row in shown.map { $0 < row.count ? cell(row[$0], table.columns[$0]) : [] } }
        guard let widths = Self.widths(shown, table, headings, cells, fitting: columns) else {
            return blocks(table, used, headings, columns)
        }
        let alignments = shown.map { table.columns[$0].alignment }
        var rows = cells.map { row in
            zip(row, widths).map { LineBreaker.lines($0, columns: $1) }
        }
        let isBroken = rows.contains { $0.contains { $0.count > 1 } }
        let hasHeadings = shown.contains { !headings[$0].isEmpty }
        if hasHeadings {
            rows.insert(zip(shown, widths).map { LineBreaker.lines(headings[$0], columns: $1) }, at: 0)
        }
        var lines: [StyledLine] = []
        for (index, row) in rows.enumerated() {
            // Where rows have several lines, only space tells them apart.
            if isBroken, index > (hasHeadings ? 1 : 0) { lines.append(.empty) }
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
    private static func widths(
        _ shown: [Int], _ table: Document.Table, _ headings: [[Piece]], _ cells: [[[Piece]]], fitting columns: Int
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
            least.append(table.columns[column].kind == .text ? min(wide, max(narrow, narrowestColumn)) : wide)
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

    /// Each row as lines of `heading: cell`.
    private mutating func blocks(
        _ table: Document.Table, _ used: [Int], _ headings: [[Piece]], _ columns: Int
    ) -> [StyledLine] {
        var lines: [StyledLine] = []
        // Two columns are names with their values, as a rule.
        if used.count == 2, options.columns < Self.narrowestTable {
            let (name, value) = (used[0], used[1])
            let cells = table.rows.map { row in
                used.map { $0 < row.count ? cell(row[$0], table.columns[$0]) : [] }
            }
            let rows = (table.hasHeadings ? [[headings[name], headings[value]]] : []) + cells
            return rows.flatMap { hanging($0[0] + [Piece(text: ": ")] + $0[1], columns) }
        }
        for (index, row) in table.rows.enumerated() {
            if index > 0 { lines.append(.empty) }
            for column in used where column < row.count && !row[column].plainText.isBlank {
                let heading = headings[column].isEmpty ? [] : headings[column] + [Piece(text: ": ", look: .bold)]
                lines += hanging(heading + cell(row[column], table.columns[column]), columns)
            }
        }
        return lines
    }

    /// Lines of which all but the first are indented.
    private func hanging(_ pieces: [Piece], _ columns: Int) -> [StyledLine] {
        LineBreaker.lines(pieces, columns: columns - 2).enumerated().map {
            $0 == 0 || $1.pieces.isEmpty ? $1 : $1.behind(StyledLine("  "))
        }
    }
}
