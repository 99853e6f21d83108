import ParallelHTTP
import ParallelSystem

extension HTTPError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch kind {
        case .cannotLoadLibrary:
            ErrorReport(
                .unexpected, message,
                hints: [
                    Hint(
                        "install libcurl: apt-get install libcurl4 (Debian, Ubuntu), dnf install libcurl (Fedora), "
                            + "apk add libcurl (Alpine)")
                ])
        case .redirectRefused, .invalidRequest: ErrorReport(.refused, message)
        case .tooLarge, .protocolError, .outOfResources: ErrorReport(.unexpected, message)
        case .cancelled: ErrorReport(Interrupted.code(of: context), "interrupted")
        default: ErrorReport(.unreachable, message)
        }
    }
}

extension ServerSentEventError: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(.unexpected, description) }
}
