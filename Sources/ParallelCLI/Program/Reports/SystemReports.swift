import ParallelOutput
import ParallelSystem
import ParallelTerminal

extension FileError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        ErrorReport(isMissing ? .usage : .unexpected, "\(path): \(reason)", hints: [remedy])
    }
}

extension InputSource.NotText: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        ErrorReport(.usage, "\(source) is not valid UTF-8 (byte \(offset + 1))")
    }
}

extension OutputFailure: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(.unexpected, message) }
}

extension StreamError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch self {
        case .interrupted: ErrorReport(Interrupted.code(of: context), "interrupted")
        case .closedPipe: ErrorReport(.success, "")
        case .tooLong, .alreadyRead: ErrorReport(.usage, description)
        case .failed, .unreadable: ErrorReport(.unexpected, description)
        }
    }
}

extension LineEditor.Failure: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(.unexpected, "\(self)") }
}

extension CancellationError: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(Interrupted.code(of: context), "interrupted") }
}
