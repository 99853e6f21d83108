import ParallelJSON

/// A FindAll run: what was asked for, what it has found, and its next steps.
///
/// A run that begins, is extended or enriched plans its steps to the end: candidates come, are decided and enriched one
/// by one. A change while it is active plans the rest anew.
struct FindAllRecord: Sendable {
    enum Step: Sendable {
        case start
        case generate(number: Int, fits: Bool)
        /// Decides the candidate at this index.
        case decide(Int)
        case enrich(Int)
        case end
    }

    let id = Identifier.make("findall_")
    private(set) var request: FindAllRequest
    private(set) var enrichments: [FindAllEnrichment] = []
    private(set) var candidates: [FindAllCandidate] = []
    private(set) var status = RunStatus.queued
    private(set) var reason: String?
    /// The data of each event so far, in order.
    private(set) var events: [JSONValue] = []
    /// How many matches are billed already.
    var billedMatches = 0
    private(set) var steps: [(due: Duration, step: Step)] = []
    private let createdAt = WallClock.timestamp()
    private var modifiedAt = WallClock.timestamp()
    /// The index of the last event that is not just the run's status.
    private var lastEvent: Int?
    private let prefix = String(Identifier.make("").prefix(8))

    init(_ request: FindAllRequest) { self.request = request }

    var isActive: Bool { status.isActive }
    var matches: Int { candidates.count(where: \.isMatched) }

    /// The run as the API shows it.
    var json: JSONValue {
        [
            "findall_id": .string(id),
            "status": [
                "status": .string(status.rawValue), "is_active": .bool(isActive),
                "metrics": [
                    "generated_candidates_count": .number(JSONNumber(candidates.count)),
                    "matched_candidates_count": .number(JSONNumber(matches)),
                ],
                "termination_reason": reason.map(JSONValue.string) ?? .null,
            ],
            "generator": .string(request.generator.name), "metadata": .object(request.metadata),
            "created_at": .string(createdAt), "modified_at": .string(modifiedAt),
        ]
    }

    var schema: JSONValue {
        [
            "objective": .string(request.objective), "entity_type": .string(request.entityType),
            "match_conditions": .array(request.conditions),
            "enrichments": enrichments.isEmpty ? .null : .array(enrichments.map(\.publicBody)),
            "generator": .string(request.generator.name), "match_limit": .number(JSONNumber(request.matchLimit)),
        ]
    }

    var result: JSONValue {
        [
            "run": json, "candidates": .array(candidates.map(\.json)),
            "last_event_id": lastEvent.map { .string(eventID($0)) } ?? .null,
        ]
    }

    // MARK: - Events

