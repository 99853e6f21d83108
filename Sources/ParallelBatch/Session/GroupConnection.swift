package import ParallelAPI
import ParallelSystem

/// How a batch reaches its group, and how time passes for it.
package struct GroupConnection: Sendable {
    package let client: ParallelClient
    /// Sends each request once, since what adds runs must be looked into before it is sent again.
    let addingClient: ParallelClient
    let clock: any Clock<Duration>
    /// Seconds since 1970.
    let now: @Sendable () -> Int
    /// Time since this connection was made.
    let elapsed: @Sendable () -> Duration

    /// - Parameters:
    ///   - client: one that retries what may be sent twice.
    ///   - addingClient: one that sends nothing twice.
    ///   - now: seconds since 1970.
    package init(
        client: ParallelClient, addingClient: ParallelClient, clock: any Clock<Duration>,
        now: @escaping @Sendable () -> Int
    ) {
        self.client = client
        self.addingClient = addingClient
        self.clock = clock
        self.now = now
        elapsed = clock.stopwatch()
    }
}
