import ParallelSettings
import ParallelSystem

extension SettingsError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch self {
        case .address(let origin, let reason):
            ErrorReport(.usage, "\(origin.name): \(reason)")
        case .key(let origin, let reason, let remedy):
            ErrorReport(
                .notAuthenticated, "the API key in \(origin.name) can't be used: \(reason)", hints: [remedy?.hint])
        case .moreThanKey:
            ErrorReport(
                .usage, "standard input holds more than a key",
                hints: ["where - is the file of a key, nothing else is read from it"])
        }
    }
}
