import ParallelSystem

/// The formats of rows that a batch reads and writes.
///
/// This folder turns bytes into rows, and rows into inputs of runs, as a stream: memory holds one row, not the whole
/// file.
package enum RowFormat: String, Sendable, CaseIterable {
    case csv
    case tsv
    /// An array of rows.
    case json
    /// One row on each line.
    case jsonl

    /// Determines the format from the extension of a file name, ignoring case: `.csv`, `.tsv` or `.tab`, `.json`,
    /// `.jsonl` or `.ndjson`.
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

    /// Returns the format of a text that can hardly be anything but JSON: it begins with `[{` or `{"`, with or without
    /// spaces.
    static func evidentJSON(_ text: ArraySlice<UInt8>) -> RowFormat? {
        let start = text.drop(while: \.isJSONSpace)
        switch (start.first, start.dropFirst().first { !$0.isJSONSpace }) {
        case (UInt8(ascii: "["), UInt8(ascii: "{")), (UInt8(ascii: "["), UInt8(ascii: "\"")): return .json
        case (UInt8(ascii: "{"), UInt8(ascii: "\"")), (UInt8(ascii: "{"), UInt8(ascii: "}")): return .jsonl
        default: return nil
        }
    }

    /// The format that the first bytes of an input suggest.
    package enum Guess: Sendable, Equatable {
        case format(RowFormat)
        /// More bytes are needed.
        case open
        /// The first line is one text in quotes, which may be a row of JSON lines or a title in CSV.
        case ambiguous
    }

    /// Guesses the format from the first bytes: `[` begins a JSON array, and `{` JSON lines; a first line with tabs and
    /// no comma is TSV, any other CSV.
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
        // A tab is not skipped, because it may follow an empty title.
        text = text.drop { $0.isJSONSpace && $0 != UInt8(ascii: "\t") }
        let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        if line.count == text.count, !isEnough { return .open }
        if line.first == UInt8(ascii: "\"") { return guess(quoted: line, isCut: line.count == text.count && !isWhole) }
        let hasComma = line.contains(UInt8(ascii: ","))
        return .format(!hasComma && line.contains(UInt8(ascii: "\t")) ? .tsv : .csv)
    }

    /// Guesses the format from a first line that begins with a quote. Within a text, CSV doubles a quote, and JSON
    /// writes `\` before it.
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
        // A text in JSON can't continue on the next line.
        guard index < line.endIndex else { return isCut ? .ambiguous : .format(.csv) }
        switch line[(index + 1)...].first(where: { $0 != UInt8(ascii: " ") }) {
        case nil where isDoubled == isEscaped: return .ambiguous
        case nil: return .format(isEscaped ? .jsonl : .csv)
        case UInt8(ascii: "\t"): return .format(.tsv)
        default: return .format(.csv)
        }
    }

    /// The separator of cells; nil for JSON.
    package var separator: UInt8? {
        switch self {
        case .csv: UInt8(ascii: ",")
        case .tsv: UInt8(ascii: "\t")
        case .json, .jsonl: nil
        }
    }

    /// U+FEFF in UTF-8, which some programs put in front of a text.
    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    /// The maximum length of a row in bytes. Without a limit, one missing quote would read the whole input into memory.
    package static let maximumRowLength = 16 << 20
    /// The number of bytes after which the format must be clear.
    private static let guessedLength = 1 << 16
}
