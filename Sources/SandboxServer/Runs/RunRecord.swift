import ParallelJSON

/// A snapshot of a run.
struct RunRecord: Sendable {
    /// The constant part of a run, shared by the many copies of its record.
    private final class Origin: Sendable {
        let id = Identifier.make("trun_")
        let request: TaskRunRequest
        let groupID: String?
        let createdAt: String

        init(_ request: TaskRunRequest, groupID: String?, createdAt: String) {
            self.request = request
            self.groupID = groupID
            self.createdAt = createdAt
        }
    }

    private let origin: Origin
    var modifiedAt: String
    var status = RunStatus.queued
    var warnings: [JSONValue]
    var error: JSONValue?
    var trace: [ProgressMessage] = []
    /// The progress, from 0 to 100.
    var progress = 0.0
    var toolCalls: [MCPToolCall] = []
    /// Incremented with every change, so that waiting clients know whether they have seen it.
    var version = 0

    init(_ request: TaskRunRequest, groupID: String? = nil, createdAt: String = WallClock.timestamp()) {
        origin = Origin(request, groupID: groupID, createdAt: createdAt)
        modifiedAt = createdAt
        warnings = request.warnings
    }

    var id: String { origin.id }
    var request: TaskRunRequest { origin.request }
    /// The id of the run's group; nil if it has none.
    var groupID: String? { origin.groupID }
    var createdAt: String { origin.createdAt }

    /// The API's `TaskRun` as JSON text.
    var json: [UInt8] {
        var bytes: [UInt8] = []
        appendJSON(to: &bytes)
        return bytes
    }

    func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(json: "{\"run_id\":\"")
        bytes += id.utf8
        bytes.append(json: "\",\"interaction_id\":\"")
        bytes += id.utf8
        bytes.append(json: "\",\"status\":\"")
        bytes += status.rawValue.utf8
        bytes.append(json: status.isActive ? "\",\"is_active\":true" : "\",\"is_active\":false")
        bytes.append(json: ",\"warnings\":")
        (warnings.isEmpty ? .null : JSONValue.array(warnings)).append(to: &bytes)
        bytes.append(json: ",\"error\":")
        (error ?? .null).append(to: &bytes)
        bytes.append(json: ",\"processor\":\"")
        bytes += request.processor.name.utf8
        bytes.append(json: "\",\"metadata\":")
        JSONValue.object(request.metadata).append(to: &bytes)
        bytes.append(json: ",\"taskgroup_id\":")
        (groupID.map(JSONValue.string) ?? .null).append(to: &bytes)
        bytes.append(json: ",\"created_at\":\"")
        bytes += createdAt.utf8
        bytes.append(json: "\",\"modified_at\":\"")
        bytes += modifiedAt.utf8
        bytes.append(json: "\"}")
    }
}

/// A line of a run's progress trace.
struct ProgressMessage: Sendable {
    /// One of the API's kinds: `plan`, `search`, `result`, `tool_call`, `exec_status`.
    var kind: String
    var text: String
    var timestamp = WallClock.timestamp()

    var json: JSONValue {
        [
            "type": .string("task_run.progress_msg.\(kind)"), "message": .string(text), "timestamp": .string(timestamp),
        ]
    }
}
