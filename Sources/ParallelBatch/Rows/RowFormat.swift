import ParallelSystem

/// How rows are written: the forms that a batch reads and writes.
///
/// This folder turns bytes into rows and rows into runs' inputs, as a stream: memory holds one row, not the file.
package enum RowFormat: String, Sendable, CaseIterable {
    case csv
    case tsv
    /// An array of rows.
    case json
    /// A row a line.
    case jsonl

    /// By the extension of a file's name, in capitals or not: `.csv`, `.tsv` or `.tab`, `.json`, `.jsonl` or `.ndjson`.
    package init?(path: String) {
        guard let dot = path.lastPlace(of: ".") else { return nil }
        switch path.halves(around: dot).1.asciiLowercased {
        case "csv": self = .csv
        case "tsv", "tab": self = .tsv
        case "json": self = .json
        case "jsonl", "ndjson": self = .jsonl
        default: return nil
        }
    }

    /// What the first bytes of an input without a name look like.
    package enum Guess: Sendable, Equatable {
        case format(RowFormat)
        /// More bytes will tell.
        case open
        /// A line that is one text in quotes, which is a row in JSON lines and a header in CSV.
        case ambiguous
    }

    /// Guesses by the first bytes: `[` begins a JSON array and `{` JSON lines; a first line with tabs and no comma is
    /// that of TSV, any other that of CSV.
    ///
    /// - Parameter isWhole: whether nothing follows `bytes`.
    package static func guess(_ bytes: [UInt8], isWhole: Bool) -> Guess {
        let isEnough = isWhole || bytes.count >= guessedLength
        var text = bytes[...]
        if text.starts(with: byteOrderMark) {
            text = text.dropFirst(byteOrderMark.count)
        } else if byteOrderMark.starts(with: text), !isEnough {
            return .open
        }
        switch text.first(where: { !$0.isJSONSpace }) {
        case nil: return isEnough ? .format(.csv) : .open
        case UInt8(ascii: "["): return .format(.json)
        case UInt8(ascii: "{"): return .format(.jsonl)
        default: break
        }
        // A tab would be an empty title.
        text = text.drop { $0.isJSONSpace && $0 != UInt8(ascii: "\t") }
        let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        if line.count == text.count, !isEnough { return .open }
        if line.first == UInt8(ascii: "\"") { return guess(quoted: line, isCut: line.count == text.count && !isWhole) }
        let hasComma = line.contains(UInt8(ascii: ","))
        return .format(!hasComma && line.contains(UInt8(ascii: "\t")) ? .tsv : .csv)
    }

    /// Guesses by a first line that begins with a quote, which in CSV is doubled within a text and in JSON has a `\`
    /// before.
    private static func guess(quoted line: ArraySlice<UInt8>, isCut: Bool) -> Guess {
        var index = line.startIndex + 1
        var isDoubled = false
        var isEscaped = false
        while index < line.endIndex {
            let next = index + 1 < line.endIndex ? line[index + 1] : 0
            if line[index] == UInt8(ascii: "\\"), next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") {
                isEscaped = true
                index += 2
            } else if line[index] != UInt8(ascii: "\"") {
                index += 1
            } else if next == UInt8(ascii: "\"") {
                isDoubled = true
                index += 2
            } else {
                break
            }
        }
        // No text in JSON goes beyond a line.
        guard index < line.endIndex else { return isCut ? .ambiguous : .format(.csv) }
        switch line[(index + 1)...].first(where: { $0 != UInt8(ascii: " ") }) {
        case nil where isDoubled == isEscaped: return .ambiguous
        case nil: return .format(isEscaped ? .jsonl : .csv)
        case UInt8(ascii: "\t"): return .format(.tsv)
        default: return .format(.csv)
        }
    }

    /// What separates the cells of a line; nil for JSON.
    package var separator: UInt8? {
        switch self {
        case .csv: UInt8(ascii: ",")
        case .tsv: UInt8(ascii: "\t")
        case .json, .jsonl: nil
        }
    }

    /// U+FEFF in UTF-8, which some programs put in front of a text.
    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    /// The longest row that is read; without a limit, one missing quote would take the whole input into memory.
    package static let maximumRowLength = 16 << 20
    /// By so many bytes the first line tells.
    private static let guessedLength = 1 << 16
}
