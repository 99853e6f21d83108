import ParallelSettings
import ParallelSystem

extension Settings.Fault: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch self {
        case .baseURL(let variable, let reason):
            ErrorReport(.usage, "\(variable): \(reason)")
        case .key(let source, let reason, let remedy):
            ErrorReport(.notAuthenticated, "the API key in \(source) can't be used: \(reason)", hints: [remedy])
        case .moreThanKey:
            ErrorReport(
                .usage, "standard input holds more than a key",
                hints: ["with --api-key-file - nothing else is read from it"])
        }
    }
}
