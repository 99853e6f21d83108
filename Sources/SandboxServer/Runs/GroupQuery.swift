import ParallelJSON
import ParallelSystem

/// A position in one of a group's two streams. It is opaque to clients; the two streams use different words, so that a
/// client that mixes them up is noticed.
enum GroupCursor: Sendable, Equatable {
    /// After this many runs of the listing.
    case run(Int)
    /// After this many ended runs; `status` distinguishes states of the group at the same position.
    case ending(Int, status: Int? = nil)

    var text: String {
        switch self {
        case .run(let count): "run-\(count)"
        case .ending(let count, nil): "event-\(count)"
        case .ending(let count, let status?): "event-\(count)-\(status)"
        }
    }

    init?(_ text: String) {
        let parts = text.parts(between: "-")
        let numbers = parts.dropFirst().compactMap { Int($0) }
        guard numbers.count == parts.count - 1 else { return nil }
        switch (parts[0], numbers.count) {
        case ("run", 1): self = .run(numbers[0])
        case ("event", 1): self = .ending(numbers[0])
        case ("event", 2): self = .ending(numbers[0], status: numbers[1])
        default: return nil
        }
    }
}

/// The query parameters of the group routes; each route uses some of them.
struct GroupQuery: Sendable {
    var refreshesStatus = true
    var status: RunStatus?
    var includesInput = false
    var includesOutput = false
    /// The numbers of runs, and of ended runs, that the client has seen.
    var lastRun = 0
    var lastEnding = 0
    /// The time limit of the stream, in seconds.
    var timeout: Double?

    /// - Throws: a 422 that lists the invalid parameters.
    init(_ request: Request) throws(APIFailure) {
        var check = RequestCheck()
        func value<Value>(_ name: String, _ message: String, _ type: String, read: (String) -> Value?) -> Value? {
            guard let text = request.query[name] else { return nil }
            if let value = read(text) { return value }
            check.report(["query", .string(name)], message, type)
            return nil
        }
        func flag(_ name: String) -> Bool? {
            value(name, "Input should be a valid boolean, unable to interpret input", "bool_parsing") {
                ["true": true, "false": false, "1": true, "0": false][$0.lowercased()]
            }
        }
        refreshesStatus = flag("refresh_status") ?? true
        includesInput = flag("include_input") ?? false
        includesOutput = flag("include_output") ?? false
        let names = RunStatus.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        status = value("status", "Input should be one of \(names)", "enum", read: RunStatus.init)
        timeout = value("timeout", "Input should be a valid number of seconds", "float_parsing") {
            Double($0).flatMap { $0 >= 0 && $0.isFinite ? min($0, 86_400) : nil }
        }
        let isListing = request.segments.last == "runs"
        let seen = value("last_event_id", "Input should be a cursor of this stream", "value_error") { text -> Int? in
            switch GroupCursor(text) {
            case .run(let count) where isListing: count
            case .ending(let count, _) where !isListing: count
            default: nil
            }
        }
        if isListing { lastRun = seen ?? 0 } else { lastEnding = seen ?? 0 }
        try check.throwIfAny()
    }
}
