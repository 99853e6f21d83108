import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// An event of a group's streams, as far as a batch needs it: outputs, which are most of one, are passed over.
struct BatchEvent {
    enum Kind {
        case run(RunSummary)
        case status(isActive: Bool)
        /// A run that the server can't read now.
        case unreadableRun
        case other
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
            let run = RunSummary(in: json)
            if let error = UnexpectedAnswer(runOfGroup: run?.groupID, insteadOf: group) { throw error }
            kind = run.map(Kind.run) ?? .other
        } else if type == "\"task_group_status\"" {
            let status = json.members("status")?[0]?.value ?? .null
            kind = .status(isActive: TaskGroupStatus(status).isActive)
        } else if type == "\"error\"" {
            kind = .unreadableRun
        } else {
            kind = .other
        }
    }
}
