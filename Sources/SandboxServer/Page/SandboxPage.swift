import ParallelJSON
import ParallelSystem
import Synchronization

/// The sandbox's own page, at `/` for browsers, and what its script asks for, under `/_sandbox/`.
///
/// Other clients see nothing of it: without the marks of a browser or of the script, both are unknown routes. What it
/// asks is neither logged nor hit by faults.
struct SandboxPage: Sendable {
    let store: RunStore
    let faults: ScriptedFaults
    let recorder: ExchangeRecorder
    let webhooks: WebhookRecorder
    let guarding: PageGuard
    /// Tells the script that another sandbox has taken the port.
    private let instance = Identifier.make("")

    private static let maximumBody = 65_536

    init(
        store: RunStore, faults: ScriptedFaults, recorder: ExchangeRecorder, webhooks: WebhookRecorder, port: Int
    ) {
        self.store = store
        self.faults = faults
        self.recorder = recorder
        self.webhooks = webhooks
        guarding = PageGuard(port: port)
    }

    /// Returns the answer to a request of the page; nil if the request is one for the API.
    func answer(_ request: Request) async -> Reply? {
        if request.path == "/" {
            guard ["GET", "HEAD"].contains(request.method), Self.wantsPage(request) else { return nil }
            if let refusal = guarding.refusal(ofPage: request) { return Self.text(403, refusal) }
            var reply = Self.guarded(PageText.reply)
            if request.method == "HEAD" { reply.body = .bytes([]) }
            return reply
        }
        guard request.path.begins(with: "/_sandbox/"), request.headers[PageGuard.field] != nil else { return nil }
        if let refusal = guarding.refusal(ofData: request) { return Self.text(403, refusal) }
        do {
            let answer = try await data(request)
            return Self.guarded(answer.map { .json(200, $0) } ?? Self.text(404, "There is no such thing any more."))
        } catch {
            return Self.text(422, "\(error)")
        }
    }

    private static func wantsPage(_ request: Request) -> Bool {
        (request.headers["accept"] ?? "").asciiLowercased.parts(between: ",").contains {
            $0.parts(between: ";")[0].trimmed.isExactly("text/html")
        }
    }

    private static func text(_ status: Int, _ message: String) -> Reply {
        guarded(
            Reply(
                status: status, headers: [("content-type", "text/plain; charset=utf-8")],
                body: .bytes(Array("\(message)\n".utf8))))
    }

    /// Adds the fields that keep an answer away from other pages and out of caches.
    static func guarded(_ reply: Reply) -> Reply {
        var reply = reply
        reply.headers += [
            ("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"), ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ]
        return reply
    }

    // MARK: - What the script asks for

    /// - Returns: nil if there is no such thing.
    private func data(_ request: Request) async throws -> JSONValue? {
        let parts = request.segments.dropFirst(2)
        let name = parts.count > 1 ? parts.last : nil
        switch (request.method, parts.first, parts.count) {
        case ("GET", "state", 1):
            return await state(
                after: request.query["after"].flatMap { Int($0) } ?? 0, runs: request.query["runs"],
                webhooks: request.query["webhooks"])
        case ("GET", "requests", 2): return name.flatMap { Int($0) }.flatMap(recorder.exchange)?.whole
        case ("GET", "runs", 2): return await store.record(name ?? "")?.whole
        case ("GET", "groups", 2):
            guard let group = await store.group(name ?? "") else { return nil }
            let runs = await store.runs(ofGroup: group.id, upTo: RecentRuns.limit) ?? []
            return ["group": group.json, "runs": .array(runs.map(\.summary))]
        case ("POST", "faults", 1): try addFault(request)
        case ("DELETE", "faults", 1): faults.clear(nil)
        case ("DELETE", "faults", 2): faults.clear(name.flatMap { Int($0) } ?? 0)
        case ("DELETE", "requests", 1): recorder.clear()
        case ("DELETE", "webhooks", 1): webhooks.clear()
        default: return nil
        }
        return ["faults": listOfFaults]
    }

    private func addFault(_ request: Request) throws {
        guard request.headers["content-type"] == "application/json", request.body.count <= Self.maximumBody,
            let body = try? JSONValue.parse(request.body), let name = body["name"]?.string, let rules = body["rules"]
        else { throw ControlFileError("expected JSON: {\"name\": ..., \"rules\": {\"faults\": [...]}}") }
        try faults.add(String(name.prefix(100)), rules)
    }

    private var listOfFaults: JSONValue {
        .array(
            faults.list.map { fault in
                [
                    "id": .number(JSONNumber(fault.id)), "name": .string(fault.name), "rules": fault.rules,
                    "left": fault.hitsLeft.map { .number(JSONNumber($0)) } ?? .null,
                ]
            })
    }

    /// Returns what has changed: requests since a version of the recorder, and lists of another version than that of
    /// the last answer.
    private func state(after version: Int, runs: String?, webhooks known: String?) async -> JSONValue {
        let requests = recorder.snapshot(since: version)
        let recent = await store.recent()
        let (webhooksVersion, list) = webhooks.snapshot()
        var state: JSONObject = [
            "instance": .string(instance), "version": .number(JSONNumber(requests.version)),
            "now": .number(JSONNumber(WallClock.milliseconds())),
            "total": .number(JSONNumber(requests.total)), "first": .number(JSONNumber(requests.first)),
            "requests": .array(requests.changed.map(\.summary)), "faults": listOfFaults,
            "runs_version": .string(String(recent.version)), "webhooks_version": .string(String(webhooksVersion)),
        ]
        if runs != String(recent.version) {
            state["runs"] = .array(recent.runs.reversed().map(\.summary))
            state["groups"] = .array(recent.groups.reversed().map(\.json))
        }
        if known != String(webhooksVersion) { state["webhooks"] = .array(list.reversed().map(\.json)) }
        return .object(state)
    }
}