    /// Returns the id of the event at `index`.
    private func eventID(_ index: Int) -> String {
        let digits = String(index, radix: 16)
        return prefix + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// Returns the index of the first event behind the one with this id, also of a status that was sent just to show
    /// that the stream lives; nil if it is no event of this run.
    func position(behind id: String) -> Int? {
        guard id.hasPrefix(prefix), let index = Int(id.dropFirst(prefix.count).prefix(5), radix: 16),
            index < events.count
        else { return nil }
        return index + 1
    }

    /// Returns the status as an event that is not kept: it shows that the stream lives.
    func heartbeat(behind position: Int) -> JSONValue {
        event("findall.status", json, id: eventID(max(0, position - 1)) + "-" + Identifier.make("").prefix(4))
    }

    private func event(_ type: String, _ data: JSONValue, id: String) -> JSONValue {
        ["type": .string(type), "timestamp": .string(WallClock.timestamp()), "event_id": .string(id), "data": data]
    }

    private mutating func tell(_ type: String, _ data: JSONValue) {
        if type != "findall.status" { lastEvent = events.count }
        events.append(event(type, data, id: eventID(events.count)))
    }

    private mutating func change(to status: RunStatus, _ reason: String? = nil) {
        self.status = status
        self.reason = reason
        modifiedAt = WallClock.timestamp()
        tell("findall.status", json)
    }

    // MARK: - Changes

    mutating func enrich(_ enrichment: FindAllEnrichment, at now: Duration, lasting span: Duration) {
        enrichments.append(enrichment)
        goOn(at: now, lasting: span)
    }

    /// Raises the limit. Throws the API's 422 where that is not possible.
    mutating func extend(by count: Int, at now: Duration, lasting span: Duration) throws(APIFailure) {
        var problem: String?
        if request.generator.isPreview { problem = "A preview run can't be extended" }
        if !isActive, reason != "match_limit_met" {
            problem = "Only active runs and those that ended with match_limit_met can be extended"
        }
        if request.matchLimit + count > FindAllRequest.limits.upperBound {
            problem = "The match limit can't exceed \(FindAllRequest.limits.upperBound)"
        }
        if let problem {
            throw .validation([
                ["loc": ["body", "additional_match_limit"], "msg": .string(problem), "type": "value_error"]
            ])
        }
        request.matchLimit += count
        goOn(at: now, lasting: span)
    }

    /// Takes in a change of the schema: a run that has ended is queued again.
    private mutating func goOn(at now: Duration, lasting span: Duration) {
        tell("findall.schema.updated", schema)
        if !isActive { change(to: .queued) }
        plan(at: now, lasting: span)
    }

    mutating func cancel() {
        steps = []
        change(to: .cancelled, "user_cancelled")
    }

    /// Plans all steps to the end, evenly over `span`.
    mutating func plan(at now: Duration, lasting span: Duration) {
        var next: [Step] = status == .queued ? [.start] : []
        /// The numbers of matches and candidates that there will be, and the places of the matches.
        var (matched, generated) = (matches, candidates.count)
        var lacking: [Int] = []
        for (index, candidate) in candidates.enumerated() {
            if candidate.status == "generated" {
                next.append(.decide(index))
                if candidate.fits { matched += 1 }
            }
            if candidate.fits, candidate.enrichments < enrichments.count { lacking.append(index) }
        }
        next += lacking.map(Step.enrich)
        let most = min(request.matchLimit, request.scenario.maximumMatches ?? .max)
        var number = candidates.last?.number ?? 0
        var misses = 0
        // A preview evaluates so many candidates; other runs go on until there are enough matches, or no more come.
        while request.generator.isPreview ? generated < request.matchLimit : matched < request.matchLimit && misses < 5
        {
            number += 1
            let sample = FindAllCandidate(number: number, of: request, fits: false)
            if request.excluded.contains(FindAllRequest.key(sample.name, sample.url)) { continue }
            let fits = matched < most && FindAllCandidate.fits(number, request.objective)
            misses = matched < most ? 0 : misses + 1
            next += [.generate(number: number, fits: fits), .decide(generated)]
            if fits, !enrichments.isEmpty { next.append(.enrich(generated)) }
            generated += 1
            if fits { matched += 1 }
        }
        next.append(.end)
        steps = next.enumerated().map { (now + span * (Double($0 + 1) / Double(next.count)), $1) }
    }

    /// Takes the next step if it is due; returns whether there was one.
    mutating func advance(to now: Duration) -> Bool {
        guard let next = steps.first, next.due <= now else { return false }
        steps.removeFirst()
        switch next.step {
        case .start: change(to: .running)
        case .generate(let number, let fits):
            let candidate = FindAllCandidate(number: number, of: request, fits: fits)
            candidates.append(candidate)
            tell("findall.candidate.generated", candidate.json)
        case .decide(let index):
            candidates[index].decide(request)
            tell("findall.candidate.\(candidates[index].status)", candidates[index].json)
        case .enrich(let index):
            for enrichment in enrichments.dropFirst(candidates[index].enrichments) {
                candidates[index].enrich(enrichment)
            }
            tell("findall.candidate.enriched", candidates[index].json)
        case .end:
            let status = request.scenario.finalStatus ?? .completed
            let usual =
                switch status {
                case .completed:
                    matches < request.matchLimit && !request.generator.isPreview
                        ? "candidates_exhausted" : "match_limit_met"
                case .cancelled: "user_cancelled"
                default: "error_occurred"
                }
            change(to: status, request.scenario.reason ?? usual)
        }
        return true
    }
}
