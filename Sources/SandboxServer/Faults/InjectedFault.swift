import ParallelSystem

/// A fault that the sandbox injects on purpose, named by a word of scenarios and the control file.
///
/// `ok`, `drop`, `lose`, `truncate`, `cut`, `cut:EVENTS`, `garbage`, `slow` (2 s), `slow:SECONDS`, a status such as
/// `429`, a status with an HTML page such as `502html`, and `html` for `502html`.
enum InjectedFault: Sendable, Equatable {
    case none
    /// The connection closes without an answer.
    case drop
    /// The request takes effect, then the connection closes without an answer.
    case lose
    /// The response's header section announces more bytes than arrive.
    case truncate
    /// A stream breaks off within the event that follows this many; any other response is truncated.
    case cut(events: Int)
    /// Status 200 with a body that is not JSON.
    case garbage
    /// The real response, delayed.
    case slow(seconds: Double)
    /// An error in the API's shape.
    case status(Int)
    /// An HTML error page, like that of a gateway in front of the API.
    case html(Int)

    /// The maximum for numbers of events or requests.
    static let maximumCount = 1_000_000_000

    init?(_ word: some StringProtocol) {
        switch word {
        case "ok": self = .none
        case "drop": self = .drop
        case "lose": self = .lose
        case "truncate": self = .truncate
        case "cut": self = .cut(events: 1)
        case "garbage": self = .garbage
        case "slow": self = .slow(seconds: 2)
        case "html": self = .html(502)
        default:
            if word.begins(with: "slow:"), let seconds = Seconds.parse(word.dropFirst(5)) {
                self = .slow(seconds: seconds)
            } else if word.begins(with: "cut:"), let events = Int(word.dropFirst(4)),
                (0...Self.maximumCount).contains(events)
            {
                self = .cut(events: events)
            } else if let status = Int(word.ends(with: "html") ? word.dropLast(4) : word[...]),
                (400...599).contains(status)
            {
                self = word.ends(with: "html") ? .html(status) : .status(status)
            } else {
                return nil
            }
        }
    }

    /// Whether the request is refused before it has any effect.
    var refusesRequest: Bool {
        switch self {
        case .status, .html: true
        case .none, .drop, .lose, .truncate, .cut, .garbage, .slow: false
        }
    }

    /// Returns the response to a request with this fault; `produce` makes the real one.
    ///
    /// - Parameter actsFirst: whether the request takes effect even if its response is lost, as for creating a run.
    func apply(
        actsFirst: Bool = false, retryAfter: String? = nil, to produce: () async throws -> Reply
    ) async throws -> Reply {
        switch self {
        case .none:
            return try await produce()
        case .slow(let seconds):
            let reply = actsFirst ? try await produce() : nil
            try await Task.sleep(for: .seconds(seconds))
            return if let reply { reply } else { try await produce() }
        case .truncate:
            var reply = try await produce()
            reply.delivery = .truncated
            return reply
        case .lose:
            _ = try await produce()
            return .dropped
        case .cut(let events):
            var reply = try await produce()
            if case .stream(let stream) = reply.body {
                reply.body = .stream(CutStream(stream, after: events))
            } else {
                reply.delivery = .truncated
            }
            return reply
        case .drop:
            if actsFirst { _ = try await produce() }
            return .dropped
        case .garbage:
            if actsFirst { _ = try await produce() }
            return .json(200, text: Array("{\"run\": {\"run_id\": \"trun_\u{FFFD}\"".utf8) + [0xFF, 0x00])
        case .status(let status):
            return APIFailure.scripted(status, retryAfter: retryAfter).reply
        case .html(let status):
            let page =
                "<html><head><title>\(status)</title></head><body><h1>\(status)</h1><p>Sandbox gateway</p></body></html>\n"
            let headers = [("content-type", "text/html")] + (retryAfter.map { [("retry-after", $0)] } ?? [])
            return Reply(status: status, headers: headers, body: .bytes(Array(page.utf8)))
        }
    }
}

/// The faults of the first, second, … request of one kind: `drop*2,500` drops two and answers 500 to the third.
struct FaultPlan: Sendable, Equatable {
    private var steps: [(fault: InjectedFault, count: Int)] = []

    init() {}

    init?(_ text: String) {
        for part in text.parts(between: ",") {
            let pieces = part.parts(between: "*", maxSplits: 1)
            let word = pieces[0].drop { $0 == " " }
            guard let fault = InjectedFault(word) else { return nil }
            guard pieces.count > 1 else {
                steps.append((fault, 1))
                continue
            }
            guard let count = Int(pieces[1]), (1...1_000_000).contains(count) else { return nil }
            steps.append((fault, count))
        }
    }

    /// The fault of request number `index`, counted from 0; nil after the last one.
    subscript(index: Int) -> InjectedFault? {
        var rest = index
        for step in steps {
            if rest < step.count { return step.fault }
            rest -= step.count
        }
        return nil
    }

    static func == (left: FaultPlan, right: FaultPlan) -> Bool {
        left.steps.elementsEqual(right.steps) { $0.fault == $1.fault && $0.count == $1.count }
    }
}
