import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// An event of a group's streams with the members that a batch needs. Outputs, which are most of an event, are not
/// parsed.
struct BatchEvent {
    enum Kind {
        case run(RunSummary)
        case status(isActive: Bool)
        /// A run that the server can't read now.
        case unreadableRun
        case other
    }

    /// The id with which the stream continues after this event.
    let id: String?
    let kind: Kind

    /// Throws `UnexpectedAnswer` if the message is not a JSON object, or is about a run of another group.
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
