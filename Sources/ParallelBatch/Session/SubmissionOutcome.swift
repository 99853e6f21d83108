import ParallelAPI
import ParallelHTTP

/// What the failure of a request says of the runs that it was to create.
enum SubmissionOutcome {
    /// Nobody knows; a server that goes on with the request will have ended after so many seconds.
    case uncertain(settling: Int)
    /// There are none, and the request may be sent again, after the wait that the server asked for.
    case notCreated(wait: Duration?)
    /// There are none, and never will be.
    case refused
    /// There may be some, and no time to look.
    case interrupted

    /// How long a server may go on with a request after its answer was lost, in seconds: before that, a row that the
    /// group lacks may still come.
    static let settlingTime = 20
    /// Settling time after an answer of the server itself that may stand for anything, in seconds.
    private static let settlingTimeAfterAnswer = 5
    /// Settling time after a gateway's 408, 502 or 504, in seconds.
    private static let settlingTimeAfterGateway = 60

    /// - Parameter now: seconds since 1970.
    init(_ error: any Error, of request: CreationRequest, now: Int) {
        if error is CancellationError || (error as? HTTPError)?.kind == .cancelled {
            self = .interrupted
            return
        }
        let answer = error as? APIError
        switch request.outcome(of: error) {
        // Even where the server says that it took nothing on: the group can be asked, and that costs nothing.
        case .notCreated(canBeSentAgain: true) where answer?.status == 503:
            self = .uncertain(settling: Self.settlingTime)
        case .notCreated(canBeSentAgain: true):
            self = .notCreated(wait: answer?.retryAfter.flatMap { RetryAfter.delay($0, now: now) })
        case .notCreated(canBeSentAgain: false): self = .refused
        case .created, .uncertain: self = .uncertain(settling: Self.settling(after: error))
        }
    }

    /// How long a server may go on with the request, in seconds.
    private static func settling(after error: any Error) -> Int {
        switch error {
        case let error as APIError where [408, 502, 504].contains(error.status): settlingTimeAfterGateway
        // Some gateways say 503 where the server broke off.
        case let error as APIError where error.status != 503: settlingTimeAfterAnswer
        case is UnexpectedAnswer: settlingTimeAfterAnswer
        default: settlingTime
        }
    }
}
