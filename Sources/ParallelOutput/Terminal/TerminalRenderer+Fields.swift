import ParallelSystem
import ParallelTerminal

extension TerminalRenderer {
    /// Names with their values: short ones on a line each, aligned; others under their name.
    mutating func fields(_ fields: [Document.Field], _ columns: Int) -> [StyledLine] {
        let fields = fields.linesFirst
        let names = fields.map { name($0.name) }
        let values = fields.map { $0.line.map { StyledLine(pieces($0)) } }
        // Names that would leave the values no room stand out of the column.
        let widths = names.indices.filter { values[$0] != nil }.map { names[$0].width }
        let column = widths.filter { $0 <= columns / 3 }.max() ?? 0
        var lines: [StyledLine] = []
        var wasShort = true
        for (index, field) in fields.enumerated() {
            let note = StyledLine(pieces(field.note))
            let short = values[index].map { line(names[index], $0, note, column) }
            if let short, short.width <= columns {
                if !wasShort { lines.append(.empty) }
                lines.append(short)
                wasShort = true
                continue
            }
            if index > 0 { lines.append(.empty) }
            var title = names[index]
            if note.width > 0, title.width + 2 + note.width <= columns {
                title.append("  ")
                title.append(note)
                lines.append(title)
            } else {
                lines += LineBreaker.lines(title.pieces, columns: columns)
                if note.width > 0 { lines += LineBreaker.lines(note.pieces, columns: columns) }
            }
            lines += indented(field.value, by: StyledLine("  "), columns)
            wasShort = false
        }
        return lines
    }

    private mutating func name(_ name: [Document.Inline]) -> StyledLine {
        var line = StyledLine(pieces(name, .bold))
        line.append(":", .bold)
        return line
    }

    private func line(_ name: StyledLine, _ value: StyledLine, _ note: StyledLine, _ column: Int) -> StyledLine {
        var line = name
        line.pad(to: column)
        line.append(" ")
        line.append(value)
        if note.width > 0 {
            line.append("  ")
            line.append(note)
        }
        return line
    }
}
