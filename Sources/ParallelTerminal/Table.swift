import ParallelSystem

/// Rows of cells under headings, rendered for people or for programs.
package struct Table: Sendable, Equatable {
    /// One heading for each column; no headings, or only empty ones, for a table without a header.
    package var headings: [String]
    /// The cells, which may hold several lines. A row with fewer cells than headings is filled with empty ones.
    package var rows: [[String]]
    /// Whether the first column is never narrowed, as for names that people copy.
    package var keepsFirstColumn: Bool

    package init(headings: [String], rows: [[String]] = [], keepsFirstColumn: Bool = false) {
        self.headings = headings
        self.rows = rows
        self.keepsFirstColumn = keepsFirstColumn
    }

    /// The output format of a table.
    package enum Format: Sendable, Equatable {
        /// For a terminal `columns` wide: neutralised, padded, long cells wrapped.
        ///
        /// Rows fit the width if it leaves at least eight columns for each cell.
        case aligned(columns: Int, bold: Bool = false)
        /// For programs: one row per line, without headings, nothing cut. A tab or line break in a cell becomes a
        /// space.
        case tabSeparated
        /// RFC 4180 with CR LF line ends and, if there are headings, a header row; cells hold the data unchanged.
        case csv
        /// A GitHub-flavoured Markdown table; a line break in a cell becomes `<br>`.
        case markdown
    }

    /// Returns the whole table, each row with a line break; empty if there are no rows or headings to write.
    package func render(_ format: Format) -> String {
        switch format {
        case .aligned(let columns, let bold):
            AlignedTable(self, columns: columns, bold: bold).text
        case .tabSeparated:
            text(of: rows, separator: "\t", lineEnd: "\n", cell: tabSeparatedCell)
        case .csv:
            text(of: headings.isEmpty ? rows : [headings] + rows, separator: ",", lineEnd: "\r\n", cell: csvCell)
        case .markdown:
            text(
                of: [headings, headings.map { _ in "---" }] + rows, separator: " | ", lineEnd: " |\n",
                cell: markdownCell
            ) { "| " + $0 }
        }
    }

    /// Returns the table with `change` applied to every heading and cell, before any is cut or wrapped.
    package func mapCells(_ change: (String) -> String) -> Table {
        var table = self
        table.headings = headings.map(change)
        table.rows = rows.map { $0.map(change) }
        return table
    }

    /// Returns `row` filled up to as many cells as there are headings.
    func filled(_ row: [String]) -> [String] {
        row + repeatElement("", count: max(0, headings.count - row.count))
    }

    private func text(
        of rows: [[String]], separator: String, lineEnd: String, cell: (String) -> String,
        line: (String) -> String = { $0 }
    ) -> String {
        rows.reduce(into: "") { output, row in
            output += line(filled(row).map(cell).joined(separator: separator)) + lineEnd
        }
    }

    private func tabSeparatedCell(_ cell: String) -> String {
        // Most cells hold nothing to replace, and checking bytes is much faster than checking scalars.
        if cell.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x80 }) { return cell }
        return replacing(in: cell) { $0.isLineBreak || $0 == "\t" ? " " : nil }
    }

    private func csvCell(_ cell: String) -> String {
        let needsQuotes = cell.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 0x0A, 0x0D].contains($0) }
        return needsQuotes
            ? "\"" + cell.parts(between: "\"").joined(separator: "\"\"") + "\""
            : cell
    }

    private func markdownCell(_ cell: String) -> String {
        replacing(in: cell) { scalar in
            switch scalar {
            case "|": "\\|"
            case "\\": "\\\\"
            default: scalar.isLineBreak ? "<br>" : nil
            }
        }
    }

    /// Returns `cell` with each scalar replaced for which `replacement` returns a text; CR LF counts as CR.
    private func replacing(in cell: String, _ replacement: (Unicode.Scalar) -> String?) -> String {
        var output = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in cell.unicodeScalars {
            if scalar != "\n" || previous != "\r" {
                if let text = replacement(scalar) {
                    output.append(each: text)
                } else {
                    output.append(scalar)
                }
            }
            previous = scalar
        }
        return String(output)
    }
}

extension Unicode.Scalar {
    /// Whether some program ends a line at this scalar (mandatory breaks of UAX #14).
    fileprivate var isLineBreak: Bool {
        switch value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
