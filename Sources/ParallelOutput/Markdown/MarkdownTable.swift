/// Lines of GitHub's tables.
enum MarkdownTable {
    /// More columns than anybody can look at; each further one would cost in every row.
    private static let maximumColumns = 100

    /// What the line below the headings, such as `|---|:-:|`, says of the columns; nil if it is not such a line.
    static func alignments(_ line: ArraySlice<UInt8>) -> [Document.Column.Alignment]? {
        guard line.contains(Mark.pipe), line.allSatisfy({ "|-: \t".utf8.contains($0) }) else { return nil }
        var alignments: [Document.Column.Alignment] = []
        for cell in cells(line) {
            let dashes = cell.filter { $0 == Mark.dash }.count
            let (starts, ends) = (cell.first == Mark.colon, cell.last == Mark.colon)
            guard dashes > 0, cell.count == dashes + (starts ? 1 : 0) + (ends ? 1 : 0) else { return nil }
            alignments.append(starts && ends ? .center : ends ? .trailing : .leading)
        }
        return (1...maximumColumns).contains(alignments.count) ? alignments : nil
    }

    /// The cells of a row, without the spaces around them. `\|` is a pipe, even inside code.
    static func cells(_ line: ArraySlice<UInt8>) -> [[UInt8]] {
        var line = line.trimmedLine
        if line.first == Mark.pipe { line = line.dropFirst() }
        var cells: [[UInt8]] = []
        var cell: [UInt8] = []
        var isEscaped = false
        var endsWithPipe = false
        for byte in line {
            endsWithPipe = byte == Mark.pipe && !isEscaped
            if endsWithPipe {
                cells.append(Array(cell[...].trimmedLine))
                cell = []
            } else {
                if byte == Mark.pipe { cell.removeLast() }
                cell.append(byte)
            }
            isEscaped = byte == Mark.backslash && !isEscaped
        }
        return endsWithPipe ? cells : cells + [Array(cell[...].trimmedLine)]
    }
}
