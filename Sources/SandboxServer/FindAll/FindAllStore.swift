import ParallelJSON

/// All FindAll runs of the server. Every query first takes all steps that are due; a task of each active run takes them
/// where nobody asks, so that webhooks are called.
actor FindAllStore {
    private let runs: RunStore
    private let defaultDelay: Double
    private let callWebhook: @Sendable (_ url: String, _ id: String, _ body: [UInt8]) -> Void
    private var quota: RunQuota?
    private var records: [String: FindAllRecord] = [:]
    /// How many events of each run its webhook was told of.
    private var told: [String: Int] = [:]
    private var clocks: [String: Task<Void, Never>] = [:]
    private let start = ContinuousClock.now

    /// - Parameters:
    ///   - runs: has the account that pays.
    ///   - hasQuota: whether the API's 300 runs in an hour are counted.
    init(
        runs: RunStore, defaultDelay: Double, hasQuota: Bool,
        callWebhook: @escaping @Sendable (_ url: String, _ id: String, _ body: [UInt8]) -> Void
    ) {
        self.runs = runs
        self.defaultDelay = defaultDelay
        self.callWebhook = callWebhook
        quota = hasQuota ? RunQuota(runs: 300, window: .seconds(3600)) : nil
    }

    func stop() { for clock in clocks.values { clock.cancel() } }

    /// Creates a run. Throws the API's 402 if the account doesn't have the price of all its matches, and its 429 if
    /// there are too many runs.
    func create(_ request: FindAllRequest) async throws -> FindAllRecord {
        let price = request.generator.fixedPrice + request.matchLimit * request.generator.matchPrice
        guard await runs.canPay(price) else { throw APIFailure.insufficientCredit }
        try quota?.take(1, at: now)
        var record = FindAllRecord(request)
        await runs.pay(request.generator.fixedPrice)
        record.plan(at: now, lasting: span(of: record))
        return await keep(record)
    }

    func record(_ id: String) async throws -> FindAllRecord { try await change(id) { _, _, _ in } }

    func change(
        _ id: String, _ change: (inout FindAllRecord, _ now: Duration, _ span: Duration) throws -> Void
    ) async throws -> FindAllRecord {
        // Between here and where the run is stored nothing is waited for.
        guard var record = records[id] else { throw APIFailure.unknownFindAll }
        while record.advance(to: now) {}
        try change(&record, now, span(of: record))
        return await keep(record)
    }

    private var now: Duration { start.duration(to: .now) }

    private func span(of record: FindAllRecord) -> Duration { .seconds(record.request.scenario.delay ?? defaultDelay) }

    /// Takes all steps that are due, tells the webhook of what is new, bills new matches, and stores the run.
    private func keep(_ record: FindAllRecord) async -> FindAllRecord {
        var record = record
        while record.advance(to: now) {}
        let matches = record.matches
        let new = matches - record.billedMatches
        record.billedMatches = matches
        records[record.id] = record
        tellWebhook(of: record)
        setClock(of: record)
        if new > 0 { await runs.pay(new * record.request.generator.matchPrice) }
        return record
    }

    /// Has the next step of an active run taken in time.
    private func setClock(of record: FindAllRecord) {
        let id = record.id
        guard let next = record.steps.first, clocks[id] == nil else { return }
        clocks[id] = Task {
            try? await Task.sleep(until: start + next.due, clock: .continuous)
            clocks[id] = nil
            if !Task.isCancelled { _ = try? await self.record(id) }
        }
    }

    private func tellWebhook(of record: FindAllRecord) {
        let first = told[record.id] ?? 0
        told[record.id] = record.events.count
        guard let url = record.request.webhookURL, first < record.events.count else { return }
        for event in record.events[first...] {
            guard var type = event["type"]?.string, var data = event["data"]?.object else { continue }
            if type == "findall.status" {
                guard let status = data["status"]?["status"]?.string else { continue }
                type = "findall.run.\(status)"
            } else {
                data["findall_id"] = .string(record.id)
            }
            guard record.request.webhookTypes.contains(type) else { continue }
            let body: JSONValue = [
                "timestamp": event["timestamp"] ?? .null, "type": .string(type), "data": .object(data),
            ]
            callWebhook(url, record.id, body.bytes())
        }
    }
}
