import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// An event of a group's streams, as far as a batch needs it: outputs, which are most of one, are passed over.
struct BatchEvent {
    enum Kind {
        case run(Run)
        case status(isActive: Bool)
        case fault
        case other
    }

    struct Run {
        /// The row that it stands for, counted from 0; nil for a run that belongs to no batch.
        let row: Int?
        let isActive: Bool
        let isCompleted: Bool
        private let idText: JSONText?
        private let groupText: JSONText?

        var id: String { idText?.string ?? "" }
        fileprivate var groupID: String? { groupText?.string }

        fileprivate init?(_ json: JSONText) {
            guard let members = json.members("run_id", "status", "is_active", "metadata", "taskgroup_id") else {
                return nil
            }
            idText = members[0]
            groupText = members[4]
            let status = RunStatus(rawValue: members[1]?.string ?? "unknown")
            isCompleted = status == .completed
            let said = members[2]?.value?.bool
            isActive = said ?? status.isUsuallyActive
            row = members[3]?.members(BatchRequest.rowKeyText)?[0].flatMap { BatchRequest.row($0) }
        }
    }

    /// Where the stream stands.
    let id: String?
    let kind: Kind

    /// Throws `UnexpectedAnswer` where the message is no JSON object, or tells of a run of another group.
    init(_ message: ServerSentEvent, of group: String) throws {
        let json = JSONText(message.bytes[...])
        guard let common = json.members("type", "event_id") else {
            throw UnexpectedAnswer(
                message: "an event of the group's stream is not JSON: \(message.data.shortened(to: 120))")
        }
        id = common[1].flatMap { $0.string ?? ($0.isNull ? nil : String(decoding: $0.bytes, as: UTF8.self)) }
        guard let type = common[0] else {
            kind = .other
            return
        }
        if type == "\"task_run.state\"" {
            let run = Self.run(in: json)
            if let error = UnexpectedAnswer(runOfGroup: run?.groupID, insteadOf: group) { throw error }
            kind = run.map(Kind.run) ?? .other
        } else if type == "\"task_group_status\"" {
            let status = json.members("status")?[0]?.value ?? .null
            kind = .status(isActive: TaskGroupStatus(status).isActive)
        } else if type == "\"error\"" {
            kind = .fault
        } else {
            kind = .other
        }
    }

    /// The run in an event, or in a result, which has its parts too.
    static func run(in json: JSONText) -> Run? { json.members("run")?[0].flatMap(Run.init) }
}
