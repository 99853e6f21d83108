import ParallelJSON

extension Monitor {
    /// Returns the calls of the webhook that tell of the outcomes of executions: one for each that it wants.
    ///
    /// - Parameter events: the events of the executions, in their order.
    func webhookCalls(for events: [JSONValue]) -> [(url: String, body: JSONValue)] {
        guard let webhook = members["webhook"], let url = webhook["url"]?.string else { return [] }
        let wanted = (webhook["event_types"]?.array ?? []).compactMap(\.string)
        var lastGroup: JSONValue?
        return events.compactMap { event in
            let group = event["event_group_id"]
            // What one execution has found has one call.
            if group != nil, group == lastGroup { return nil }
            lastGroup = group
            let (type, told) = Self.told(event)
            guard wanted.contains(type) else { return nil }
            let data: JSONValue = [
                "monitor_id": .string(id), "event": told, "metadata": members["metadata"] ?? .null,
            ]
            return (url, ["type": .string(type), "timestamp": .string(WallClock.timestamp()), "data": data])
        }
    }

    private static func told(_ event: JSONValue) -> (type: String, event: JSONValue) {
        let time = event["timestamp"]?.string ?? ""
        switch event["event_type"] {
        case "completion":
            return ("monitor.execution.completed", ["type": "completion", "monitor_ts": .string("completed_" + time)])
        case "error":
            let error: JSONValue = [
                "type": "error", "error": event["error_message"] ?? nil, "id": .string("error_" + time),
                "date": .string(time),
            ]
            return ("monitor.execution.failed", error)
        default: return ("monitor.event.detected", ["event_group_id": event["event_group_id"] ?? nil])
        }
    }
}
