/// Pauses that double with each one, up to a limit: between attempts that fail, or looks that show nothing new.
package struct Backoff: Sendable, Hashable {
    /// The pause after the first failure.
    package let first: Duration
    /// The longest pause that doubling leads to.
    package let longest: Duration
    /// How many pauses there were since the last success.
    package private(set) var failures = 0

    package init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// Returns the pause after so many failures in a row; after none it is the first one too.
    package func pause(after failures: Int) -> Duration {
        var pause = min(first, longest)
        for _ in 1..<max(failures, 1) where pause < longest { pause = min(pause * 2, longest) }
        return pause
    }

    /// Counts a failure and returns the pause after it.
    package mutating func next() -> Duration {
        failures += 1
        return pause(after: failures)
    }

    /// Begins anew with the first pause, as after a success.
    package mutating func reset() { failures = 0 }
}
