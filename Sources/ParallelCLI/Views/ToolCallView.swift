import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Shows the MCP tool calls of runs: below a result, or alone for `task result --tool-calls`.
struct ToolCallView {
    /// The maximum number of lines that a terminal shows of the arguments or the answer of a call below a result.
    private static let maximumLines = 12

    let output: Output
    let context: Context
    /// Whether calls of several runs are written, so that each call is marked with its run id.
    var isOneOfSeveral = false
    /// The number of runs that were written, and the number of their calls.
    private(set) var runCount = 0
    private(set) var callCount = 0

    init(output: Output, context: Context) {
        self.output = output
        self.context = context
    }

    /// Writes the calls of a run below its result; nothing if there were none.
    func writeBelow(_ result: TaskRunResult) throws {
        let blocks = blocks(below: result)
        if blocks.isEmpty { return }
        try output.write("\n")
        try write(blocks, result)
    }

    /// Returns the calls of a run for the place below its result; empty if there were none.
    func blocks(below result: TaskRunResult) -> [Document.Block] {
        var calls = ResultDocument.toolCalls(result)
        guard !calls.calls.isEmpty else { return [] }
        calls.lineLimit = Self.maximumLines
        let command = context.command(
            ["task", "result"], operands: [output.safe(result.run.id)], flags: ["--tool-calls"])
        calls.whereAllIs = "In full: \(command)"
        return [.toolCalls(calls)]
    }

    private func write(_ blocks: [Document.Block], _ result: TaskRunResult) throws {
        try write(blocks, result.output.toolCalls)
    }

    private func write(_ blocks: [Document.Block], _ calls: [ToolCall]) throws {
        if output.isTerminal || output.format == .markdown || output.format == .html {
            try output.write(Document(blocks))
        } else {
            try output.write(ToolTrace(calls, output).text)
        }
    }

    /// Writes calls below the answer of a model; nothing if there were none.
    ///
    /// - Parameter whereAllIs: says where the lines are that a terminal doesn't show.
    func writeBelow(_ calls: [ToolCall], whereAllIs: String) throws {
        if calls.isEmpty { return }
        var shown = ResultDocument.toolCalls(calls)
        shown.lineLimit = Self.maximumLines
        shown.whereAllIs = whereAllIs
        try output.write("\n")
        try write([.toolCalls(shown)], calls)
    }

    /// Writes only the calls of a run.
    mutating func write(_ result: TaskRunResult) throws {
        let isFirst = runCount == 0
        runCount += 1
        callCount += result.output.toolCallList.count
        switch output.format {
        case .json:
            let calls = JSONValue.array(result.output.toolCallList)
            let marked: JSONValue = ["run_id": .string(result.run.id), "mcp_tool_calls": calls]
            try output.write(document: isOneOfSeveral ? marked : calls, isOnly: !isOneOfSeveral)
        case .jsonl:
            for call in result.output.toolCallList {
                let id = JSONObject.Member(key: "run_id", value: .string(result.run.id))
                let marked = JSONValue.object(JSONObject([id] + (call.object?.members ?? [])))
                try output.write(document: isOneOfSeveral ? marked : call, isOnly: false)
            }
        case .csv, .tsv:
            var table = table(of: result)
            if !isFirst { table = table.withoutHeadings }
            try output.write(table: table)
        case .table, .text, .markdown, .html:
            if isOneOfSeveral { try output.write(runHeading: result.run.id, isFirst: isFirst) }
            let calls = ResultDocument.toolCalls(result)
            if isOneOfSeveral || !calls.calls.isEmpty { try write([.toolCalls(calls)], result) }
        }
    }

    private func table(of result: TaskRunResult) -> Document.Table {
        let isMarked = isOneOfSeveral && output.format.isDelimited
        let headings = (isMarked ? ["run_id"] : []) + ["server", "tool", "arguments", "response", "error"]
        let rows = result.output.toolCalls.map { call in
            let (response, error) =
                switch call.outcome {
                case .content(let text): (text, "")
                case .error(let text): ("", text)
                }
            return (isMarked ? [result.run.id] : []) + [call.server, call.tool, call.arguments, response, error]
        }
        return Document.Table(headings: headings, rows: rows)
    }
}
