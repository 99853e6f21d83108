/// Keeps requests below a rate, and allows a few at once after a pause (the generic cell rate algorithm).
struct Pacer {
    /// The maximum number of requests a minute, below the 2,000 that the API accepts.
    static let perMinute = 1_900
    static let burst = 60

    private let interval = Duration.seconds(60) / Self.perMinute
    /// The time when the next request would be due if requests came evenly.
    private var due = Duration.zero

    /// Returns how long a request that is ready at `now` has to wait, and counts it as sent after that.
    mutating func delay(at now: Duration) -> Duration {
        due = max(due, now) + interval
        return max(.zero, due - interval * Self.burst - now)
    }
}
