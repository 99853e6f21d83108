import ParallelJSON

/// Something to tell besides an answer: a message of the server, or what the client had to do about its answer.
package enum MCPNotice: Sendable {
    /// The progress of a call; `total` is nil if unknown.
    case progress(done: Double, total: Double?, message: String?)
    case log(level: String, text: String)
    /// The server sent a request that this client doesn't support and has refused.
    case refused(method: String)
    /// A tool was left out of the list, because it must not be called.
    case dropped(tool: String, reason: String)
    /// An answer broke the rules and was used nevertheless; the text says how, on one line without secrets.
    case oddAnswer(String)
    /// The session was lost, and a new one opened.
    case newSession

    /// Reads a notification; nil if it is not used here.
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
