import ParallelHTTP

/// Decides after which failures a wait continues, and how long it pauses between attempts.
package struct FailureTolerance {
    /// The maximum number of doubtful answers in a row; with their pauses they take about 8 s.
    private static let maximumDoubts = 5

    /// Whether the work is known to exist. As long as it is not, any failure is final.
    private var isKnown: Bool
    private var backoff = Backoff(first: .milliseconds(250), longest: .seconds(5))
    private var doubts = 0

    package init(isKnown: Bool) { self.isKnown = isKnown }

    /// Records a successful answer. An answer that the server did not hold is followed by a pause, too.
    package mutating func answered(held: Bool) {
        isKnown = true
        doubts = 0
        if held { backoff.reset() } else { _ = backoff.next() }
    }

    /// Counts a failure, and returns whether another attempt may help.
    package mutating func tolerates(_ error: any Error) -> Bool {
        guard isKnown else { return false }
        _ = backoff.next()
        switch FailureMeaning(of: error) {
        case .passing: return true
        case .final: return false
        case .doubtful:
            doubts += 1
            return doubts <= Self.maximumDoubts
        }
    }

    /// The pause before the next attempt; nil after an answer that the server held.
    package var pause: Duration? { backoff.failures > 0 ? backoff.pause(after: backoff.failures) : nil }
}

/// What an error means for a wait that has begun.
package enum FailureMeaning: Sendable {
    /// A temporary failure: the next attempt may succeed.
    case passing
    /// The work may not exist; or a part of the server does not know it yet, or a proxy has answered. The latter two
    /// end soon.
    case doubtful
    /// Another attempt can't help.
    case final

    package init(of error: any Error) {
        switch error {
        case let error as HTTPError: self = error.isTransient ? .passing : .final
        case let error as APIError where error.status == 404: self = .doubtful
        case let error as APIError: self = Self(ofStatus: error.status)
        case is UnexpectedAnswer: self = .doubtful
        case let error as any WaitFailure: self = error.meaning
        default: self = .final
        }
    }

    /// Determines the meaning of an answer with this status.
    package init(ofStatus status: Int) {
        self = status == 408 || status == 429 || status >= 500 ? .passing : .final
    }
}

/// An error of another module that knows its meaning for a wait.
package protocol WaitFailure: Error {
    var meaning: FailureMeaning { get }
}
