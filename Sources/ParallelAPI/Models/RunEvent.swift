package import ParallelJSON
import ParallelSystem

/// An event of a run's stream (`GET /v1/tasks/runs/{run_id}/events`).
package struct RunEvent: Sendable {
    package enum Kind: Sendable {
        /// The run's current state: the first event of every connection, and one at each change.
        case state(TaskRun)
        /// A line of the reasoning trace; `topic` is the last part of the type: `plan`, `search`, `tool_call`…
        case message(topic: String, text: String, timestamp: String?)
        /// The current progress figures.
        case progress(sourcesConsidered: Int?, sourcesRead: Int?, meter: Double?)
        case error(APIErrorObject)
        /// A type that this version does not know.
        case other(type: String)
    }

    private static let messagePrefix = "task_run.progress_msg."

    package let json: JSONValue
    package let kind: Kind

    package init(_ json: JSONValue) {
        self.json = json
        let type = json["type"]?.string ?? ""
        if type == "task_run.state", let run = json["run"].flatMap(TaskRun.init) {
            kind = .state(run)
        } else if type.begins(with: Self.messagePrefix) {
            kind = .message(
                topic: String(type.dropping(bytes: Self.messagePrefix.utf8.count)), text: json["message"]?.string ?? "",
                timestamp: json["timestamp"]?.string)
        } else if type == "task_run.progress_stats" {
            kind = .progress(
                sourcesConsidered: json["source_stats"]?["num_sources_considered"]?.int,
                sourcesRead: json["source_stats"]?["num_sources_read"]?.int,
                meter: json["progress_meter"]?.double)
        } else if type == "error", let error = json["error"].flatMap(APIErrorObject.init) {
            kind = .error(error)
        } else {
            kind = .other(type: type)
        }
    }

    /// A key that identifies the event, so that events repeated after a reconnection can be skipped; nil for states and
    /// figures, which only describe the present.
    ///
    /// Errors are identified only by their text, because each answer has its own `ref_id`.
    var identity: String? {
        switch kind {
        case .message(let topic, let text, let timestamp): "message\u{0}\(topic)\u{0}\(timestamp ?? "")\u{0}\(text)"
        case .error(let error): "error\u{0}\(error.message)"
        case .other: "other\u{0}\(json.serialized())"
        case .state, .progress: nil
        }
    }
}
