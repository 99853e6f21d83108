import ParallelSystem

extension Document.Table {
    /// A table of plain text.
    ///
    /// - Parameters:
    ///   - headings: one for each column; empty for a table without.
    ///   - kinds: what the first columns hold; the others hold text.
    package init(headings: [String], rows: [[String]] = [], kinds: [Document.Column.Kind] = []) {
        let count = max(headings.count, rows.reduce(0) { max($0, $1.count) })
        let columns = (0..<count).map { index in
            Document.Column(
                index < headings.count ? headings[index] : "", index < kinds.count ? kinds[index] : .text)
        }
        self.init(columns: columns, rows: rows.map { $0.map { $0.isEmpty ? [] : [.text($0)] } })
    }

    /// The same rows, to stand below others.
    package var withoutHeadings: Document.Table {
        var table = self
        for index in columns.indices { table.columns[index].heading = [] }
        return table
    }

    /// Whether any column has a heading.
    var hasHeadings: Bool { columns.contains { !$0.heading.isEmpty } }

    /// The table as CSV or TSV, with its headings in the first line; every row has a field for each column.
    package func delimited(by separator: Unicode.Scalar) -> [UInt8] {
        let writer = DelimitedWriter(separator: UInt8(ascii: separator))
        var output: [UInt8] = []
        if hasHeadings { writer.append(columns.map(\.heading.plainText), to: &output) }
        for row in texts { writer.append(row, to: &output) }
        return output
    }

    /// The cells of each row as text, as many as there are columns.
    var texts: [[String]] {
        rows.map { $0.map(\.plainText) + repeatElement("", count: max(0, columns.count - $0.count)) }
    }
}

/// Rows as a pipe gets them where no format is asked for: a line each, for `cut` and `awk`, which know no quotes.
package enum TabSeparated {
    /// The cells with tabs between them and a line feed behind; tabs and line breaks inside a cell become one space.
    package static func line(_ cells: [String]) -> String { cells.map(cell).joined(separator: "\t") + "\n" }

    private static func cell(_ cell: String) -> String {
        // Most cells hold nothing to replace, and looking at bytes is much quicker than at scalars.
        if cell.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x80 }) { return cell }
        var output = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in cell.unicodeScalars {
            // CR LF counts as CR alone.
            if scalar != "\n" || previous != "\r" {
                output.append(scalar.isLineBreak || scalar == "\t" ? " " : scalar)
            }
            previous = scalar
        }
        return String(output)
    }
}

extension Unicode.Scalar {
    /// Whether a line ends here for any program (Unicode UAX #14, mandatory breaks).
    fileprivate var isLineBreak: Bool {
        switch value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
