package import ParallelJSON
import ParallelSystem

/// A FindAll run as the API last described it (`GET /v1beta/findall/runs/{findall_id}`).
package struct FindAllRun: Sendable {
    /// The object as the API sent it.
    package let json: JSONValue
    package let id: String

    /// Reads a run; nil if the value has no usable `findall_id`.
    package init?(_ json: JSONValue) {
        guard let id = json["findall_id"]?.string, !id.isEmpty, !id.begins(with: "-") else { return nil }
        self.json = json
        self.id = id
    }

    package var status: RunStatus {
        RunStatus(rawValue: json["status"]?["status"]?.string ?? json["status"]?.string ?? "unknown")
    }

    /// Whether the run may still change.
    package var isActive: Bool { json["status"]?["is_active"]?.bool ?? status.isUsuallyActive }

    /// Why the run has ended, such as `match_limit_met`.
    package var reason: String? { json["status"]?["termination_reason"]?.string }

    /// The number of candidates so far; nil if the API does not say.
    package var generated: Int? { json["status"]?["metrics"]?["generated_candidates_count"]?.int }
    /// The number of matches so far; nil if the API does not say.
    package var matched: Int? {
        // A run has far fewer; other numbers could not be reckoned with.
        json["status"]?["metrics"]?["matched_candidates_count"]?.int.map { min(max($0, 0), 100_000) }
    }

    /// How far the run is, such as `1 match among 3 candidates`; nil if the API does not say.
    package var progress: String? {
        matched.map { Self.progress(matches: $0, candidates: generated ?? $0) }
    }

    package static func progress(matches: Int, candidates: Int) -> String {
        "\(matches == 1 ? "1 match" : "\(matches.grouped) matches") among \(counted(candidates, "candidate"))"
    }

    package var generator: String? { json["generator"]?.string }
    package var createdAt: String? { json["created_at"]?.string }
    package var modifiedAt: String? { json["modified_at"]?.string }

    /// Whether the run has ended otherwise than by having searched enough.
    package var hasFailed: Bool {
        !isActive
            && (status != .completed
                || ["insufficient_funds", "error_occurred", "user_cancelled"].contains(reason ?? ""))
    }
}

/// What a FindAll run has found (`GET /v1beta/findall/runs/{findall_id}/result`), also while it is active.
package struct FindAllResult: Sendable {
    /// The document as the API sent it.
    package let json: JSONValue
    package let run: FindAllRun
    package let candidates: [FindAllCandidate]

    /// Reads a result, whose run is its member `run` or the document itself; nil if there is no run.
    package init?(_ json: JSONValue) {
        guard let run = json["run"].flatMap(FindAllRun.init) ?? FindAllRun(json) else { return nil }
        self.json = json
        self.run = run
        candidates = (json["candidates"]?.array ?? []).map(FindAllCandidate.init)
    }
}

/// Something that a FindAll run has looked at (`FindAllCandidate`).
package struct FindAllCandidate: Sendable {
    package let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    package var name: String { json["name"]?.string ?? "" }
    package var url: String { json["url"]?.string ?? "" }
    package var description: String? { json["description"]?.string }
    /// `generated`, `matched`, `unmatched` or `discarded`.
    package var status: String { json["match_status"]?.string ?? "" }
    package var isMatched: Bool { status == "matched" }
    package var basis: [FieldBasis] { (json["basis"]?.array ?? []).compactMap(FieldBasis.init) }

    /// The values of conditions and enrichments. Each is an object with its `value`, or the value itself: the API's
    /// documentation shows both. `isMet` is nil for enrichments.
    package var fields: [(name: String, value: JSONValue, isMet: Bool?)] {
        (json["output"]?.object ?? [:]).map { member in
            guard let value = member.value["value"], member.value["type"] != nil else {
                return (member.key, member.value, nil)
            }
            return (member.key, value, member.value["is_matched"]?.bool)
        }
    }
}

/// An event of a FindAll run's stream (`GET /v1beta/findall/runs/{findall_id}/events`).
package struct FindAllEvent: Sendable {
    package let json: JSONValue

    package init(_ json: JSONValue) { self.json = json }

    package var type: String { json["type"]?.string ?? "" }
    package var id: String? { json["event_id"]?.string }
    package var time: String? { json["timestamp"]?.string }
    /// Whether the event is the run's state, which also comes just to show that the stream lives.
    package var isStatus: Bool { type == "findall.status" }
    package var run: FindAllRun? { isStatus ? json["data"].flatMap(FindAllRun.init) : nil }
    package var candidate: FindAllCandidate? {
        type.begins(with: "findall.candidate.") ? json["data"].map(FindAllCandidate.init) : nil
    }
    package var error: APIErrorObject? { type == "error" ? json["error"].flatMap(APIErrorObject.init) : nil }
}

/// The generators of FindAll, and what they cost.
package enum FindAllGenerator {
    /// The price of a run and that of each match, in thousandths of a USD.
    package static let all: [(name: String, fixed: Int, match: Int)] = [
        ("preview", 100, 0), ("base", 250, 30), ("core", 2_000, 150), ("pro", 10_000, 1_000),
    ]

    package static let preview = "preview"
    /// The cheapest one that finds more than samples.
    package static let usual = "base"
    /// The numbers of matches that can be asked for; of a preview, of candidates.
    package static let limits = 5...1_000
    package static let previewLimits = 5...10
    package static let maximumExclusions = 10_000

    /// Returns the match limit that a schema names, as a number that can be reckoned with; nil if it names none.
    package static func limit(in schema: JSONValue) -> Int? {
        schema["match_limit"]?.int.map { min(max($0, 0), 100_000) }
    }

    /// Computes the most that a run costs; nil if a price is not known.
    ///
    /// - Parameters:
    ///   - matches: the number of matches that are found at most.
    ///   - processors: those of the enrichments, each of which runs for each match.
    ///   - isNew: whether the run itself is paid for, too.
    package static func cost(_ name: String, matches: Int, processors: [String], isNew: Bool = true) -> Cost? {
        guard let generator = all.first(where: { $0.name == name }) else { return nil }
        let enrichments = processors.map { Cost(runs: matches, processor: $0)?.thousandths }
        if enrichments.contains(nil) { return nil }
        return Cost(
            thousandths: (isNew ? generator.fixed : 0) + matches * generator.match
                + enrichments.reduce(0) { $0 + ($1 ?? 0) })
    }
}
