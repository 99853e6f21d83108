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
        let plan = try readPlan(task, into: spool)
        try checkMaximum(plan, remaining: plan.selection.count)
        let http = try await client.createRunRequest(task)
        var count = 0
        try spool.forEach { row in
            guard plan.selection.contains(row.index) else { return }
            count += 1
            guard count <= Self.shownRequests else { return }
            try RequestPreview.printJSON(http, body: plan.request(for: row).json(.masked), output)
        }
        output.note(plan.estimate(rows: plan.selection.count, rate: rate).text)
        try output.finish()
        return .success
    }
}
