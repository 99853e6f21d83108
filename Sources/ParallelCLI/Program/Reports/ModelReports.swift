import ParallelAPI
import ParallelJSON
import ParallelModels
import ParallelSystem

extension ModelError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        if provider == .parallel { return cause.report(context) }
        let facts = provider.facts
        var report: ErrorReport
        switch cause.status {
        case 401:
            report = ErrorReport(
                .notAuthenticated, "\(facts.title) did not accept the key (401): \(cause.message)",
                hints: ["check the key: \(facts.keyVariables[0]), or --key-file FILE"])
        case 429:
            let wait = cause.retryAfter.map { "; it asks to wait: \($0)" } ?? ""
            report = ErrorReport(
                .refused, "\(facts.title) answered 429: \(cause.message)",
                hints: ["too many requests, or no credit is left\(wait)"])
        default: report = ErrorReport(.refused, "\(facts.title) answered \(cause.status): \(cause.message)")
        }
        report.document = try? JSONValue.parse(cause.received)
        return report
    }
}
