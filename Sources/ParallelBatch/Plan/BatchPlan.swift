package import ParallelAPI
import ParallelJSON

/// What a batch is to do: one task for the rows of an input, and which of the rows now.
///
/// This folder says what is to be run, before anything is: how an input is read, which of its rows are selected, what
/// they cost, and whether it is the same as what an earlier call has begun.
package struct BatchPlan: Sendable {
    /// The task for each row, whatever its input.
    package let task: TaskRunRequest
    package let input: BatchInput
    package let selection: RowSelection
    /// How a row becomes the input of its run.
    package let rowInput: RowInput
    /// What all runs have in common.
    let template: RunTemplate

    /// Completes `task` with what is known of the columns.
    ///
    /// Throws `InvalidRequest` where the API would refuse the task, and `RowError` where its longest row leaves no room
    /// for what was added.
    package init(
        _ task: TaskRunRequest, _ rowInput: RowInput, _ input: BatchInput, _ selection: RowSelection
    ) throws {
        var task = task
        task.describeInput(input.columns, rowInput)
        try task.check()
        if input.longest.length > task.roomForInput {
            throw RowError(
                line: input.longest.line, length: input.longest.length, room: task.roomForInput, isFatal: true)
        }
        self.task = task
        self.input = input
        self.selection = selection
        self.rowInput = rowInput
        template = try RunTemplate(task)
    }

    /// Turns spooled rows into the inputs of their runs.
    package var encoder: RowEncoder { RowEncoder(rowInput, columns: input.columns) }

    /// Estimates what so many runs of the task cost.
    package func estimate(rows: Int) -> CostEstimate { CostEstimate(rows: rows, processor: task.processor) }

    /// Returns the request that a single run of `row` would be, with its number. Throws `RowError` and
    /// `JSONSyntaxError` where the row can't be read back.
    package func request(for row: SpooledRow) throws -> TaskRunRequest {
        var request = task
        request.input = try JSONValue.parse(encoder.input(row))
        request.metadata.append((RowNumber.key, RowNumber.text(row.index)))
        return request
    }

    /// What is noted on the group.
    var notes: GroupNotes {
        GroupNotes(fingerprint: input.fingerprint, rowCount: input.rowCount, shard: selection.shard)
    }

    /// What is noted on disk; `source` is where the input was read, nil for standard input.
    func header(group: String, source: String?) -> BatchHeader {
        BatchHeader(
            group: group, rowCount: input.rowCount, fingerprint: input.fingerprint, source: source, parts: parts)
    }

    /// How a plan differs from what an earlier call has begun.
    package enum Difference: Error, Sendable, Equatable {
        /// The input has another number of rows.
        case rowCount(before: Int, now: Int)
        /// The input has as many rows, and some differ.
        case rows(count: Int)
        case part(BatchHeader.Part)
    }

    /// Refuses to go on with a batch that was begun with another input or another task.
    func check(against header: BatchHeader) throws(Difference) {
        if header.rowCount != input.rowCount { throw .rowCount(before: header.rowCount, now: input.rowCount) }
        if header.fingerprint != input.fingerprint { throw .rows(count: input.rowCount) }
        let parts = parts
        for part in BatchHeader.Part.allCases where header.parts[part] != parts[part] { throw .part(part) }
    }

    private var parts: [BatchHeader.Part: JSONValue] {
        var common = task.json(.masked).object ?? [:]
        let schema = common["task_spec"]
        for key in ["input", "processor", "task_spec"] { common[key] = nil }
        return [
            .processor: .string(task.processor), .schema: schema ?? .null, .task: .object(common),
            .shard: .string(selection.shard?.text ?? ""), .template: rowInput.template.map(JSONValue.string) ?? .null,
            .inputRoom: .number(JSONNumber(task.roomForInput)),
            .columns: .array(rowInput.chosenColumns.map(JSONValue.string)),
            .format: .string(input.format.rawValue),
        ]
    }
}
