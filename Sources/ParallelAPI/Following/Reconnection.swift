/// When a stream that broke, or brought nothing new, is opened again.
enum Reconnection {
    /// How many connections may bring nothing new in a row.
    static let maximumFailures = 20

    /// The wait after so many of them: 0.2 s, twice as long each time, at most 3 s.
    static func pause(after failures: Int) -> Duration { .milliseconds(min(100 << min(failures, 5), 3_000)) }
}
