import ParallelSystem

/// How results are written.
package enum OutputFormat: String, Sendable, CaseIterable {
    case table, json, jsonl, csv, tsv, markdown, html, text

    /// Whether rows are written for programs, with a heading line.
    package var isDelimited: Bool { self == .csv || self == .tsv }

    /// Whether the API's documents are written.
    package var isJSON: Bool { self == .json || self == .jsonl }

    /// What the name of a file says that it holds.
    package enum FileName: Sendable, Equatable {
        case format(OutputFormat)
        case noExtension
        /// With the dot in front.
        case unknownExtension(String)
    }

    /// The extensions that say what a file holds, each with its format.
    package static let extensions: [(name: String, format: OutputFormat)] = [
        ("json", .json), ("jsonl", .jsonl), ("ndjson", .jsonl), ("csv", .csv), ("tsv", .tsv), ("tab", .tsv),
        ("md", .markdown), ("markdown", .markdown), ("html", .html), ("htm", .html), ("txt", .text),
    ]

    /// What `path` says, in capitals or not; the dot of a hidden file begins no extension.
    package static func saidBy(path: String) -> FileName {
        let name = path.lastPlace(of: "/").map { path.halves(around: $0).1 } ?? path[...]
        guard let dot = name.lastPlace(of: "."), dot > name.startIndex else { return .noExtension }
        let word = name.halves(around: dot).1.asciiLowercased
        if word.isEmpty { return .noExtension }
        if let known = extensions.first(where: { $0.name.isExactly(word) }) { return .format(known.format) }
        return .unknownExtension(String(name[dot...]))
    }

    /// Whether a file whose name says `named` may be written in this format, if that is asked for: one JSON document
    /// is a line of JSON lines, too, and a table outside a terminal is text with tabs.
    package func fits(named: OutputFormat) -> Bool {
        switch self {
        case .json: named.isJSON
        case .table: named == .tsv || named == .text
        default: self == named
        }
    }
}
