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
        guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        switch path[path.index(after: dot)...].lowercased() {
        case "csv": self = .csv
        case "tsv", "tab": self = .tsv
        case "json": self = .json
        case "jsonl", "ndjson": self = .jsonl
        default: return nil
        }
    }

    /// What the first bytes of an input without a name look like: `[` begins a JSON array, `{` JSON lines, and so does
    /// a string in quotes unless a comma follows it; anything else is CSV.
    package static func sniff(_ bytes: some Collection<UInt8>) -> RowFormat {
        var text = Array(bytes.prefix(sniffedLength))[...]
        if text.starts(with: byteOrderMark) { text = text.dropFirst(byteOrderMark.count) }
        text = text.drop(while: \.isJSONSpace)
        switch text.first {
        case UInt8(ascii: "["): return .json
        case UInt8(ascii: "{"): return .jsonl
        case UInt8(ascii: "\""):
            let afterString = text.dropFirst().drop { $0 != UInt8(ascii: "\"") }.dropFirst()
            return afterString.first == UInt8(ascii: ",") ? .csv : .jsonl
        default: return .csv
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
    /// A title in quotes is not longer.
    private static let sniffedLength = 4096
}
