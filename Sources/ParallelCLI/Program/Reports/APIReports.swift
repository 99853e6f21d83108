import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem

extension APIError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        let reference = referenceID.map { " (ref \($0))" } ?? ""
        let said = "\(message)\(reference)"
        var hints: [Hint?] = fieldErrors.map { Hint($0) }
        switch status {
        case 401:
            hints.append("where the key comes from is told by: \(command: context.command(["auth", "status"]))")
            return report(.notAuthenticated, "the API did not accept the key (401): \(said)", hints)
        case 403 where detail?["processor"] != nil:
            hints.append("the processors are listed by: \(command: context.command(["help", "processors"]))")
        case 402:
            hints.append("the account has not enough credit; nothing was created by this request")
            hints.append("the credit is shown by: \(command: context.command(["balance"]))")
        case 429:
            let unit = retryAfter?.utf8.allSatisfy(\.isASCIIDigit) == true ? " s" : ""
            hints.append(retryAfter.map { "too many requests; the API asks to wait: \($0)\(unit)" })
        default: break
        }
        if fieldErrors.isEmpty, let detail = shownDetail { hints.insert(Hint(detail), at: 0) }
        let subject = missing.map { "\($0): " } ?? ""
        return report(.refused, "\(subject)the API answered \(status): \(said)", hints)
    }

    private func report(_ code: ExitCode, _ message: String, _ hints: [Hint?]) -> ErrorReport {
        var report = ErrorReport(code, message, hints: hints)
        report.document = try? JSONValue.parse(received)
        return report
    }
}

extension UnexpectedAnswer: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(.unexpected, message) }
}

extension InvalidRequest: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(.usage, message) }
}

extension WaitTimedOut: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        ErrorReport(
            .stillRunning, "the wait ended before \(name) did",
            hints: [lastError.map { Hint(Self.cause($0, context)) }])
    }

    private static func cause(_ error: any Error, _ context: Context) -> String {
        switch error {
        case let error as APIError: "the last answer was \(error.status): \(error.message)"
        case let error as HTTPError: "the server could not be reached at the end: \(error.message)"
        default: "the last attempt failed: \(ErrorReport(error, context).message)"
        }
    }
}
