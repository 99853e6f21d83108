import ParallelBatch
import ParallelSystem

extension RowsRefused: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        let reason = "\(rows) were refused one by one for this reason, which ended the batch"
        return ErrorReport.adding([Hint(reason)], to: error, context)
    }
}

extension SpooledRow.Unreadable: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        ErrorReport(.unexpected, "row \((index + 1).grouped) can't be read back from the disk")
    }
}

extension ResultFile.IsIncomplete: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        ErrorReport(
            .unexpected, "the file of results lacks those of earlier groups, which this batch needs",
            hints: groups.map { group in
                let command = context.command(["batch", "results"], operands: [context.maskedWord(group)])
                return "get those of \(group) with: \(command: command)"
            })
    }
}
