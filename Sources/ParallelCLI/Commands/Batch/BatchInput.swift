import ParallelCore
import ParallelJSON
import ParallelTerminal

/// The rows of a batch, read once and kept in a file of lines.
struct BatchInput {
    var columns: [InputColumn] = []
    var format = RowFormat.csv
    var rowCount = 0
    var fingerprint = ""
    /// The line and the length of the row with the longest input.
    private var longest = (line: 0, length: 0)

    /// Reads all rows into `spool`. Whatever is wrong with one ends it, or is told where such rows are skipped.
    static func read(
        _ options: BatchRunOptions, _ request: TaskRunRequest, into spool: LineFile, _ output: Output,
        _ context: Context
    ) throws -> BatchInput {
        let name = options.source == "-" ? "standard input" : options.source
        do {
            return try read(options, room: request.roomForInput, into: spool, name, output, context)
        } catch let error as RowError {
            throw UsageError(
                "\(name): \(error)",
                hint: error.isFatal ? nil : "--skip-bad-rows leaves such rows out")
        } catch let error as RowInputError {
            throw UsageError("\(name): \(error.message)")
        } catch let error as FileError where error.path == context.filePath(options.source) {
            throw UsageError("can't read \(options.source): \(error.reason)")
        }
    }

    /// Reads the input of a batch that was begun before, with whatever rows were good then.
    static func read(
        again path: String, _ format: RowFormat?, into spool: LineFile, _ output: Output, _ context: Context
    ) throws -> BatchInput {
        var options = BatchRunOptions()
        options.source = path
        options.inputFormat = format
        options.skipsBadRows = true
        return try read(options, room: .max, into: spool, path, output, context)
    }

    private static func read(
        _ options: BatchRunOptions, room: Int, into spool: LineFile, _ name: String, _ output: Output,
        _ context: Context
    ) throws -> BatchInput {
        var input = BatchInput()
        var reader: RowReader?
        var fingerprint = Fingerprint()
        let rowInput = options.rowInput
        var unusable = SkippedRows()
        var line: [UInt8] = []

        func take(_ row: InputRow, _ columns: [InputColumn]) throws {
            do throws(RowError) {
                let value = try rowInput.value(of: row, columns: columns)
                try input.note(value, row, room)
            } catch let error where options.skipsBadRows {
                return unusable.add(error)
            }
            line.removeAll(keepingCapacity: true)
            row.appendLine(to: &line)
            line.removeLast()
            fingerprint.add(line)
            fingerprint.add(CollectionOfOne(0x0A))
            try spool.append(line)
            input.rowCount += 1
        }
        func feed(_ piece: [UInt8]?) throws {
            if reader == nil, let piece {
                let format =
                    options.inputFormat ?? RowFormat(path: options.source) ?? RowFormat.sniff(piece)
                reader = RowReader(format: format, skipsBadRows: options.skipsBadRows)
            }
            guard var current = reader else { return }
            reader = nil
            defer { reader = current }
            // The columns of a header are known before its first row, those of JSON not before the last.
            var columns = current.rowCount == 0 || current.format.separator == nil ? nil : current.columns
            func takeAll(in bytes: UnsafeBufferPointer<UInt8>?) throws {
                var position = 0
                while let row = try current.next(in: bytes, at: &position) {
                    if columns == nil {
                        columns = current.format.separator == nil ? [] : current.columns
                        if current.format.separator != nil { try rowInput.check(current.columns) }
                    }
                    try take(row, columns ?? [])
                }
            }
            if let piece { try piece.withUnsafeBufferPointer { try takeAll(in: $0) } } else { try takeAll(in: nil) }
        }

        if options.source == "-" {
            while case let piece = try context.streams.read(), !piece.isEmpty { try feed(piece) }
        } else {
            try UserFile.read(context.filePath(options.source)) { try feed($0) }
        }
        try feed(nil)
        guard let reader else { throw UsageError("\(name) is empty") }
        for warning in reader.warnings { output.warn("\(name): \(warning)") }
        tell(reader.skipped, name, output)
        tell(unusable, name, output)
        if let reason = reader.whyEmpty { throw UsageError("\(name) \(reason)") }
        if input.rowCount == 0 { throw UsageError("\(name) has no good row: all were skipped") }
        input.columns = reader.columns
        input.format = reader.format
        try rowInput.check(input.columns)
        input.fingerprint = fingerprint.text
        try spool.flush()
        return input
    }

    /// Refuses what the API would refuse for this row alone, before others were paid for.
    private mutating func note(_ value: JSONValue, _ row: InputRow, _ room: Int) throws(RowError) {
        if let text = value.string, text.allSatisfy(\.isWhitespace) {
            throw RowError(line: row.line, reason: "makes an empty input")
        }
        let length = value.countedLength
        if length > room {
            throw RowError(
                line: row.line,
                reason: "makes an input of \(length) characters; beside the task's spec there is room for \(room)")
        }
        if length > longest.length { longest = (row.line, length) }
    }

    /// Completes the request, now that the columns are known, and checks the longest row beside it.
    func complete(_ request: inout TaskRunRequest, _ options: BatchRunOptions) throws {
        if request.inputSchema == nil, let schema = options.rowInput.schema(columns) {
            request.inputSchema = TaskRequest.wrapped(schema)
        }
        try request.check()
        guard longest.length > request.roomForInput else { return }
        throw UsageError(
            "line \(longest.line) makes an input of \(longest.length) characters; beside the task's spec there is room "
                + "for \(request.roomForInput)")
    }

    /// Turns the line of a row into the input of its run.
    func encoder(_ rowInput: RowInput) -> @Sendable (ArraySlice<UInt8>) throws -> [UInt8] {
        let columns = columns
        return { line in
            guard let row = InputRow(line: 0, spooled: Array(line)) else {
                throw ErrorReport(.unexpected, "a row can't be read back from the disk")
            }
            return try rowInput.value(of: row, columns: columns).bytes()
        }
    }

    private static func tell(_ skipped: SkippedRows, _ name: String, _ output: Output) {
        guard skipped.count > 0 else { return }
        output.warn("\(name): \(skipped.count) bad \(skipped.count == 1 ? "row was" : "rows were") left out")
        for error in skipped.first { output.note("  \(error)") }
        if skipped.count > skipped.first.count { output.note("  …") }
    }
}
