import ParallelAuth
import ParallelSystem

extension OAuthError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch kind {
        case .loginNeeded, .denied, .timedOut: ErrorReport(.notAuthenticated, message)
        case .secretMissing: ErrorReport(.usage, message)
        case .refused, .untrusted, .unsupported: ErrorReport(.refused, message)
        case .clientNeeded:
            ErrorReport(
                .usage, message,
                hints: ["register this program there by hand, and give the id: --client-id ID --callback-port PORT"])
        }
    }
}
