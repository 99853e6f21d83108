import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The MCP tool calls as text for a pipe: server, tool, arguments and response of each.
struct ToolTrace {
    let text: String

    init(_ calls: [ToolCall], _ output: Output) {
        let blocks = calls.enumerated().map { index, call in
            let (label, style, answer): (String, Style?, String) =
                switch call.outcome {
                case .content(let text): ("response", nil, text)
                case .error(let text): ("error", .red, text)
                }
            let name = output.style(.bold, output.safe(Self.indented(output.shown("\(call.server) › \(call.tool)"))))
            return "\(index + 1). \(name)\n   arguments: \(output.safe(Self.compact(output.shown(call.arguments))))\n"
                + "   \(style.map { output.style($0, label) } ?? label): \(output.safe(Self.compact(output.shown(answer))))\n"
        }
        text = output.style(.bold, "MCP tool calls (\(calls.count))") + "\n" + blocks.joined()
    }

    /// Returns JSON on one line, and other text as it is, with its further lines indented so that none looks like a
    /// part of the list.
    private static func compact(_ text: String) -> String {
        indented((try? JSONValue.parse(text))?.serialized() ?? text)
    }

    private static func indented(_ text: String) -> String {
        text.lines.joined(separator: "\n      ")
    }
}
