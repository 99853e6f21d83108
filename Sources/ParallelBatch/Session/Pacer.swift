/// Keeps requests below a rate, with a few at once where there was a pause before (the generic cell rate algorithm).
struct Pacer {
    /// Below the 2,000 requests to create runs that the API takes in a minute.
    static let perMinute = 1_900
    static let burst = 60

    private let interval = Duration.seconds(60) / Self.perMinute
    /// When the next request would be due if all came evenly.
    private var due = Duration.zero

    /// How long a request that is ready at `now` has to wait; it counts as sent then.
    mutating func delay(at now: Duration) -> Duration {
        due = max(due, now) + interval
        return max(.zero, due - interval * Self.burst - now)
    }
}
