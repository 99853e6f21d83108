import ParallelHTTP
import ParallelSystem

/// Something that goes on at a server until it ends by itself: a run, or what a tool of an MCP server has started.
package protocol LongRunning: Sendable {
    /// What it came to.
    associatedtype Outcome: Sendable

    /// What it is called where a wait for it ends too early, such as `the run`.
    var name: String { get }

    /// Asks how it stands; the server may take its time with the answer. Returns the outcome once it is over.
    func look() async throws -> Look<Outcome>
}

/// How something that goes on at a server stands.
package enum Look<Outcome: Sendable>: Sendable {
    case over(Outcome)
    /// `wasHeld` says that the server took its time, so that it can be asked again without a pause.
    case goesOn(wasHeld: Bool)
}

/// Waits for what goes on at a server, over failures that pass.
package struct LongRunningWait: Sendable {
    private let clock: any Clock<Duration>

    package init(clock: any Clock<Duration>) { self.clock = clock }

    /// Waits for the outcome, at most for `timeout` (nil: for ever), which also ends a look that is under way.
    ///
    /// `isKnown` says that it surely exists, as after creating it: then no failure to reach the server ends the wait
    /// before its time, and only several answers in a row that deny it or can't be understood do. Throws
    /// `WaitTimedOut`, `CancellationError`, and what `look` throws.
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

    /// Waits as long as there is a `rest` of the time (nil: for ever), and looks once more when it is over.
    package func outcome<Work: LongRunning>(
        of work: Work, rest: @escaping @Sendable () -> Duration?, isKnown: Bool
    ) async throws -> Work.Outcome {
        try await outcome(of: work, isKnown, Lock(nil), rest: rest)
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
                // An attempt that was cut short by the end of the time tells nothing.
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
