/// The states of a run; `action_required` is no active one by the API's own definition.
enum RunStatus: String, Sendable, CaseIterable {
    case queued, running, cancelling
    case completed, failed, cancelled
    case actionRequired = "action_required"

    var isActive: Bool { self == .queued || self == .running || self == .cancelling }
    var isEnd: Bool { !isActive }
}
