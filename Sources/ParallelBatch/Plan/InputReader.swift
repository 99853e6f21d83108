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
        /// The rows that were left out because they could not be read.
        package var unreadable = SkippedRows()
        /// The rows that were left out because they can't be used as inputs.
        package var unusable = SkippedRows()
    }

    private let options: InputOptions
    /// The task for the rows; nil if `room` is known already.
    private let task: TaskRunRequest?
    /// The maximum number of characters in the input of a run.
    private var room: Int
    private let spool: RowSpool
    private var input = BatchInput(format: .csv)
    /// The reader of rows; nil as long as the format is not known.
    private var reader: RowReader?
    /// The bytes that came before the format was known.
    private var opening: [UInt8] = []
    /// The columns: nil before the first row; empty for JSON, whose columns are only known after the last row.
    private var columns: [InputColumn]?
    private var fingerprint = Fingerprint()
    private var unusable = SkippedRows()
    private var line: [UInt8] = []
    /// Encodes rows of cells as inputs.
    private var encoder: RowEncoder?

    /// The length in bytes below which an input need not be counted, because every task leaves more room than this.
    private static let shortLength = TaskRunRequest.maximumSpecAndInputLength - TaskRunRequest.maximumSpecLength

    /// Reads an input with rows for `task`.
    package init(_ options: InputOptions, for task: TaskRunRequest, into spool: RowSpool) {
        self.options = options
        self.task = task
        room = task.roomForInput
        self.spool = spool
    }

    /// Reads the input of a batch again, with the rows that were good when the batch was begun.
    init(_ header: BatchHeader, into spool: RowSpool) throws(RowInputError) {
        options = InputOptions(
            format: header.format, rowInput: try header.rowInput(), skipsBadRows: true)
        task = nil
        room = header.roomForInput ?? .max
        self.spool = spool
    }

    /// Reads the next piece of the input. Throws `RowError`, `RowInputError`, `InputError` and `FileError`.
    package mutating func feed(_ piece: [UInt8]) throws {
        if reader != nil { return try piece.withUnsafeBufferPointer { try takeRows(in: $0) } }
        opening += piece
        try begin(isWhole: false)
    }

    /// Ends the input and reads its last row. Throws the same errors as `feed`.
    package mutating func finish() throws {
        if reader == nil, !opening.isEmpty { try begin(isWhole: true) }
        try takeRows(in: nil)
    }

    /// The messages; complete once the input has ended.
    package var notices: Notices {
        Notices(warnings: reader?.warnings ?? [], unreadable: reader?.skipped ?? SkippedRows(), unusable: unusable)
    }

    /// Returns the input that was read, once it has ended. Throws `InputError` if no row is left, and `RowInputError`
    /// if no row has a column that was asked for.
    package func result() throws -> BatchInput {
        guard let reader else { throw InputError.noRows(reason: "is empty") }
        if let reason = reader.whyEmpty { throw InputError.noRows(reason: reason) }
        if input.rowCount == 0 { throw InputError.noRows(reason: "has no good row: all were skipped") }
        try options.rowInput.check(reader.columns)
        var input = input
        input.columns = reader.columns
        input.format = reader.format
        input.fingerprint = fingerprint.text
        return input
    }

    /// Detects the format and reads the rows so far; does nothing if more bytes are needed for that.
    private mutating func begin(isWhole: Bool) throws {
        switch options.format.map(RowFormat.Guess.format) ?? RowFormat.guess(opening, isWhole: isWhole) {
        case .open: return
        case .ambiguous: throw InputError.formatIsAmbiguous
        case .format(let format): reader = RowReader(format: format, skipsBadRows: options.skipsBadRows)
        }
        let bytes = opening
        opening = []
        try bytes.withUnsafeBufferPointer { try takeRows(in: $0) }
    }

    /// Reads the rows that end in `bytes`; nil means the end of the input.
    private mutating func takeRows(in bytes: UnsafeBufferPointer<UInt8>?) throws {
        // The reader is moved out of `self` while it reads, so that its buffers have one owner and are not copied.
        guard var current = reader else { return }
        reader = nil
        defer { reader = current }
        var position = 0
        while let row = try current.next(in: bytes, at: &position) {
            let columns = try columns ?? beginRows(of: current)
            try take(row, columns)
        }
    }

    /// Checks the columns and returns them.
    private mutating func beginRows(of reader: RowReader) throws -> [InputColumn] {
        guard reader.format.separator != nil else {
            columns = []
            return []
        }
        let found = reader.columns
        columns = found
        try options.rowInput.check(found)
        for column in found { fingerprint.add(Array(column.title.utf8)) }
        encoder = RowEncoder(options.rowInput, columns: found)
        if var task {
            task.describeInput(found, options.rowInput)
            room = task.roomForInput
        }
        return found
    }

    private mutating func take(_ row: InputRow, _ columns: [InputColumn]) throws {
        line.removeAll(keepingCapacity: true)
        row.appendLine(to: &line)
        line.removeLast()
        do throws(RowError) {
            try check(row, columns)
        } catch let error where options.skipsBadRows {
            return unusable.add(error)
        }
        fingerprint.add(line)
        try spool.append(line)
        input.rowCount += 1
        input.lines.append(UInt32(clamping: row.line))
    }

    private static let nothing = "has nothing in the columns to be sent"

    /// Throws if the API would refuse this row.
    private mutating func check(_ row: InputRow, _ columns: [InputColumn]) throws(RowError) {
        if case .cells(let cells) = row.content, let encoder {
            if encoder.isBlank(cells) { throw RowError(line: row.line, reason: Self.nothing) }
            // Far below the limit, the exact length is not needed.
            if let overhead = encoder.overhead, line.count + overhead < Self.shortLength { return }
        }
        let value = try options.rowInput.value(of: row, columns: columns)
        if let text = value.string, text.isBlank { throw RowError(line: row.line, reason: "makes an empty input") }
        if let object = value.object, object.allSatisfy({ $0.value.isNull || $0.value.string?.isBlank == true }) {
            throw RowError(line: row.line, reason: Self.nothing)
        }
        let length = value.countedLength
        if length > room { throw RowError(line: row.line, length: length, room: room) }
        if length > input.longest.length { input.longest = (row.line, length) }
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

extension BatchHeader {
    /// The format of the input, where this version knows it.
    fileprivate var format: RowFormat? { parts[.format]?.string.flatMap { RowFormat(rawValue: $0) } }

    /// The number of characters of input that the task's spec leaves room for.
    fileprivate var roomForInput: Int? { parts[.inputRoom]?.int }

    /// Returns how rows become inputs. Throws if the template is not valid any more.
    fileprivate func rowInput() throws(RowInputError) -> RowInput {
        if let template = parts[.template]?.string { return .template(try Template(template)) }
        let columns = parts[.columns]?.array?.compactMap(\.string) ?? []
        return .columns(columns.isEmpty ? nil : columns)
    }
}
