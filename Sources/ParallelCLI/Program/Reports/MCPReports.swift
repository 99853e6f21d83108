import ParallelMCP
import ParallelSystem

extension MCPError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        let code: ExitCode =
            switch kind {
            case .unauthorized: .notAuthenticated
            case .errorResponse, .status, .noCommonVersion, .inputRequired, .unsupported: .refused
            case .notMCP: .unexpected
            case .answerLost, .timedOut(isCall: false): .unreachable
            case .timedOut(isCall: true): .stillRunning
            }
        var hints: [Hint?] = hints
        // If it is known how the server was found, the error has a hint of its own.
        if code == .notAuthenticated, hints.isEmpty {
            hints.append("a URL's token is given with --bearer-env VAR; what a name sends is shown by 'mcp get NAME'")
        }
        return ErrorReport(code, message, hints: hints)
    }
}

extension InvalidArgument: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(.usage, message) }
}
