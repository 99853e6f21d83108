import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput

/// Shows the first requests and the cost, for `batch run --dry-run`.
extension BatchRunCommand {
    /// The number of requests that are shown.
    private static let shownRequests = 3

    func preview(_ task: TaskRunRequest, _ client: ParallelClient) async throws -> ExitCode {
        try checkFiles()
        let spool = try RowSpool(temporaryDirectory: context.temporaryDirectory)
        let hasBegun = try BatchFiles.header(state: options.statePath.map(context.filePath)) != nil
        let plan = try await readPlan(task, isNew: !hasBegun, into: spool)
        try checkMaximum(plan, remaining: plan.selection.count)
        let http = try await client.createRunRequest(task)
        let unsent = Set(plan.input.unsentRows.map(\.row))
        var cursor = RowCursor()
        var count = 0
        while count < Self.shownRequests, let row = try spool.next(&cursor) {
            guard plan.selection.contains(row.index), !unsent.contains(row.index) else { continue }
            count += 1
            try RequestPreview.printJSON(http, body: plan.request(for: row).json(.masked), output)
        }
        output.note(plan.estimate(rows: plan.selection.count, rate: rate).text)
        try output.finish()
        return .success
    }
}
