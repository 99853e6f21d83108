import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The rows of a batch, read once and kept in a file of lines.
struct BatchInput {
    var columns: [InputColumn] = []
    var format = RowFormat.csv
    var rowCount = 0
    var fingerprint = ""
    /// The line and the length of the row with the longest input.
    var longest = (line: 0, length: 0)

    /// Reads all rows into `spool`. Whatever is wrong with one ends it, or is told where such rows are skipped.
    static func read(
        _ options: BatchRunOptions, _ request: TaskRunRequest, into spool: LineFile, _ output: Output,
        _ context: Context
    ) throws -> BatchInput {
        let name = options.source == "-" ? "standard input" : options.source
        do {
            return try read(options, request, room: request.roomForInput, into: spool, name, output, context)
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

    /// Reads the input of a batch that was begun before, with whatever rows were good then; nil for what can't be read
    /// twice, such as a pipe.
    static func read(
        again header: BatchHeader, into spool: LineFile, _ output: Output, _ context: Context
    ) throws -> BatchInput? {
        guard let path = header.source, UserFile.isRegular(path) else { return nil }
        var options = BatchRunOptions()
        options.source = path
        options.inputFormat = header.options[BatchOpening.formatKey]?.string.flatMap { RowFormat(rawValue: $0) }
        options.columns = header.options[BatchOpening.columnsKey]?.array?.compactMap(\.string) ?? []
        options.template = try header.options[BatchOpening.templateKey]?.string.map { ($0, try Template($0)) }
        options.skipsBadRows = true
        let room = header.options[BatchOpening.roomKey]?.int ?? .max
        return try read(options, nil, room: room, into: spool, path, output, context)
    }

    private static func read(
        _ options: BatchRunOptions, _ request: TaskRunRequest?, room: Int, into spool: LineFile, _ name: String,
        _ output: Output, _ context: Context
    ) throws -> BatchInput {
        var reading = BatchInputReading(options, request, room: room, into: spool)
        if options.source == "-" {
            while case let piece = try context.streams.read(), !piece.isEmpty { try reading.feed(piece) }
        } else {
            try UserFile.read(context.filePath(options.source)) { try reading.feed($0) }
        }
        return try reading.end(name, output)
    }

    /// Completes the request, now that the columns are known, and checks the longest row beside it.
    func complete(_ request: inout TaskRunRequest, _ options: BatchRunOptions) throws {
        Self.addSchema(of: columns, options.rowInput, to: &request)
        try request.check()
        guard longest.length > request.roomForInput else { return }
        throw UsageError(
            "line \(longest.line) makes an input of \(longest.length) characters; beside the task's spec there is room "
                + "for \(request.roomForInput)")
    }

    /// Tells the API what the columns are, unless the request does so.
    static func addSchema(of columns: [InputColumn], _ rowInput: RowInput, to request: inout TaskRunRequest) {
        guard request.inputSchema == nil, let schema = rowInput.schema(columns) else { return }
        request.inputSchema = TaskRequest.wrapped(schema)
    }

    /// Turns the line of a row into the input of its run.
    func encoder(_ rowInput: RowInput) -> @Sendable (ArraySlice<UInt8>) throws -> [UInt8] {
        let encoder = RowEncoder(rowInput, columns: columns)
        return { line in
            guard let input = try encoder.input(line) else {
                throw ErrorReport(.unexpected, "a row can't be read back from the disk")
            }
            return input
        }
    }
}
