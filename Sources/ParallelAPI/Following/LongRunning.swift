import ParallelHTTP
import ParallelSystem

/// Work at a server that ends by itself: a run, a group of runs, or what a tool of an MCP server has started.
package protocol LongRunning: Sendable {
    /// The result of the work.
    associatedtype Outcome: Sendable

    /// The name of the work in the error of a wait that ends too early, such as `the run`.
    var name: String { get }

    /// Asks for the state of the work; the server may hold the answer. Returns the outcome once the work is over.
    func look() async throws -> Look<Outcome>
}

/// Work at a server that sends events until it is over.
package protocol EventSource: LongRunning {
    associatedtype Event: Sendable
    /// The state at the end, as far as the stream tells it.
    associatedtype FinalState: Sendable

    /// Calls `receive` with each event until the work is over, over as many connections as needed. Throws the error
    /// that ended the stream, and the errors of `receive`.
    func events(_ receive: (Event) async throws -> Void) async throws -> FinalState
}

/// The state of work at a server.
package enum Look<Outcome: Sendable>: Sendable {
    case over(Outcome)
    /// The work continues. `wasHeld` says that the server held its answer, so that it can be asked again without a
    /// pause.
    case goesOn(wasHeld: Bool)
}

/// Waits for work at a server, and continues after temporary failures.
package struct LongRunningWait: Sendable {
    private let clock: any Clock<Duration>

    package init(clock: any Clock<Duration>) { self.clock = clock }

    /// Waits for the outcome, at most for `timeout` (nil means no limit), which also ends a request under way.
    ///
    /// `isKnown` says that the work certainly exists, as after creating it. Then the wait continues when the server
    /// can't be reached, and ends only after several answers in a row that deny the work or can't be understood. Throws
    /// `WaitTimedOut`, `CancellationError`, and the errors of `look`.
    package func outcome<Work: LongRunning>(
        of work: Work, within timeout: Duration?, isKnown: Bool
    ) async throws -> Work.Outcome {
        let lastError = Lock<(any Error)?>(nil)
        do {
            return try await Deadline.run(within: timeout, clock) {
                try await outcome(of: work, isKnown, lastError, rest: { nil })
            }
        } catch is WaitTimedOut {
            throw WaitTimedOut(of: work.name, lastError: lastError.withLock { $0 })
        }
    }

    /// Waits as long as there is a `rest` of the time (nil means no limit), and looks once more when it is over.
    package func outcome<Work: LongRunning>(
        of work: Work, rest: @escaping @Sendable () -> Duration?, isKnown: Bool
    ) async throws -> Work.Outcome {
        try await outcome(of: work, isKnown, Lock(nil), rest: rest)
    }

    /// Calls `receive` with each event until the work is over, at most for `timeout` (nil means no limit). Throws
    /// `WaitTimedOut`, and the errors of `events`.
    package func events<Work: EventSource>(
        of work: Work, within timeout: Duration?, _ receive: @escaping @Sendable (Work.Event) async throws -> Void
    ) async throws -> Work.FinalState {
        try await Deadline.run(within: timeout, of: work.name, clock) { try await work.events(receive) }
    }

    private func outcome<Work: LongRunning>(
        of work: Work, _ isKnown: Bool, _ lastError: Lock<(any Error)?>, rest: @Sendable () -> Duration?
    ) async throws -> Work.Outcome {
        var tolerance = FailureTolerance(isKnown: isKnown)
        while true {
            try Task.checkCancellation()
            do {
                switch try await work.look() {
                case .over(let outcome): return outcome
                case .goesOn(let wasHeld):
                    tolerance.answered(held: wasHeld)
                    lastError.withLock { $0 = nil }
                }
            } catch  where tolerance.tolerates(error) {
                // An attempt that the end of the time has cut short says nothing about the work.
                let isWhole = rest().map { $0 > .zero } ?? true
                lastError.withLock { if isWhole || $0 == nil { $0 = error } }
            }
            var pause = tolerance.pause
            if let rest = rest() {
                guard rest > .zero else { throw WaitTimedOut(of: work.name, lastError: lastError.withLock { $0 }) }
                pause = min(pause ?? .zero, rest)
            }
            if let pause { try await clock.sleep(for: pause) }
        }
    }
}
