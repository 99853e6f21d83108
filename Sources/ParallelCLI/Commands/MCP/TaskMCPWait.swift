import ParallelCore
import ParallelJSON

/// Waits for what a tool of Parallel's Task MCP has started, which the tools by themselves don't.
struct TaskMCPWait {
    let client: MCPClient
    let options: MCPCallCommand.Options
    let output: Output
    let context: Context

    /// The result of `getResultMarkdown` once the run or group that `answer` names has ended.
    ///
    /// Throws what calls throw, with the command that goes on by hand.
    func result(after answer: JSONValue) async throws -> JSONValue {
        guard let id = TaskMCPStatus.id(in: answer) else {
            throw ErrorReport(
                .unexpected, "the answer of '\(options.tool)' names no run or group to wait for",
                hints: [answer.serialized()])
        }
        output.note("\(id.isGroup ? "group" : "run") \(id.text) created")
        let elapsed = context.clock.stopwatch()
        do {
            var pause = Duration.milliseconds(250)
            while true {
                let status = try await call("getStatus", id)
                if status["isError"]?.bool == true { return status }
                if !TaskMCPStatus(status).isActive { break }
                if let limit = options.limit, elapsed() + pause >= limit {
                    throw ErrorReport(.stillRunning, "the wait ended before \(id.text) did")
                }
                try await context.clock.sleep(for: pause)
                pause = min(pause * 2, .seconds(5))
            }
            return try await call("getResultMarkdown", id)
        } catch  where Task.isCancelled {
            throw Interrupted("interrupted; \(id.text) goes on", hints: hints(id), context)
        } catch {
            throw ErrorReport.adding(hints(id), to: error, context)
        }
    }

    private func call(_ tool: String, _ id: TaskMCPStatus.ID) async throws -> JSONValue {
        try await client.call(tool, ["taskRunOrGroupId": .string(id.text)], tool: nil, limit: client.patience)
    }

    private func hints(_ id: TaskMCPStatus.ID) -> [String] {
        func line(_ words: [String]) -> String {
            ([context.programName] + words).map(ShellQuoting.quoted).joined(separator: " ")
        }
        let byTool = line(
            ["mcp", "call", options.server, "getResultMarkdown", "--arg", "taskRunOrGroupId=\(id.text)"]
                + options.connection.words)
        return ["get its result with: \(byTool)"]
    }
}
