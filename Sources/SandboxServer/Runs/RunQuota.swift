/// Counts the runs that are created against the account's quota, as the API does: over a rolling window. A request that
/// would exceed it creates nothing and counts nothing, so that one larger than the quota is always refused.
struct RunQuota: Sendable {
    private let runs: Int
    private let window: Duration
    /// The accepted requests of the last window, with their numbers of runs.
    private var requests: [(time: Duration, runs: Int)] = []

    init(runs: Int, window: Duration) {
        self.runs = runs
        self.window = window
    }

    /// Counts new runs at `now`. Throws the API's 429, which does not say how long to wait, if they are too many.
    mutating func take(_ count: Int, at now: Duration) throws(APIFailure) {
        requests.removeAll { now - $0.time >= window }
        guard requests.reduce(count, { $0 + $1.runs }) <= runs else { throw .scripted(429, retryAfter: nil) }
        requests.append((now, count))
    }
}
