import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// A group of runs (`GET /v1/tasks/groups/{taskgroup_id}`).
package struct TaskGroup: Sendable {
    /// The object as the API sent it.
    package let json: JSONValue
    package let id: String
    package let status: TaskGroupStatus

    /// Reads a group; nil if the value has no usable `taskgroup_id`.
    package init?(_ json: JSONValue) {
        guard let id = json["taskgroup_id"]?.string, !id.isEmpty, !id.begins(with: "-") else { return nil }
        self.json = json
        self.id = id
        status = TaskGroupStatus(json["status"] ?? .null)
    }

    package var metadata: JSONObject { json["metadata"]?.object ?? [:] }
    package var createdAt: String? { json["created_at"]?.string }

    /// The maximum number of runs that one request may add (API: `TaskGroupRunRequest`).
    package static let maximumAddition = 1_000
}

/// The aggregated status of a group's runs.
package struct TaskGroupStatus: Sendable {
    /// The object as the API sent it.
    package let json: JSONValue

    package init(_ json: JSONValue) { self.json = json }

    package var runCount: Int { Self.count(json["num_task_runs"]) }

    /// The number of runs in each status, in the API's order.
    package var counts: [(status: RunStatus, count: Int)] {
        (json["task_run_status_counts"]?.object ?? [:]).map { (RunStatus(rawValue: $0.key), Self.count($0.value)) }
    }

    /// Returns a number of runs; nil for an impossible one, so that sums stay in range.
    package static func possibleCount(_ value: JSONValue) -> Int? {
        value.int.flatMap { (0..<1 << 32).contains($0) ? $0 : nil }
    }

    private static func count(_ value: JSONValue?) -> Int { value.flatMap(possibleCount) ?? 0 }

    /// Throws `UnexpectedAnswer` for an impossible number of runs, because nothing may be concluded from it.
    package func check() throws(UnexpectedAnswer) {
        let numbers = [json["num_task_runs"] ?? .null] + (json["task_run_status_counts"]?.object ?? [:]).map(\.value)
        guard let wrong = numbers.first(where: { $0.number != nil && Self.possibleCount($0) == nil }) else { return }
        throw UnexpectedAnswer(
            message: "the API says that a group has \(wrong.serialized().shortened(to: 40)) runs, which is impossible")
    }

    package var activeCount: Int { counts.reduce(0) { $1.status.isUsuallyActive ? $0 + $1.count : $0 } }

    /// Whether any run is active. An empty group is not active, so false alone doesn't mean that work is done.
    package var isActive: Bool {
        json["is_active"]?.bool ?? (activeCount > 0)
    }

    package var message: String? { json["status_message"]?.string.flatMap { $0.isEmpty ? nil : $0 } }
}

/// The response to adding runs to a group (`TaskGroupRunResponse`).
package struct AddedRuns: Sendable {
    /// The object as the API sent it.
    package let json: JSONValue
    /// The ids, as far as is known in the order of the inputs; the API does not promise the order.
    package let runIDs: [String]

    /// Reads a response; nil if it has no `run_ids`.
    package init?(_ json: JSONValue) {
        guard let ids = json["run_ids"]?.array else { return nil }
        self.json = json
        runIDs = ids.compactMap(\.string)
    }
}

/// A query for the runs of a group.
package struct GroupRunsQuery: Sendable {
    /// Lists only runs after the one with this `event_id`; nil starts with the first.
    package var lastEventID: String?
    /// Lists only runs with this status.
    package var status: String?
    package var includesInput = false
    /// Whether completed runs come with their output.
    package var includesOutput = false

    package init(after lastEventID: String? = nil, includesOutput: Bool = false) {
        self.lastEventID = lastEventID
        self.includesOutput = includesOutput
    }

    var pairs: [(String, String)] {
        var pairs: [(String, String)] = []
        if let lastEventID { pairs.append(("last_event_id", lastEventID)) }
        if let status { pairs.append(("status", status)) }
        if includesInput { pairs.append(("include_input", "true")) }
        if includesOutput { pairs.append(("include_output", "true")) }
        return pairs
    }
}

/// An event of one of a group's streams: the list of its runs, or its changes.
package struct GroupEvent: Sendable {
    package enum Kind: Sendable {
        case status(TaskGroupStatus)
        /// A run's current state, with `input` and `output` in the event's JSON if they were asked for.
        case run(TaskRun)
        case error(APIErrorObject)
        /// A type that this version does not know.
        case other(type: String)
    }

    package let json: JSONValue
    package let kind: Kind

    package init(_ json: JSONValue) {
        self.json = json
        let type = json["type"]?.string ?? ""
        if type == "task_group_status" {
            kind = .status(TaskGroupStatus(json["status"] ?? .null))
        } else if type == "task_run.state", let run = json["run"].flatMap(TaskRun.init) {
            kind = .run(run)
        } else if type == "error", let error = json["error"].flatMap(APIErrorObject.init) {
            kind = .error(error)
        } else {
            kind = .other(type: type)
        }
    }

    /// Whether an event of the list of runs concerns a run: its state, or the error that stands in its place.
    static func tellsOfRun(_ message: ServerSentEvent) -> Bool {
        guard let members = JSONText(message.bytes[...]).members("type", "run"), let type = members[0] else {
            return false
        }
        return type == "\"task_run.state\"" && members[1] != nil || type == "\"error\""
    }

    /// The event's position in the stream: sent as `last_event_id`, it resumes after this event.
    package var id: String? { json["event_id"]?.string ?? json["event_id"]?.int.map(String.init) }

    /// The run's input, if it was asked for, with MCP servers' header values and their URLs' query values hidden.
    package var input: JSONObject? { json["input"]?.object.map { TaskRunInput($0).masked } }

    /// The event for display: its input is replaced by the masked `input`.
    package var shownJSON: JSONValue {
        guard var object = json.object, let input else { return json }
        object["input"] = .object(input)
        return .object(object)
    }

    /// The output of a completed run, if it was asked for.
    package var output: TaskOutput? {
        json["output"].flatMap { $0.object == nil ? Optional.none : TaskOutput(json: $0) }
    }
}
