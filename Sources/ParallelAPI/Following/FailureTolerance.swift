import ParallelHTTP

/// Which failures a wait goes on after, and how long it pauses meanwhile.
package struct FailureTolerance {
    /// How many doubtful answers in a row are tolerated, about 8 s with their pauses.
    private static let maximumDoubts = 5

    /// Until what is waited for is known to exist, any failure is final.
    private var isKnown: Bool
    private var backoff = Backoff(first: .milliseconds(250), longest: .seconds(5))
    private var doubts = 0

    package init(isKnown: Bool) { self.isKnown = isKnown }

    /// Takes note of a good answer; one that was not held by the server is followed by a pause all the same.
    package mutating func answered(held: Bool) {
        isKnown = true
        doubts = 0
        if held { backoff.reset() } else { _ = backoff.next() }
    }

    /// Returns whether going on may help; counts the failure.
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

    /// The pause before the next attempt; nil after an answer that was held.
    package var pause: Duration? { backoff.failures > 0 ? backoff.pause(after: backoff.failures) : nil }
}

/// What an error means for a wait that has begun.
package enum FailureMeaning: Sendable {
    /// It says nothing of the next attempt.
    case passing
    /// It may be a sign that what is waited for does not exist: a part of the server that has not heard of it yet, or a
    /// page of some proxy. Both pass soon or never.
    case doubtful
    /// Going on can't help.
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

    /// What an answer with this status means.
    package init(ofStatus status: Int) {
        self = status == 408 || status == 429 || status >= 500 ? .passing : .final
    }
}

/// An error of another module that says itself what it means for a wait.
package protocol WaitFailure: Error {
    var meaning: FailureMeaning { get }
}
