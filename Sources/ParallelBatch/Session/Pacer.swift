import ParallelAPI

/// Keeps the rows that are sent below a rate: no more than `rate` in any sixty seconds.
///
/// The API counts each input of a request, over the sixty seconds before it, at some moment between the request and its
/// answer. So a row counts here from its request until sixty seconds after the answer.
package struct Pacer {
    /// The rate that an account of the API usually has, in rows a minute.
    package static let usualRate = 2_000
    /// How long a row counts. Half a second is added, because the API's clock need not run like ours.
    static let window = Duration.milliseconds(60_500)

    /// The maximum number of rows a minute; nil means no limit.
    let rate: Int?
    /// The requests whose rows still count, by number: their rows, and the time when they cease to count, which is not
    /// known before the answer.
    private var requests: [Int: (rows: Int, end: Duration?)] = [:]
    private var lastNumber = 0

    init(rate: Int?) { self.rate = rate }

    /// The maximum number of rows in a request, chosen so that several requests together reach the rate.
    var maximumRows: Int {
        guard let rate, rate > 0 else { return TaskGroup.maximumAddition }
        let requests = (rate + TaskGroup.maximumAddition - 1) / TaskGroup.maximumAddition
        return rate / requests
    }

    /// Returns how long a request with this many rows has to wait: zero if it can be sent at `now`; nil if that depends
    /// on requests without an answer.
    mutating func delay(_ rows: Int, at now: Duration) -> Duration? {
        guard let rate else { return .zero }
        for (number, request) in requests {
            if let end = request.end, end <= now { requests[number] = nil }
        }
        var free = rate - requests.values.reduce(0) { $0 + $1.rows }
        if free >= min(rows, rate) { return .zero }
        let ends = requests.values.compactMap { request in request.end.map { (rows: request.rows, end: $0) } }
        for request in ends.sorted(by: { $0.end < $1.end }) {
            free += request.rows
            if free >= min(rows, rate) { return request.end - now }
        }
        return nil
    }

    /// Counts the rows of a request that an earlier process has sent, until `end`.
    mutating func count(_ rows: Int, until end: Duration) {
        let number = begin(rows)
        if rate != nil { requests[number] = (rows, end) }
    }

    /// Counts the rows of a request that is sent now, and returns its number.
    mutating func begin(_ rows: Int) -> Int {
        lastNumber += 1
        if rate != nil { requests[lastNumber] = (rows, nil) }
        return lastNumber
    }

    /// Records at `now` that a request has created this many runs, which is all that the API counts.
    mutating func end(_ number: Int, created rows: Int, at now: Duration) {
        guard requests[number] != nil else { return }
        requests[number] = rows > 0 ? (rows, now + Self.window) : nil
    }
}
