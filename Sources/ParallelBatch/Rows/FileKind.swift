import ParallelSystem

/// A kind of file that does not hold rows as text, recognised by its first bytes.
package enum FileKind: Sendable, Equatable {
    case gzip
    case bzip2
    case xz
    case zstandard
    case zip
    /// A workbook of a spreadsheet program: xlsx, xlsb, ods or Numbers.
    case workbook
    /// A workbook of Excel before 2007: xls.
    case oldWorkbook
    case parquet
    case sqlite
    case pdf
    case richText
    /// Also under the name .xls, as many web applications export it.
    case html
    case xml
    /// What a Git repository holds in place of a large file that was not fetched.
    case gitPointer
    case utf32
    /// Bytes that are no text.
    case binary

    /// Whether it is text, so that a format given by name overrules what it looks like.
    var isText: Bool { self == .html || self == .xml || self == .richText }

    private static let signatures: [(bytes: [UInt8], kind: FileKind)] = [
        ([0x1F, 0x8B], .gzip), (Array("BZh".utf8), .bzip2), ([0xFD] + Array("7zXZ".utf8), .xz),
        ([0x28, 0xB5, 0x2F, 0xFD], .zstandard), ([0xD0, 0xCF, 0x11, 0xE0], .oldWorkbook),
        (Array("PAR1".utf8), .parquet), (Array("SQLite format 3".utf8), .sqlite), (Array("%PDF-".utf8), .pdf),
        (Array("{\\rtf".utf8), .richText), (Array("version https://git-lfs".utf8), .gitPointer),
        ([0xFF, 0xFE, 0, 0], .utf32), ([0, 0, 0xFE, 0xFF], .utf32),
    ]
    private static let tags = [
        "<!doctype html", "<html", "<head", "<body", "<table", "<meta", "<style", "<script", "<title", "<div", "<!--",
        "mime-version:",
    ]
    private static let zipEntry: [UInt8] = [0x50, 0x4B, 3, 4]

    /// Recognises the kind by the first bytes of a file; nil for text that may hold rows, in UTF-16 too.
    init?(opening: [UInt8]) {
        if let known = Self.signatures.first(where: { opening.starts(with: $0.bytes) }) {
            self = known.kind
        } else if opening.starts(with: Self.zipEntry) {
            self = Self.isWorkbook(opening) ? .workbook : .zip
        } else if let kind = Self.markup(opening) {
            self = kind
        } else if TextEncoding.marked(opening) == nil, TextEncoding.unmarked(opening) == nil,
            // Text has next to no control characters; a single NUL is reported with its line.
            opening.count(where: { $0 < 0x20 && !(0x09...0x0D).contains($0) && $0 != 0x1B }) * 20 > opening.count
        {
            self = .binary
        } else {
            return nil
        }
    }

    /// Whether an entry of a ZIP archive has the name of a workbook's part.
    private static func isWorkbook(_ bytes: [UInt8]) -> Bool {
        let names = ["xl/", "[Content_Types].xml", "Index/", "mimetypeapplication/vnd.oasis.opendocument.spreadsheet"]
        var rest = bytes[...]
        while let next = rest.firstIndex(of: Self.zipEntry[0]) {
            rest = rest[next...]
            // The name follows thirty bytes of an entry's header.
            if rest.starts(with: Self.zipEntry) {
                let name = rest.dropFirst(30)
                if names.contains(where: { name.starts(with: $0.utf8) }) { return true }
            }
            rest = rest.dropFirst()
        }
        return false
    }

    private static func markup(_ bytes: [UInt8]) -> FileKind? {
        let text = bytes.starts(with: RowFormat.byteOrderMark) ? bytes.dropFirst(3) : bytes[...]
        let start = String(decoding: text.drop(while: \.isJSONSpace).prefix(20), as: UTF8.self).asciiLowercased
        if tags.contains(where: { start.begins(with: $0) }) { return .html }
        return start.begins(with: "<?xml") ? .xml : nil
    }
}
