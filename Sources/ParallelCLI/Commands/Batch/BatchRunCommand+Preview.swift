import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput

/// Shows the first request and the cost, for `batch run --dry-run`.
extension BatchRunCommand {
    func preview(_ task: TaskRunRequest, _ client: ParallelClient) async throws -> ExitCode {
        try checkFiles()
        let own = options.statePath.map(context.filePath)
        let previous = try options.previous.map { try BatchSource.ofOutput($0, context).statePath }
        let state = previous ?? own
        let hasBegun = try BatchFiles.header(state: state) != nil
        let files =
            try hasBegun
            ? state.map { try BatchFiles(copyOf: $0, temporaryDirectory: context.temporaryDirectory) } : nil
        if previous == nil { try files.map(checkOutput) }
        let spool = try files?.spool ?? RowSpool(temporaryDirectory: context.temporaryDirectory)
        let plan = try await readPlan(task, isNew: !hasBegun, into: spool)
        var takesOver = true
        if let previous = options.previous { takesOver = try stateToTakeOver(previous, plan) != nil }
        if let files, let header = files.journal?.header, takesOver {
            try check(plan, against: header, files)
            if options.rerun == nil, let code = try tellDone(plan, header, files) { return code }
        }
        let earlier = try takesOver ? files.flatMap { try resultsOnDisk(plan, $0) } : nil
        let rowCount = earlier?.remaining ?? plan.selection.count
        try checkMaximum(plan, remaining: rowCount)
        let http = try await client.createRunRequest(task)
        let cost = plan.estimate(rows: rowCount, rate: rate).cost
        Destination.tell(of: http, cost: .some(cost?.micro), output, context)
        let unsent = Set(plan.input.unsentRows.map(\.row))
        var cursor = RowCursor()
        while let row = try spool.next(&cursor) {
            let isRun = plan.selection.contains(row.index) && !unsent.contains(row.index)
            guard earlier?.needsRun[row.index] ?? isRun else { continue }
            // The others differ in their input alone.
            try RequestPreview.printJSON(http, body: plan.request(for: row).json(.masked), output)
            break
        }
        if let earlier {
            tell(earlier)
        } else if let header = files?.journal?.header, takesOver {
            output.note("the batch has begun (\(header.groupsText)); rows that have a run are not paid for again")
        }
        if rowCount > 0 { output.note(plan.estimate(rows: rowCount, rate: rate).text) }
        try output.finish()
        return .success
    }

    /// Finds the results that a further group would take over, without asking the API for those that are not on disk.
    private func resultsOnDisk(_ plan: BatchPlan, _ files: BatchFiles) throws -> EarlierResults? {
        guard let rerun = options.rerun, let header = files.journal?.header else { return nil }
        var reason = "the batch has not ended yet"
        if files.journal?.ending != nil {
            do {
                return try EarlierResults(for: rerun, plan, header, in: files, onlyCounts: true, choosing: choice(plan))
            } catch is ResultFile.IsIncomplete {
                reason = "results on disk are lost"
            }
        }
        throw UsageError(
            "\(reason), so which rows would be run is not known",
            hint: again("what is missing is waited for and fetched first by", without: ["dry-run", "yes"]))
    }
}
