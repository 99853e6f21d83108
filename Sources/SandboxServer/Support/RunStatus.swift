/// The states of a run; by the API's definition, `action_required` is not active.
enum RunStatus: String, Sendable, CaseIterable {
    case queued, running, cancelling
    case completed, failed, cancelled
    case actionRequired = "action_required"

    var isActive: Bool { self == .queued || self == .running || self == .cancelling }
    var isEnd: Bool { !isActive }
}
