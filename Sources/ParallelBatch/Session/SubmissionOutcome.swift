import ParallelAPI
import ParallelHTTP

/// The meaning of a failed request for the rows whose runs it should create.
enum SubmissionOutcome {
    /// Runs may exist. A server that is still working on the request will have finished after this many seconds.
    case uncertain(settling: Int)
    /// There are no runs. The request may be sent again.
    case notCreated
    /// There are no runs, and sending the request again would be refused as well.
    case refused
    /// Runs may exist, and the batch is being cancelled.
    case interrupted

    /// The time that a server may still work on a request after its answer was lost, in seconds. Until then, a missing
    /// run may still appear.
    static let settlingTime = 20
    /// The settling time after an error of the server itself, in seconds.
    private static let settlingTimeAfterAnswer = 5
    /// Settling time after a gateway's 408, 502 or 504, in seconds.
    private static let settlingTimeAfterGateway = 60

    init(_ error: any Error, of request: CreationRequest) {
        if error is CancellationError || (error as? HTTPError)?.kind == .cancelled {
            self = .interrupted
            return
        }
        switch request.outcome(of: error) {
        // Although the server says that it created nothing, the group is asked, which costs nothing.
        case .notCreated(canBeSentAgain: true) where (error as? APIError)?.status == 503:
            self = .uncertain(settling: Self.settlingTime)
        case .notCreated(canBeSentAgain: true): self = .notCreated
        case .notCreated(canBeSentAgain: false): self = .refused
        case .created, .uncertain: self = .uncertain(settling: Self.settling(after: error))
        }
    }

    /// Returns the time that a server may still work on the request, in seconds.
    private static func settling(after error: any Error) -> Int {
        switch error {
        case let error as APIError where [408, 502, 504].contains(error.status): settlingTimeAfterGateway
        // Some gateways answer 503 when the server broke off the connection.
        case let error as APIError where error.status != 503: settlingTimeAfterAnswer
        case is UnexpectedAnswer: settlingTimeAfterAnswer
        default: settlingTime
        }
    }
}
