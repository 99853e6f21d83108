import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// The rows of a batch on their way from the pieces of a file or a pipe into a file of lines.
struct BatchInputReading {
    private let options: BatchRunOptions
    private let rowInput: RowInput
    /// What the rows are for; nil where it is known already how much room it leaves.
    private let request: TaskRunRequest?
    /// How many characters an input may have.
    private var room: Int
    private let spool: LineFile
    private var input = BatchInput()
    /// Nil as long as the format is not known.
    private var reader: RowReader?
    /// What came before that.
    private var opening: [UInt8] = []
    /// Those of a header, known before the first row; of JSON, where they are known behind the last, none.
    private var columns: [InputColumn]?
    private var fingerprint = Fingerprint()
    private var unusable = SkippedRows()
    private var line: [UInt8] = []
    /// What makes inputs of rows of cells.
    private var encoder: RowEncoder?

    /// Inputs of fewer bytes are not counted: the least that a task's spec leaves of the limit is more.
    private static let shortLength = TaskRunRequest.maximumSpecAndInputLength - TaskRunRequest.maximumSpecLength

    init(_ options: BatchRunOptions, _ request: TaskRunRequest?, room: Int, into spool: LineFile) {
        self.options = options
        self.request = request
        self.room = room
        self.spool = spool
        rowInput = options.rowInput
    }

    mutating func feed(_ piece: [UInt8]) throws {
        if reader != nil { return try piece.withUnsafeBufferPointer { try takeRows(in: $0) } }
        opening += piece
        try begin(isWhole: false)
    }

    /// Finds out the format, unless more must come for that, and takes what has come.
    private mutating func begin(isWhole: Bool) throws {
        let known = options.inputFormat ?? RowFormat(path: options.source)
        switch known.map(RowFormat.Guess.format) ?? RowFormat.guess(opening, isWhole: isWhole) {
        case .open: return
        case .ambiguous:
            throw RowInputError(
                message: "the first line is one text in quotes, a row of JSON lines or a title of CSV; say which with "
                    + "--input-format jsonl or --input-format csv")
        case .format(let format): reader = RowReader(format: format, skipsBadRows: options.skipsBadRows)
        }
        let bytes = opening
        opening = []
        try bytes.withUnsafeBufferPointer { try takeRows(in: $0) }
    }

    /// Takes what is left and tells of rows that were left out; `name` is how messages call the input.
    mutating func end(_ name: String, _ output: Output) throws -> BatchInput {
        if reader == nil, !opening.isEmpty { try begin(isWhole: true) }
        try takeRows(in: nil)
        guard let reader else { throw UsageError("\(name) is empty") }
        for warning in reader.warnings { output.warn("\(name): \(warning)") }
        Self.tell(reader.skipped, name, output)
        Self.tell(unusable, name, output)
        if let reason = reader.whyEmpty { throw UsageError("\(name) \(reason)") }
        if input.rowCount == 0 { throw UsageError("\(name) has no good row: all were skipped") }
        input.columns = reader.columns
        input.format = reader.format
        try rowInput.check(input.columns)
        input.fingerprint = fingerprint.text
        try spool.flush()
        return input
    }

    /// Takes the rows that end in `bytes`; nil is the end of the input.
    private mutating func takeRows(in bytes: UnsafeBufferPointer<UInt8>?) throws {
        // Held by one owner only, as what it keeps is not to be copied.
        guard var current = reader else { return }
        reader = nil
        defer { reader = current }
        var position = 0
        while let row = try current.next(in: bytes, at: &position) {
            let columns = try columns ?? beginRows(of: current)
            try take(row, columns)
        }
    }

    /// Checks the columns and gives them.
    private mutating func beginRows(of reader: RowReader) throws -> [InputColumn] {
        guard reader.format.separator != nil else {
            columns = []
            return []
        }
        let found = reader.columns
        columns = found
        try rowInput.check(found)
        for column in found { fingerprint.add(Array(column.title.utf8)) }
        encoder = RowEncoder(rowInput, columns: found)
        if var request {
            BatchInput.addSchema(of: found, rowInput, to: &request)
            room = request.roomForInput
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
    }

    private static let nothing = "has nothing in the columns to be sent"

    /// Refuses what the API would refuse for this row alone, before others were paid for.
    private mutating func check(_ row: InputRow, _ columns: [InputColumn]) throws(RowError) {
        if case .cells(let cells) = row.content, let encoder {
            if encoder.isBlank(cells) {
                throw RowError(line: row.line, reason: Self.nothing)
            }
            // What is far from any limit need not be looked at.
            if let overhead = encoder.overhead, line.count + overhead < Self.shortLength { return }
        }
        let value = try rowInput.value(of: row, columns: columns)
        if let text = value.string, text.isBlank {
            throw RowError(line: row.line, reason: "makes an empty input")
        }
        if let object = value.object, object.allSatisfy({ $0.value.isNull || $0.value.string?.isBlank == true }) {
            throw RowError(line: row.line, reason: Self.nothing)
        }
        let length = value.countedLength
        if length > room {
            throw RowError(
                line: row.line,
                reason: "makes an input of \(length) characters; beside the task's spec there is room for \(room)")
        }
        if length > input.longest.length { input.longest = (row.line, length) }
    }

    private static func tell(_ skipped: SkippedRows, _ name: String, _ output: Output) {
        guard skipped.count > 0 else { return }
        output.warn("\(name): left out \(counted(skipped.count, "bad row"))")
        for error in skipped.first { output.note("  \(error)") }
        if skipped.count > skipped.first.count { output.note("  …") }
    }
}
