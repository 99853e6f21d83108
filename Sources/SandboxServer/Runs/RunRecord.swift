import ParallelJSON

/// The states of a run; `action_required` is no active one by the API's own definition.
enum RunStatus: String, Sendable, CaseIterable {
    case queued, running, cancelling
    case completed, failed, cancelled
    case actionRequired = "action_required"

    var isActive: Bool { self == .queued || self == .running || self == .cancelling }
    var isEnd: Bool { !isActive }
}

/// A run as it stands at one moment.
struct RunRecord: Sendable {
    let id: String
    let request: TaskRunRequest
    /// The group it belongs to.
    let groupID: String?
    let createdAt: String
    var modifiedAt: String
    var status = RunStatus.queued
    var warnings: [JSONValue]
    var error: JSONValue?
    var trace: [ProgressMessage] = []
    /// 0 to 100.
    var progress = 0.0
    var toolCalls: [MCPToolCall] = []
    /// Grows with every change, so that waiting clients know whether they have seen it.
    var version = 0

    init(_ request: TaskRunRequest, groupID: String? = nil, createdAt: String = WallClock.timestamp()) {
        id = Identifier.make("trun_")
        self.request = request
        self.groupID = groupID
        self.createdAt = createdAt
        modifiedAt = createdAt
        warnings = request.warnings
    }

    /// The API's `TaskRun`.
    var json: JSONValue {
        [
            "run_id": .string(id), "interaction_id": .string(id), "status": .string(status.rawValue),
            "is_active": .bool(status.isActive), "warnings": warnings.isEmpty ? .null : .array(warnings),
            "error": error ?? .null, "processor": .string(request.processor.name),
            "metadata": .object(request.metadata), "taskgroup_id": groupID.map(JSONValue.string) ?? .null,
            "created_at": .string(createdAt),
            "modified_at": .string(modifiedAt),
        ]
    }
}

/// One line of a run's progress trace.
struct ProgressMessage: Sendable {
    /// One of the kinds the API names: `plan`, `search`, `result`, `tool_call`, `exec_status`.
    var kind: String
    var text: String
    var timestamp = WallClock.timestamp()

    var json: JSONValue {
        [
            "type": .string("task_run.progress_msg.\(kind)"), "message": .string(text), "timestamp": .string(timestamp),
        ]
    }
}
