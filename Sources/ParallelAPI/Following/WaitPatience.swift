import ParallelHTTP

/// What the wait for a run puts up with, and how long it pauses meanwhile.
package struct WaitPatience {
    /// How many doubtful answers in a row are borne, about 8 s with their pauses.
    private static let maximumDoubts = 5

    /// Until the run is known to exist, any failure is final.
    private var isKnown: Bool
    private var failures = 0
    private var doubts = 0

    package init(isKnown: Bool) { self.isKnown = isKnown }

    /// Takes note of a good answer; one that was not held is followed by a pause all the same.
    package mutating func answered(held: Bool) {
        isKnown = true
        doubts = 0
        failures = held ? 0 : failures + 1
    }

    /// Whether going on may help; counts the failure. `isDoubtful` says that it is a sign of there being no such run.
    package mutating func bears(_ error: any Error, isDoubtful: Bool = false) -> Bool {
        guard isKnown else { return false }
        failures += 1
        if isDoubtful { return bearsDoubt() }
        switch error {
        case let error as HTTPError: return error.isTransient
        case let error as APIError where error.status == 404: return bearsDoubt()
        case let error as APIError: return Self.isPassing(status: error.status)
        case is UnexpectedAnswer: return bearsDoubt()
        case let error as any WaitFailure:
            switch error.waitVerdict {
            case .passing: return true
            case .doubtful: return bearsDoubt()
            case .final: return false
            }
        default: return false
        }
    }

    /// Whether one more sign that there is no such run is borne: a part of the server that has not heard of a new one
    /// yet, or a page of some proxy. Both pass soon or never.
    private mutating func bearsDoubt() -> Bool {
        doubts += 1
        return doubts <= Self.maximumDoubts
    }

    /// Whether an answer with this status says nothing of the next one.
    package static func isPassing(status: Int) -> Bool { status == 408 || status == 429 || status >= 500 }

    package var pause: Duration? {
        failures > 0 ? .milliseconds(min(250 << min(failures - 1, 5), 5_000)) : nil
    }
}

/// An error of another module that says itself what it means for a wait.
package protocol WaitFailure: Error {
    var waitVerdict: WaitVerdict { get }
}

/// What an error means for a wait that has begun.
package enum WaitVerdict: Sendable {
    /// It says nothing of the next attempt.
    case passing
    /// It may be a sign that what is waited for does not exist.
    case doubtful
    /// Going on can't help.
    case final
}
