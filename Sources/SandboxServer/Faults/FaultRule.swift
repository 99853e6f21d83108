/// A fault of the control file, and the requests that it hits.
struct FaultRule: Sendable {
    let method: String?
    /// The path to match; nil matches every path.
    let path: PathPattern?
    let retryAfter: String?
    private let fault: InjectedFault
    /// The number of matching requests that pass before the first is hit.
    private let after: Int
    /// The number of matching requests after which the rule starts over; nil if it never does.
    private let period: Int?
    /// How many requests are hit: the first of each period or, without a period, this many that no earlier rule hits.
    private let times: Int
    private let probability: Double
    private let seed: Int
    /// The range from which the number of events before a cut is picked.
    private let events: ClosedRange<Int>

    private var seen = 0
    private var hits = 0

    /// The number of requests that will still be hit; nil if it has no end.
    var hitsLeft: Int? { period == nil && times != .max ? times - hits : nil }

    init(_ rule: ControlRuleReader) throws {
        try rule.refuseOthers(
            than: [
                "method", "path", "times", "after", "every", "probability", "seed", "status", "action", "seconds",
                "events", "events_to", "retry_after",
            ])
        method = try rule.text("method")
        path = try rule.text("path").map(PathPattern.init)
        retryAfter = rule.word("retry_after")
        after = try rule.count("after") ?? 0
        period = try rule.count("every", from: 1)
        times = try rule.count("times") ?? (period == nil ? .max : 1)
        probability = try rule.number("probability", upTo: 1) ?? 1
        seed = try rule.int("seed") ?? 0
        let seconds = try rule.number("seconds", upTo: 86_400)
        switch (try rule.text("action"), try rule.count("status", from: 100, upTo: 599)) {
        case (nil, let status?): fault = .status(status)
        case ("html", let status?): fault = .html(status)
        case ("delay", nil), ("slow", nil): fault = .slow(seconds: seconds ?? 2)
        case (let word?, nil):
            guard let known = InjectedFault(word) else { throw ControlFileError("unknown action '\(word)'") }
            fault = known
        default: throw ControlFileError("a fault needs a status or an action")
        }
        let usual = if case .cut(let count) = fault { count } else { 1 }
        let first = try rule.count("events") ?? usual
        events = first...(try rule.count("events_to", from: first) ?? first)
    }

    func matches(_ request: Request) -> Bool {
        if let method, method != request.method { return false }
        return path.map { $0.parameters(of: request.segments) != nil } ?? true
    }

    /// Counts `request` if it matches, and returns its fault, if any.
    ///
    /// - Parameter isFree: whether no earlier rule has hit the request.
    mutating func count(_ request: Request, isFree: Bool) -> InjectedFault? {
        guard matches(request) else { return nil }
        let number = seen
        seen += 1
        guard number >= after else { return nil }
        let isDue = period.map { (number - after) % $0 < times } ?? (hits < times)
        guard isDue, isFree, StableHash.share(of: "\(seed) hit \(number)") < probability else {
            return nil
        }
        hits += 1
        guard case .cut = fault else { return fault }
        let share = StableHash.share(of: "\(seed) cut \(number)")
        return .cut(events: events.lowerBound + Int(share * Double(events.count)))
    }
}
