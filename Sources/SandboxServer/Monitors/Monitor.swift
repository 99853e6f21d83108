import ParallelJSON
import ParallelSystem

/// A monitor, which runs once at its creation, then when it is triggered; the sandbox is not kept up long enough for a
/// schedule.
struct Monitor: Sendable {
    let id = Identifier.make("monitor_")
    let createdAt = WallClock.timestamp()
    let type: String
    /// The output of the run that a snapshot watches; nil for another monitor.
    let watched: JSONValue?
    private(set) var members: JSONObject
    private(set) var isCancelled = false
    /// When executions end that have begun.
    private var due: [ContinuousClock.Instant] = []
    private(set) var lastRunAt: String?
    /// The events, newest first.
    private(set) var events: [JSONValue] = []

    /// The number of events that are kept.
    private static let maximumEvents = 300

    init(_ body: JSONObject, watching run: (query: JSONValue, output: JSONValue)?) {
        type = body["type"]?.string ?? ""
        watched = run?.output
        members = body
        members["processor"] = body["processor"].flatMap { $0.isNull ? nil : $0 } ?? "lite"
        if let run, var settings = body["settings"]?.object {
            settings["query"] = run.query
            members["settings"] = .object(settings)
        }
    }

    /// Returns the hours of a frequency such as `6h`; nil if it is none from an hour to thirty days.
    static func hours(of text: String) -> Int? {
        guard let unit = text.utf8.last, let factor = [0x68: 1, 0x64: 24, 0x77: 168][unit],
            let count = Int(text.dropLast()), text.utf8.count <= 4, !text.begins(with: "+"),
            (1...720).contains(count * factor)
        else { return nil }
        return count * factor
    }

    var json: JSONValue {
        var json: JSONObject = [
            "type": .string(type), "monitor_id": .string(id), "status": isCancelled ? "cancelled" : "active",
        ]
        for key in ["frequency", "processor", "settings", "webhook", "metadata"] {
            json[key] = members[key] ?? .some(.null)
        }
        json["created_at"] = .string(createdAt)
        json["last_run_at"] = lastRunAt.map(JSONValue.string) ?? .some(.null)
        if let watched { json["output"] = ["latest_snapshot": watched] }
        return .object(json)
    }

    mutating func update(_ body: JSONObject) {
        for key in ["frequency", "processor", "webhook", "metadata"] {
            if let value = body[key] { members[key] = .some(value) }
        }
        guard let changes = body["settings"]?.object, var settings = members["settings"]?.object else { return }
        for change in changes { settings[change.key] = .some(change.value) }
        members["settings"] = .object(settings)
    }

    mutating func cancel() {
        isCancelled = true
        due = []
    }

    mutating func begin(after delay: Duration) { due.append(.now + delay) }

    /// Ends the executions that are due, and returns their events.
    mutating func advance() -> [JSONValue] {
        let ended = due.count { $0 <= .now }
        due.removeAll { $0 <= .now }
        var new: [JSONValue] = []
        for _ in 0..<ended {
            lastRunAt = WallClock.timestamp()
            new += execution()
        }
        events = Array((new.reversed() + events).prefix(Self.maximumEvents))
        return new
    }

    /// Returns the outcome of an execution: events, or that it found nothing, or that it failed. Metadata may choose
    /// one by `sandbox_outcome`.
    private func execution() -> [JSONValue] {
        let query = members["settings"]?["query"]?.string ?? ""
        let time = WallClock.timestamp()
        let wanted = members["metadata"]?["sandbox_outcome"]?.string
        if wanted == "nothing" { return [["event_type": "completion", "timestamp": .string(time)]] }
        if wanted == "error" {
            return [["event_type": "error", "error_message": "Sandbox: scripted failure", "timestamp": .string(time)]]
        }
        var event: JSONObject = [
            "event_id": .string(Identifier.make("evt_")), "event_group_id": .string(Identifier.make("mevtgrp_")),
            "event_date": .string(String(time.prefix(10))), "event_type": .string(type),
        ]
        if let watched {
            event["changed_output"] = watched
            event["previous_output"] = watched
        } else {
            event["output"] = output(query, number: events.count + 1)
        }
        let first: JSONValue = .object(event)
        guard events.isEmpty, members["settings"]?["include_backfill"]?.bool == true else { return [first] }
        event["event_id"] = .string(Identifier.make("evt_"))
        event["event_date"] = .string(String(time.prefix(4)))
        return [.object(event), first]
    }

    private func output(_ query: String, number: Int) -> JSONValue {
        let seed = StableHash.of("\(query)\n\(number)")
        let page = "https://news.parallel.example/\(String(seed, radix: 36))"
        func basis(of field: String) -> JSONValue {
            [
                "field": .string(field), "reasoning": "The page says so.", "confidence": "high",
                "citations": [["url": .string(page), "title": "A page of the sandbox", "excerpts": []]],
            ]
        }
        guard let schema = members["settings"]?["output_schema"]?["json_schema"]?.object else {
            return [
                "type": "text", "content": .string("Sandbox event \(number) for “\(query)”."),
                "basis": [basis(of: "output")],
            ]
        }
        let value = ValueSynthesis(root: schema, seed: seed, usesFieldNames: true) {
            "Sandbox value for \($0) (query: \(query))"
        }.value()
        return [
            "type": "json", "content": value, "basis": .array((value.object?.keys ?? []).map { basis(of: $0) }),
        ]
    }
}
