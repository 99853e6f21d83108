import ParallelCore
import ParallelJSON
import ParallelTerminal

/// The trace of MCP tool calls: which server, which tool, what was asked, what came back.
enum ToolCallView {
    /// How much of one argument list or answer a terminal shows, in lines.
    private static let maximumLines = 8

    /// Empty when nothing was called.
    static func trace(_ calls: [ToolCall], _ output: Output) -> String {
        guard !calls.isEmpty else { return "" }
        let blocks = calls.enumerated().map { index, call -> String in
            let title = output.style(.bold, output.safe("\(call.server) › \(call.tool)"))
            let (label, text) =
                switch call.outcome {
                case .content(let text): ("response", text)
                case .error(let text): (output.style(.red, "error"), text)
                }
            return "\(index + 1). \(title)\n" + section("arguments", call.arguments, output)
                + section(label, text, output)
        }
        return "\n" + output.style(.bold, "MCP tool calls (\(calls.count))") + "\n" + blocks.joined()
    }

    /// A labelled text, indented; JSON is laid out on a terminal, and only there long texts are shortened.
    private static func section(_ label: String, _ text: String, _ output: Output) -> String {
        guard output.isTerminal else { return "   \(label): \(text)\n" }
        let laidOut = (try? JSONValue.parse(text)).map { $0.serialized(.pretty) } ?? text
        let wrapped = TextWrap.wrap(output.safe(laidOut), columns: output.columns, indent: "      ")
        let lines = wrapped.split(separator: "\n", omittingEmptySubsequences: false)
        let hidden = lines.count - maximumLines
        let shown = lines.prefix(maximumLines).joined(separator: "\n")
        let rest = hidden > 0 ? "\n      … \(hidden) more lines; --json has all of it" : ""
        return "   \(label):\n\(shown)\(rest)\n"
    }
}
