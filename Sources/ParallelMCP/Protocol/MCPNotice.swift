import ParallelJSON

/// What a server says beside its answers.
package enum MCPNotice: Sendable {
    /// How far a call has got; `total` is unknown where it is nil.
    case progress(done: Double, total: Double?, message: String?)
    case log(level: String, text: String)
    /// It asked for something that this client doesn't do, and was told so.
    case refused(method: String)
    /// A tool was left out of the list.
    case dropped(tool: String, reason: String)
    /// The session was lost, and a new one begun.
    case newSession

    /// The notice that a notification is; nil for those nobody needs.
    init?(method: String, params: JSONValue?) {
        switch method {
        case "notifications/progress":
            guard let done = params?["progress"]?.double else { return nil }
            self = .progress(done: done, total: params?["total"]?.double, message: params?["message"]?.string)
        case "notifications/message":
            let data = params?["data"] ?? .null
            self = .log(level: params?["level"]?.string ?? "info", text: data.string ?? data.serialized())
        default:
            return nil
        }
    }
}
