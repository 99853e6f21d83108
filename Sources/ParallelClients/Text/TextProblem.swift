import ParallelJSON

/// Why a text can't be read or changed, and where.
package struct TextProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package let reason: String
    /// The line, counted from 1.
    package let line: Int
    /// The column in that line, counted from 1; nil where the whole line is meant.
    package var column: Int?

    init(_ reason: String, line: Int, column: Int? = nil) {
        self.reason = reason
        self.line = line
        self.column = column
    }

    init(_ error: JSONSyntaxError) { self.init(error.reason, line: error.line, column: error.column) }

    package var description: String { "\(reason) at line \(line)" + (column.map { ", column \($0)" } ?? "") }
}

/// The lines of a text as it is, and how a changed one is put together again.
///
/// Only LF ends a line here; the CR of a CR LF stays with its line, so that unchanged lines keep every byte.
struct TextLines {
    /// A byte order mark, kept apart from the first line.
    private let mark: [UInt8]
    /// The lines without their LF; the last one is empty if the text ends with LF.
    var lines: [[UInt8]]
    /// What new lines end with in front of their LF.
    let carriageReturn: [UInt8]

    init(_ bytes: [UInt8]) {
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        mark = hasMark ? Array(bytes[..<3]) : []
        lines = bytes.dropFirst(mark.count).split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
        carriageReturn = lines.count > 1 && lines[0].last == 0x0D ? [0x0D] : []
    }

    /// Throws for what no reader of TOML or YAML takes: control characters, and bytes that are no UTF-8.
    func check() throws(TextProblem) {
        for (index, line) in lines.enumerated() {
            let content = line.last == 0x0D ? line.dropLast() : line[...]
            if let place = content.firstIndex(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
                throw TextProblem("a control character can't stand here", line: index + 1, column: place + 1)
            }
            guard String(validating: content, as: UTF8.self) != nil else {
                throw TextProblem("bytes that are no UTF-8", line: index + 1)
            }
        }
    }

    var bytes: [UInt8] { mark + Array(lines.joined(separator: CollectionOfOne(UInt8(0x0A)))) }

    /// Returns a line as text, without its CR. Bytes that are no UTF-8 are replaced, as it is only read.
    func text(_ index: Int) -> String {
        let line = lines[index]
        return String(decoding: line.last == 0x0D ? line.dropLast() : line[...], as: UTF8.self)
    }

    /// Inserts lines in front of the line `index`; at the end of a text without a last line end, behind it.
    mutating func insert(_ texts: [String], at index: Int) {
        let isBehindAll = index == lines.count
        var new = texts.map { Array($0.utf8) + carriageReturn }
        // The last line of a text has no line end of its own.
        if isBehindAll, !new.isEmpty, !lines.isEmpty {
            lines[lines.count - 1] += carriageReturn
            new[new.count - 1].removeLast(carriageReturn.count)
        }
        lines.insert(contentsOf: new, at: index)
    }

    /// Removes lines. Where they were the last ones, the line before has no line end, like the last one had none.
    mutating func remove(_ range: Range<Int>) {
        lines.removeSubrange(range)
        if range.lowerBound == lines.count, lines.last?.last == 0x0D, !carriageReturn.isEmpty {
            lines[lines.count - 1].removeLast()
        }
    }

    /// The number of lines up to the last one that is not empty.
    var countWithoutEnd: Int { (lines.lastIndex { !$0.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } } ?? -1) + 1 }
}
