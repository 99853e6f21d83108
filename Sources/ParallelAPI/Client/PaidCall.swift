import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem

/// A request that starts or costs something, as the log of this machine has it. What it costs at most is read from the
/// body that is sent, so that no request gets past the log.
struct PaidCall {
    /// What it starts: the first word of an id without its underscore, or the name of a product.
    private(set) var kind: String
    /// The id of what it adds to.
    private(set) var id: String?
    private(set) var processor: String?
    private(set) var words = ""
    /// Nil if nobody can say.
    private(set) var cost: Cost?
    /// What the answer names.
    private(set) var creates: WorkID.Kind?

    /// Returns nil for a request that costs nothing.
    ///
    /// - Parameter known: what it costs, where only the caller can say.
    init?(_ request: HTTPRequest, known: Cost? = nil) {
        guard request.method == .post, known?.thousandths != 0, request.url.path.begins(with: request.basePath) else {
            return nil
        }
        // A server takes an encoded letter for the letter.
        let path = request.url.path.dropping(bytes: request.basePath.utf8.count).parts(between: "/")
            .filter { !$0.isEmpty }.map { String(decoding: PercentEncoding.decode($0.utf8).bytes, as: UTF8.self) }
        var name = path.dropFirst().joined(separator: "/")
        // Ids are between the names of collections and of actions.
        let isOfOne = path.count == 5 || path.count == 4 && path[1] == "monitors"
        let place = path.count == 5 ? 3 : 2
        if isOfOne {
            id = path[place]
            name = path[1..<place].joined(separator: "/") + "/*/" + path[place + 1]
        }
        guard let product = Self.products[name] else { return nil }
        let body = request.body.flatMap { try? JSONValue.parse($0) } ?? .null
        (kind, creates) = (product.kind, id == nil ? product.creates : nil)
        processor = ["processor", "generator", "mode", "model"].lazy.compactMap { body[$0]?.string }.first
        let settings = body["settings"]
        let said = [
            body["input"], body["objective"], body["search_queries"]?[0], body["query"], settings?["query"],
            body["state"],
            body["urls"]?[0], body["messages"]?.array?.last?["content"], body["inputs"]?[0]?["input"],
        ]
        words = said.lazy.compactMap(\.self).first.map { $0.string ?? $0.serialized() } ?? ""
        cost = known ?? product.cost(body, processor)
    }

    /// The products by their paths, without the version of the API.
    private static let products:
        [String: (kind: String, creates: WorkID.Kind?, cost: @Sendable (_ body: JSONValue, _ name: String?) -> Cost?)] =
            [
                "tasks/runs": ("run", .run, { body, _ in run(body) }),
                "tasks/groups": ("group", .group, { _, _ in Cost(thousandths: 0) }),
                "tasks/groups/*/runs": ("group", nil, { body, _ in sum((body["inputs"]?.array ?? []).map(run)) }),
                "search": ("search", nil, { body, mode in search(body, mode) }),
                "extract": ("extract", nil, { body, _ in ExtractRequest(urls: urls(body)).cost }),
                "images/search": ("images", nil, { _, mode in listed("images", mode ?? "advanced") }),
                "places/search": ("places", nil, { _, mode in listed("places", mode ?? "advanced") }),
                "chat/completions": ("chat", nil, { _, model in listed("chat", model ?? "") }),
                "decisions": ("decide", nil, { _, _ in nil }),
                "responses": ("respond", nil, { body, _ in response(body) }),
                "findall/runs": ("findall", .findAll, { body, name in findAll(body, name) }),
                "findall/runs/*/extend": ("findall", nil, { _, _ in nil }),
                "findall/runs/*/enrich": ("findall", nil, { _, _ in nil }),
                "findall/entity-search": ("entities", nil, { body, _ in entities(body) }),
                "monitors": ("monitor", .monitor, { body, name in monitor(body, name) }),
                "monitors/*/update": ("monitor", nil, { body, name in monitorUpdate(body, name) }),
                "monitors/*/trigger": ("monitor", nil, { _, _ in listed("monitor", "base") }),
            ]

    private static func run(_ body: JSONValue) -> Cost? {
        let isPaidFor = body["advanced_settings"]?["data_sources"]?["pay_per_use"]?.array?.isEmpty == false
        let isOpen = isPaidFor || body["data_sources"]?["pay_per_use"]?.array?.isEmpty == false
        return isOpen ? nil : Cost(runs: 1, processor: body["processor"]?.string ?? "")
    }

