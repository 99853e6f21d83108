import ParallelHTTP
import ParallelMCP
import ParallelOutput
import ParallelSystem

/// Shows on standard error the notices of an MCP server: progress, log messages and requests of its own.
struct MCPNoticeView {
    let output: Output
    /// The line that shows the progress of a call; nil if there is none.
    var progress: RunProgress?

    func show(_ notice: MCPNotice) {
        switch notice {
        case .progress(let done, let total, let message):
            let said = message.map { output.secrets.shownWords(of: $0.utf8) } ?? ""
            // A count that leads to no total says less than the words behind it.
            let news =
                total == nil && !said.isEmpty ? said : Self.figures(done, total) + (said.isEmpty ? "" : " \(said)")
            if let progress, progress.isShown {
                progress.update(message: news)
            } else {
                output.note("progress: \(news)")
            }
        case .log(let level, let text):
            if output.options.isVerbose {
                output.note(
                    "* server log (\(level.shortened(to: 40))): \(output.secrets.shownWords(of: text.utf8, limit: 4_000))"
                )
            }
        case .refused(let method):
            output.note(
                "note: the server asked for \(method.shortened(to: 200)), which this program does not support and has refused"
            )
        case .dropped(let tool, let reason):
            output.warn("the tool '\(tool)' is left out: \(reason)")
        case .oddAnswer(let text): output.warnOnce(text)
        case .newSession:
            if output.options.isVerbose { output.note("* the session was lost; a new one is begun") }
        }
    }

    private static func figures(_ done: Double, _ total: Double?) -> String {
        total.map { "\(number(done))/\(number($0))" } ?? number(done)
    }

    private static func number(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
}
