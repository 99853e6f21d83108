import ParallelAPI

/// Keeps the rows that are sent below a rate: no more than `rate` in any sixty seconds.
///
/// The API counts each input of a request, over the sixty seconds before it, at some moment between the request and its
/// answer. So a row counts here from its request until sixty seconds after the answer.
package struct Pacer {
    /// The rate that an account of the API usually has, in rows a minute.
    package static let usualRate = 2_000
    /// How long a row counts. Half a second is added, because the API's clock need not run like ours.
    private static let window = Duration.milliseconds(60_500)

    /// The maximum number of rows a minute; nil means no limit.
    let rate: Int?
    /// A request whose rows still count.
    private struct Request {
        let rows: Int
        /// The time when they cease to count, at the earliest if the answer has not come yet.
        let end: Duration
        let isAnswered: Bool
    }

    /// The requests by their numbers.
    private var requests: [Int: Request] = [:]
    private var lastNumber = 0

    init(rate: Int?) { self.rate = rate }

    /// The maximum number of rows in a request, chosen so that several requests together reach the rate.
    var maximumRows: Int {
        guard let rate, rate > 0 else { return TaskGroup.maximumAddition }
        let requests = (rate + TaskGroup.maximumAddition - 1) / TaskGroup.maximumAddition
        return rate / requests
    }

    /// Returns how long a request with this many rows has to wait; zero if it can be sent at `now`.
    mutating func delay(_ rows: Int, at now: Duration) -> Duration {
        guard let rate else { return .zero }
        for (number, request) in requests where request.isAnswered && request.end <= now { requests[number] = nil }
        // A request that takes long may be answered at any moment.
        let ends = requests.values.map { (rows: $0.rows, end: $0.isAnswered ? $0.end : max($0.end, now + .seconds(1))) }
        var counted = ends.reduce(0) { $0 + $1.rows }
        var free = now
        for request in ends.sorted(by: { $0.end < $1.end }) where counted + rows > rate {
            counted -= request.rows
            free = request.end
        }
        return free - now
    }

    /// Counts the rows of a request that is sent at `now`, and returns its number.
    mutating func begin(_ rows: Int, at now: Duration) -> Int {
        lastNumber += 1
        if rate != nil { requests[lastNumber] = Request(rows: rows, end: now + Self.window, isAnswered: false) }
        return lastNumber
    }

    /// Records at `now` that a request has created this many runs, which is all that the API counts.
    mutating func end(_ number: Int, created rows: Int, at now: Duration) {
        guard requests[number] != nil else { return }
        requests[number] = rows > 0 ? Request(rows: rows, end: now + Self.window, isAnswered: true) : nil
    }
}
