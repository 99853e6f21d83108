import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// Shows monitors: a table of several, the facts of one.
struct MonitorView {
    let output: Output

    func write(list: JSONObject) throws {
        if output.format.isJSON { return try output.write(document: .object(list)) }
        let monitors = list["monitors"]?.array ?? []
        if monitors.isEmpty { output.note("no monitors") }
        let columns: [Document.Column] = [
            .init("monitor_id", .identifier), .init("status", .status), .init("frequency"), .init("processor"),
            .init("last_run", .time), .init("query"),
        ]
        if !monitors.isEmpty || output.format != .table {
            try output.write(
                table: Document.Table(
                    columns: columns,
                    rows: monitors.map { monitor in
                        [
                            text(monitor["monitor_id"]), status(monitor), text(monitor["frequency"]),
                            text(monitor["processor"]), Self.time(monitor["last_run_at"]), [.text(Self.query(monitor))],
                        ]
                    }))
        }
        output.tellOfRest(list)
    }

    func write(_ monitor: JSONValue) throws {
        if output.format.isJSON { return try output.write(document: monitor) }
        let webhook = monitor["webhook"]?["url"]?.string.map { SecretMask.url($0) } ?? ""
        let metadata = (monitor["metadata"]?.object?.members ?? []).map {
            "\($0.key)=\($0.value.string ?? $0.value.serialized())"
        }
        let snapshot = monitor["output"]?["latest_snapshot"].flatMap { $0.object == nil ? nil : TaskOutput(json: $0) }
        let facts: [(String, [Document.Inline])] = [
            ("monitor_id", text(monitor["monitor_id"])), ("type", text(monitor["type"])), ("status", status(monitor)),
            ("query", [.text(Self.query(monitor))]), ("task_run_id", text(monitor["settings"]?["task_run_id"])),
            ("frequency", text(monitor["frequency"])), ("processor", text(monitor["processor"])),
            ("cost", [.text(Self.cost(monitor))]), ("webhook", [.text(webhook)]),
            ("metadata", [.text(metadata.joined(separator: ", "))]), ("created", Self.time(monitor["created_at"])),
            ("last_run", Self.time(monitor["last_run_at"])),
        ]
        let known = facts.filter { !$0.1.plainText.isEmpty }
        try output.write(fields: known.map { ([.text($0.0)], $0.1) }, headings: ["field", "value"])
        if let snapshot, output.takesDocuments {
            let blocks = JSONBlocks.blocks(snapshot.content)
            try output.write(Document([.heading(2, [.text("Latest snapshot")])] + blocks))
        }
    }

    /// Returns the events of a monitor, newest first, as rows or as a document.
    func write(events list: JSONObject) throws {
        if output.format.isJSON { return try output.write(document: .object(list)) }
        let events = list["events"]?.array ?? []
        for warning in list["warnings"]?.array ?? [] {
            output.warn(saying: warning["message"]?.string ?? warning.string ?? warning.serialized())
        }
        if events.isEmpty { output.note("no events") }
        if output.takesDocuments {
            if !events.isEmpty { try output.write(Document(events.flatMap(Self.blocks)), isWhole: true) }
        } else {
            try output.write(
                table: Document.Table(
                    headings: ["date", "type", "event_id", "event_group_id", "content"],
                    rows: events.map { event in
                        [
                            Self.date(event), event["event_type"]?.string ?? "", event["event_id"]?.string ?? "",
                            event["event_group_id"]?.string ?? event["monitor_group_id"]?.string ?? "",
                            Self.content(event),
                        ]
                    }))
        }
        output.tellOfRest(list)
    }

    private static func date(_ event: JSONValue) -> String {
        event["event_date"]?.string ?? event["timestamp"]?.string ?? ""
    }

    /// What an event says, on one line.
    private static func content(_ event: JSONValue) -> String {
        if let message = event["error_message"]?.string { return message }
        guard let output = event["output"] ?? event["changed_output"], output.object != nil else { return "" }
        return switch TaskOutput(json: output).content {
        case .text(let text): text
        case .structured(let value): value.serialized()
        }
    }

    /// An event as a part of a document: what was found, with its sources; what a snapshot had before.
    private static func blocks(_ event: JSONValue) -> [Document.Block] {
        let kind = event["event_type"]?.string ?? "event"
        let date = date(event)
        var blocks: [Document.Block] = [
            .heading(2, (date.isEmpty ? [] : [.text(date + "  ")]) + [.mark(.eventKind(kind))])
        ]
        if let message = event["error_message"]?.string { blocks.append(.paragraph([.text(message)])) }
        if let output = event["output"] ?? event["changed_output"], output.object != nil {
            let output = TaskOutput(json: output)
            var sources = SourceList(output.basis)
            switch output.content {
            case .text(let text):
                blocks.append(.markdown(text))
                _ = sources.notes(for: ["output"])
            case .structured(let value):
                var fields = JSONBlocks(sources: sources)
                blocks += fields.blocks(value)
                sources = fields.sources
            }
            if !sources.sources.isEmpty { blocks.append(.sources(sources.sources)) }
        }
        let ids = ["event_id", "event_group_id"].compactMap { name in event[name]?.string.map { "\(name) \($0)" } }
        if !ids.isEmpty { blocks.append(.paragraph([.text(ids.joined(separator: ", "))])) }
        if let previous = event["previous_output"], previous.object != nil {
            blocks.append(.paragraph([.text("Before:")]))
            blocks.append(.quote(JSONBlocks.blocks(TaskOutput(json: previous).content)))
        }
        return blocks
    }

    private static func query(_ monitor: JSONValue) -> String {
        monitor["settings"]?["query"]?.string ?? monitor["settings"]?["task_run_id"]?.string ?? ""
    }

    private static func cost(_ monitor: JSONValue) -> String {
        let frequency = monitor["frequency"]?.string.flatMap(MonitorFrequency.init)
        let cost = frequency.flatMap {
            MonitorProcessor.monthlyCost($0, on: monitor["processor"]?.string ?? MonitorProcessor.usual)
        }
        return monitor["status"]?.string == "cancelled" ? "" : cost.map { "about \($0.text) a month" } ?? ""
    }

    private func status(_ monitor: JSONValue) -> [Document.Inline] {
        monitor["status"]?.string.map { [.mark(.status($0))] } ?? []
    }

    private func text(_ value: JSONValue?) -> [Document.Inline] { value?.string.map { [.text($0)] } ?? [] }

    static func time(_ value: JSONValue?) -> [Document.Inline] {
        value?.string.map { [.time($0, seconds: Timestamp.seconds($0))] } ?? []
    }
}
