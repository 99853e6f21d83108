import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Waits for the run or group that a tool of Parallel's Task MCP has created; the tools themselves don't wait.
struct TaskMCPWait: Sendable {
    /// The call that created it.
    let call: MCPToolCall
    let id: WorkID
    /// Returns the time since the call began.
    let elapsed: @Sendable () -> Duration
    let progress: RunProgress

    /// Returns nil if neither the arguments nor the answer name a run or group.
    init?(
        _ call: MCPToolCall, _ arguments: JSONObject, _ answer: JSONValue,
        _ elapsed: @escaping @Sendable () -> Duration, _ progress: RunProgress
    ) {
        let given = call.isReading ? arguments[TaskMCPTool.idArgument]?.string : nil
        guard
            let id = given.map({ TaskMCPStatus.id(in: Array($0.utf8)) }) ?? TaskMCPStatus.id(in: answer, to: arguments)
        else {
            return nil
        }
        self.call = call
        self.id = id
        self.elapsed = elapsed
        self.progress = progress
    }

    private var output: Output { call.connection.output }
    private var context: Context { call.context }

    /// Waits until the run or group has ended. Throws the errors of calls, with the command that resumes the wait.
    func ending() async throws -> TaskMCPFollowing.Ending {
        output.note(call.isReading ? "waiting for \(id.name)" : "\(id.name) created")
        return try await ResumableWait.perform(
            interrupted: "interrupted; \(id.text) continues", hints: { hints }, context
        ) {
            do {
                return try await TaskMCPFollowing(
                    client: call.client, id: id, isNew: !call.isReading, clock: context.clock,
                    rest: { [options = call.options, elapsed] in options.limit.map { $0 - elapsed() } },
                    progress: progress
                ).ending()
            } catch {
                throw call.connection.advised(error, on: call.resolved)
            }
        }
    }

    /// Writes the result. Throws `ToolFailed` or `RunNotCompleted` if there is none.
    func write(_ ending: TaskMCPFollowing.Ending) throws -> ExitCode {
        do {
            try ToolResultView(output: output, tool: TaskMCPTool.getResultMarkdown.rawValue).write(ending.result)
            try output.finish()
        } catch  where !ending.status.isUnsuccessful {
            if case StreamError.closedPipe = error { throw error }
            throw ErrorReport.adding(hints, to: error, context)
        }
        if let counts = ending.status.counts, !counts.unsuccessful.isEmpty {
            let parts = counts.unsuccessful.map { "\($0.count) \($0.status)" }.joined(separator: ", ")
            throw ErrorReport(
                counts.completed == 0 ? .runFailed : .partial,
                "\(id.name): \(counts.completed) of \(counts.total) completed; \(parts)")
        }
        if ending.status.isUnsuccessful, let word = ending.status.word {
            let described: JSONValue = ["run_id": .string(id.text), "status": .string(word)]
            if let run = TaskRun(described) { throw RunNotCompleted(run, hiding: context.streams.secrets) }
        }
        return .success
    }

    private var hints: [Hint] { call.resumeHints(for: id) }
}
