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

extension ResultFile.IsNewer: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        let list = groups.map { context.command(["batch", "results", context.maskedWord($0)]) }
        return ErrorReport(
            .unexpected,
            "the state file is older than the results beside it, which have runs of another group; nothing was run",
            hints: ["put the newer state file back, or get what is paid with:"] + list.map { "\(command: $0)" })
    }
}

extension ResultFile.IsIncomplete: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        let command = context.command(["batch", "results"], operands: groups.map(context.maskedWord))
        return ErrorReport(
            .unexpected, "the file of results lacks some that this batch needs",
            hints: ["get what is paid with: \(command: command)"])
    }
}
