import ParallelBatch
import ParallelSystem

extension SpooledRow.Unreadable: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        ErrorReport(.unexpected, "row \((index + 1).grouped) can't be read back from the disk")
    }
}
