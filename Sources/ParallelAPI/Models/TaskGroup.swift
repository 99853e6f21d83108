import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// Runs that are followed together (`GET /v1/tasks/groups/{taskgroup_id}`).
package struct TaskGroup: Sendable {
    /// The object as the API sent it.
    package let json: JSONValue
    package let id: String
    package let status: TaskGroupStatus

    /// Fails when the value has no `taskgroup_id`.
    package init?(_ json: JSONValue) {
        guard let id = json["taskgroup_id"]?.string, !id.isEmpty, !id.begins(with: "-") else { return nil }
        self.json = json
        self.id = id
        status = TaskGroupStatus(json["status"] ?? .null)
    }

    package var metadata: JSONObject { json["metadata"]?.object ?? [:] }
    package var createdAt: String? { json["created_at"]?.string }

    /// The most runs that one request may add (API: `TaskGroupRunRequest`).
    package static let maximumAddition = 1_000
}

/// How the runs of a group stand, in sum.
package struct TaskGroupStatus: Sendable {
    /// The object as the API sent it.
    package let json: JSONValue

    package init(_ json: JSONValue) { self.json = json }

    package var runCount: Int { Self.count(json["num_task_runs"]) }

    /// How many runs have each status, in the API's order.
    package var counts: [(status: RunStatus, count: Int)] {
        (json["task_run_status_counts"]?.object ?? [:]).map { (RunStatus(rawValue: $0.key), Self.count($0.value)) }
    }

    /// A number of runs; nil for one that can't be, so that sums stay in range.
    package static func possibleCount(_ value: JSONValue) -> Int? {
        value.int.flatMap { (0..<1 << 32).contains($0) ? $0 : nil }
    }

    private static func count(_ value: JSONValue?) -> Int { value.flatMap(possibleCount) ?? 0 }

    /// Throws `UnexpectedAnswer` for a number of runs that can't be: nothing may be concluded from it.
    package func check() throws(UnexpectedAnswer) {
        let numbers = [json["num_task_runs"] ?? .null] + (json["task_run_status_counts"]?.object ?? [:]).map(\.value)
        guard let wrong = numbers.first(where: { $0.number != nil && Self.possibleCount($0) == nil }) else { return }
        throw UnexpectedAnswer(
            message: "the API says that a group has \(wrong.serialized().shortened(to: 40)) runs, which can't be")
    }

    package var activeCount: Int { counts.reduce(0) { $1.status.isUsuallyActive ? $0 + $1.count : $0 } }

    /// Whether any run is active. An empty group is not, so this alone does not say that work is done.
    package var isActive: Bool {
        json["is_active"]?.bool ?? (activeCount > 0)
    }

    package var message: String? { json["status_message"]?.string.flatMap { $0.isEmpty ? nil : $0 } }
}

/// What adding runs to a group answers (`TaskGroupRunResponse`).
package struct AddedRuns: Sendable {
    /// The object as the API sent it.
    package let json: JSONValue
    /// In the order of the inputs, as far as is known; the API does not promise it.
    package let runIDs: [String]

    /// Fails when the value has no `run_ids`.
    package init?(_ json: JSONValue) {
        guard let ids = json["run_ids"]?.array else { return nil }
        self.json = json
        runIDs = ids.compactMap(\.string)
    }
}

/// Which runs of a group are listed, and with what.
package struct GroupRunsQuery: Sendable {
    /// Only the runs after the one that came with this `event_id`; nil starts with the first.
    package var lastEventID: String?
    /// Only runs with this status.
    package var status: String?
    package var includesInput = false
    /// Completed runs come with their output.
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

/// One event of a group's streams: of its runs, or of what happens.
package struct GroupEvent: Sendable {
    package enum Kind: Sendable {
        case status(TaskGroupStatus)
        /// A run as it stands, with `input` and `output` in the event's JSON where they were asked for.
        case run(TaskRun)
        case fault(APIFault)
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
        } else if type == "error", let fault = json["error"].flatMap(APIFault.init) {
            kind = .fault(fault)
        } else {
            kind = .other(type: type)
        }
    }

    /// Whether the event of a list is what the list is read for: a run, or one that can't be read.
    static func tellsOfRun(_ message: ServerSentEvent) -> Bool {
        guard let members = JSONText(message.bytes[...]).members("type", "run"), let type = members[0] else {
            return false
        }
        return type == "\"task_run.state\"" && members[1] != nil || type == "\"error\""
    }

    /// Where the stream stands: to be given as `last_event_id` to go on after this event.
    package var id: String? { json["event_id"]?.string ?? json["event_id"]?.int.map(String.init) }

    /// What the run was asked, where it was asked for; header values of MCP servers and their URLs' query values
    /// hidden.
    package var input: JSONObject? { json["input"]?.object.map { TaskRunInput($0).masked } }

    /// The event as it can be shown: with `input` in place of what may hold secrets.
    package var shownJSON: JSONValue {
        guard var object = json.object, let input else { return json }
        object["input"] = .object(input)
        return .object(object)
    }

    /// The output of a completed run, where it was asked for.
    package var output: TaskOutput? {
        json["output"].flatMap { $0.object == nil ? Optional.none : TaskOutput(json: $0) }
    }
}
