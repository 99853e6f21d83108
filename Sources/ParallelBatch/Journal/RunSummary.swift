import ParallelAPI
import ParallelJSON

/// The members of a run that a batch needs, read from its JSON without parsing the rest.
struct RunSummary {
    /// The row of the run, counted from 0; nil for a run that belongs to no batch.
    let row: Int?
    let isActive: Bool
    let isCompleted: Bool
    private let idText: JSONText?
    private let groupText: JSONText?

    var id: String { idText?.string ?? "" }
    var groupID: String? { groupText?.string }

    /// Reads the run in an event of a group or in a result; nil if there is none.
    init?(in json: JSONText) {
        let keys = json.members("run")?[0]?.members("run_id", "status", "is_active", "metadata", "taskgroup_id")
        guard let members = keys else { return nil }
        idText = members[0]
        groupText = members[4]
        let status = RunStatus(rawValue: members[1]?.string ?? "unknown")
        isCompleted = status == .completed
        isActive = members[2]?.value?.bool ?? status.isUsuallyActive
        row = members[3]?.members(RowNumber.staticKey)?[0].flatMap { RowNumber.row($0) }
    }
}
