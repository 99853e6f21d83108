import ParallelCore

/// What an MCP server says beside its answers, as lines on standard error.
struct MCPNoticeView {
    let output: Output

    func show(_ notice: MCPNotice) {
        switch notice {
        case .progress(let done, let total, let message):
            output.note("progress: \(Self.figures(done, total))\(message.map { " \($0)" } ?? "")")
        case .log(let level, let text):
            if output.options.isVerbose { output.note("* server log (\(level)): \(text)") }
        case .refused(let method):
            output.note("note: the server asked for \(method), which this program does not do, and was told so")
        case .dropped(let tool, let reason):
            output.warn("the tool '\(tool)' is left out: \(reason)")
        case .newSession:
            if output.options.isVerbose { output.note("* the session was lost; a new one is begun") }
        }
    }

    private static func figures(_ done: Double, _ total: Double?) -> String {
        total.map { "\(number(done))/\(number($0))" } ?? number(done)
    }

    private static func number(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
}
