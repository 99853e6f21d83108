import ParallelJSON

/// How CSV and TSV are to be read, as far as it was said; nil where the text itself decides.
package struct ReadingOptions: Sendable, Equatable {
    /// The character between cells.
    package var delimiter: UInt8?
    /// Whether cells may be in quotes, as in CSV; otherwise quotes are text.
    package var readsQuotes: Bool?
    package var hasHeader = true
    /// The number of lines above the header.
    package var skippedLines = 0
    package var encoding: TextEncoding?

    package init() {}

    /// Whether an option was given that JSON has no use for.
    var isForDelimitedText: Bool { delimiter != nil || readsQuotes != nil || !hasHeader || skippedLines > 0 }

    /// The options that differ from the default, for the state file of a batch; nil if there are none.
    var json: JSONValue? {
        var json: JSONObject = [:]
        if let delimiter { json["delimiter"] = .number(JSONNumber(Int(delimiter))) }
        if let readsQuotes { json["quotes"] = .bool(readsQuotes) }
        if !hasHeader { json["header"] = false }
        if skippedLines > 0 { json["skipped_lines"] = .number(JSONNumber(skippedLines)) }
        if let encoding { json["encoding"] = .string(encoding.rawValue) }
        return json.isEmpty ? nil : .object(json)
    }

    /// Reads what `json` has written.
    init(_ json: JSONValue?) {
        delimiter = json?["delimiter"]?.int.flatMap { UInt8(exactly: $0) }
        readsQuotes = json?["quotes"]?.bool
        hasHeader = json?["header"]?.bool ?? true
        skippedLines = max(0, json?["skipped_lines"]?.int ?? 0)
        encoding = json?["encoding"]?.string.flatMap { TextEncoding(rawValue: $0) }
    }
}
