import ParallelJSON
import ParallelSystem

/// Reads the bodies that make and change monitors.
enum MonitorRequest {
    private static let types = ["event_stream", "snapshot"]
    private static let webhookEvents = [
        "monitor.event.detected", "monitor.execution.completed", "monitor.execution.failed",
    ]
    private static let path: FieldPath = ["body"]

    /// Checks a body that makes a monitor and returns it.
    static func creation(_ request: Request) throws(APIFailure) -> JSONObject {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let type = check.member("type", of: body, at: path, required: true, as: RequestCheck.choice(types))
        _ = check.member("frequency", of: body, at: path, required: true, as: frequency)
        checkCommon(body, &check)
        let key = check.member("memory_scope_key", of: body, at: path, as: RequestCheck.string(upTo: 128, from: 1))
        if let key, !key.utf8.allSatisfy({ $0.isASCIILetterOrDigit || "_-".utf8.contains($0) }) {
            check.report(
                path + ["memory_scope_key"], "String should match pattern '^[a-zA-Z0-9_-]+$'", "string_pattern_mismatch"
            )
        }
        if let settings = check.member("settings", of: body, at: path, required: true, as: RequestCheck.object) {
            let at = path + ["settings"]
            if type == "snapshot" {
                _ = check.member(
                    "task_run_id", of: settings, at: at, required: true, as: RequestCheck.string(from: 1))
            } else {
                checkQuery(settings, at: at, isRequired: true, &check)
            }
        }
        try check.throwIfAny()
        return body
    }

    /// Checks a body that changes a monitor and returns it.
    static func update(_ request: Request, of monitor: Monitor) throws(APIFailure) -> JSONObject {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        // Null clears these two; elsewhere it is refused.
        for key in ["frequency", "settings"] where body[key] == .null {
            check.report(path + [.string(key)], "Input should not be null", "value_error")
        }
        _ = check.member("frequency", of: body, at: path, as: frequency)
        let type = check.member("type", of: body, at: path, as: RequestCheck.choice(types))
        checkCommon(body, &check)
        if let settings = check.member("settings", of: body, at: path, as: RequestCheck.object) {
            if type == nil { check.report(path + ["type"], "Field required", "missing") }
            if monitor.type == "snapshot" {
                check.report(path + ["settings"], "The settings of a snapshot can't be changed", "value_error")
            }
            checkQuery(settings, at: path + ["settings"], isRequired: false, &check)
        }
        if let type, type != monitor.type {
            check.report(path + ["type"], "Input should be '\(monitor.type)'", "literal_error")
        }
        let changed = ["frequency", "processor", "settings", "webhook", "metadata"].filter { body[$0] != nil }
        if changed.isEmpty {
            check.report(path, "At least one field is required", "value_error")
        } else if monitor.isCancelled, changed != ["metadata"] {
            check.report(path, "Only the metadata of a cancelled monitor can be changed", "value_error")
        }
        try check.throwIfAny()
        return body
    }

    private static func checkCommon(_ body: JSONObject, _ check: inout RequestCheck) {
        _ = check.member("processor", of: body, at: path, as: RequestCheck.choice(["lite", "base"]))
        if let webhook = check.member("webhook", of: body, at: path, as: RequestCheck.object) {
            let at = path + ["webhook"]
            _ = check.member("url", of: webhook, at: at, required: true, as: RequestCheck.webAddress)
            _ = check.member(
                "event_types", of: webhook, at: at, as: RequestCheck.list(RequestCheck.choice(webhookEvents)))
        }
        if let metadata = check.member("metadata", of: body, at: path, as: RequestCheck.object) {
            for member in metadata {
                let at = path + ["metadata", .string(member.key)]
                if member.key.hasMoreScalars(than: 16) {
                    check.report(at, "Keys should have at most 16 characters", "string_too_long")
                }
                _ = RequestCheck.string(upTo: 512)(&check, member.value, at)
            }
        }
    }

    private static func checkQuery(
        _ settings: JSONObject, at path: FieldPath, isRequired: Bool, _ check: inout RequestCheck
    ) {
        _ = check.member("query", of: settings, at: path, required: isRequired, as: RequestCheck.string(from: 1))
        if let schema = check.member("output_schema", of: settings, at: path, as: RequestCheck.object) {
            let at = path + ["output_schema"]
            _ = check.member("type", of: schema, at: at, as: RequestCheck.choice(["json"]))
            let json = check.member("json_schema", of: schema, at: at, required: true, as: RequestCheck.object)
            // An event's content is always an object. Where `type` is left out, the properties say so.
            if let json, json["type"] != "object", json["type"] != nil || json["properties"] == nil {
                check.report(at + ["json_schema"], "The root of the schema should be an object", "value_error")
            }
        }
        _ = check.member("include_backfill", of: settings, at: path, as: RequestCheck.bool)
        guard let advanced = check.member("advanced_settings", of: settings, at: path, as: RequestCheck.object) else {
            return
        }
        let at = path + ["advanced_settings"]
        _ = check.member("source_policy", of: advanced, at: at, as: SourcePolicy.reader)
        _ = check.member("location", of: advanced, at: at, as: RequestCheck.string(upTo: 2, from: 2))
    }

    /// Reads a number of hours, days or weeks, from an hour to thirty days.
    private static let frequency: RequestCheck.Reader<String> = { check, value, path in
        guard let text = RequestCheck.string()(&check, value, path) else { return nil }
        if Monitor.hours(of: text) == nil {
            check.report(path, "Input should be a frequency such as 1h, 1d or 2w, from 1h to 30d", "value_error")
            return nil
        }
        return text
    }
}
