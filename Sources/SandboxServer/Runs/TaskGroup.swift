import ParallelJSON

/// A snapshot of a group of runs.
struct TaskGroup: Sendable {
    let id: String
    let metadata: JSONObject?
    let createdAt: String
    var modifiedAt: String
    var counts: [RunStatus: Int] = [:]
    /// The number of runs that have ended.
    var endings = 0
    /// Incremented with every change of the counts.
    var version = 0

    init(metadata: JSONObject?) {
        id = Identifier.make("tgrp_")
        self.metadata = metadata
        createdAt = WallClock.timestamp()
        modifiedAt = createdAt
    }

    var runs: Int { counts.values.reduce(0, +) }
    var isActive: Bool { counts.contains { $0.key.isActive && $0.value > 0 } }

    /// The API's `TaskGroupStatus`.
    var status: JSONValue {
        let counts: [(String, JSONValue)] = RunStatus.allCases.compactMap { status in
            guard let count = self.counts[status], count > 0 else { return nil }
            return (status.rawValue, .number(JSONNumber(count)))
        }
        return [
            "num_task_runs": .number(JSONNumber(runs)), "task_run_status_counts": .object(JSONObject(counts)),
            "is_active": .bool(isActive), "status_message": "", "modified_at": .string(modifiedAt),
        ]
    }

    /// The API's `TaskGroupResponse`.
    var json: JSONValue {
        [
            "taskgroup_id": .string(id), "metadata": metadata.map(JSONValue.object) ?? .null, "status": status,
            "created_at": .string(createdAt),
        ]
    }
}
