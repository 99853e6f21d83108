package import ParallelAPI
import ParallelJSON

/// The plan of a batch: one task for the rows of an input, and the rows that are to be run now.
///
/// This folder plans batches: how an input is read, which of its rows are selected, what they cost, and whether an
/// earlier call has begun the same batch.
package struct BatchPlan: Sendable {
    /// The task for each row; its own input is ignored.
    package let task: TaskRunRequest
    package let input: BatchInput
    package let selection: RowSelection
    /// How a row becomes the input of its run.
    package let rowInput: RowInput
    /// The parts that all runs have in common.
    let template: RunTemplate

    /// Adds the schema of the columns to `task`.
    ///
    /// Throws `InvalidRequest` if the API would refuse the task.
    package init(
        _ task: TaskRunRequest, _ rowInput: RowInput, _ input: BatchInput, _ selection: RowSelection
    ) throws {
        var task = task
        task.describeInput(input.columns, rowInput)
        try task.check()
        self.task = task
        self.input = input
        self.selection = selection
        self.rowInput = rowInput
        template = try RunTemplate(task)
    }

    /// An encoder of spooled rows as inputs of runs.
    package var encoder: RowEncoder { RowEncoder(rowInput, columns: input.columns) }

    /// Estimates the cost of this many runs of the task, and the time for sending them at `rate` rows a minute.
    package func estimate(rows: Int, rate: Int? = nil) -> CostEstimate {
        CostEstimate(
            rows: rows, processor: task.processor, rate: rate, hasPaidCalls: !task.dataSources.paid.isEmpty)
    }

    /// Returns the request for a single run of `row`, with its number. Throws `RowError` and `JSONSyntaxError` if the
    /// row can't be read back.
    package func request(for row: SpooledRow) throws -> TaskRunRequest {
        var request = task
        request.input = try JSONValue.parse(encoder.input(row))
        request.metadata.append((RowNumber.key, RowNumber.text(row.index)))
        return request
    }

    /// The metadata of the group.
    var notes: GroupNotes {
        var notes = GroupNotes(
            fingerprint: input.fingerprint, rowCount: input.rowCount,
            unsentCount: input.unsentRows.count { selection.shard?.contains($0.row) ?? true }
                + input.sharedRuns.repetitions.count,
            shard: selection.shard)
        notes.rowParts = parts.filter { GroupNotes.rowPartNames.contains($0.key) }
        return notes
    }

    /// The first line of the state file; `source` is the path of the input, nil for standard input.
    func header(group: String, source: String?) -> BatchHeader {
        BatchHeader(
            group: group, rowCount: input.rowCount, fingerprint: input.fingerprint, source: source, parts: parts)
    }

    /// A difference between a plan and the batch that an earlier call has begun.
    package enum Difference: Error, Sendable, Equatable {
        /// The input has another number of rows.
        case rowCount(before: Int, now: Int)
        /// The input has the same number of rows, and some of them differ.
        case rows(count: Int)
        /// Another part differs; `member` is the key in it that differs, if the part is an object.
        case part(BatchHeader.Part, member: String?)
    }

    /// Throws the first difference between this plan and that of the batch described by `header`.
    ///
    /// - Parameters:
    ///   - mayHaveOtherRows: whether the rows of the input may differ, and with them what is derived from them.
    ///   - processors: further processors that the rows may be run on.
    package func check(
        against header: BatchHeader, mayHaveOtherRows: Bool = false, alsoOn processors: [String] = []
    ) throws(Difference) {
        let parts = parts
        func check(_ compared: [BatchHeader.Part]) throws(Difference) {
            for part in compared where header.parts[part] != parts[part] {
                let (before, now) = (header.parts[part]?.object, parts[part]?.object)
                let keys = (before?.keys ?? []) + (now?.keys ?? [])
                let changed = keys.filter { before?[$0] != now?[$0] }
                if mayHaveOtherRows, changed.allSatisfy({ $0 == "input_schema" }), !changed.isEmpty { continue }
                if part == .processor, processors.contains(task.processor) { continue }
                throw .part(part, member: changed.first)
            }
        }
        // These change the fingerprint of the rows or the schema of the input, and are the reason then.
        try check([.format, .template, .columns, .equalRows])
        if !mayHaveOtherRows {
            if header.rowCount != input.rowCount { throw .rowCount(before: header.rowCount, now: input.rowCount) }
            if header.fingerprint != input.fingerprint { throw .rows(count: input.rowCount) }
        }
        try check([.processor, .schema, .task, .shard])
        if !mayHaveOtherRows { try check([.inputRoom]) }
    }

    private var parts: [BatchHeader.Part: JSONValue] {
        var common = task.json(.masked).object ?? [:]
        let schema = common["task_spec"]
        for key in ["input", "processor", "task_spec"] { common[key] = nil }
        var parts: [BatchHeader.Part: JSONValue] = [
            .processor: .string(task.processor), .schema: schema ?? .null, .task: .object(common),
            .shard: .string(selection.shard?.text ?? ""), .template: rowInput.template.map(JSONValue.string) ?? .null,
            .inputRoom: .number(JSONNumber(task.roomForInput)),
            .columns: .array(rowInput.chosenColumns.map(JSONValue.string)),
            .format: .string(input.format.rawValue),
        ]
        parts[.reading] = input.reading.json
        if input.joinsEqualRows { parts[.equalRows] = true }
        return parts
    }
}
