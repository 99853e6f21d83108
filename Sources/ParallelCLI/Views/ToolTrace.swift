import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The trace of MCP tool calls as text for a pipe: which server, which tool, what was asked, what came back.
struct ToolTrace {
    let text: String

    init(_ calls: [ToolCall], _ output: Output) {
        let blocks = calls.enumerated().map { index, call in
            let (label, style, answer): (String, Style?, String) =
                switch call.outcome {
                case .content(let text): ("response", nil, text)
                case .error(let text): ("error", .red, text)
                }
            let name = output.style(.bold, Self.indented(output.shown("\(call.server) › \(call.tool)")))
            return "\(index + 1). \(name)\n   arguments: \(Self.compact(output.shown(call.arguments)))\n"
                + "   \(style.map { output.style($0, label) } ?? label): \(Self.compact(output.shown(answer)))\n"
        }
        text = output.style(.bold, "MCP tool calls (\(calls.count))") + "\n" + blocks.joined()
    }

    /// JSON on one line; other text as it is, its further lines indented so that none looks like a part of the trace.
    private static func compact(_ text: String) -> String {
        indented((try? JSONValue.parse(text))?.serialized() ?? text)
    }

    private static func indented(_ text: String) -> String {
        text.lines.joined(separator: "\n      ")
    }
}
