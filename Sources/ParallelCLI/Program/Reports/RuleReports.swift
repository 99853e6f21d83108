import ParallelSettings
import ParallelSystem

extension RuleError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch self {
        case .host(let host, let list):
            ErrorReport(
                .usage, "'\(host)' is not among the \(Setting.hosts) in \(list.origin.name); nothing was sent to it",
                hints: [Hint("they are: \(list.text)")])
        case .unreadable(let list):
            ErrorReport(
                .usage,
                "the body is no JSON that can be checked against the \(Setting.hosts) in \(list.origin.name); it was not sent"
            )
        case .readOnly(let origin):
            ErrorReport(
                .usage, "\(Setting.readOnly) is set (\(origin.name)): what costs or changes something is not sent")
        case .auditLog(let error):
            ErrorReport(
                .usage,
                "the audit log can't be written, and without it nothing is sent: \(error.path): \(error.reason)",
                hints: [error.remedy?.hint])
        }
    }
}
