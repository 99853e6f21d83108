package import ParallelAPI
import ParallelSystem

/// The clients, clocks and times that a batch uses for its group.
package struct GroupConnection: Sendable {
    package let client: ParallelClient
    /// A client that sends each request only once: a request that adds runs must be checked before it is sent again.
    let addingClient: ParallelClient
    let clock: any Clock<Duration>
    /// Returns the time in seconds since 1970.
    let now: @Sendable () -> Int
    /// Returns the time since this connection was made.
    let elapsed: @Sendable () -> Duration

    /// - Parameters:
    ///   - client: a client that retries requests that may be sent twice.
    ///   - addingClient: a client that retries nothing.
    ///   - now: returns the time in seconds since 1970.
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