    private static func sum(_ costs: [Cost?]) -> Cost? {
        costs.contains(nil) ? nil : Cost(thousandths: costs.reduce(0) { $0 + ($1?.thousandths ?? 0) })
    }

    private static func search(_ body: JSONValue, _ mode: String?) -> Cost? {
        var request = SearchRequest()
        request.mode = mode ?? "advanced"
        request.maxResults = body["advanced_settings"]?["max_results"]?.int
        return request.cost
    }

    private static func urls(_ body: JSONValue) -> [String] { (body["urls"]?.array ?? []).compactMap(\.string) }

    private static func listed(_ product: String, _ name: String) -> Cost? {
        PriceList.entries.first { $0.product == product && $0.name.isExactly(name) }?.centsPer1000
            .map { Cost(thousandths: ($0 + 99) / 100) }
    }

    private static func response(_ body: JSONValue) -> Cost? {
        PriceList.cost(ofResponseWith: body["reasoning"]?["effort"]?.string ?? "medium")
    }

    private static func findAll(_ body: JSONValue, _ generator: String?) -> Cost? {
        let limit = FindAllGenerator.limit(in: body) ?? FindAllGenerator.limits.upperBound
        return FindAllGenerator.cost(generator ?? "", matches: limit, processors: [])
    }

    /// $5 for 1,000 searches with 100 results, and $0.05 for 1,000 further results.
    private static func entities(_ body: JSONValue) -> Cost {
        let limit = min(max(body["match_limit"]?.int ?? 0, 0), 100_000)
        return Cost(thousandths: 5 + (max(0, limit - 100) + 19) / 20)
    }

    /// Nothing, if the monitor goes on as often and on the same processor; unknown, if only one of them is told.
    private static func monitorUpdate(_ body: JSONValue, _ processor: String?) -> Cost? {
        if body["frequency"] == nil, processor == nil { return Cost(thousandths: 0) }
        return processor == nil ? nil : monitor(body, processor)
    }

    /// What a monitor costs in a month: it goes on until it is cancelled.
    private static func monitor(_ body: JSONValue, _ processor: String?) -> Cost? {
        body["frequency"]?.string.flatMap(MonitorFrequency.init).flatMap {
            MonitorProcessor.monthlyCost($0, on: processor ?? MonitorProcessor.usual)
        }
    }
}

extension ParallelClient {
    /// An entry of the log whose request is under way.
    struct LoggedCall {
        private let log: ActivityLog
        private let key: String?
        private let creates: WorkID.Kind?
        private let creation: CreationRequest

        /// Puts a request down that costs something; returns nil for any other. Throws `BudgetError`.
        init?(_ request: HTTPRequest, _ log: ActivityLog?, known: Cost?) throws(BudgetError) {
            guard let log, let call = PaidCall(request, known: known) else { return nil }
            self.log = log
            creates = call.creates
            creation = CreationRequest(body: request.body ?? [], of: creates)
            key = try log.begin(
                call.kind, id: call.id, processor: call.processor, words: call.words,
                cost: call.cost?.micro)
        }

        /// Puts down what the answer says.
        func end(_ answer: [UInt8]) {
            guard key != nil else { return }
            guard let creates else { return log.became(key, "done") }
            let json = (try? JSONValue.parse(answer)) ?? .null
            guard let id = json[creates.member]?.string, TaskRun.isTypable(id) else {
                return fail(UnexpectedAnswer(message: "", mayHaveCreated: true, received: answer))
            }
            var members = JSONObject()
            if let other = json["interaction_id"]?.string, !other.isExactly(id) {
                members["interaction"] = .string(other)
            }
            let status = json["status"]?.string ?? json["status"]?["status"]?.string ?? "created"
            log.became(key, status.shortened(to: 40), id: id, members)
        }

        /// Puts down what became of a request that brought no answer, or an error.
        func fail(_ error: any Error) {
            switch creation.outcome(of: error) {
            case .created(let id): log.became(key, "created", id: id.text)
            case .notCreated: log.refuse(key)
            case .uncertain: log.became(key, ActivityLog.uncertain)
            }
        }
    }
}
