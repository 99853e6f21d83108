import ParallelAuth
import ParallelSystem

extension OAuthError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch kind {
        case .loginNeeded, .denied, .timedOut: ErrorReport(.notAuthenticated, message)
        case .clientRefused(let source):
            ErrorReport(
                .notAuthenticated, message,
                hints: [
                    source.map { "check the client's id and its secret, which is in \($0)" }
                        ?? "check --client-id; 'mcp logout' forgets a registered client, and the next login registers another"
                ])
        case .secretMissing: ErrorReport(.usage, message)
        case .refused, .untrusted, .unsupported: ErrorReport(.refused, message)
        case .clientNeeded:
            ErrorReport(
                .usage, message,
                hints: ["register this program there by hand, and give the id: --client-id ID --callback-port PORT"])
        }
    }
}
