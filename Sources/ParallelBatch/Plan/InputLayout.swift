import ParallelSystem

/// How the text of an input is laid out: what was said about it, else what its beginning shows, else what the name of
/// its file says.
struct InputLayout {
    let encoding: TextEncoding
    let format: RowFormat
    /// What separates cells; nil for JSON.
    let separator: UInt8?
    /// Whether quotes enclose cells; nil if only the whole text shows that.
    let readsQuotes: Bool?
    /// The number of lines above the header.
    let skippedLines: Int
    let textStyle: TextStyle
    /// Another character in the first line that may separate cells, the most frequent one.
    let otherDelimiter: UInt8?

    private static let delimiters = ";\t|,".utf8

    /// Examines the first bytes of an input, or all of them. Throws `InputError`.
    init(of bytes: [UInt8], isWhole: Bool, _ options: InputOptions) throws {
        if let kind = FileKind(opening: bytes), !(kind.isText && options.format != nil) {
            throw InputError.isOtherKind(kind)
        }
        let marked = TextEncoding.marked(bytes)
        if options.reading.encoding == nil, marked == nil, let likely = TextEncoding.unmarked(bytes) {
            throw InputError.encodingIsUnclear(
                EncodingGuess(western: likely), rows: BadRows(errors: SkippedRows(), rowCount: 0))
        }
        encoding = marked ?? options.reading.encoding ?? .utf8
        var decoder = TextDecoder(encoding)
        var text = decoder.decode(bytes)[...]
        let hasMark = text.starts(with: RowFormat.byteOrderMark)
        if hasMark { text = text.dropFirst(RowFormat.byteOrderMark.count) }
        let end = text.place(of: 0x0A)
        let textStyle = TextStyle(
            // Spreadsheets take text without a mark for Windows-1252, and what is written is UTF-8.
            hasByteOrderMark: hasMark || encoding != .utf8,
            endsLinesWithCRLF: end.map { $0 > text.startIndex && text[$0 - 1] == 0x0D } ?? false)

        let said = Self.separator(saidBy: text.line)
        skippedLines = max(options.reading.skippedLines, said == nil ? 0 : 1)
        for _ in 0..<skippedLines { text = text.afterLine }
        format = try Self.format(of: text, isWhole: isWhole, isDelimited: said != nil, options)
        guard let usual = format.separator else {
            if options.reading.isForDelimitedText { throw InputError.optionIsForDelimitedText }
            try Self.checkJSON(
                text, format, isOneDocument: options.format == nil && isWhole, isNamed: options.namedFormat != nil)
            (separator, readsQuotes, otherDelimiter, self.textStyle) = (nil, true, nil, TextStyle())
            return
        }
        let separator = options.reading.delimiter ?? (options.format == .tsv ? usual : said ?? usual)
        self.separator = separator
        self.textStyle = textStyle
        // Programs that write tabs between cells mostly know no quotes.
        readsQuotes = options.reading.readsQuotes ?? (separator == UInt8(ascii: "\t") ? nil : true)
        var counts = Self.counts(in: text, readsQuotes: readsQuotes ?? false)
        let own = counts.removeValue(forKey: separator)
        otherDelimiter = counts.filter { $0.value > 0 }.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
        if own == nil || own == 0, let otherDelimiter, options.reading.delimiter == nil, said == nil {
            throw InputError.delimiterIsUnclear(otherDelimiter, insteadOf: separator)
        }
    }

    /// The separator that a line such as Excel's `sep=;` says.
    private static func separator(saidBy line: ArraySlice<UInt8>) -> UInt8? {
        let words = line.filter { $0 != UInt8(ascii: "\"") }
        guard words.count == 5, String(decoding: words.prefix(4), as: UTF8.self).asciiLowercased.isExactly("sep="),
            words[4] < 0x80, !words[4].isASCIILetterOrDigit
        else { return nil }
        return words[4]
    }

    private static func format(
        of text: ArraySlice<UInt8>, isWhole: Bool, isDelimited: Bool, _ options: InputOptions
    ) throws -> RowFormat {
        if let format = options.format { return format }
        if let named = options.namedFormat {
            if named.separator != nil, let json = RowFormat.evidentJSON(text) {
                try checkJSON(text, json, isOneDocument: isWhole)
                throw InputError.contentIsJSON(json)
            }
            return named
        }
        if options.hasForeignName {
            guard let json = RowFormat.evidentJSON(text) else { throw InputError.formatIsUnknown }
            return json
        }
        if isDelimited || options.reading.delimiter != nil { return .csv }
        switch RowFormat.guess(Array(text), isWhole: true) {
        case .format(let format): return format
        case .open, .ambiguous: throw InputError.formatIsAmbiguous
        }
    }

    /// Throws if rows of JSON are not where the format has them, and says where they are.
    ///
    /// - Parameter isOneDocument: whether an object alone on its line is taken for a document with the rows in it, not
    ///   for a row.
    /// - Parameter isNamed: whether the file has the name of the format. Then only an object that has nothing but an
    ///   array is a document.
    private static func checkJSON(
        _ text: ArraySlice<UInt8>, _ format: RowFormat, isOneDocument: Bool, isNamed: Bool = false
    ) throws {
        let first = text.first { !$0.isJSONSpace }
        let isArray = first == UInt8(ascii: "[")
        guard isArray || first == UInt8(ascii: "{"), format == .jsonl || !isArray else { return }
        let outline = JSONOutline(text)
        if format == .json, outline.goesOn, !outline.spansLines { throw InputError.rowsAreLines }
        let isDocument =
            format == .json || outline.spansLines
            || isOneDocument && !outline.goesOn && (!isNamed || outline.hasOneMember)
        if isDocument, let path = format == .json ? outline.pathOfRows : outline.pathOfObjects {
            let isOneLine = !outline.spansLines && !outline.goesOn
            throw InputError.rowsAreNested(path: path, format: format, mayBeOneRow: isOneLine)
        }
        if isArray, outline.goesOn, !outline.spansLines { throw InputError.rowsAreArrays }
        if outline.spansLines || isArray { throw InputError.rowsSpanLines(isArray: isArray, format: format) }
        if format == .json { throw InputError.rowIsAlone(hasArrays: outline.arrayCount > 0) }
    }

    /// Counts the characters in the first line, outside of quotes, that may separate cells.
    private static func counts(in text: ArraySlice<UInt8>, readsQuotes: Bool) -> [UInt8: Int] {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in text.drop(while: { $0 == 0x0A || $0 == 0x0D }) {
            if byte == UInt8(ascii: "\""), readsQuotes { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == 0x0A || byte == 0x0D { break }
            if delimiters.contains(byte) { counts[byte, default: 0] += 1 }
        }
        return counts
    }
}

extension ArraySlice<UInt8> {
    /// The first line, without its end.
    fileprivate var line: ArraySlice<UInt8> { prefix { $0 != 0x0A && $0 != 0x0D } }

    /// What follows the first line.
    fileprivate var afterLine: ArraySlice<UInt8> {
        let rest = self[line.endIndex...]
        return rest.dropFirst(rest.starts(with: [0x0D, 0x0A]) ? 2 : 1)
    }
}
