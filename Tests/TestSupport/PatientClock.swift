/// The time of day, but sleeps of five seconds and more take a hundred times as long: what must be over by then is not
/// cut off on a slow machine. A test that waits for such a limit has a `ManualClock`.
package struct PatientClock: Clock {
    package init() {}

    package var now: ContinuousClock.Instant { .now }
    package var minimumResolution: Duration { .nanoseconds(1) }

    package func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        let span = now.duration(to: deadline)
        try await ContinuousClock().sleep(for: span < .seconds(5) ? span : span * 100)
    }
}
