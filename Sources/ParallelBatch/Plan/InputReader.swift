package import ParallelAPI
import ParallelJSON
import ParallelSystem

/// Reads the rows of a batch from pieces of a file or a pipe, and spools them. Rows that the API would refuse are
/// refused here, before others are paid for.
package struct InputReader {
    /// Messages for the user about an input.
    package struct Notices: Sendable {
        /// Warnings about column titles that can't be used as names.
        package var warnings: [String] = []
        /// The error of a header that most rows don't fit, if such rows are left out.
        package var doubtfulHeader: InputError?
        /// The rows that were left out because they could not be read.
        package var unreadable = SkippedRows()
        /// The rows that keep their places without a run, because they can't be used as inputs.
        package var unusable = SkippedRows()
        /// The number of rows that have nothing to send.
        package var blankRows = 0
        /// The number of rows whose input equals that of an earlier row.
        package var equalRows = 0
        /// The rows that repeat the header: how many, and the line of the first one.
        package var repeatedHeaders = (count: 0, line: 0)
        /// The number of rows with line breaks in their cells.
        package var multilineRows = 0
        /// Whether cells began with a quote that was taken for text.
        package var hasQuotesAsText = false
        /// The encoding, if it is not UTF-8.
        package var encoding: TextEncoding?
        /// The character between cells, if it is not that of the format.
        package var separator: UInt8?
    }

    private let options: InputOptions
    /// The task for the rows; nil if `room` is known already.
    private let task: TaskRunRequest?
    /// The maximum number of characters in the input of a run.
    private var room: Int
    private let spool: RowSpool
    private var input = BatchInput(format: .csv)
    /// The bytes that came before it was known how to read them.
    private var opening: [UInt8] = []
    private var decoder: TextDecoder?
    /// The number of last bytes that are left out if no other text follows: the mark of a text's end in DOS.
    private var endMarks = 0
    private var layout: InputLayout?
    /// The reader of rows; nil as long as the format is not known.
    private var reader: RowReader?
    /// Whether it is open if quotes enclose cells.
    private var awaitsQuotes = false
    /// The text since the first quote, as long as `awaitsQuotes`.
    private var heldText: HeldText?
    /// The columns: nil before the first row; empty for JSON, whose columns are only known after the last row.
    private var columns: [InputColumn]?
    /// Whether the text ends in the middle of a character.
    private var endsInCharacter = false
    private var fingerprint = Fingerprint()
    private var equalRows = EqualRows()
    /// The counts of rows so far.
    private var counts = Notices()
    /// The row with the longest input: its line, and its length in characters as the API counts them.
    private var longest = (line: 0, length: 0)
    private var line: [UInt8] = []
    /// For rows of cells, the places of those that are sent.
    private var sentCells: [Int] = []
    /// The maximum number of bytes by which an input of columns is longer than its row on disk; nil for templates.
    private var overhead: Int?

    /// The length in bytes below which an input need not be counted, because every task leaves more room than this.
    private static let shortLength = TaskRunRequest.maximumSpecAndInputLength - TaskRunRequest.maximumSpecLength
    private static let endMark: UInt8 = 0x1A
    /// The number of bytes after which it must be clear how to read the text.
    private static let openingLength = 1 << 16

    /// Reads an input with rows for `task`.
    package init(_ options: InputOptions, for task: TaskRunRequest, into spool: RowSpool) {
        self.options = options
        self.task = task
        room = task.roomForInput
        self.spool = spool
    }

    /// Reads the input of a batch again, with the rows that were good when the batch was begun.
    init(_ header: BatchHeader, into spool: RowSpool) throws(RowInputError) {
        let format = header.parts[.format]?.string.flatMap { RowFormat(rawValue: $0) }
        var options = InputOptions(format: format, skipsBadRows: true)
        options.reading = ReadingOptions(header.parts[.reading])
        try self.init(options, rowParts: header.parts, into: spool)
    }

    /// Reads an input whose rows became inputs of runs as `parts` of the plan say. Throws if its template is not valid
    /// any more.
    init(
        _ given: InputOptions, rowParts parts: [BatchHeader.Part: JSONValue], into spool: RowSpool
    ) throws(RowInputError) {
        var options = given
        let columns = parts[.columns]?.array?.compactMap(\.string) ?? []
        options.rowInput = .columns(columns.isEmpty ? nil : columns)
        if let template = parts[.template]?.string { options.rowInput = .template(try Template(template)) }
        options.joinsEqualRows = parts[.equalRows]?.bool ?? false
        self.options = options
        task = nil
        room = parts[.inputRoom]?.int ?? .max
        self.spool = spool
    }

    /// Reads the next piece of the input. Throws `RowError`, `RowInputError`, `InputError` and `FileError`.
    package mutating func feed(_ piece: [UInt8]) throws {
        var piece = piece
        let end = piece.lastIndex { $0 != Self.endMark }.map { $0 + 1 } ?? 0
        let marks = piece.count - end
        defer { endMarks += marks }
        if end == 0 { return }
        if marks > 0 { piece.removeLast(marks) }
        if endMarks > 0 {
            piece.insert(contentsOf: repeatElement(Self.endMark, count: endMarks), at: 0)
            endMarks = 0
        }
        guard reader == nil else { return try take(decoder?.decode(piece) ?? piece) }
        opening += piece
        if opening.count >= Self.openingLength { try begin(isWhole: false) }
    }

    /// Ends the input and reads its last row. Throws the same errors as `feed`.
    package mutating func finish() throws {
        if reader == nil, !opening.isEmpty { try begin(isWhole: true) }
        // In units of two bytes, the last one may be a part of a letter.
        if layout?.encoding.isWide == true, endMarks > 0 { try take(decoder?.decode([Self.endMark]) ?? []) }
        if let rest = decoder?.finish(), !rest.isEmpty {
            endsInCharacter = true
            try take(rest)
        }
        if var held = heldText { try decide(readsQuotes: held.finish(), held) }
        try takeRows(in: nil)
    }

    /// Returns the text of the rows that were left out since the last call, as lines, if it is kept.
    package mutating func takeUnreadableText() -> [UInt8] {
        defer { if reader?.unreadableText != nil { reader?.unreadableText = [] } }
        return reader?.unreadableText ?? []
    }

    /// The messages; complete once the input has ended.
    package var notices: Notices {
        var notices = counts
        guard let reader, let layout else { return notices }
        notices.warnings = reader.warnings
        notices.unreadable = reader.skipped
        notices.repeatedHeaders = reader.repeatedHeaders
        notices.multilineRows = reader.delimited.multilineRecords
        notices.hasQuotesAsText = reader.delimited.hasQuotesAsText
        notices.encoding = layout.encoding == .utf8 ? nil : layout.encoding
        notices.separator = layout.separator == layout.format.separator ? nil : layout.separator
        return notices
    }

    /// Returns the input that was read, once it has ended. Throws `InputError` if rows are bad or none is left, and
    /// `RowInputError` if no row has a column that was asked for.
    package mutating func result() throws -> BatchInput {
        guard let reader, let layout else { throw InputError.noRows(reason: "is empty") }
        let rowCount = reader.rowCount + reader.skipped.count
        let otherQuotes: BadRows.QuoteReading? =
            if reader.misfits.count == 0 || options.reading.readsQuotes != nil || layout.readsQuotes != nil {
                nil
            } else if reader.readsQuotes {
                reader.delimited.hasQuotedCells ? .never : nil
            } else {
                reader.delimited.hasQuotesAsText ? .always : nil
            }
        let skipped = BadRows(errors: reader.skipped, rowCount: rowCount, otherQuotes: otherQuotes)
        if reader.misfits.count * 2 > rowCount {
            let error = InputError.headerDoesNotFit(
                columns: reader.columns.map(\.title), rows: skipped, delimiter: layout.otherDelimiter)
            // Where no row is left, the header is the reason, unless a single row says little about it.
            guard options.skipsBadRows, reader.rowCount > 0 || rowCount == 1 else { throw error }
            counts.doubtfulHeader = error
        }
        if !options.skipsBadRows, reader.foreignRows.count > 0 {
            // Text in another encoding is not UTF-8 by chance in most of its rows.
            if reader.delimited.recordsBeyondASCII > reader.foreignRows.count {
                throw InputError.encodingIsMixed(skipped)
            }
            throw encodingError(reader.foreignRows.guess, skipped)
        }
        if let reason = reader.whyEmpty, options.skipsBadRows || skipped.errors.count == 0 {
            throw InputError.noRows(reason: reason)
        }
        try options.rowInput.check(reader.columns)
        if reader.format.separator == nil { try checkLengths(with: reader.columns) }
        let bad = BadRows(
            errors: reader.skipped + counts.unusable, rowCount: rowCount, otherQuotes: otherQuotes)
        if !options.skipsBadRows, bad.errors.count > 0 { throw InputError.badRows(bad) }
        if input.rowCount == input.unsentRows.count {
            throw InputError.noRows(
                reason: counts.unusable.count == 0 ? "has nothing to send: every row is blank" : "has no good row")
        }
        var input = input
        input.columns = reader.columns
        input.format = reader.format
        input.reading = options.reading
        input.joinsEqualRows = options.joinsEqualRows
        input.textStyle = layout.textStyle
        input.fingerprint = fingerprint.text
        return input
    }

    // MARK: - Text

    /// Finds out how to read the text, and reads what came of it.
    private mutating func begin(isWhole: Bool) throws {
        let bytes = opening
        opening = []
        let found = try InputLayout(of: bytes, isWhole: isWhole, options)
        var decoder = TextDecoder(found.encoding)
        let text = decoder.decode(bytes)
        var reading = options.reading
        reading.readsQuotes = found.readsQuotes ?? false
        reading.skippedLines = found.skippedLines
        // Bad rows are counted, so that all of them can be named.
        var reader = RowReader(
            format: found.format, separator: found.separator, reading, skipsBadRows: true)
        if options.keepsUnreadableText { reader.unreadableText = [] }
        awaitsQuotes = found.readsQuotes == nil
        self.reader = reader
        layout = found
        self.decoder = decoder
        try take(text)
    }

    /// Reads text, or holds it as long as it is open what its quotes are.
    private mutating func take(_ text: [UInt8]) throws {
        if awaitsQuotes, let reader, heldText != nil || text[...].place(of: UInt8(ascii: "\"")) != nil {
            var held = try heldText ?? HeldText(behind: reader.delimited, temporaryDirectory: spool.temporaryDirectory)
            heldText = nil
            guard try held.add(text) else { return try decide(readsQuotes: false, held) }
            heldText = held
            return
        }
        try text.withUnsafeBufferPointer { try takeRows(in: $0) }
    }

    private mutating func decide(readsQuotes: Bool, _ held: HeldText) throws {
        awaitsQuotes = false
        heldText = nil
        reader?.readsQuotes = readsQuotes
        try held.replay { line in try line.withUnsafeBufferPointer { try takeRows(in: $0) } }
    }

    // MARK: - Rows

    /// Reads the rows that end in `bytes`; nil means the end of the input.
    private mutating func takeRows(in bytes: UnsafeBufferPointer<UInt8>?) throws {
        // The reader is moved out of `self` while it reads, so that its buffers have one owner and are not copied.
        guard var current = reader else { return }
        reader = nil
        defer { reader = current }
        var position = 0
        do {
            while try current.advance(in: bytes, at: &position) {
                if columns == nil { try beginRows(of: current) }
                try take(current)
            }
        } catch let error as RowError {
            guard case .encoding(var guess) = error.cause else { throw error }
            // Titles are few letters, and the lines below them tell more.
            let lines = bytes?.split(separator: 0x0A).map { UnsafeBufferPointer(rebasing: $0) } ?? []
            let whole = bytes?.last == 0x0A ? lines[...] : lines.dropLast()
            for line in whole where !line.isUTF8 { guess.narrow(by: EncodingGuess([line])) }
            throw encodingError(guess, BadRows(errors: SkippedRows(error), rowCount: 1))
        }
    }

    /// Makes the error for rows with bytes that are no text. Bytes made of units of two bytes do not look like another
    /// encoding.
    private func encodingError(_ guess: EncodingGuess, _ rows: BadRows) -> InputError {
        if endsInCharacter, rows.errors.count == 1 { return .endsInCharacter }
        return .encodingIsUnclear(decoder?.encoding.isWide == true ? EncodingGuess() : guess, rows: rows)
    }

    /// Checks the columns, which are known for CSV and TSV.
    private mutating func beginRows(of reader: RowReader) throws {
        guard reader.format.separator != nil else {
            columns = []
            return
        }
        let found = reader.columns
        columns = found
        try options.rowInput.check(found)
        for column in found { fingerprint.add(Array(column.title.utf8)) }
        let names = options.rowInput.sentColumns(found.map(\.name))
        sentCells = found.indices.filter { names?.contains(where: found[$0].name.isExactly) ?? true }
        overhead = RowEncoder(options.rowInput, columns: found).overhead
        if var task {
            task.describeInput(found, options.rowInput)
            room = task.roomForInput
        }
    }

    private mutating func take(_ reader: RowReader) throws {
        line.removeAll(keepingCapacity: true)
        reader.appendLine(to: &line)
        let row = input.rowCount
        var equal: Int?
        if let reason = blankness(of: reader) {
            counts.blankRows += 1
            input.unsentRows.append(UnsentRow(row: row, cause: .blank, reason: reason))
        } else {
            do throws(RowError) {
                try checkLength(of: reader)
                equal = equalRows.first(hash(of: reader), row: row)
            } catch {
                counts.unusable.add(error)
                input.unsentRows.append(UnsentRow(row: row, cause: .unusable, reason: error.reason))
            }
        }
        if equal != nil { counts.equalRows += 1 }
        if options.joinsEqualRows { input.sharedRuns.add(row, equalTo: equal) }
        fingerprint.add(line)
        try spool.append(line)
        input.rowCount += 1
        input.lines.append(UInt32(clamping: reader.line))
    }

    /// Returns why a row has nothing to send; nil if it has.
    private func blankness(of reader: RowReader) -> String? {
        guard let columns else { return nil }
        if reader.format.separator != nil {
            let isBlank =
                !sentCells.isEmpty
                && reader.delimited.withRecord { record in
                    sentCells.allSatisfy { record[$0].isBlank }
                }
            return isBlank ? Self.blankness(of: sentCells.map { columns[$0].name }) : nil
        }
        guard case .value(let value) = reader.row.content else { return nil }
        let names = value.object.flatMap { options.rowInput.sentColumns($0.keys) }
        switch value {
        case .object(let object):
            let values = names.map { names in names.map { object[$0] ?? .null } } ?? object.map(\.value)
            let isBlank = names?.isEmpty != true && values.allSatisfy { $0.isNull || $0.string?.isBlank == true }
            return isBlank ? Self.blankness(of: names ?? []) : nil
        case .string(let text):
            // A template or chosen columns take something of a text only as a whole row.
            let sent = options.rowInput.sentColumns([InputColumn.wholeRow])
            let isSent = sent?.isEmpty != false || sent?.contains(where: InputColumn.wholeRow.isExactly) == true
            return isSent && !text.isBlank ? nil : Self.blankness(of: sent ?? [])
        default: return value.isNull ? Self.blankness(of: []) : nil
        }
    }

    private static func blankness(of names: [String]) -> String {
        switch names.count {
        case 1: "nothing to send: \(names[0]) is blank"
        case 2...4:
            "nothing to send: \(names.dropLast().joined(separator: ", ")) and \(names[names.count - 1]) are blank"
        default: "nothing to send: the row is blank"
        }
    }

    /// Throws if the API would refuse the row.
    private mutating func checkLength(of reader: RowReader) throws(RowError) {
        // Far below the limit, the exact length is not needed.
        if let overhead, line.count + overhead < Self.shortLength { return }
        let value = try options.rowInput.value(of: reader.row, columns: columns ?? [])
        if value.string?.isBlank == true || value.object?.isEmpty == true {
            throw RowError(line: reader.line, reason: "makes an empty input")
        }
        let length = value.countedLength
        if length > room { throw RowError(line: reader.line, length: length, room: room) }
        if length > longest.length { longest = (reader.line, length) }
    }

    /// Returns the hash of what is sent of a row.
    private func hash(of reader: RowReader) -> EqualRows.Hash {
        guard reader.format.separator != nil, sentCells.count < (columns?.count ?? 0) else {
            if reader.format.separator == nil, options.rowInput != .columns(nil) {
                let value = try? options.rowInput.value(of: reader.row, columns: [])
                return (value?.bytes() ?? line).withUnsafeBufferPointer { bytes in
                    EqualRows.hash(count: 1) { _ in bytes }
                }
            }
            return line.withUnsafeBufferPointer { line in EqualRows.hash(count: 1) { _ in line } }
        }
        return reader.delimited.withRecord { record in
            EqualRows.hash(count: sentCells.count) { record[sentCells[$0]] }
        }
    }

    /// Checks the lengths of JSON rows again, because the schema of their columns takes a part of the room.
    private mutating func checkLengths(with columns: [InputColumn]) throws {
        guard var task else { return }
        task.describeInput(columns, options.rowInput)
        guard task.roomForInput < room, longest.length > task.roomForInput else { return }
        room = task.roomForInput
        try spool.forEach { row in
            guard row.json.count >= Self.shortLength, !input.unsentRows.contains(where: { $0.row == row.index }) else {
                return
            }
            let length = try options.rowInput.value(of: row.read(), columns: columns).countedLength
            guard length > room else { return }
            let error = RowError(line: Int(input.lines[row.index]), length: length, room: room)
            counts.unusable.add(error)
            input.unsentRows.append(UnsentRow(row: row.index, cause: .unusable, reason: error.reason))
        }
        input.unsentRows.sort { $0.row < $1.row }
        longest.length = min(longest.length, room)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the text has nothing but white space.
    fileprivate var isBlank: Bool {
        for byte in self where !byte.isJSONSpace {
            // Beyond ASCII there are further spaces, such as that without a line break.
            return byte < 0x80 ? false : String(decoding: self, as: UTF8.self).isBlank
        }
        return true
    }
}

extension RowError {
    /// A row whose input is longer than the room that the task leaves for it, in characters as the API counts them.
    init(line: Int, length: Int, room: Int, isFatal: Bool = false) {
        self.init(
            line: line,
            reason: "makes an input of \(length) characters; beside the task's spec there is room for \(max(room, 0))",
            isFatal: isFatal)
    }
}

extension TaskRunRequest {
    /// Adds a schema of the inputs derived from the columns, unless the task has one.
    mutating func describeInput(_ columns: [InputColumn], _ rowInput: RowInput) {
        guard inputSchema == nil, let schema = rowInput.schema(columns) else { return }
        inputSchema = ["type": "json", "json_schema": schema]
    }
}
