import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// The runs of groups that have ended, kept on disk until they are written in the order of their rows.
struct BatchHarvest {
    private(set) var running = 0
    private(set) var notSubmitted = 0
    /// Runs that the groups have and do not list.
    private(set) var notListed = 0
    /// Runs for rows that had a result already.
    private(set) var doubles = 0
    private let directory: String
    private let events: LineFile
    /// The results in any order: which row, and where the event is.
    private var results: [(row: Int, place: Int)] = []
    private var seen: Set<Int> = []
    /// Of runs without a row number, which come behind the others in the order in which they were made.
    private var nextRow = 1 << 40
    /// What tells the input of the first group from others.
    private var input: String?
    private var keys: [String] = []
    private var knownKeys: Set<ExactText> = []
    private var hasTextInputs = false
    private var outputKeys: [String] = []
    private var knownOutputKeys: Set<ExactText> = []
    private var isStructured = true
    /// The rows as they stand in the input, where that is at hand.
    private var original: Original?
    private var schemaFields: [String]?

    private struct Original {
        let lines: LineFile
        let starts: [Int]
        let columns: [InputColumn]
    }

    init(directory: String) throws {
        self.directory = directory
        events = try LineFile(path: nil, temporaryDirectory: directory)
    }

    /// Whether some rows of the input are those that the API tells of.
    var hasInputFromNetwork: Bool {
        original.map { input in results.contains { $0.row >= input.starts.count } } ?? true
    }

    /// The columns of the input, or what the inputs of the runs have in its place.
    var columns: [InputColumn] {
        if let original { return original.columns }
        let whole =
            hasTextInputs
            ? [InputColumn(title: InputColumn.wholeRow, name: InputColumn.wholeRow, isWholeRow: true)] : []
        return whole + keys.map { InputColumn(title: $0, name: $0) }
    }

    /// The fields of the output: of its schema where that is known, else those that came; nil where an output is text.
    var fields: [String]? { schemaFields ?? (isStructured && !outputKeys.isEmpty ? outputKeys : nil) }

    /// Gets the ended runs of a group.
    mutating func gather(
        _ source: BatchSource, _ client: ParallelClient, _ output: Output, _ context: Context
    ) async throws {
        let group = try await client.group(source.group)
        try check(group)
        if let header = source.header, original == nil { try open(header, output, context) }
        let known = group.status.runCount
        var query = GroupRunsQuery(includesOutput: true)
        query.includesInput = true
        let listed = try await GroupStream(client: client, clock: context.clock).list(
            source.group, query, count: known
        ) { event in
            guard case .run(let run) = event.kind else { return }
            try take(run, event)
        }
        notListed += max(0, known - listed)
        notSubmitted += max(0, (BatchMetadata(group)?.share ?? 0) - max(known, listed))
    }

    /// Hands the results out in the order of the rows.
    func forEach(_ body: (InputRow, ArraySlice<UInt8>) throws -> Void) throws {
        for (row, place) in results.sorted(by: { $0.row < $1.row }) {
            try Task.checkCancellation()
            guard let line = try events.line(at: place) else { continue }
            try body(try inputRow(row, line.bytes), line.bytes)
        }
    }

    private func inputRow(_ row: Int, _ event: ArraySlice<UInt8>) throws -> InputRow {
        if let original, row < original.starts.count, let line = try original.lines.line(at: original.starts[row]),
            let inputRow = line.bytes.withUnsafeBufferPointer({ InputRow(line: row + 1, spooled: $0) })
        {
            return inputRow
        }
        let input = JSONText(event).members("input")?[0]?.members("input")?[0]?.value
        return InputRow(line: row + 1, content: .value(input ?? [:]))
    }

    private mutating func take(_ run: TaskRun, _ event: GroupEvent) throws {
        if run.isActive {
            running += 1
            return
        }
        let row = BatchRequest.row(of: run) ?? nextRow
        if row == nextRow { nextRow += 1 }
        guard seen.insert(row).inserted else {
            doubles += 1
            return
        }
        results.append((row, try events.append(event.shownJSON.bytes())))
        if let members = event.json["input"]?["input"]?.object {
            for key in members.keys where knownKeys.insert(ExactText(key)).inserted { keys.append(key) }
        } else {
            hasTextInputs = true
        }
        guard let output = event.output else { return }
        guard case .structured(let content) = output.content, let members = content.object else {
            isStructured = false
            return
        }
        for key in members.keys where knownOutputKeys.insert(ExactText(key)).inserted { outputKeys.append(key) }
    }

    /// Groups are put together only if their rows are those of one input.
    private mutating func check(_ group: TaskGroup) throws(UsageError) {
        let own = BatchMetadata(group)?.fingerprint ?? group.id
        if let input, input != own {
            throw UsageError("\(group.id) has the rows of another input than the groups before it")
        }
        input = own
    }

    /// Reads the input again, which has what the inputs of the runs may lack; one that has changed is of no use.
    private mutating func open(_ header: BatchHeader, _ output: Output, _ context: Context) throws {
        schemaFields =
            header.options["schema"]?["output_schema"]?["json_schema"]?["properties"]?.object?.keys
        let lines = try LineFile(path: nil, temporaryDirectory: directory)
        guard let input = try? BatchInput.read(again: header, into: lines, output, context),
            input.fingerprint == header.fingerprint
        else { return }
        original = Original(lines: lines, starts: try lines.lineStarts(), columns: input.columns)
    }
}
