import ParallelSystem

/// Rows of cells under headings, rendered for people or for programs.
package struct Table: Sendable, Equatable {
    /// One for each column; empty, or all of them empty, for a table without.
    package var headings: [String]
    /// Cells may hold several lines; a row shorter than the headings ends with empty cells.
    package var rows: [[String]]
    /// Whether the first column is as wide as it needs to be on every terminal, as for names that are copied.
    package var keepsFirstColumn: Bool

    package init(headings: [String], rows: [[String]] = [], keepsFirstColumn: Bool = false) {
        self.headings = headings
        self.rows = rows
        self.keepsFirstColumn = keepsFirstColumn
    }

    /// How a table is written.
    package enum Format: Sendable, Equatable {
        /// For a terminal of so many columns: neutralised, padded, long cells wrapped.
        ///
        /// Rows fit the width unless it is too small for eight columns per cell.
        case aligned(columns: Int, bold: Bool = false)
        /// For programs: one row per line without the headings, nothing cut; tabs and line breaks inside a cell become
        /// one space.
        case tabSeparated
        /// RFC 4180 with its CR LF line ends and, where there are headings, a header row; cells are the data as they
        /// are.
        case csv
        /// A GitHub-flavoured Markdown table; line breaks inside a cell become `<br>`.
        case markdown
    }

    /// The whole table, every row ended by a line break; empty if there is nothing to say.
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

    /// The same rows with `change` done to every cell, before any of them is cut or wrapped.
    package func mapCells(_ change: (String) -> String) -> Table {
        var table = self
        table.headings = headings.map(change)
        table.rows = rows.map { $0.map(change) }
        return table
    }

    /// `row` with as many cells as there are headings, or more if it has more.
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
        // Most cells hold nothing to replace, and looking at bytes is much quicker than at scalars.
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

    /// `cell` with a text instead of every scalar for which `replacement` has one; CR LF counts as CR alone.
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
    /// Whether a line ends here for any program (Unicode UAX #14, mandatory breaks).
    fileprivate var isLineBreak: Bool {
        switch value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
